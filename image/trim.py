"""Removes from the environment that runs it what the image never uses; see docs/evidence.md.

Nearly all of it is the Kubernetes client: 60 APIs twice over, once for asyncio. Kept are the two
APIs that booth.control talks to and every class that they name, directly or through others. The
client imports classes only when they are named, so nothing asks for one that is gone; prove.py
shows it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

SITE_PACKAGES = Path(sysconfig.get_path("purelib"))
CLIENT = SITE_PACKAGES / "kubernetes" / "client"
APIS = {"batch_v1_api", "authorization_v1_api"}
ONLY_FOR_ASYNCIO = (
    *("aiohappyeyeballs", "aiohttp", "aiohttp-retry", "aiosignal", "attrs", "frozenlist"),
    *("multidict", "propcache", "yarl"),
)
LANGUAGES = {"ko", "en"}


def main() -> None:
    """Trim the environment and say how much smaller it got."""
    before = _measure()
    if not (CLIENT / "models").is_dir():
        sys.exit("trim.py: the Kubernetes client is laid out anew; adapt image/trim.py to it")
    for path in {*_unused_apis(), *_unused_models(), *_unused_elsewhere()}:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    pip = [sys.executable, "-m", "pip", "uninstall", "--yes", "--quiet", *ONLY_FOR_ASYNCIO]
    subprocess.run(pip, check=True)
    sys.stdout.write(f"trim.py: {before >> 20} MiB, now {_measure() >> 20} MiB\n")


def _unused_apis() -> Iterator[Path]:
    yield CLIENT.parent / "aio"
    for path in _modules(CLIENT / "api"):
        if path.stem not in APIS:
            yield path


def _unused_models() -> set[Path]:
    """Return the classes that are out of reach from the kept APIs."""
    models = {_squeeze(path.stem): path for path in _modules(CLIENT / "models")}
    new = [CLIENT / "api" / f"{name}.py" for name in APIS]
    kept: set[Path] = set()
    while new:
        words = re.findall(r"\w+", new.pop().read_text())
        named = {models[_squeeze(word)] for word in words if _squeeze(word) in models}
        new += named - kept
        kept |= named
    return set(models.values()) - kept


def _unused_elsewhere() -> Iterator[Path]:
    yield from SITE_PACKAGES.rglob("tests")
    yield SITE_PACKAGES / "django" / "contrib" / "gis"
    pages = SITE_PACKAGES / "drf_spectacular_sidecar" / "static"
    yield from (*pages.rglob("redoc"), *pages.rglob("*.map"), *pages.rglob("*-preset.js"))
    for folder in SITE_PACKAGES.glob("django/**/locale"):
        yield from (path for path in folder.glob("*/") if path.name not in LANGUAGES)


def _modules(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*.py") if path.stem != "__init__")


def _squeeze(name: str) -> str:
    """Return ``V1CronJob`` and ``v1_cron_job`` as the same text."""
    return name.replace("_", "").lower()


def _measure() -> int:
    return sum(path.stat().st_size for path in SITE_PACKAGES.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
