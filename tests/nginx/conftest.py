"""A real nginx before a real gunicorn, and one socket for each request."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest

from tests.cluster.places import free_ports
from tests.faults.databases import fresh_database
from tests.faults.processes import wait_until
from tests.web.site import Site, serving

ALLOWED_NETWORK, PROXY = "127.9.0.0/16", "127.0.0.1/32"
CONFIGURATION = """
daemon off;
pid pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    underscores_in_headers on;
    ignore_invalid_headers off;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass {origin};
            proxy_bind 127.0.0.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto https;
        }}
    }}
}}
"""
"""As docs/api.md tells it; what nginx would drop of odd headers reaches us here."""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site that lets one network in and believes one proxy, both on loopback."""
    networks = {"BOOTH_SYNC_ALLOWED_CIDRS": ALLOWED_NETWORK, "BOOTH_SYNC_TRUSTED_PROXIES": PROXY}
    with fresh_database() as database, serving(database, **networks) as served:
        yield served


@pytest.fixture(scope="module")
def nginx(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The origin of an nginx before the site."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        pytest.fail("nginx is not installed. To get it: apt-get install nginx")
    folder, [port] = tmp_path_factory.mktemp("nginx"), free_ports(1)
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(port=port, origin=site.origin))
    log = folder / "log"
    with log.open("wb") as stream:
        command = [program, "-p", str(folder), "-c", str(configuration), "-e", "stderr"]
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
    origin = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _listens(origin) or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield origin
    finally:
        process.terminate()
        process.wait(timeout=20)


def send(origin: str, request: bytes, *, source: str) -> tuple[int, bytes]:
    """Send a request as it is from an address of loopback; return the status and the body."""
    address = urlsplit(origin)
    assert address.hostname
    assert address.port
    where = (address.hostname, address.port)
    with socket.create_connection(where, timeout=20, source_address=(source, 0)) as connection:
        connection.sendall(request)
        answer = HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read()


def _listens(origin: str) -> bool:
    address = urlsplit(origin)
    with closing(socket.socket()) as probe:
        return probe.connect_ex((address.hostname, address.port)) == 0
