"""Whether a node can run on this machine, and if not, what to do about it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CNI_PLUGINS = Path("/usr/lib/cni")
PROGRAMS = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "mount": "mount",
    "ip": "iproute2",
    "iptables": "iptables",
    "containerd": "containerd",
    "ctr": "containerd",
    "containerd-shim-runc-v2": "containerd",
    "runc": "runc",
    "buildah": "buildah",
    "mmdebstrap": "mmdebstrap",
    "apt-get": "apt",
}
ADMINISTRATORS_PATH = "/usr/local/sbin:/usr/sbin:/sbin"
TRIAL = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "true"]


def preflight() -> str | None:
    """Return one sentence that says why a node cannot run here, or None when it can."""
    if sys.platform != "linux":
        return f"a node needs Linux, and this is {sys.platform}."
    if os.geteuid() != 0:
        return "a node needs root: it makes namespaces, mounts and cgroups."
    add_to_path()
    missing = {package for name, package in PROGRAMS.items() if not shutil.which(name)}
    if not (CNI_PLUGINS / "bridge").exists():
        missing.add("containernetworking-plugins")
    if missing:
        return f"a node lacks programs: apt-get install {' '.join(sorted(missing))}."
    trial = subprocess.run(TRIAL, capture_output=True, text=True, check=False)
    if trial.returncode != 0:
        return f"a node needs namespaces, which this machine refuses: {trial.stderr.strip()}."
    return None


def add_to_path() -> None:
    """Let programs for administrators be found, by this process and those that it starts."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    wanted = [each for each in ADMINISTRATORS_PATH.split(os.pathsep) if each not in folders]
    os.environ["PATH"] = os.pathsep.join([*folders, *wanted])
