"""The image: what is in it, what is not, and how a run behaves in it."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path
from stat import S_ISGID, S_ISUID

import pytest

from booth import __version__
from sample_upstream import SampleUpstream
from tests.cluster.waiting import wait_for
from tests.conftest import ROOT

from .unpacked import Image

MB = 1_000_000
LARGEST = 120 * MB
DATABASE = {"DATABASE_URL": "sqlite:////tmp/db.sqlite3"}
PID_1_OF_A_NAMESPACE = "import os; print(os.getpid(), os.getuid(), os.getgid())"


def test_it_adds_less_than_120_mb_to_its_base(image: Image, base: Image) -> None:
    added = sum(image.layers) - sum(base.layers)
    assert 20 * MB < added < LARGEST


def test_it_runs_as_a_numeric_user_who_is_not_root(image: Image) -> None:
    assert image.config["User"] == "10001:10001"
    process = image.start_program("python", "-c", PID_1_OF_A_NAMESPACE)
    assert process.communicate(timeout=30)[0].split() == ["1", "10001", "10001"]


def test_its_labels_say_what_it_is(image: Image) -> None:
    prefix = "org.opencontainers.image."
    labels = {k.removeprefix(prefix): v for k, v in image.config["Labels"].items()}
    git = ["git", "rev-parse", "HEAD"]
    revision = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert (labels["version"], labels["revision"]) == (__version__, revision.strip())
    assert (labels["title"], labels["licenses"]) == ("booth-sync", "MIT")


def test_each_module_has_its_bytecode(image: Image, files: list[Path]) -> None:
    modules = [path for path in files if path.suffix == ".py" and is_imported(path)]
    assert len([path for path in modules if path.is_relative_to("/app")]) > 40
    lacking = [path for path in modules if not has_bytecode(image.root, path)]
    assert lacking == []


def test_no_pip_and_no_compiler_is_left(files: list[Path]) -> None:
    names = {path.name for path in files}
    assert not [name for name in names if re.fullmatch(r"(pip[\d.]*|gcc|cc|c99|ld|make)", name)]
    left = [path for path in files if {"pip", "ensurepip", "setuptools"} & set(path.parts)]
    assert left == []
    assert not [name for name in names if name.endswith(".whl")]


def test_what_is_unused_of_the_kubernetes_client_is_left_out(files: list[Path]) -> None:
    client = [path for path in files if "kubernetes" in path.parts and path.suffix == ".py"]
    apis = {path.stem for path in client if path.parent.name == "api"} - {"__init__"}
    assert apis == {"batch_v1_api", "authorization_v1_api"}
    assert not [path for path in client if "aio" in path.parts]
    assert not [path for path in files if "/site-packages/aiohttp/" in str(path)]


def test_only_what_runs_of_the_project_is_in_it(files: list[Path]) -> None:
    inside = {path.relative_to("/app").parts[0] for path in files if path.is_relative_to("/app")}
    assert inside == {"LICENSE", "__pycache__", "booth", "manage.py", "project"}


def test_nothing_of_this_machine_got_into_it(image: Image, files: list[Path]) -> None:
    assert not [path for path in files if path.name in {"pip.conf", ".netrc"}]
    texts = [image.root / path.relative_to("/") for path in files if path.suffix in {".py", ".cfg"}]
    here = re.compile(b"|".join(re.escape(f"{each}/").encode() for each in (Path.home(), ROOT)))
    assert len(texts) > 1000
    assert not [path for path in texts if here.search(path.read_bytes())]


@pytest.mark.parametrize("user", ["", "1000660000:0"], ids=["its own", "of OpenShift"])
def test_a_run_works_on_a_read_only_root(image: Image, upstream: SampleUpstream, user: str) -> None:
    script = "manage.py migrate -v0 && manage.py booth_sync sync --json && ! touch /app/x"
    process = image.start_program(
        *("sh", "-c", script.replace("manage.py", "python /app/manage.py")),
        as_user=user,
        **DATABASE,
        BOOTH_SYNC_API_URL=upstream.url,
    )
    output = process.communicate(timeout=60)[0]
    assert process.returncode == 0, output
    assert '"status": "succeeded"' in output
    assert "Read-only file system" in output


def test_the_doctor_finds_the_kubernetes_client(image: Image) -> None:
    code, output = image.run(
        "booth_sync", "doctor", **DATABASE, BOOTH_SYNC_CRONJOBS="booth-sync", KUBECONFIG="/none"
    )
    assert code != 0
    assert "Traceback" not in output
    assert "패키지" not in output  # what control says where the client is not installed


def test_sigterm_reaches_the_run_as_process_1(image: Image, upstream: SampleUpstream) -> None:
    process = image.start_program(
        *("sh", "-c", "python manage.py migrate -v0 && exec python manage.py booth_sync sync"),
        **DATABASE,
        BOOTH_SYNC_API_URL=upstream.fault_url("silent"),
    )
    wait_for(lambda: upstream.requests or process.poll() is not None, seconds=30)
    began = time.monotonic()
    os.kill(find_child(process.pid), signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 143, output
    assert time.monotonic() - began < 5


def test_without_arguments_it_shows_its_commands(image: Image) -> None:
    code, output = image.run(*image.config["Cmd"])
    assert code == 0
    assert "sync" in output


def test_no_file_makes_its_caller_another_user(image: Image, base: Image) -> None:
    def list_raising(root: Path) -> list[Path]:
        return [path for path in root.rglob("*") if path.lstat().st_mode & (S_ISUID | S_ISGID)]

    assert list_raising(base.root)  # su, mount, passwd...: else this would show nothing
    assert list_raising(image.root) == []


@pytest.mark.parametrize("folder", ["/app/booth", "/opt/booth-sync/lib"])
def test_its_files_belong_to_root_and_anybody_may_read_them(image: Image, folder: str) -> None:
    for path in (image.root / folder.lstrip("/")).rglob("*"):
        status = path.lstat()
        assert (status.st_uid, status.st_gid) == (0, 0), path
        assert status.st_mode & 0o444 == 0o444, path
        assert path.is_symlink() or not status.st_mode & 0o022, path


def is_imported(path: Path) -> bool:
    """Return whether a module of the image is one that a process may import."""
    skipped = {"test", "tests", "idlelib", "lib2to3", "tkinter", "turtledemo", "dist-packages"}
    imported = (Path("/app"), Path("/opt/booth-sync/lib"), Path("/usr/lib/python3.13"))
    return any(path.is_relative_to(each) for each in imported) and not skipped & set(path.parts)


def has_bytecode(root: Path, path: Path) -> bool:
    """Return whether the bytecode of a module lies beside it."""
    inside = root / path.relative_to("/")
    return (inside.parent / "__pycache__" / f"{inside.stem}.cpython-313.pyc").exists()


def find_child(parent: int) -> int:
    """Return the process that ``unshare`` started: process 1 of the container of a kind."""
    return int(Path(f"/proc/{parent}/task/{parent}/children").read_text())
