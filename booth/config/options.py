"""What each part is told: frozen values, whose defaults stand here and nowhere else.

A field that is named like a setting is read from it by ``booth.config.load``, and must be
within the bounds of its type.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct, field
from msgspec.structs import force_setattr

from booth.names import keep_printable

Seconds = Annotated[float, Meta(ge=0.1, le=86_400)]
MAX_LABEL = 253
"""Longest name of an object in Kubernetes, and of one in a row."""
TOKEN_DAYS, MAX_TOKEN_DAYS = 30, 400
"""How long a token of the API is valid."""


class SourceOptions(Struct, frozen=True, kw_only=True):
    """Where the upstream is and how long it may take.

    Timeouts are seconds of wall-clock time, except ``connect_timeout`` and ``read_timeout``, which
    count anew for each connection and each read. ``max_bytes`` bounds the decoded answer.
    """

    url: str = field(name="BOOTH_SYNC_API_URL", default="")
    token: str = field(name="BOOTH_SYNC_API_TOKEN", default="")
    headers: tuple[tuple[str, str], ...] = field(name="BOOTH_SYNC_API_HEADERS", default=())
    ca_bundle: str = field(name="BOOTH_SYNC_CA_BUNDLE", default="")
    proxy: str = field(name="BOOTH_SYNC_PROXY", default="")
    connect_timeout: Seconds = field(name="BOOTH_SYNC_CONNECT_TIMEOUT", default=3.0)
    read_timeout: Seconds = field(name="BOOTH_SYNC_READ_TIMEOUT", default=15.0)
    attempt_timeout: Seconds = field(name="BOOTH_SYNC_ATTEMPT_TIMEOUT", default=20.0)
    fetch_timeout: Seconds = field(name="BOOTH_SYNC_FETCH_TIMEOUT", default=45.0)
    max_attempts: Annotated[int, Meta(ge=1, le=100)] = field(
        name="BOOTH_SYNC_MAX_ATTEMPTS", default=3
    )
    max_bytes: Annotated[int, Meta(ge=1024, le=2**30)] = field(
        name="BOOTH_SYNC_MAX_BYTES", default=16 * 1024 * 1024
    )
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
    """How a run is kept: ``lease`` in seconds, ``history_days``, and where it executes.

    The names of Job and pod are cleaned and cut: they only label a row, and fail no run.
    """

    lease: Annotated[float, Meta(ge=1, le=86_400)] = field(name="BOOTH_SYNC_LEASE", default=120.0)
    history_days: Annotated[int, Meta(ge=1, le=36_500)] = field(
        name="BOOTH_SYNC_HISTORY_DAYS", default=30
    )
    job_name: str = field(name="BOOTH_SYNC_JOB_NAME", default="")
    pod_name: str = field(name="BOOTH_SYNC_POD_NAME", default="")

    def __post_init__(self) -> None:
        """Make the labels fit their columns."""
        for name in ("job_name", "pod_name"):
            label = keep_printable(getattr(self, name))
            force_setattr(self, name, label.strip()[:MAX_LABEL])


class PushOptions(Struct, frozen=True, kw_only=True):
    """Where the figures go; an empty ``url`` means nowhere. ``timeout`` bounds all of it."""

    url: str = field(name="BOOTH_SYNC_PUSHGATEWAY_URL", default="")
    username: str = field(name="BOOTH_SYNC_PUSHGATEWAY_USERNAME", default="")
    password: str = field(name="BOOTH_SYNC_PUSHGATEWAY_PASSWORD", default="")
    ca_bundle: str = field(name="BOOTH_SYNC_CA_BUNDLE", default="")
    proxy: str = field(name="BOOTH_SYNC_PROXY", default="")
    instance: str = field(name="BOOTH_SYNC_INSTANCE", default="default")
    timeout: float = field(name="BOOTH_SYNC_PUSH_TIMEOUT", default=3.0)

    def __repr__(self) -> str:
        """Show no secret."""
        return f"PushOptions(instance={self.instance!r}, ...)"


class HeartbeatOptions(Struct, frozen=True, kw_only=True):
    """Who is to miss a run that stays away; an empty ``url``, a secret as a whole, means nobody.

    It may take as long as a push: the run puts that into ``timeout``.
    """

    url: str = field(name="BOOTH_SYNC_HEARTBEAT_URL", default="")
    ca_bundle: str = field(name="BOOTH_SYNC_CA_BUNDLE", default="")
    proxy: str = field(name="BOOTH_SYNC_PROXY", default="")
    timeout: float = 3.0

    def __repr__(self) -> str:
        """Show no secret."""
        return "HeartbeatOptions(...)"


class ControlOptions(Struct, frozen=True, kw_only=True):
    """Which CronJobs are the schedule, and how long their API server may take.

    An empty ``namespace`` means that of the service account or of the kubeconfig's context.
    ``timeout`` bounds a control call once the client is imported, ``request_timeout`` each of its
    requests, both in seconds of wall-clock time; a command that starts up around it stays within 9.
    ``service_account`` is where Kubernetes mounts a pod's identity.
    """

    cronjobs: tuple[str, ...] = field(name="BOOTH_SYNC_CRONJOBS", default=())
    namespace: str = field(name="BOOTH_SYNC_NAMESPACE", default="")
    timeout: float = 7.5
    request_timeout: float = 3.0
    service_account: Path = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class SiteOptions(Struct, frozen=True, kw_only=True):
    """What the site around booth sync is, and how old its data may get.

    The stored data counts as stale ``stale_after`` seconds after the last success.
    """

    environment: str = field(name="BOOTH_SYNC_ENVIRONMENT", default="development")
    stale_after: Annotated[float, Meta(ge=1, le=86_400)] = field(
        name="BOOTH_SYNC_STALE_AFTER", default=900.0
    )
    log_file: str = field(name="BOOTH_SYNC_LOG_FILE", default="")
    runbook_url: str = field(name="BOOTH_SYNC_RUNBOOK_URL", default="")


class WebOptions(Struct, frozen=True, kw_only=True):
    """Who may reach what operators reach over HTTP: networks (CIDR), and proxies to be believed.

    ``hsts_seconds`` is how long a browser remembers to come by TLS alone; 0 is a site without TLS.
    It counts in production.
    """

    allowed_cidrs: tuple[str, ...] = field(
        name="BOOTH_SYNC_ALLOWED_CIDRS", default=("127.0.0.0/8", "::1/128")
    )
    trusted_proxies: tuple[str, ...] = field(name="BOOTH_SYNC_TRUSTED_PROXIES", default=())
    hsts_seconds: Annotated[int, Meta(ge=0, le=63_072_000)] = field(
        name="BOOTH_SYNC_HSTS_SECONDS", default=3600
    )


class Options(Struct, frozen=True, kw_only=True):
    """All that a run is told by the settings."""

    source: SourceOptions
    run: RunOptions
    push: PushOptions
    heartbeat: HeartbeatOptions = HeartbeatOptions()


class RunRequest(Struct, frozen=True, kw_only=True):
    """What is asked of a run.

    ``from_file`` reads the upstream's answer from that path (``-``: standard input) instead of
    over HTTP. ``pause`` is how many seconds lie at least between the beginnings of two runs that
    ask for one; 0 asks for none. ``observe`` is told the name of each stage as it begins.
    """

    trigger: str = "cli"
    requested_by: str = ""
    dry_run: bool = False
    from_file: str = ""
    allow_shrink: bool = False
    pause: float = 0.0
    observe: Callable[[str], None] = lambda _stage: None
