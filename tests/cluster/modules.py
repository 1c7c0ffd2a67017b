"""The Go modules that pin the programs of the tests, and what a build of each takes."""

import hashlib
import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

TOOLS = Path(__file__).with_name("tools")


class BinariesMissing(RuntimeError):
    """A program is neither there nor can be built; the text says how to get it."""


@dataclass(frozen=True, kw_only=True)
class Module:
    """A Go module of ``tools``: the programs it pins and how they learn their version."""

    name: str
    """The first part of the cache folder's name."""
    folder: Path
    source: str
    """The module whose version is that of the programs."""
    packages: dict[str, str]
    stamp: str = ""
    """Linker variables (``-X``) with ``{version}``, ``{major}`` and ``{minor}`` in them."""
    stamp_source: str | None = None
    """The module whose major and minor go into the stamp, where it is another one."""
    minutes: int = 2
    """About how long the build of each program takes on 2 cores."""
    tags: str = ""
    """Build tags, with commas between them."""
    stubs: tuple[str, ...] = ()
    """Files that the programs embed and that the source's archive lacks: pages of a web UI."""

    def pinned_version(self, module: str) -> str:
        """Return the version, such as ``v1.34.4``, that ``go.mod`` pins for a module."""
        found = re.search(rf"^\s*{re.escape(module)} (v\S+)", self._go_mod(), re.MULTILINE)
        if found is None:
            raise BinariesMissing(f"{self.folder.name}/go.mod pins no {module}")
        return found[1]

    def ldflags(self) -> str:
        """Return what the linker is told: no debug tables, and the version."""
        stamped = self.pinned_version(self.stamp_source or self.source).removeprefix("v")
        major, minor = stamped.split(".")[:2]
        version = self.pinned_version(self.source)
        filled = self.stamp.format(version=version, major=major, minor=minor)
        return " ".join(["-s -w", *(f"-X {part}" for part in filled.split())])

    def cache(self) -> Path:
        """Return the folder of the built programs: another one for any other build."""
        machine = (platform.system(), platform.machine())
        go_sum = (self.folder / "go.sum").read_text()
        parts = [self._go_mod(), go_sum, self.ldflags(), *machine]
        parts += [each for each in (self.tags, *self.stubs) if each]
        key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
        return cache_folder() / f"{self.name}-{key}"

    def required_go(self) -> tuple[int, ...]:
        """Return the oldest Go that can build the module."""
        found = re.search(r"^go (\d+)\.(\d+)\.(\d+)$", self._go_mod(), re.MULTILINE)
        if found is None:
            raise BinariesMissing(f"{self.folder.name}/go.mod names no Go version")
        return tuple(map(int, found.groups()))

    def _go_mod(self) -> str:
        return (self.folder / "go.mod").read_text()


_KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
_ON_A_NODE = ("kubelet", "kube-proxy")
_KUBERNETES_STAMP = "k8s.io/component-base/version"
_HELM_3 = "helm.sh/helm/v3"
_HELM_3_STAMP = (
    f"{_HELM_3}/internal/version.version={{version}} "
    f"{_HELM_3}/pkg/chartutil.k8sVersionMajor=1 {_HELM_3}/pkg/chartutil.k8sVersionMinor={{minor}} "
    f"{_HELM_3}/pkg/lint/rules.k8sVersionMajor=1 {_HELM_3}/pkg/lint/rules.k8sVersionMinor={{minor}}"
)

KUBERNETES = Module(
    name="kubernetes",
    folder=TOOLS,
    source="k8s.io/kubernetes",
    packages={
        "etcd": "go.etcd.io/etcd/server/v3",
        **{name: f"k8s.io/kubernetes/cmd/{name}" for name in (*_KUBERNETES, *_ON_A_NODE)},
    },
    stamp=f"{_KUBERNETES_STAMP}.gitVersion={{version}} {_KUBERNETES_STAMP}.gitMajor={{major}} "
    f"{_KUBERNETES_STAMP}.gitMinor={{minor}}",
)
COREDNS = Module(
    name="coredns",
    folder=TOOLS / "coredns",
    source="github.com/coredns/coredns",
    packages={"coredns": "github.com/coredns/coredns"},
)
HELM_3 = Module(
    name="helm3",
    folder=TOOLS / "helm3",
    source=_HELM_3,
    packages={"helm3": f"{_HELM_3}/cmd/helm"},
    stamp=_HELM_3_STAMP,
    stamp_source="k8s.io/client-go",  # as its Makefile does: charts ask `.Capabilities` for it
)
HELM_4 = Module(
    name="helm4",
    folder=TOOLS / "helm4",
    source="helm.sh/helm/v4",
    packages={"helm4": "helm.sh/helm/v4/cmd/helm"},
    stamp="helm.sh/helm/v4/internal/version.version={version}",
)
HELM_DOCS = Module(
    name="helm-docs",
    folder=TOOLS / "helm-docs",
    source="github.com/norwoodj/helm-docs",
    packages={"helm-docs": "github.com/norwoodj/helm-docs/cmd/helm-docs"},
    minutes=1,
    stamp="main.version={version}",
)
CRANE = Module(
    name="crane",
    folder=TOOLS / "crane",
    source="github.com/google/go-containerregistry",
    packages={"crane": "github.com/google/go-containerregistry/cmd/crane"},
    minutes=1,
)
"""Serves a registry on loopback (``crane registry serve``)."""
_PROMETHEUS = "github.com/prometheus/prometheus"
PROMETHEUS = Module(
    name="prometheus",
    folder=TOOLS / "prometheus",
    source=_PROMETHEUS,
    packages={name: f"{_PROMETHEUS}/cmd/{name}" for name in ("prometheus", "promtool")},
    tags="remove_all_sd",  # each cloud's client library; the tests name their targets
    stamp="github.com/prometheus/common/version.Version=3.16.0",  # what v0.316.0 is the module of
)
_ALERTMANAGER = "github.com/prometheus/alertmanager"
ALERTMANAGER = Module(
    name="alertmanager",
    folder=TOOLS / "alertmanager",
    source=_ALERTMANAGER,
    packages={name: f"{_ALERTMANAGER}/cmd/{name}" for name in ("alertmanager", "amtool")},
    minutes=1,
    stamp="github.com/prometheus/common/version.Version={version}",
    stubs=("ui/app/dist/elm/index.html", "ui/app/dist/mantine/index.html"),
)
_KUBE_STATE_METRICS = "k8s.io/kube-state-metrics/v2"
KUBE_STATE_METRICS = Module(
    name="kube-state-metrics",
    folder=TOOLS / "kube-state-metrics",
    source=_KUBE_STATE_METRICS,
    packages={"kube-state-metrics": _KUBE_STATE_METRICS},
    minutes=1,
    stamp="github.com/prometheus/common/version.Version={version}",
)
MODULES = (
    KUBERNETES,
    COREDNS,
    HELM_3,
    HELM_4,
    HELM_DOCS,
    CRANE,
    PROMETHEUS,
    ALERTMANAGER,
    KUBE_STATE_METRICS,
)


def cache_folder() -> Path:
    """Return the folder for everything that is built once and kept."""
    chosen = os.environ.get("BOOTH_TEST_CACHE")
    if chosen:
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "booth-sync"
