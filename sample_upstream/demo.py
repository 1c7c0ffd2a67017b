"""Shows a site being kept in line with the sample: `make demo`.

The site's commands run as processes of their own against a new SQLite file; the sample serves in
this process and ends with it.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from sample_upstream.upstream import SampleUpstream

MANAGE = Path(__file__).parent.parent / "manage.py"
PASSED_ON = (
    *("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "TERM", "COLUMNS", "NO_COLOR"),
    *("LANG", "LC_ALL", "LC_CTYPE", "PYTHONIOENCODING", "PYTHONUTF8"),
)
"""All that the site learns of this shell, which may be that of a real site."""


def main() -> int:
    """Run the demonstration and return the exit code of the first command that failed, or 0."""
    with (
        tempfile.TemporaryDirectory(prefix="booth-sync-demo-") as folder,
        SampleUpstream() as upstream,
    ):
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment = kept | {
            "DATABASE_URL": f"sqlite:///{quote(folder)}/demo.sqlite3",
            "BOOTH_SYNC_API_URL": upstream.url,
            "BOOTH_SYNC_LOG_LEVEL": "WARNING",
        }
        try:
            _show(upstream, environment)
        except subprocess.CalledProcessError as failure:
            return failure.returncode
    return 0


def _show(upstream: SampleUpstream, environment: dict[str, str]) -> None:
    _say(f"예제 D-Order(sample)가 응답하는 곳: {upstream.url}")
    _run("migrate", "--verbosity", "0", environment=environment)
    _say("1. 첫 동기화가 부스와 메뉴를 모두 만듭니다. (Everything is created.)")
    _sync(environment=environment)
    _say("2. 자리가 차고 재고가 줄고 부스 이름이 바뀝니다. 미리 보기는 저장하지 않습니다.")
    _say("   (A dry run shows changes and writes nothing.)")
    upstream.tick()
    _sync("--dry-run", environment=environment)
    _say("   두 번째 동기화는 바뀐 것만 저장합니다. (Only those rows are written.)")
    _sync(environment=environment)
    _say("3. 부스 하나가 사라지고 메뉴 하나가 생깁니다. (One is hidden, one is added.)")
    upstream.tick()
    _sync(environment=environment)
    _say("4. 그 뒤로 바뀐 것이 없습니다. (The same feed again writes no row.)")
    _sync(environment=environment)
    _run("booth_sync", "status", environment=environment)
    _run("booth_sync", "runs", environment=environment)


def _sync(*options: str, environment: dict[str, str]) -> None:
    _run("booth_sync", "sync", *options, environment=environment)


def _run(*arguments: str, environment: dict[str, str]) -> None:
    _say(f"\n$ python manage.py {' '.join(arguments)}")
    subprocess.run([sys.executable, str(MANAGE), *arguments], env=environment, check=True)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
