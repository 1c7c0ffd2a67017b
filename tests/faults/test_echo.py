"""An upstream that sends our own headers back, as names of booths and menus."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import make_feed
from tests.faults.databases import Database
from tests.faults.processes import finish, start

TOKEN = "canary-token/c41"
USERINFO = "canary-user:canary-p%2fss"
CANARY = "canary"
BASIC = base64.b64encode(USERINFO.encode()).decode().rstrip("=")
PLAIN_BASIC = base64.b64encode(b"canary-user:canary-p/ss").decode().rstrip("=")
VARIABLES: dict[str, Any] = {
    "BOOTH_SYNC_API_TOKEN": TOKEN,
    "BOOTH_SYNC_API_HEADERS": json.dumps({"X-Key": "canary-header-a0f"}),
    "BOOTH_SYNC_LOG_LEVEL": "DEBUG",
}


def make_booth(name: str, *menus: str) -> dict[str, Any]:
    listed = [{"menuName": menu, "menuIngredidentReminder": 1} for menu in menus]
    return {"boothName": name, "boothAllTable": 2, "boothUsageTable": 1, "Menus": listed}


@pytest.fixture
def echo() -> Iterator[str]:
    """The address, with userinfo, of a server that answers with what it was sent."""

    class Echo(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = make_feed(
                [
                    make_booth("심야식당", "라면", f"키 {self.headers['X-Key']}"),
                    make_booth(self.headers["Authorization"]),
                    make_booth("바른 주점"),
                    make_booth(quote(TOKEN, safe="").lower()),
                    make_booth("해방 주점"),
                    make_booth(f"Basic {BASIC}"),
                    make_booth("끝 주점", f"Basic {PLAIN_BASIC}"),
                    make_booth("다시 주점"),
                ]
            )
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://{USERINFO}@127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.database
@pytest.mark.parametrize("arguments", [[], ["--dry-run"]])
def test_an_item_that_holds_a_secret_is_rejected_and_shown_nowhere(
    database: Database, echo: str, arguments: list[str]
) -> None:
    process = start(database, *arguments, BOOTH_SYNC_API_URL=echo, **VARIABLES)
    outcome = finish(process)
    document = outcome.document
    assert (outcome.code, document["status"]) == (0, "partial")
    rejected = {(p["path"], p["reason"]) for p in document["problems"] if p["kind"] == "rejected"}
    reason = "이름에 비밀 값이 들어 있습니다."
    assert rejected == {
        *((f"data.boothDetails[{index}].boothName", reason) for index in (1, 3, 5)),
        *(
            (f"data.boothDetails[{index}].Menus[{menu}].menuName", reason)
            for index, menu in ((0, 1), (6, 0))
        ),
    }
    rows = database.read_rows()
    assert bool(rows) is not bool(arguments)
    for where in (json.dumps(document, ensure_ascii=False), outcome.stderr, str(rows)):
        for secret in (CANARY, BASIC, PLAIN_BASIC):
            assert secret not in where.lower() + where
