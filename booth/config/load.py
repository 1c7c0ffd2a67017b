"""Reads Django's settings at the edge: frozen options for the stages and for control."""

from __future__ import annotations

from booth.config.options import ControlOptions, Options, PushOptions, RunOptions, SourceOptions
from booth.config.problems import (
    Problem,
    find_control_problems,
    find_problems,
    get_setting,
    is_http_url,
)
from booth.errors import ConfigError

NO_CRONJOB = (
    "설정된 CronJob이 없어 예약 실행을 켜거나 끌 수 없습니다. BOOTH_SYNC_CRONJOBS에 이름을 넣거나, "
    "한 번만 실행하려면 'manage.py booth_sync sync'를 쓰세요."
)


def load_options(*, for_http: bool) -> Options:
    """Return what the settings tell a run. Raises ConfigError with every sentence at once.

    ``for_http`` also asks for what only a sync over HTTP needs.
    """
    wanted = {"error", "sync"} if for_http else {"error"}
    _refuse([problem for problem in find_problems() if problem.level in wanted])
    return Options(source=_source_options(), run=_run_options(), push=_push_options())


def load_source_options() -> SourceOptions:
    """Return what the settings tell of the upstream. Raises ConfigError for those alone."""
    _refuse_of(SourceOptions, names=("API_URL", "API_TOKEN", "API_HEADERS"))
    return _source_options()


def load_push_options() -> PushOptions:
    """Return what the settings tell of the Pushgateway. Raises ConfigError for those alone."""
    _refuse_of(PushOptions, names=("PUSHGATEWAY_", "INSTANCE", "PUSH_TIMEOUT"))
    return _push_options()


def _refuse_of(options: type[SourceOptions | PushOptions], *, names: tuple[str, ...]) -> None:
    own = tuple(f"BOOTH_SYNC_{n}" for n in (*names, *map(str.upper, options.__struct_fields__)))
    problems = [p for p in find_problems() if p.level != "warning"]
    _refuse([problem for problem in problems if problem.message.startswith(own)])


def load_control_options() -> ControlOptions:
    """Return what the settings tell control. Raises ConfigError.

    Problems of other settings do not count: a schedule must be stoppable whatever else is wrong.
    """
    _refuse(list(find_control_problems()))
    cronjobs = tuple(get_setting("CRONJOBS", ()))
    if not cronjobs:
        raise ConfigError(NO_CRONJOB, code="no_cronjob")
    return ControlOptions(cronjobs=cronjobs, namespace=get_setting("NAMESPACE", ""))


def _refuse(found: list[Problem]) -> None:
    if found:
        raise ConfigError(" ".join(f"[{p.id}] {p.message} {p.hint}".strip() for p in found))


def _source_options() -> SourceOptions:
    return SourceOptions(
        url=get_setting("API_URL", ""),
        token=get_setting("API_TOKEN", ""),
        headers=tuple(sorted(get_setting("API_HEADERS", {}).items())),
        ca_bundle=get_setting("CA_BUNDLE", ""),
        connect_timeout=get_setting("CONNECT_TIMEOUT", 3.0),
        read_timeout=get_setting("READ_TIMEOUT", 5.0),
        attempt_timeout=get_setting("ATTEMPT_TIMEOUT", 15.0),
        fetch_timeout=get_setting("FETCH_TIMEOUT", 45.0),
        max_attempts=get_setting("MAX_ATTEMPTS", 3),
        max_bytes=get_setting("MAX_BYTES", 16 * 1024 * 1024),
    )


def _run_options() -> RunOptions:
    return RunOptions(
        lease=get_setting("LEASE", 120.0),
        history_days=get_setting("HISTORY_DAYS", 30),
        job_name=get_setting("JOB_NAME", ""),
        pod_name=get_setting("POD_NAME", ""),
    )


def _push_options() -> PushOptions:
    return PushOptions(
        url=get_setting("PUSHGATEWAY_URL", ""),
        username=get_setting("PUSHGATEWAY_USERNAME", ""),
        password=get_setting("PUSHGATEWAY_PASSWORD", ""),
        ca_bundle=get_setting("CA_BUNDLE", ""),
        instance=get_setting("INSTANCE", "default"),
        timeout=get_setting("PUSH_TIMEOUT", 3.0),
    )


def get_stale_after() -> float:
    """Return how many seconds after the last success the stored data counts as stale."""
    return float(get_setting("STALE_AFTER", 900.0))


def get_pod_name() -> str:
    """Return the name of the pod that this process runs in, empty outside a cluster."""
    return str(get_setting("POD_NAME", ""))


def public_api_url() -> str:
    """Return scheme, host and path of the upstream; empty where none is set."""
    url = get_setting("API_URL", "")
    return SourceOptions(url=url).public_url if is_http_url(url) else ""
