"""What each stage is told: frozen values, made from the settings by ``booth.config``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct


class SourceOptions(Struct, frozen=True, kw_only=True):
    """Where the upstream is and how long it may take.

    Timeouts are seconds of wall-clock time, except ``connect_timeout`` and ``read_timeout``, which
    count anew for each connection and each read. ``max_bytes`` bounds the decoded answer.
    """

    url: str
    token: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    ca_bundle: str = ""
    connect_timeout: float = 3.0
    read_timeout: float = 5.0
    attempt_timeout: float = 15.0
    fetch_timeout: float = 45.0
    max_attempts: int = 3
    max_bytes: int = 16 * 1024 * 1024
    max_redirects: int = 2

    @property
    def public_url(self) -> str:
        """Scheme, host and path: all of the URL that may be shown."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path}"

    def __repr__(self) -> str:
        """Show no secret."""
        return f"SourceOptions(url={self.public_url!r}, ...)"


class RunOptions(Struct, frozen=True, kw_only=True):
    """How a run is kept: ``lease`` in seconds, ``history_days``, and where it executes."""

    lease: float = 120.0
    history_days: int = 30
    job_name: str = ""
    pod_name: str = ""


class PushOptions(Struct, frozen=True, kw_only=True):
    """Where the figures go; an empty ``url`` means nowhere. ``timeout`` bounds all of it."""

    url: str = ""
    username: str = ""
    password: str = ""
    ca_bundle: str = ""
    instance: str = "default"
    timeout: float = 3.0

    def __repr__(self) -> str:
        """Show no secret."""
        return f"PushOptions(instance={self.instance!r}, ...)"


class ControlOptions(Struct, frozen=True, kw_only=True):
    """Which CronJobs are the schedule, and how long their API server may take.

    An empty ``namespace`` means that of the service account or of the kubeconfig's context.
    ``timeout`` bounds a control call as a whole, ``request_timeout`` each of its requests, both in
    seconds of wall-clock time; a command that starts up around it stays within 9.
    ``service_account`` is where Kubernetes mounts a pod's identity.
    """

    cronjobs: tuple[str, ...]
    namespace: str = ""
    timeout: float = 7.5
    request_timeout: float = 3.0
    service_account: Path = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class Options(Struct, frozen=True, kw_only=True):
    """All that a run is told by the settings."""

    source: SourceOptions
    run: RunOptions
    push: PushOptions


class RunRequest(Struct, frozen=True, kw_only=True):
    """What is asked of a run.

    ``from_file`` reads the upstream's answer from that path (``-``: standard input) instead of
    over HTTP. ``observe`` is told the name of each stage as it begins.
    """

    trigger: str = "cli"
    requested_by: str = ""
    dry_run: bool = False
    from_file: str = ""
    allow_shrink: bool = False
    observe: Callable[[str], None] = lambda _stage: None
