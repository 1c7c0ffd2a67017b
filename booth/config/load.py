"""Reads Django's settings at the edge: frozen options for the stages and for control.

A setting that is absent, of a wrong type or out of bounds leaves the option's own default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, Generic, TypeVar, cast

import msgspec
from django.conf import settings

from booth.config import options, outgoing, problems
from booth.config.problems import SettingProblem
from booth.errors import ConfigError

T = TypeVar("T", bound=msgspec.Struct)
_NAME = re.compile(r"\$\.(\w+)")


class _Part(msgspec.Struct, Generic[T], frozen=True):
    """A struct of options, and who judges its values."""

    kind: type[T]
    judge: Callable[[T], Iterable[SettingProblem]] = lambda _part: ()
    level: str = "error"

    @property
    def names(self) -> list[str]:
        """The settings that its fields are named after."""
        names = self.kind.__struct_encode_fields__
        return [name for name in names if name.startswith("BOOTH_SYNC_")]

    def read(self) -> tuple[T, Iterable[SettingProblem]]:
        """Return the options that the settings give, and all that is wrong with them.

        Judging looks at files, so it waits for somebody who wants to know.
        """
        told = getattr(settings, "BOOTH_SYNC_SETTING_PROBLEMS", {})
        found = [
            problems.report_unreadable(told[name], level=self.level)
            for name in self.names
            if name in told
        ]
        values = {
            # Headers are a dictionary in the settings, and sorted pairs in what does not change.
            name: tuple(sorted(value.items())) if isinstance(value, dict) else value
            for name in self.names
            if name not in told and (value := getattr(settings, name, None)) is not None
        }
        while True:
            try:
                part = msgspec.convert(values, self.kind)
            except msgspec.ValidationError as error:
                name = _NAME.search(str(error))[1]  # type: ignore[index]
                found.append(self._report(name, values.pop(name)))
            else:
                return part, chain(found, self.judge(part))

    def _report(self, name: str, value: Any) -> SettingProblem:
        """Return the problem of a value that its field does not take."""
        from msgspec.inspect import StructType, type_info

        fields = cast(StructType, type_info(self.kind)).fields
        bounds = next(field.type for field in fields if field.encode_name == name)
        low, high = getattr(bounds, "ge", None), getattr(bounds, "le", None)
        if low is None or high is None or type(value) not in {int, float}:
            return problems.report_type(name, level=self.level)
        return problems.report_range(name, value, low=low, high=high)


_SOURCE = _Part(options.SourceOptions, outgoing.judge_source)
_RUN = _Part(options.RunOptions)
_PUSH = _Part(options.PushOptions, outgoing.judge_push)
_HEARTBEAT = _Part(options.HeartbeatOptions, outgoing.judge_heartbeat)
_CONTROL = _Part(options.ControlOptions, problems.judge_control, "control")
_SITE = _Part(options.SiteOptions, problems.judge_site)
_WEB = _Part(options.WebOptions, problems.judge_web, "web")
_PARTS: tuple[_Part[Any], ...] = (
    _SOURCE,
    _RUN,
    _PUSH,
    _HEARTBEAT,
    _CONTROL,
    _SITE,
    _WEB,
)


def find_problems() -> Iterator[SettingProblem]:
    """Yield everything that is wrong with the settings; ids are those of the system checks."""
    of_parts = {name for part in _PARTS for name in part.names}
    for name, message in getattr(settings, "BOOTH_SYNC_SETTING_PROBLEMS", {}).items():
        if name not in of_parts:
            yield problems.report_unreadable(message, level="error")
    parts, found = zip(*[part.read() for part in _PARTS], strict=True)
    source, run, push, _heartbeat, _control, site, _web = parts
    yield from dict.fromkeys(chain(*found))  # two parts share the CA bundle: told once
    yield from problems.judge_lease(run, source)
    yield from problems.judge_secrets(
        secret_key=str(settings.SECRET_KEY),
        environment=site.environment,
        others=(
            source.token,
            push.password,
            str(settings.DATABASES["default"].get("PASSWORD") or ""),
        ),
    )


def load_options(*, for_http: bool) -> options.Options:
    """Return what the settings tell a run. Raises ConfigError with every sentence at once.

    ``for_http`` also asks for what only a sync over HTTP needs.
    """
    _refuse(find_problems(), levels={"error", "sync"} if for_http else {"error"})
    return options.Options(
        source=_SOURCE.read()[0],
        run=_RUN.read()[0],
        push=_PUSH.read()[0],
        heartbeat=_HEARTBEAT.read()[0],
    )


def load_source_options() -> options.SourceOptions:
    """Return where the upstream is. Raises ConfigError for what is wrong with that alone."""
    return _load(_SOURCE)


def load_push_options() -> options.PushOptions:
    """Return where the figures go. Raises ConfigError for what is wrong with that alone."""
    return _load(_PUSH)


def load_control_options() -> options.ControlOptions:
    """Return what the settings tell control. Raises ConfigError.

    Problems of other settings do not count: a schedule must be stoppable whatever else is wrong.
    """
    control = _load(_CONTROL)
    if not control.cronjobs:
        raise ConfigError(problems.NO_CRONJOB, code="no_cronjob")
    return control


def load_web_options() -> options.WebOptions:
    """Return who may reach the site's own doors. Raises ConfigError for what is wrong with that."""
    return _load(_WEB)


def get_stale_after() -> float:
    """Return how many seconds after the last success the stored data counts as stale."""
    return _SITE.read()[0].stale_after


def get_runbook_url() -> str:
    """Return where the operators' runbook is, empty where the site has none that can be shown."""
    url = _SITE.read()[0].runbook_url
    return url if problems.is_runbook_url(url) else ""


def get_pod_name() -> str:
    """Return the name of the pod that this process runs in, empty outside a cluster."""
    return _RUN.read()[0].pod_name


def public_api_url() -> str:
    """Return scheme, host and path of the upstream; empty where none is set."""
    source = _SOURCE.read()[0]
    return source.public_url if problems.is_http_url(source.url) else ""


def _load(part: _Part[T]) -> T:
    read, found = part.read()
    _refuse(found, levels={"error", "sync", "control", "web"})
    return read


def _refuse(found: Iterable[SettingProblem], *, levels: set[str]) -> None:
    sentences = [f"[{p.id}] {p.message} {p.hint}".strip() for p in found if p.level in levels]
    if sentences:
        raise ConfigError(" ".join(sentences))
