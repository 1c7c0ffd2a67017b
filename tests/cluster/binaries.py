"""The Kubernetes programs of a control plane: found, or built once from their Go module.

``KUBEBUILDER_ASSETS`` (the envtest convention) names a folder that holds them. Without it they are
built into a cache outside the repository, in the versions that ``tools/go.mod`` pins: about eight
minutes on two cores, once. ``python -m tests.cluster.binaries`` does it ahead of the tests;
``python -m tests.cluster.binaries helm3 kubelet`` does it for other programs.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from .modules import KUBERNETES, BinariesMissing
from .programs import (
    find_program,
    find_programs,
    is_program,
    missing_from,
    say,
)

__all__ = ["Binaries", "BinariesMissing", "find", "find_program", "pinned_version"]

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kubectl")
ABSENT_FROM_ENVTEST = "kube-controller-manager"


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """Absolute paths of the programs; envtest folders may lack the controller manager."""

    etcd: Path
    kube_apiserver: Path
    kubectl: Path
    kube_controller_manager: Path | None


def pinned_version(module: str) -> str:
    """Return the version, such as ``v1.34.4``, that ``tools/go.mod`` pins for a module."""
    return KUBERNETES.pinned_version(module)


def find() -> Binaries:
    """Return the programs, building what the cache lacks.

    Raises BinariesMissing when a program is absent and cannot be built.
    """
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets:
        return _binaries_in(Path(assets).absolute())
    return _binaries_in(find_programs(KUBERNETES, PROGRAMS))


def _binaries_in(folder: Path) -> Binaries:
    missing = [name for name in missing_from(folder, PROGRAMS) if name != ABSENT_FROM_ENVTEST]
    if missing:
        raise BinariesMissing(
            f"KUBEBUILDER_ASSETS={folder} lacks {', '.join(missing)}. Fill it (`setup-envtest use "
            "1.34.x`), or unset it and the tests build their own: python -m tests.cluster.binaries"
        )
    controllers = folder / ABSENT_FROM_ENVTEST
    return Binaries(
        etcd=folder / "etcd",
        kube_apiserver=folder / "kube-apiserver",
        kubectl=folder / "kubectl",
        kube_controller_manager=controllers if is_program(controllers) else None,
    )


def main(names: list[str]) -> int:
    """Find or build the programs, those of a control plane by default, and print their paths."""
    try:
        if names:
            paths: dict[str, Path | None] = {name: find_program(name) for name in names}
        else:
            paths = {name.replace("_", "-"): path for name, path in vars(find()).items()}
    except BinariesMissing as error:
        say(str(error))
        return 1
    for name, path in paths.items():
        sys.stdout.write(f"{name}: {path or 'missing'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
