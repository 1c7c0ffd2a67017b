"""Where the programs of a cluster run: on this machine's loopback, or in a network of their own."""

import http.client
import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from typing import Protocol, TypeVar

from .commands import LOOPBACK, Command

T = TypeVar("T")


class Place(Protocol):
    """A network with a loopback, and what to put in front of a command for it to run there."""

    @property
    def address(self) -> str:
        """The address that the API server listens on."""

    @property
    def enter(self) -> Command:
        """For the cluster's own programs."""

    @property
    def reach(self) -> Command:
        """For clients: they see the files of the machine."""

    def inside(self, function: Callable[[], T]) -> T:
        """Call a function there and return what it returns; sockets that it opens stay there."""


class Loopback:
    """This process's own network."""

    address = LOOPBACK

    @property
    def enter(self) -> Command:
        """Nothing."""
        return []

    @property
    def reach(self) -> Command:
        """Nothing."""
        return []

    def inside(self, function: Callable[[], T]) -> T:
        """Call the function here."""
        return function()


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback that nobody listens on now."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((LOOPBACK, 0))
        return [one.getsockname()[1] for one in sockets]


def accepts(host: str, *, port: int) -> bool:
    """Return whether somebody takes a connection now."""
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False


def answers(
    port: int, *paths: str, tls: ssl.SSLContext | None = None, host: str = LOOPBACK
) -> bool:
    """Return whether every path answers 200 now."""
    statuses = (_status_of(port, path, tls=tls, host=host) for path in paths)
    return all(status == http.HTTPStatus.OK for status in statuses)


def _status_of(port: int, path: str, *, tls: ssl.SSLContext | None, host: str) -> int | None:
    connection = (
        http.client.HTTPSConnection(host, port, timeout=5, context=tls)
        if tls
        else http.client.HTTPConnection(host, port, timeout=5)
    )
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
