"""A Kubernetes control plane of its own: etcd, API server, controllers; on loopback by default.

There is no scheduler and no node (see tests/node): a Job's pod is made and stays Pending. RBAC is
on, bound tokens are signed, the admission of a default server is active. On loopback no root is
needed, and no port is fixed.
"""

import atexit
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Self

from . import commands
from .binaries import ABSENT_FROM_ENVTEST, Binaries, BinariesMissing
from .certificates import Authority, Credentials
from .commands import Command
from .kubectl import run_kubectl, write_kubeconfig
from .places import Loopback, Place, answers, free_ports
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

    def __init__(
        self,
        binaries: Binaries,
        *,
        folder: Path,
        controllers: bool = True,
        place: Place | None = None,
        logs: Path | None = None,
    ) -> None:
        if controllers and binaries.kube_controller_manager is None:
            raise BinariesMissing(
                f"KUBEBUILDER_ASSETS holds no {ABSENT_FROM_ENVTEST} (envtest leaves it out). Unset "
                "it and the tests build their own: python -m tests.cluster.binaries"
            )
        self.folder = folder
        self.logs = logs or folder
        self.authority = Authority("booth-sync test cluster")
        self.admin_kubeconfig = folder / "admin.kubeconfig"
        self.place = place or Loopback()
        self.host, self.port = self.place.address, 0
        self._binaries = binaries
        self._controllers = binaries.kube_controller_manager if controllers else None
        self.keys = commands.write_keys(folder, authority=self.authority, address=self.host)
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
        program = [*self.place.reach, self._binaries.kubectl]
        return run_kubectl(*program, *arguments, kubeconfig=identity, stdin=stdin)

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

    @property
    def tls(self) -> ssl.SSLContext:
        """What the administrator needs to talk to the programs' own ports."""
        tls = ssl.create_default_context(cafile=str(self.keys.ca))
        tls.load_cert_chain(*self.keys.admin)
        return tls

    def start_program(
        self, command: Command, *, ready: Callable[[], bool]
    ) -> subprocess.Popen[bytes]:
        """Start one more program beside the others and return when ``ready`` says so there.

        It is stopped before those that were started earlier. Raises StartFailed.
        """
        name = Path(command[0]).name
        log = self.logs / f"{name}.log"
        process = spawn([*self.place.enter, *command], log=log)
        self._running.callback(stop, process, patience=STOP_SECONDS)
        deadline = time.monotonic() + START_SECONDS
        while not self.place.inside(ready):
            if process.poll() is not None:
                raise StartFailed(f"{name} ended with {process.returncode} ({log}):\n{tail(log)}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{name}: not ready in {START_SECONDS} s ({log}):\n{tail(log)}")
            time.sleep(0.1)
        return process

    def issue_kubeconfig(self, name: str, *, user: str, group: str | None = None) -> Path:
        """Write ``NAME.kubeconfig`` with a client certificate for a user and return its path."""
        identity = self.authority.issue_client(user, group=group)
        return self.write_kubeconfig(self.folder / f"{name}.kubeconfig", identity=identity)

    def _start_programs(self) -> None:
        ports = self.place.inside(partial(free_ports, 4))
        etcd_port, peer_port, self.port, controllers_port = ports
        self._start_etcd(etcd_port, peer_port=peer_port)
        self._start_api_server(etcd_port=etcd_port)
        if self._controllers:
            self._start_controllers(self._controllers, port=controllers_port)

    def _start_etcd(self, port: int, *, peer_port: int) -> None:
        stored = self.folder / f"etcd-{port}"
        self._running.callback(shutil.rmtree, stored, ignore_errors=True)
        command = commands.etcd(self._binaries.etcd, port=port, peer_port=peer_port, folder=stored)
        self.start_program(command, ready=partial(answers, port, "/readyz"))

    def _start_api_server(self, *, etcd_port: int) -> None:
        certificate, key = (path.read_bytes() for path in self.keys.admin)
        admin = Credentials(certificate=certificate, key=key)
        self.write_kubeconfig(self.admin_kubeconfig, identity=admin)
        command = commands.kube_apiserver(
            self._binaries.kube_apiserver,
            address=self.host,
            port=self.port,
            etcd_port=etcd_port,
            keys=self.keys,
        )
        paths = ("/readyz", *NEEDED_AT_ONCE)
        self.start_program(
            command, ready=partial(answers, self.port, *paths, tls=self.tls, host=self.host)
        )

    def _start_controllers(self, program: Path, *, port: int) -> None:
        kubeconfig = self.issue_kubeconfig("controllers", user="system:kube-controller-manager")
        command = commands.kube_controller_manager(
            program, port=port, kubeconfig=kubeconfig, keys=self.keys
        )
        self.start_program(command, ready=partial(answers, port, "/healthz", tls=self.tls))
