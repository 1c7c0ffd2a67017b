"""Faults of content: sound HTTP around a body that must be refused."""

import json

from sample_upstream.faults.call import Call, fault
from sample_upstream.pages import Reply, reply_json, reply_page
from sample_upstream.world import encode_json, join_body

_DEPTH = 100_000
_LONGEST_DIGITS = 4_301
_BAD_BOOTH = '{{"boothName":"{name}","boothAllTable":{tables},"boothUsageTable":0,"Menus":[]}}'


@fault("html")
def send_html(_call: Call) -> Reply:
    """Answer 200 with an HTML page."""
    return reply_page(200)


@fault("empty-body")
def send_nothing(_call: Call) -> Reply:
    """Answer 200 with a body of no bytes."""
    return reply_json(b"")


@fault("wrong-status")
def send_wrong_status(call: Call) -> Reply:
    """Answer 200 with sound booths under a `statusCode` of 404."""
    body = join_body(call.state.list_fragments())
    return reply_json(body.replace(b'"statusCode":200', b'"statusCode":404', 1))


@fault("wrong-endpoint")
def send_sister_endpoint(call: Call) -> Reply:
    """Answer as the sister endpoint does: the same envelope, booths without `Menus`."""
    booths = [json.loads(fragment) for fragment in call.state.list_fragments()]
    for booth in booths:
        booth.pop("Menus", None)
    return reply_json(join_body(encode_json(booth) for booth in booths))


@fault("empty-list")
def send_empty_list(_call: Call) -> Reply:
    """Answer with a sound envelope and no booths."""
    return reply_json(join_body([]))


@fault("shrunk")
def send_shrunk_list(call: Call) -> Reply:
    """Answer with the first third of the booths."""
    fragments = call.state.list_fragments()
    return reply_json(join_body(fragments[: len(fragments) // 3]))


@fault("not-json")
def send_text(_call: Call) -> Reply:
    """Answer with plain Korean text that is called JSON."""
    return reply_json("부스 서버 점검 중입니다.".encode())


@fault("cut-json")
def send_cut_json(call: Call) -> Reply:
    """Answer with the first half of a body, and a Content-Length that agrees."""
    body = call.state.make_body()
    return reply_json(body[: len(body) // 2])


@fault("bad-utf8")
def send_bad_utf8(call: Call) -> Reply:
    """Answer with one booth more, whose name holds a byte that UTF-8 has not."""
    return _add_booth(call, _make_booth(name="?").replace(b"?", b"\xff", 1))


@fault("nan")
def send_nan(call: Call) -> Reply:
    """Answer with one booth more, whose tables are `NaN`."""
    return _add_booth(call, _make_booth(tables="NaN"))


@fault("huge-integer")
def send_huge_integer(call: Call) -> Reply:
    """Answer with one booth more, whose tables have 4,301 digits."""
    return _add_booth(call, _make_booth(tables="9" * _LONGEST_DIGITS))


@fault("deep")
def send_deep(_call: Call) -> Reply:
    """Answer with 100,000 nested arrays for the booths."""
    return reply_json(join_body([b"[" * _DEPTH + b"]" * _DEPTH]))


def _make_booth(*, name: str = "고장 난 부스", tables: str = "0") -> bytes:
    return _BAD_BOOTH.format(name=name, tables=tables).encode()


def _add_booth(call: Call, booth: bytes) -> Reply:
    return reply_json(join_body([*call.state.list_fragments(), booth]))
