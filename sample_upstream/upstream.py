"""The sample as an object: for tests, and for the command line."""

import ipaddress
import ssl
import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from sample_upstream.advance import Tick
from sample_upstream.invent import invent
from sample_upstream.serve import FAULT_PREFIX, Server
from sample_upstream.state import RecordedRequest, State
from sample_upstream.world import API_PATH, World


class SampleUpstream:
    """A sample D-Order that serves, in a thread, as long as the `with` block lasts."""

    def __init__(
        self,
        *,
        booths: int = 15,
        menus: int = 10,
        seed: int = 1,
        twins: int = 1,
        host: str = "127.0.0.1",
        port: int = 0,
        allow_remote: bool = False,
        require_token: str | None = None,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        """Invent the world and take the port; nothing is served before `start`.

        Raises ValueError for impossible sizes and for a host beyond loopback that is not
        allowed, OSError for a port that cannot be had.
        """
        if not allow_remote and not is_loopback(host):
            raise ValueError(f"{host} is not a loopback address; allow_remote permits it")
        self._state = State(invent(booths=booths, menus=menus, seed=seed, twins=twins))
        self._server = Server(
            (host, port), state=self._state, token=require_token, tls_context=tls_context
        )
        self._thread: threading.Thread | None = None
        scheme = "http" if tls_context is None else "https"
        shown_host = f"[{host}]" if ":" in host else host
        self.origin = f"{scheme}://{shown_host}:{self._server.server_port}"
        """Scheme, host and port, without a slash."""

    def start(self) -> Self:
        """Begin to serve."""
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="sample-upstream",
            daemon=True,
        )
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop to serve and hang up on every client; returns within a second."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()
        self._server.hang_up()

    def __enter__(self) -> Self:
        """Begin to serve."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop to serve."""
        self.close()

    @property
    def url(self) -> str:
        """The address of the good answers."""
        return self.origin + API_PATH

    def fault_url(self, name: str, **query: str | float) -> str:
        """Return the address of a fault; `query` are its parameters."""
        address = self.origin + FAULT_PREFIX + name + API_PATH
        return f"{address}?{urlencode(query)}" if query else address

    @property
    def requests(self) -> list[RecordedRequest]:
        """A copy of the requests so far, oldest first; `/_tick` and `/_world` do not count."""
        return self._state.requests

    def forget_requests(self) -> None:
        """Start with an empty list of requests again."""
        self._state.forget_requests()

    @property
    def world(self) -> World:
        """The current truth; a value that later steps do not change."""
        return self._state.world

    def tick(self) -> Tick:
        """Move the world one step on and return what happened."""
        return self._state.tick()

    def set_body(self, body: bytes | None) -> None:
        """Answer these bytes as 200 JSON from now on; None goes back to the world."""
        self._state.set_body(body)

    def set_booths(self, booths: Iterable[Mapping[str, object]]) -> None:
        """Answer these items, however broken, in this order, in a sound envelope."""
        self._state.set_booths(booths)


def is_loopback(host: str) -> bool:
    """Return whether `host` can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
