"""A whole Kubernetes node: control plane, scheduler, containerd, kubelet, kube-proxy, CoreDNS."""

import atexit
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Self, TypeVar

from tests.cluster.binaries import find
from tests.cluster.commands import Command
from tests.cluster.control_plane import ControlPlane, StartFailed
from tests.cluster.places import accepts, answers
from tests.cluster.processes import spawn, stop
from tests.cluster.waiting import wait_for

from . import settings
from .keeper import children_of
from .pause import make_pause_image
from .preflight import preflight
from .sandbox import Sandbox
from .services import Port, server_service

T = TypeVar("T")
Ended = subprocess.CompletedProcess[str]
READY_SECONDS = 60
SERVED_SECONDS = 30
IMPORT_SECONDS = 120
SPAWNED_PATIENCE_SECONDS = 5


class NodeImpossible(RuntimeError):
    """A node cannot run on this machine; the text says why and what to do."""


class Node:
    """One node; a context manager that leaves nothing behind, whatever ends it.

    Start it in the main thread. Its logs stay in ``folder``, all else goes with it. Its network has
    no way out and there is no registry: images are imported. ``timings`` holds the seconds of each
    step.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.sandbox = Sandbox(self.folder / "state")
        self.timings: dict[str, float] = {}
        self._plane: ControlPlane | None = None
        self._containerd: subprocess.Popen[bytes] | None = None
        self._running = ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """The node's address: servers that listen on it are reached by pods."""
        return self.sandbox.address

    @property
    def plane(self) -> ControlPlane:
        """The control plane: kubeconfig files, tokens, certificates."""
        if self._plane is None:
            raise StartFailed("the node has not been started")
        return self._plane

    @property
    def admin_kubeconfig(self) -> Path:
        """The administrator's kubeconfig, of use to programs that ``run`` or ``spawn`` starts."""
        return self.plane.admin_kubeconfig

    def start(self) -> None:
        """Start everything and return when the node is Ready (about half a minute).

        Raises NodeImpossible, BinariesMissing or StartFailed.
        """
        reason = preflight()
        if reason:
            raise NodeImpossible(reason)
        binaries, pause = find(), make_pause_image()
        atexit.register(self.stop)
        try:
            with self._timed("namespaces"):
                self._start_sandbox()
            with self._timed("control plane"):
                self._plane = ControlPlane(
                    binaries,
                    folder=self.sandbox.state / "control-plane",
                    logs=self.folder,
                    place=self.sandbox,
                )
                self._start_control_plane(self._plane)
            with self._timed("node"):
                self.start_containerd()
                self.import_image(pause)
                self._start_node()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything and take it away; a second call does nothing."""
        with self._timed("stop"):
            self._running.close()
        atexit.unregister(self.stop)

    def kubectl(
        self, *arguments: str, stdin: str | None = None, kubeconfig: Path | None = None
    ) -> str:
        """Run kubectl, as the administrator unless told otherwise. Raises KubectlFailed."""
        return self.plane.kubectl(*arguments, stdin=stdin, kubeconfig=kubeconfig)

    def run(
        self,
        *command: str | Path,
        stdin: str | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: float = 120,
        check: bool = True,
    ) -> Ended:
        """Run a program of the machine inside the node's network and return what it printed."""
        return subprocess.run(
            [*self.sandbox.reach, *command],
            input=stdin if stdin is not None else "",
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=check,
        )

    def spawn(
        self,
        command: Command,
        *,
        log: Path,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a server inside the node's network; it ends with the node at the latest."""
        entered = [*self.sandbox.reach, *command]
        process = spawn(entered, log=log, cwd=cwd, environment=environment)
        self._running.callback(stop, process, patience=SPAWNED_PATIENCE_SECONDS)
        return process

    def inside(self, function: Callable[[], T]) -> T:
        """Call a function in the node's network, in a thread of its own; return its value."""
        return self.sandbox.inside(function)

    def serve(
        self, name: str, *, port: int, server_port: int | None = None, namespace: str = "default"
    ) -> None:
        """Let pods reach a server on the node's address as the Service ``name``.

        Returns when the server answers through the Service; raises TimeoutError when it does not.
        """
        ports = [Port(service=port, server=server_port or port)]
        service = server_service(name, ports=ports, address=self.address, namespace=namespace)
        self.kubectl("apply", "-f", "-", stdin=service)
        where = ("get", "service", name, "--namespace", namespace)
        address = self.kubectl(*where, "-o", "jsonpath={.spec.clusterIP}")
        wait_for(lambda: self.inside(partial(accepts, address, port=port)), seconds=SERVED_SECONDS)

    def import_image(self, archive: Path) -> None:
        """Give an image (a docker archive) to the node's container runtime."""
        with archive.open("rb") as content:
            self._ctr("--namespace=k8s.io", "images", "import", "-", stdin=content)

    def kill_containerd(self) -> None:
        """End the container runtime by SIGKILL; the containers go on."""
        if self._containerd is None:
            raise StartFailed("containerd has not been started")
        for process in children_of(self._containerd.pid):
            os.kill(process, signal.SIGKILL)
        self._containerd.wait(10)

    def start_containerd(self) -> None:
        """Start the container runtime and return when it answers."""
        command = settings.containerd(folder=self.sandbox.state)
        self._containerd = self.plane.start_program(command, ready=self.runtime_answers)

    def runtime_answers(self) -> bool:
        """Return whether the container runtime lives."""
        try:
            self._ctr("--connect-timeout=2s", "version")
        except subprocess.SubprocessError:
            return False
        return True

    def _start_sandbox(self) -> None:
        folder = self.sandbox.state / "control-plane"
        folder.mkdir(parents=True)
        self._running.callback(shutil.rmtree, self.sandbox.state, ignore_errors=True)
        self._running.callback(self.sandbox.stop)
        self.sandbox.start()

    def _start_control_plane(self, plane: ControlPlane) -> None:
        self._running.callback(plane.stop)
        plane.start()
        # All of them end with their namespaces, and only then are they waited for.
        self._running.callback(self.sandbox.stop)
        kubeconfig = plane.issue_kubeconfig("scheduler", user="system:kube-scheduler")
        plane.start_program(
            settings.kube_scheduler(kubeconfig=kubeconfig, keys=plane.keys),
            ready=partial(answers, settings.SCHEDULER_PORT, "/healthz", tls=plane.tls),
        )

    def _start_node(self) -> None:
        sandbox, plane = self.sandbox, self.plane
        plane.start_program(
            settings.kubelet(plane, cgroup=sandbox.name, folder=sandbox.state),
            ready=partial(answers, settings.KUBELET_HEALTH, "/healthz"),
        )
        plane.start_program(
            settings.kube_proxy(plane, folder=sandbox.state),
            ready=partial(answers, settings.PROXY_HEALTH, "/livez"),
        )
        plane.start_program(
            settings.coredns(plane, folder=sandbox.state),
            ready=partial(answers, settings.DNS_HEALTH, "/ready"),
        )
        self.kubectl("apply", "-f", "-", stdin=settings.dns_service(self.address))
        node = f"node/{settings.NODE_NAME}"
        self.kubectl("wait", node, "--for=create", f"--timeout={READY_SECONDS}s")
        self.kubectl("wait", node, "--for=condition=Ready", f"--timeout={READY_SECONDS}s")

    def _ctr(self, *arguments: str, stdin: IO[bytes] | int = subprocess.DEVNULL) -> None:
        ctr = ["ctr", f"--address={settings.CONTAINERD_SOCKET}", *arguments]
        subprocess.run(
            [*self.sandbox.enter, *ctr],
            stdin=stdin,
            capture_output=True,
            check=True,
            timeout=IMPORT_SECONDS,
        )

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.timings.setdefault(step, time.monotonic() - began)
