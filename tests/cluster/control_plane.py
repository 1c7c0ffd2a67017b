"""A Kubernetes control plane of its own on loopback: etcd, API server, controllers.

There is no scheduler and no node: a Job's pod is made and stays Pending. RBAC is on, bound tokens
are signed, the admission of a default server is active. No root is needed, and no port is fixed.
"""

import atexit
import http.client
import shutil
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Self

from . import commands
from .binaries import ABSENT_FROM_ENVTEST, Binaries, BinariesMissing
from .certificates import Authority, Credentials
from .commands import LOOPBACK, Command
from .kubectl import run_kubectl, write_kubeconfig
from .processes import spawn, stop, tail

START_SECONDS = 90
STOP_SECONDS = 3
ATTEMPTS = 3
NEEDED_AT_ONCE = ("/api/v1/namespaces/default", "/api/v1/namespaces/kube-system")


class StartFailed(RuntimeError):
    """A program ended or did not get ready; the text holds the last lines of its log."""


class ControlPlane:
    """One control plane; a context manager, ended by process id whatever happens.

    Start it in the main thread: its processes die with the thread that started them. Logs stay in
    ``folder``. Raises BinariesMissing when controllers are wanted and not there.
    """

    def __init__(self, binaries: Binaries, *, folder: Path, controllers: bool = True) -> None:
        if controllers and binaries.kube_controller_manager is None:
            raise BinariesMissing(
                f"KUBEBUILDER_ASSETS holds no {ABSENT_FROM_ENVTEST} (envtest leaves it out). Unset "
                "it and the tests build their own: python -m tests.cluster.binaries"
            )
        self.folder = folder
        self.authority = Authority("booth-sync test cluster")
        self.admin_kubeconfig = folder / "admin.kubeconfig"
        self.host, self.port = LOOPBACK, 0
        self._binaries = binaries
        self._controllers = binaries.kube_controller_manager if controllers else None
        self._keys = commands.write_keys(folder, authority=self.authority)
        self._running = ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The API server's address, without a slash at the end."""
        return f"https://{self.host}:{self.port}"

    def start(self) -> None:
        """Start everything and return when it is ready (about ten seconds).

        A port that another program took meanwhile is replaced by trying again. Raises StartFailed.
        """
        for attempt in range(1, ATTEMPTS + 1):
            atexit.register(self.stop)
            try:
                return self._start_programs()
            except StartFailed as error:
                self.stop()
                if attempt == ATTEMPTS or "address already in use" not in str(error):
                    raise
            except BaseException:
                self.stop()
                raise
        return None

    def stop(self) -> None:
        """Stop everything, clients first, and wait for it; a second call does nothing."""
        self._running.close()
        atexit.unregister(self.stop)

    def kubectl(
        self, *arguments: str, kubeconfig: Path | None = None, stdin: str | None = None
    ) -> str:
        """Run kubectl, as the administrator unless told otherwise, and return what it printed.

        Raises KubectlFailed when the server refuses.
        """
        identity = kubeconfig or self.admin_kubeconfig
        return run_kubectl(self._binaries.kubectl, *arguments, kubeconfig=identity, stdin=stdin)

    def token(self, account: str, *, namespace: str, bound_to_secret: str | None = None) -> str:
        """Return a bound token of a service account, good for an hour.

        Deleting the Secret that it is bound to revokes it, once the server's cache of ten seconds
        has forgotten it.
        """
        bound = ("--bound-object-kind=Secret", f"--bound-object-name={bound_to_secret}")
        arguments = ("create", "token", account, f"--namespace={namespace}")
        return self.kubectl(*arguments, *(bound if bound_to_secret else ()))

    def account_kubeconfig(self, path: Path, *, account: str, namespace: str) -> Path:
        """Write a kubeconfig with a bound token of a service account and return its path."""
        token = self.token(account, namespace=namespace)
        return self.write_kubeconfig(path, identity=token, namespace=namespace)

    def write_kubeconfig(
        self,
        path: Path,
        *,
        identity: Credentials | str,
        server: str | None = None,
        namespace: str = "default",
    ) -> Path:
        """Write a kubeconfig for this cluster, or for a ``server`` in front of it."""
        return write_kubeconfig(
            path,
            server=server or self.url,
            authority=self.authority.certificate,
            identity=identity,
            namespace=namespace,
        )

    def _start_programs(self) -> None:
        etcd_port, peer_port, self.port, controllers_port = _free_ports(4)
        tls = ssl.create_default_context(cafile=str(self._keys.ca))
        tls.load_cert_chain(*self._keys.admin)
        self._start_etcd(etcd_port, peer_port=peer_port)
        self._start_api_server(etcd_port=etcd_port, tls=tls)
        if self._controllers:
            self._start_controllers(self._controllers, port=controllers_port, tls=tls)

    def _start_etcd(self, port: int, *, peer_port: int) -> None:
        stored = self.folder / f"etcd-{port}"
        self._running.callback(shutil.rmtree, stored, ignore_errors=True)
        command = commands.etcd(self._binaries.etcd, port=port, peer_port=peer_port, folder=stored)
        self._start_program(command, ready=partial(_answers, port, "/readyz", tls=None))

    def _start_api_server(self, *, etcd_port: int, tls: ssl.SSLContext) -> None:
        certificate, key = (path.read_bytes() for path in self._keys.admin)
        admin = Credentials(certificate=certificate, key=key)
        self.write_kubeconfig(self.admin_kubeconfig, identity=admin)
        program = self._binaries.kube_apiserver
        command = commands.kube_apiserver(
            program, port=self.port, etcd_port=etcd_port, keys=self._keys
        )
        paths = ("/readyz", *NEEDED_AT_ONCE)
        self._start_program(command, ready=partial(_answers, self.port, *paths, tls=tls))

    def _start_controllers(self, program: Path, *, port: int, tls: ssl.SSLContext) -> None:
        identity = self.authority.issue_client("system:kube-controller-manager")
        kubeconfig = self.folder / "controllers.kubeconfig"
        self.write_kubeconfig(kubeconfig, identity=identity)
        command = commands.kube_controller_manager(
            program, port=port, kubeconfig=kubeconfig, keys=self._keys
        )
        self._start_program(command, ready=partial(_answers, port, "/healthz", tls=tls))

    def _start_program(self, command: Command, *, ready: Callable[[], bool]) -> None:
        name = Path(command[0]).name
        log = self.folder / f"{name}.log"
        process = spawn(command, log=log)
        self._running.callback(stop, process, patience=STOP_SECONDS)
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if process.poll() is not None:
                raise StartFailed(f"{name} ended with {process.returncode} ({log}):\n{tail(log)}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{name}: not ready in {START_SECONDS} s ({log}):\n{tail(log)}")
            time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((LOOPBACK, 0))
        return [one.getsockname()[1] for one in sockets]


def _answers(port: int, *paths: str, tls: ssl.SSLContext | None) -> bool:
    """Return whether every path answers 200 now."""
    return all(_status_of(port, path, tls=tls) == http.HTTPStatus.OK for path in paths)


def _status_of(port: int, path: str, *, tls: ssl.SSLContext | None) -> int | None:
    connection = (
        http.client.HTTPSConnection(LOOPBACK, port, timeout=5, context=tls)
        if tls
        else http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    )
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
