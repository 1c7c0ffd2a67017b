"""The command lines of the control plane's programs: RBAC on, nothing shared."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .certificates import API_SERVER, Authority, write_service_account_keys

LOOPBACK = "127.0.0.1"
SERVICE_RANGE = "10.96.0.0/24"
Command = list[str | Path]


@dataclass(frozen=True, kw_only=True)
class KeyFiles:
    """What the programs read from files: certificates (PEM) and the pair that signs tokens."""

    ca: Path
    server: tuple[Path, Path]
    admin: tuple[Path, Path]
    tokens_public: Path
    tokens_private: Path


def write_keys(folder: Path, *, authority: Authority, address: str = LOOPBACK) -> KeyFiles:
    """Issue and write everything the programs need; private keys are for their owner alone.

    The server's certificate names ``address`` beside the loopback and the service.
    """
    ca = folder / "ca.crt"
    ca.write_bytes(authority.certificate)
    public, private = write_service_account_keys(folder)
    admin = authority.issue_client("test-admin", group="system:masters")
    return KeyFiles(
        ca=ca,
        server=authority.issue_server([*API_SERVER, address]).write(folder, name="server"),
        admin=admin.write(folder, name="admin"),
        tokens_public=public,
        tokens_private=private,
    )


def etcd(program: Path, *, port: int, peer_port: int, folder: Path) -> Command:
    """Keep everything in ``folder`` and never wait for the disk."""
    client, peer = (f"http://{LOOPBACK}:{number}" for number in (port, peer_port))
    return command_line(
        program,
        {
            "name": "test",
            "data-dir": folder,
            "unsafe-no-fsync": "true",
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": f"test={peer}",
        },
    )


def kube_apiserver(
    program: Path, *, address: str, port: int, etcd_port: int, keys: KeyFiles
) -> Command:
    """Serve with the default admission; on loopback the endpoint of ``kubernetes`` is left out."""
    certificate, key = keys.server
    kubelet_certificate, kubelet_key = keys.admin
    # any reconciler but "none" refuses a loopback address
    endpoints = {"endpoint-reconciler-type": "none"} if address == LOOPBACK else {}
    return command_line(
        program,
        {
            "etcd-servers": f"http://{LOOPBACK}:{etcd_port}",
            "bind-address": address,
            "advertise-address": address,
            **endpoints,
            "secure-port": port,
            "service-cluster-ip-range": SERVICE_RANGE,
            "authorization-mode": "Node,RBAC",
            "client-ca-file": keys.ca,
            "tls-cert-file": certificate,
            "tls-private-key-file": key,
            "kubelet-client-certificate": kubelet_certificate,
            "kubelet-client-key": kubelet_key,
            "kubelet-preferred-address-types": "InternalIP",  # a node's name is in no DNS
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": keys.tokens_public,
            "service-account-signing-key-file": keys.tokens_private,
        },
    )


def kube_controller_manager(
    program: Path, *, port: int, kubeconfig: Path, keys: KeyFiles
) -> Command:
    """Run the default controllers, without an election to win first."""
    certificate, key = keys.server
    return command_line(
        program,
        {
            "kubeconfig": kubeconfig,
            "authentication-kubeconfig": kubeconfig,
            "authorization-kubeconfig": kubeconfig,
            "leader-elect": "false",
            "bind-address": LOOPBACK,
            "secure-port": port,
            "tls-cert-file": certificate,
            "tls-private-key-file": key,
            "root-ca-file": keys.ca,
            "service-account-private-key-file": keys.tokens_private,
            "use-service-account-credentials": "true",  # each controller with its own rights
        },
    )


def command_line(program: Path, flags: Mapping[str, str | int | Path]) -> Command:
    """Return a program with its flags as one command."""
    return [program, *(f"--{name}={value}" for name, value in flags.items())]
