"""Files that are made once and kept outside the repository: each is whole or not there."""

import hashlib
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.cluster.modules import cache_folder
from tests.cluster.programs import lock, say


def make_once(name: str, *, key: str, make: Callable[[Path, Path], None]) -> Path:
    """Return the kept file ``name`` for ``key``, calling ``make(path, scratch)`` where it lacks.

    ``scratch`` is an empty folder that goes afterwards.
    """
    digest = hashlib.sha256(f"{platform.machine()}\0{key}".encode()).hexdigest()[:16]
    path = cache_folder() / "images" / f"{Path(name).stem}-{digest}{Path(name).suffix}"
    if path.exists():
        return path
    with lock(path.with_suffix(".lock"), what=name):
        if not path.exists():
            _make(path, make=make)
    return path


def _make(path: Path, *, make: Callable[[Path, Path], None]) -> None:
    say(f"making {path.name}, once")
    began = time.monotonic()
    for left in path.parent.glob(f".{path.stem}-*"):  # by a session that was killed
        shutil.rmtree(left, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.stem}-"))
    try:
        unfinished = scratch / f"whole-{os.getpid()}{path.suffix}"
        make(unfinished, scratch)
        unfinished.replace(path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    say(f"made {path.name} in {time.monotonic() - began:.0f} s")
