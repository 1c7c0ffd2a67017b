"""A run imports only what it needs, so that it starts fast."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import FEEDS, ROOT, make_environment, run_command

UNWANTED = ("rest_framework", "django.contrib.admin", "kubernetes", "django.contrib.auth")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a migrated SQLite file."""
    url = f"sqlite:///{tmp_path_factory.mktemp('imports') / 'db.sqlite3'}"
    assert run_command("migrate", DATABASE_URL=url).returncode == 0
    return url


def list_imports(database: str, **variables: str) -> set[str]:
    """Return the modules that a sync from a file imports, as Python itself reports them."""
    ended = subprocess.run(
        [
            *(sys.executable, "-X", "importtime", str(ROOT / "manage.py"), "booth_sync", "sync"),
            *("--from-file", str(FEEDS / "d-order.json")),
        ],
        env=make_environment(DATABASE_URL=database, **variables),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    lines = [line for line in ended.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def under(package: str, modules: set[str]) -> set[str]:
    return {name for name in modules if name == package or name.startswith(f"{package}.")}


def test_a_run_imports_no_interface_and_nothing_that_is_not_configured(database: str) -> None:
    modules = list_imports(database)
    assert {"booth.sync.run", "booth.sync.feed", "booth.sync.store", "msgspec"} <= modules
    for package in (*UNWANTED, "prometheus_client", "pythonjsonlogger", "requests", "urllib3"):
        assert under(package, modules) == set()


def test_a_run_imports_nothing_of_control_though_cronjobs_are_configured(database: str) -> None:
    modules = list_imports(database, BOOTH_SYNC_CRONJOBS="booth-sync,booth-sync-peak")
    for package in ("kubernetes", "cronsim", "booth.control", "booth.status", "booth.doctor"):
        assert under(package, modules) == set()


@pytest.mark.parametrize(
    ("package", "variables"),
    [
        ("prometheus_client", {"BOOTH_SYNC_PUSHGATEWAY_URL": "http://127.0.0.1:9"}),
        ("urllib3", {"BOOTH_SYNC_HEARTBEAT_URL": "http://127.0.0.1:9/key"}),
        ("pythonjsonlogger", {"BOOTH_SYNC_LOG_FORMAT": "json"}),
    ],
)
def test_what_is_configured_is_imported_and_nothing_else(
    database: str, package: str, variables: dict[str, str]
) -> None:
    modules = list_imports(database, **variables)
    assert under(package, modules)
    others = {"prometheus_client", "pythonjsonlogger"} - {package}
    for name in (*UNWANTED, *others):
        assert under(name, modules) == set()


def test_logs_go_to_a_file_without_the_json_formatter(database: str, tmp_path: Path) -> None:
    path = tmp_path / "booth.log"
    modules = list_imports(database, BOOTH_SYNC_LOG_FILE=str(path))
    assert under("pythonjsonlogger", modules) == set()
    assert "부스 데이터 동기화 완료" in path.read_text(encoding="utf-8")
