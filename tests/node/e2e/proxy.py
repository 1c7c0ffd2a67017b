"""Runs in a pod: hands requests on to a Service as an ingress controller does, with TLS ended."""

import http.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 8080


class Handler(BaseHTTPRequestHandler):
    """Adds who asked, and that it came by TLS."""

    protocol_version = "HTTP/1.1"

    def hand_on(self) -> None:
        """Answer what the Service answers."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = dict(self.headers.items())
        headers |= {"X-Forwarded-For": self.client_address[0], "X-Forwarded-Proto": "https"}
        upstream = http.client.HTTPConnection("SERVICE", 80, timeout=30)
        try:
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            content = answer.read()
        except OSError as error:
            self.send_error(502, str(error))
            return
        finally:
            upstream.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name not in {"Connection", "Transfer-Encoding", "Content-Length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_HEAD = hand_on  # noqa: N815


ThreadingHTTPServer(("", PORT), Handler).serve_forever()
