"""The configuration files of a node's programs, and their command lines."""

import json
import shutil
from pathlib import Path

from tests.cluster.commands import Command, KeyFiles, command_line
from tests.cluster.control_plane import ControlPlane
from tests.cluster.programs import find_program

from .pause import PAUSE_IMAGE
from .preflight import CNI_PLUGINS
from .services import Port, server_service

NODE_NAME = "node"
POD_RANGE = "10.244.0.0/24"
DNS_SERVICE_ADDRESS = "10.96.0.10"
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
KUBELET_HEALTH, PROXY_HEALTH, SCHEDULER_PORT, DNS_HEALTH = 10248, 10256, 10259, 8181
LOOPBACK = "127.0.0.1"

# No AppArmor, no hugetlb and no CAP_SYS_RESOURCE: machines without them run a node all the same.
CONTAINERD = """\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "{socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  disable_hugetlb_controller = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{networks}"
"""
NETWORK = {
    "cniVersion": "0.4.0",
    "name": "pods",
    "plugins": [
        {
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": True,
            "hairpinMode": True,
            "ipam": {
                "type": "host-local",
                "ranges": [[{"subnet": POD_RANGE}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        },
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}
COREFILE = """\
.:53 {{
    bind {address}
    errors
    ready {loopback}:{health}
    kubernetes cluster.local in-addr.arpa {{
        kubeconfig {kubeconfig}
        ttl 1
    }}
}}
"""


def containerd(*, folder: Path) -> Command:
    """Write the runtime's configuration and the network of pods; return the command."""
    networks = folder / "networks"
    networks.mkdir(exist_ok=True)
    (networks / "10-pods.conflist").write_text(json.dumps(NETWORK))
    text = CONTAINERD.format(
        socket=CONTAINERD_SOCKET, pause=PAUSE_IMAGE, plugins=CNI_PLUGINS, networks=networks
    )
    program = Path(shutil.which("containerd") or "containerd")
    return command_line(program, {"config": _write(folder / "containerd.toml", text)})


def kubelet(plane: ControlPlane, *, cgroup: str, folder: Path) -> Command:
    """Write the kubelet's configuration and return its command."""
    user = f"system:node:{NODE_NAME}"
    flags: dict[str, str | int | Path] = {
        "config": _write_json(
            folder / "kubelet.json", _kubelet_content(plane, cgroup=cgroup, folder=folder)
        ),
        "kubeconfig": plane.issue_kubeconfig("kubelet", user=user, group="system:nodes"),
        "hostname-override": NODE_NAME,
        "node-ip": plane.host,
        "root-dir": "/var/lib/kubelet",
    }
    return command_line(find_program("kubelet"), flags)


def _kubelet_content(plane: ControlPlane, *, cgroup: str, folder: Path) -> dict[str, object]:
    (folder / "resolv.conf").write_text("")  # pods ask the cluster's DNS and nobody else
    certificate, key = plane.keys.server
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": plane.host,
        "authentication": {
            "x509": {"clientCAFile": str(plane.keys.ca)},
            "anonymous": {"enabled": False},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(certificate),
        "tlsPrivateKeyFile": str(key),
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{cgroup}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,  # nothing could pull an image again
        "serializeImagePulls": False,
        "clusterDNS": [DNS_SERVICE_ADDRESS],
        "clusterDomain": "cluster.local",
        "resolvConf": str(folder / "resolv.conf"),
        "healthzPort": KUBELET_HEALTH,
        "volumePluginDir": "/var/lib/kubelet/plug-ins",
    }


def kube_proxy(plane: ControlPlane, *, folder: Path) -> Command:
    """Write the proxy's configuration and return its command."""
    kubeconfig = plane.issue_kubeconfig("kube-proxy", user="system:kube-proxy")
    content = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "iptables": {"minSyncPeriod": "100ms"},
        "clientConnection": {"kubeconfig": str(kubeconfig)},
        "clusterCIDR": POD_RANGE,
        "hostnameOverride": NODE_NAME,
        "healthzBindAddress": f"{LOOPBACK}:{PROXY_HEALTH}",
        "metricsBindAddress": f"{LOOPBACK}:10249",
        # the machine's own settings, which no namespace has for itself
        "conntrack": {
            "maxPerCore": 0,
            "min": 0,
            "tcpEstablishedTimeout": "0s",
            "tcpCloseWaitTimeout": "0s",
        },
    }
    return command_line(
        find_program("kube-proxy"), {"config": _write_json(folder / "kube-proxy.json", content)}
    )


def kube_scheduler(*, kubeconfig: Path, keys: KeyFiles) -> Command:
    """Return the scheduler's command: no election to win first."""
    certificate, key = keys.server
    flags: dict[str, str | int | Path] = {
        "kubeconfig": kubeconfig,
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "leader-elect": "false",
        "bind-address": LOOPBACK,
        "secure-port": SCHEDULER_PORT,
        "tls-cert-file": certificate,
        "tls-private-key-file": key,
    }
    return command_line(find_program("kube-scheduler"), flags)


def coredns(plane: ControlPlane, *, folder: Path) -> Command:
    """Write CoreDNS's configuration and return its command: it knows the cluster's names only."""
    kubeconfig = plane.issue_kubeconfig("coredns", user="coredns", group="system:masters")
    text = COREFILE.format(
        address=plane.host, loopback=LOOPBACK, health=DNS_HEALTH, kubeconfig=kubeconfig
    )
    return [find_program("coredns"), "-conf", _write(folder / "Corefile", text)]


def dns_service(address: str) -> str:
    """Return the Service ``kube-dns`` in front of CoreDNS, as JSON for ``kubectl apply``."""
    ports = [Port(service=53, server=53, protocol=protocol) for protocol in ("UDP", "TCP")]
    return server_service(
        "kube-dns",
        ports=ports,
        address=address,
        namespace="kube-system",
        cluster_ip=DNS_SERVICE_ADDRESS,
    )


def _write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def _write_json(path: Path, content: object) -> Path:
    return _write(path, json.dumps(content, indent=1))
