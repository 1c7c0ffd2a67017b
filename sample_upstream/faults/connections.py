"""Faults of transfer: silence, dripping, cut and endless answers, broken HTTP."""

import zlib
from functools import lru_cache

from sample_upstream.faults.call import Call, fault
from sample_upstream.world import join_body

_JSON = ("Content-Type", "application/json")
_CHUNKED = ("Transfer-Encoding", "chunked")
_PAD = b" " * 65_536
_MEBIBYTE = b" " * 1_048_576


@fault("silent")
def stay_silent(call: Call) -> None:
    """Read the request and never answer."""
    while call.wire.stay(1):
        pass


@fault("drip-headers")
def drip_headers(call: Call) -> None:
    """Send the header one byte per `interval` (0.5) seconds, then the body at once."""
    body = call.state.make_body()
    head = call.wire.make_head(200, [_JSON, ("Content-Length", str(len(body)))])
    if _drip(call, head):
        call.wire.send(body)


@fault("drip-body")
def drip_body(call: Call) -> None:
    """Send the header at once, then the body one byte per `interval` (0.5) seconds."""
    body = call.state.make_body()
    call.wire.send_head(200, [_JSON, ("Content-Length", str(len(body)))])
    _drip(call, body)


@fault("cut-headers")
def cut_headers(call: Call) -> None:
    """Close in the middle of a header line."""
    call.wire.send(call.wire.make_head(200, [_JSON, ("Content-Length", "2")])[:-9])


@fault("truncated")
def truncate(call: Call) -> None:
    """Close after half of the body that Content-Length promised."""
    body = call.state.make_body()
    call.wire.send_head(200, [_JSON, ("Content-Length", str(len(body)))])
    call.wire.send(body[: len(body) // 2])


@fault("overstated-length")
def overstate_length(call: Call) -> None:
    """Close after a whole body although Content-Length promised 1,024 bytes more."""
    body = call.state.make_body()
    call.wire.send_head(200, [_JSON, ("Content-Length", str(len(body) + 1024))])
    call.wire.send(body)


@fault("reset")
def reset_at_once(call: Call) -> None:
    """Reset the connection before the header."""
    call.wire.reset()


@fault("reset-body")
def reset_in_body(call: Call) -> None:
    """Reset the connection in the middle of the body."""
    truncate(call)
    call.wire.stay(0.1)
    call.wire.reset()


@fault("gzip-bomb")
def send_bomb(call: Call) -> None:
    """Send a small gzip file, whatever was asked for, that inflates to `mib` (400) MiB."""
    bomb = _make_bomb(int(call.read_number("mib", default=400)))
    headers = [_JSON, ("Content-Encoding", "gzip"), ("Content-Length", str(len(bomb)))]
    call.wire.send_head(200, headers)
    call.wire.send(bomb)


@fault("endless")
def send_endless(call: Call) -> None:
    """Send sound JSON whose white space never ends, in chunks."""
    call.wire.send_head(200, [_JSON, _CHUNKED])
    call.wire.send(_make_chunk(join_body([])[:-1]))
    chunk = _make_chunk(_PAD)
    while True:
        call.wire.send(chunk)


@fault("huge-header")
def send_huge_header(call: Call) -> None:
    """Send a header field of `kib` (1024) KiB."""
    field = ("X-Huge", "x" * int(1024 * call.read_number("kib", default=1024)))
    _send_with_headers(call, [field])


@fault("many-headers")
def send_many_headers(call: Call) -> None:
    """Send `count` (1000) header fields."""
    count = int(call.read_number("count", default=1000))
    _send_with_headers(call, [(f"X-Field-{number}", "x") for number in range(count)])


@fault("bad-chunk")
def send_bad_chunk(call: Call) -> None:
    """Send one sound chunk, then one whose size is no number."""
    body = call.state.make_body()
    call.wire.send_head(200, [_JSON, _CHUNKED])
    call.wire.send(_make_chunk(body[: len(body) // 2]) + b"ZZ\r\n" + body[len(body) // 2 :])


@fault("bad-status-line")
def send_bad_status_line(call: Call) -> None:
    """Send something else than HTTP."""
    call.wire.send(b"220 mail.example.invalid ESMTP ready\r\n\r\n")


@fault("no-content-length-close")
def send_without_length(call: Call) -> None:
    """Send a sound body whose end is the end of the connection."""
    call.wire.send_head(200, [_JSON])
    call.wire.send(call.state.make_body())


def _drip(call: Call, message: bytes) -> bool:
    """Return whether all of `message` was sent before the client went or time was over."""
    interval = call.read_number("interval", default=0.5)
    for position in range(len(message)):
        call.wire.send(message[position : position + 1])
        if not call.wire.stay(interval):
            return False
    return True


def _send_with_headers(call: Call, headers: list[tuple[str, str]]) -> None:
    body = call.state.make_body()
    call.wire.send_head(200, [_JSON, *headers, ("Content-Length", str(len(body)))])
    call.wire.send(body)


def _make_chunk(payload: bytes) -> bytes:
    return f"{len(payload):x}\r\n".encode() + payload + b"\r\n"


@lru_cache(maxsize=4)
def _make_bomb(mebibytes: int) -> bytes:
    """Return a gzip file (RFC 1952) of an empty feed and `mebibytes` of white space.

    A full flush makes every compressed mebibyte the same bytes, so one is compressed and
    the rest repeated.
    """
    start = join_body([])
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    first = deflate.compress(start) + deflate.flush(zlib.Z_FULL_FLUSH)
    block = deflate.compress(_MEBIBYTE) + deflate.flush(zlib.Z_FULL_FLUSH)
    checksum = zlib.crc32(start)
    for _ in range(mebibytes):
        checksum = zlib.crc32(_MEBIBYTE, checksum)
    length = (len(start) + mebibytes * len(_MEBIBYTE)) & 0xFFFFFFFF
    trailer = checksum.to_bytes(4, "little") + length.to_bytes(4, "little")
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    return head + first + block * mebibytes + deflate.flush(zlib.Z_FINISH) + trailer
