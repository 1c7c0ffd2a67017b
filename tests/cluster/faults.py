"""What a FaultProxy can do wrong, by name, in the order in which a connection meets it."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

from .statuses import FRONT_END_PAGE, LOGIN_PAGE, STATUSES, make_status
from .wire import Answer, Request, Wire

HTML = {"Content-Type": "text/html; charset=utf-8"}
JSON = {"Content-Type": "application/json"}
GARBAGE = bytes(range(256)) * 4
ENDLESS_LENGTH = 1 << 40
ENDLESS_CHUNK = b" " * (64 * 1024)


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request that is about to be answered wrongly."""

    wire: Wire
    request: Request
    forward: Callable[[Request], Answer]
    """Asks the real API server."""
    retry_after: int
    elsewhere: str
    """The same server under another origin."""


def _answer(exchange: Exchange, answer: Answer) -> None:
    exchange.wire.send(answer.head() + answer.body)


def _answer_status(name: str) -> Callable[[Exchange], None]:
    return lambda exchange: _answer(
        exchange,
        make_status(name, request=exchange.request, retry_after=exchange.retry_after),
    )


def _bad_gateway(exchange: Exchange) -> None:
    _answer(exchange, Answer(status=502, body=FRONT_END_PAGE, headers=HTML))


def _login_page(exchange: Exchange) -> None:
    _answer(exchange, Answer(status=200, body=LOGIN_PAGE, headers=HTML))


def _redirect(exchange: Exchange) -> None:
    location = {"Location": exchange.elsewhere + exchange.request.path}
    _answer(exchange, Answer(status=307, body=b"", headers=location))


def _stale_answer(exchange: Exchange) -> None:
    """Answer a change with 200 and the object as it still is."""
    _answer(exchange, exchange.forward(replace(exchange.request, method="GET", body=b"")))


def _hang_after_reading(exchange: Exchange) -> None:
    exchange.wire.hang()


def _hang_after_forwarding(exchange: Exchange) -> None:
    exchange.forward(exchange.request)
    exchange.wire.hang()


def _drop_after_request(exchange: Exchange) -> None:
    """Leave without an answer; the real server never heard of it."""


def _drop_after_forwarding(exchange: Exchange) -> None:
    exchange.forward(exchange.request)


def _reset(exchange: Exchange) -> None:
    exchange.wire.reset()


def _drip_headers(exchange: Exchange) -> None:
    exchange.wire.send(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    exchange.wire.drip(itertools.repeat(b"a"))


def _drip_body(exchange: Exchange) -> None:
    answer = exchange.forward(exchange.request)
    exchange.wire.send(answer.head())
    exchange.wire.drip(bytes([byte]) for byte in answer.body)


def _endless_body(exchange: Exchange, *, status: int = 200) -> None:
    head = Answer(status=status, body=b"", headers=JSON).head()
    exchange.wire.send(head.replace(b"Length: 0", b"Length: %d" % ENDLESS_LENGTH))
    exchange.wire.drip(itertools.repeat(ENDLESS_CHUNK))


def _endless_refusal(exchange: Exchange) -> None:
    _endless_body(exchange, status=403)


def _truncated_body(exchange: Exchange) -> None:
    answer = exchange.forward(exchange.request)
    exchange.wire.send(answer.head() + answer.body[: len(answer.body) // 2])


def _garbage(exchange: Exchange) -> None:
    exchange.wire.send(GARBAGE)


def _hang(wire: Wire) -> None:
    wire.hang()


def _drop(wire: Wire) -> None:
    """Leave as soon as the handshake is done."""


def _not_tls(wire: Wire) -> None:
    wire.send(GARBAGE)


REFUSED = "refused"
WITH_CERTIFICATE = ("wrong_ca", "expired_certificate", "wrong_host")
BEFORE_HANDSHAKE = {"hang_in_handshake": _hang, "not_tls": _not_tls}
BEFORE_REQUEST = {"drop_before_request": _drop, "hang_before_reading": _hang}
IN_ANSWER: dict[str, Callable[[Exchange], None]] = {
    **{name: _answer_status(name) for name in STATUSES},
    "bad_gateway": _bad_gateway,
    "login_page": _login_page,
    "redirect": _redirect,
    "stale_answer": _stale_answer,
    "hang_after_reading": _hang_after_reading,
    "hang_after_forwarding": _hang_after_forwarding,
    "drop_after_request": _drop_after_request,
    "drop_after_forwarding": _drop_after_forwarding,
    "reset": _reset,
    "drip_headers": _drip_headers,
    "drip_body": _drip_body,
    "endless_body": _endless_body,
    "endless_refusal": _endless_refusal,
    "truncated_body": _truncated_body,
    "garbage": _garbage,
}
FAULTS = (REFUSED, *WITH_CERTIFICATE, *BEFORE_HANDSHAKE, *BEFORE_REQUEST, *IN_ANSWER)
