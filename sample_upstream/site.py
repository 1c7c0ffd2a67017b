"""Serves a whole site on loopback, with the sample as its D-Order: `make serve`.

The site's processes get a new SQLite file and a secret of their own; all of it ends with Ctrl-C.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType
from urllib.parse import quote

from sample_upstream.demo import MANAGE, PASSED_ON
from sample_upstream.upstream import SampleUpstream

USER = "demo"
TICK_SECONDS = 20.0
ADDRESS = "127.0.0.1:8000"
_MAKE_USER = (
    "import os; from django.contrib.auth.models import User; "
    f"User.objects.create_superuser('{USER}', password=os.environ['DEMO_PASSWORD'])"
)


class Ended(Exception):
    """Somebody ended the site."""


def main() -> int:
    """Serve until Ctrl-C or SIGTERM; return the exit code of what failed, or 0."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="booth-sync-site-") as folder,
            SampleUpstream() as upstream,
        ):
            return _serve(upstream, Path(folder))
    except Ended:
        _say("\n끝냈습니다. (Ended; nothing is left.)")
        return 0
    except subprocess.CalledProcessError as failure:
        return failure.returncode


def _serve(upstream: SampleUpstream, folder: Path) -> int:
    address = os.environ.get("SERVE_ADDRESS", ADDRESS)
    password = secrets.token_urlsafe(9)
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment = kept | {
        "DATABASE_URL": f"sqlite:///{quote(str(folder))}/site.sqlite3",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "BOOTH_SYNC_API_URL": upstream.url,
        "BOOTH_SYNC_LOG_LEVEL": "WARNING",
        "DEMO_PASSWORD": password,
    }
    _say("준비하고 있습니다. (Migrating, syncing once.)")
    _manage("migrate", "--verbosity", "0", environment=environment)
    _manage("booth_sync", "sync", environment=environment)
    _manage("shell", "--no-imports", "-c", _MAKE_USER, environment=environment)
    token = _manage("booth_token", "create", USER, "--name", "demo", environment=environment)
    command = ("-m", "gunicorn", "--config", "python:project.serving", "--bind", address)
    server = subprocess.Popen(
        [sys.executable, *command, "project.wsgi"],
        cwd=MANAGE.parent,
        env=environment,
        start_new_session=True,  # a Ctrl-C reaches it once, by us
    )
    stopped = threading.Event()
    threading.Thread(target=_live, args=(upstream, stopped), daemon=True).start()
    try:
        _tell(address, upstream.url, password=password, token=token.strip())
        return server.wait()
    finally:
        stopped.set()
        server.terminate()
        server.wait()


def _tell(address: str, upstream: str, *, password: str, token: str) -> None:
    _say(f"""
부스 목록 (read API):   curl -s http://{address}/booths/
상태 (control API):     curl -s -H 'Authorization: Token {token}' http://{address}/booths/sync/status/
지금 동기화 (sync now): curl -s -X POST -H 'Authorization: Token {token}' http://{address}/booths/sync/once/
운영 콘솔 (console):    http://{address}/console/  ({USER} / {password})
관리 화면 (admin):      http://{address}/admin/
예제 D-Order (sample):  {upstream}  ({TICK_SECONDS:.0f}초마다 바뀝니다)

끝내려면 Ctrl-C를 누르세요. (Ctrl-C ends everything.)""")


def _live(upstream: SampleUpstream, stopped: threading.Event) -> None:
    while not stopped.wait(TICK_SECONDS):
        upstream.tick()


def _manage(*arguments: str, environment: dict[str, str]) -> str:
    ended = subprocess.run(
        [sys.executable, str(MANAGE), *arguments],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if ended.returncode != 0:
        sys.stderr.write(ended.stderr)
        ended.check_returncode()
    return ended.stdout


def _end(_signum: int, _frame: FrameType | None) -> None:
    raise Ended


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
