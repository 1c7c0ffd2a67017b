"""Whatever an answer holds, a run in a real cgroup of 256 MiB ends by itself."""

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from booth.config.options import SourceOptions
from booth.sync.envelope import MAX_VALUES
from booth.sync.feed import MAX_ROWS
from tests.conftest import ROOT, make_feed, run_command
from tests.database import _folders, start_postgresql
from tests.faults.databases import Database
from tests.faults.processes import finish, start

from . import cgroups

NAME = "booth-sync-memory"
CAP = SourceOptions(url="").max_bytes
HEAD, TAIL = make_feed([]).split(b"[]")
BEER = "🍺".encode()
ENTER = 'for each in $0; do echo $$ > "$each/cgroup.procs"; done; exec "$@"'


def make_body(make_item: Callable[[int], bytes], *, most: int = CAP) -> bytes:
    """Return a list of as many items as fit into the longest answer, ``most`` at most."""
    items: list[bytes] = []
    left = CAP - len(HEAD) - len(TAIL) - 2
    while len(items) < most and (left := left - len(item := make_item(len(items))) - 1) >= 0:
        items.append(item)
    return HEAD + b"[" + b",".join(items) + b"]" + TAIL


def make_booth(name: bytes, menus: bytes = b"") -> bytes:
    return b'{"boothName":"%b","boothAllTable":1,"boothUsageTable":0,"Menus":[%b]}' % (name, menus)


BOOTHS = MAX_ROWS // 2
MENUS = b",".join(b'{"menuName":"%d","menuIngredidentReminder":7}' % n for n in range(10))
BODIES: dict[str, tuple[int, Callable[[], bytes]]] = {
    "objects": (65, lambda: make_body(lambda _: b"{}")),
    "as many objects as are read": (65, lambda: make_body(lambda _: b"{}", most=BOOTHS)),
    "lists": (65, lambda: make_body(lambda _: b"[[[[[[[[]]]]]]]]")),
    "as many numbers as are counted": (65, lambda: make_body(lambda _: b"1", most=MAX_VALUES)),
    "nested": (65, lambda: make_body(lambda _: b"[" * 8_000_000 + b"]" * 8_000_000)),
    "menus": (
        65,
        lambda: make_body(lambda _: make_booth(b"a", b"{}," * 5_000_000 + b"{}"), most=1),
    ),
    "a long name": (65, lambda: make_body(lambda _: make_booth(BEER * 4_000_000), most=1)),
    "no JSON": (65, lambda: "가나".encode("cp949") * (CAP // 4)),
    "an open message": (65, lambda: HEAD.replace(b'"data"', b'"x":[%b],"data"' % (b"{}," * 10**6))),
    "halves": (65, lambda: make_body(lambda n: make_booth(rb"\ud800%x" % n), most=BOOTHS)),
    "tiny booths": (0, lambda: make_body(lambda n: make_booth(b"%x" % n), most=BOOTHS)),
    "long names": (
        0,
        lambda: make_body(lambda n: make_booth(b"%06x%b" % (n, BEER + b"a" * 80)), most=BOOTHS),
    ),
    "names of emoji": (
        0,
        lambda: make_body(lambda n: make_booth(b"%x%b" % (n, BEER * 38)), most=BOOTHS),
    ),
    "twin booths": (0, lambda: make_body(lambda _: make_booth(b"a"), most=BOOTHS)),
    "twin menus": (
        0,
        lambda: make_body(
            lambda n: make_booth(b"%x" % n, b",".join([b'{"menuName":"b"}'] * 48)), most=4_000
        ),
    ),
    "10,000 of 10": (
        0,
        lambda: make_body(lambda n: make_booth(b"%x" % n, MENUS), most=10_000),
    ),
}


@pytest.fixture(scope="module")
def database() -> Database:
    """A PostgreSQL outside of the cgroup, as it is outside of the pod."""
    folder = Path(tempfile.mkdtemp(prefix="booth-sync-test-"))
    _folders.append(folder)  # removed when the server was stopped, at the end of the session
    return Database(start_postgresql(folder))


@pytest.fixture
def limited() -> Iterator[list[Path]]:
    """The folders of a cgroup with the chart's limit, in each hierarchy."""
    values = yaml.safe_load((ROOT / "helm/booth-sync/values.yaml").read_text())
    limit = int(re.fullmatch(r"(\d+)Mi", values["resources"]["limits"]["memory"])[1]) * 2**20  # type: ignore[index]
    cgroups.make(NAME)
    folders = cgroups.find(NAME)
    settings = [
        folder / setting
        for folder in folders
        for setting in ("memory.limit_in_bytes", "memory.max")
        if (folder / setting).exists()
    ]
    assert settings, "no hierarchy here limits memory"
    for setting in settings:
        setting.write_text(str(limit))
    yield folders
    assert cgroups.remove(NAME) == []


@pytest.mark.parametrize("name", BODIES)
def test_a_run_ends_by_itself(name: str, database: Database, limited: list[Path]) -> None:
    code, make = BODIES[name]
    body = make()
    assert len(body) <= CAP
    run_migrations(database)
    for _ in range(1 if code else 2):  # what is stored is compared the second time
        process = start(
            database,
            *("--from-file", "-", "--allow-shrink"),
            prefix=("bash", "-c", ENTER, " ".join(map(str, limited))),
        )
        assert finish(process, feed=body).code == code


def run_migrations(database: Database) -> None:
    """Empty the database."""
    for arguments in (("migrate", "booth", "zero"), ("migrate",)):
        assert run_command(*arguments, DATABASE_URL=database.url).returncode == 0
