"""A TLS proxy in front of the real API server that does one thing wrong, chosen by name."""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from .certificates import LOOPBACK, Authority, Credentials
from .control_plane import ControlPlane
from .deployment import NAMESPACE, OPERATOR
from .faults import BEFORE_HANDSHAKE, BEFORE_REQUEST, FAULTS, IN_ANSWER, REFUSED, Exchange
from .wire import HOP_BY_HOP, Answer, Request, Wire

FORWARD_SECONDS = 30
POLL_SECONDS = 0.1
JOIN_SECONDS = 5


class FaultProxy:
    """A proxy with one fault out of ``FAULTS``, or with none; a context manager.

    ``when`` limits a fault in the answer to some requests, the others are forwarded: so the second
    of two patches can fail. ``retry_after`` is what 429 and 503 announce, in seconds. Only bearer
    tokens pass it, client certificates end here; a watch is not forwarded.
    """

    def __init__(
        self,
        control_plane: ControlPlane,
        *,
        fault: str | None = None,
        when: Callable[[Request], bool] | None = None,
        retry_after: int = 1,
    ) -> None:
        if fault is not None and fault not in FAULTS:
            raise ValueError(f"no fault {fault!r}; there are {', '.join(FAULTS)}")
        self.fault = fault
        self.requests: list[Request] = []
        """Every request that was read, in order, with its headers."""
        self._control_plane = control_plane
        self._when = when
        self._retry_after = retry_after
        self._closing = threading.Event()
        self._wires: list[Wire] = []
        self._threads: list[threading.Thread] = []
        self._tls = _make_tls(control_plane.authority, fault=fault)
        self._upstream_tls = ssl.create_default_context(
            cadata=control_plane.authority.certificate.decode()
        )
        self._listener = socket.socket()
        self._listener.bind((control_plane.host, 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The proxy's address, without a slash at the end."""
        return f"https://{self._control_plane.host}:{self.port}"

    def open(self) -> None:
        """Start to listen; with ``refused`` the port stays taken and closed."""
        if self.fault == REFUSED:
            return
        self._listener.settimeout(POLL_SECONDS)
        self._listener.listen()
        self._run(self._accept)

    def close(self) -> None:
        """End every connection and thread, also the hanging ones."""
        self._closing.set()
        for wire in list(self._wires):
            wire.close()
        for thread in list(self._threads):
            thread.join(JOIN_SECONDS)
        self._listener.close()

    def kubeconfig(
        self, path: Path, *, token: str | None = None, namespace: str = NAMESPACE
    ) -> Path:
        """Write a kubeconfig that leads through this proxy and return its path.

        Without a ``token`` it gets a new one of the operator's account in ``namespace``.
        """
        return self._control_plane.write_kubeconfig(
            path,
            identity=token or self._control_plane.token(OPERATOR, namespace=namespace),
            server=self.url,
            namespace=namespace,
        )

    def _run(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                self._run(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        """Serve one connection; a client that leaves or a proxy that closes ends it."""
        with ExitStack() as open_wires, suppress(OSError):
            plain = self._hold(connection, open_wires)
            if self.fault in BEFORE_HANDSHAKE:
                return BEFORE_HANDSHAKE[self.fault](plain)
            secured = self._tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
            wire = self._hold(secured, open_wires)
            secured.do_handshake()
            if self.fault in BEFORE_REQUEST:
                return BEFORE_REQUEST[self.fault](wire)
            while (request := wire.read_request()) and self._answer(wire, request):
                pass
        return None

    def _hold(self, connection: socket.socket, open_wires: ExitStack) -> Wire:
        wire = Wire(connection, closing=self._closing)
        self._wires.append(wire)
        open_wires.callback(wire.close)
        if self._closing.is_set():  # accepted while close() was under way
            wire.close()
        return wire

    def _answer(self, wire: Wire, request: Request) -> bool:
        """Answer one request and return whether the connection may go on."""
        self.requests.append(request)
        if self.fault not in IN_ANSWER or (self._when and not self._when(request)):
            answer = self._forward(request)
            wire.send(answer.head() + answer.body)
            return True
        exchange = Exchange(
            wire=wire,
            request=request,
            forward=self._forward,
            retry_after=self._retry_after,
            elsewhere=f"https://localhost:{self.port}",
        )
        IN_ANSWER[self.fault](exchange)
        return False

    def _forward(self, request: Request) -> Answer:
        upstream = http.client.HTTPSConnection(
            self._control_plane.host,
            self._control_plane.port,
            timeout=FORWARD_SECONDS,
            context=self._upstream_tls,
        )
        try:
            upstream.request(
                request.method,
                request.path,
                body=request.body,
                headers=_end_to_end(request.headers),
            )
            answer = upstream.getresponse()
            headers = _end_to_end(dict(answer.getheaders()))
            return Answer(status=answer.status, body=answer.read(), headers=headers)
        finally:
            upstream.close()


def _end_to_end(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}


def _make_tls(authority: Authority, *, fault: str | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:  # the ssl module reads files only
        context.load_cert_chain(*_certificate(authority, fault=fault).write(Path(folder), name="_"))
    return context


def _certificate(authority: Authority, *, fault: str | None) -> Credentials:
    if fault == "wrong_ca":
        return Authority("a stranger").issue_server(LOOPBACK)
    if fault == "wrong_host":
        return authority.issue_server(["elsewhere.invalid"])
    return authority.issue_server(LOOPBACK, expired=fault == "expired_certificate")
