"""One identity at one Kubernetes API server, for the length of one control call.

The official client is imported here and only when a call is made. It is made anew for each call,
so that a rotated token or certificate counts at once, however long the process lives.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from booth.config.options import ControlOptions
from booth.control.answers import FIELD_MANAGER, MAX_BYTES, read_cronjob, read_verdict
from booth.control.failures import BadAnswer, NotApplied, name_failure
from booth.control.identity import connect
from booth.control.types import CronJob
from booth.errors import ControlError
from booth.http import DeadlineExceeded, Sockets, call_within, read_date

if TYPE_CHECKING:
    from datetime import datetime


T = TypeVar("T")
BACKOFF = 0.3
"""Longest wait in seconds before another attempt that the server did not ask for."""
MERGE_PATCH = "application/merge-patch+json"


class Api:
    """The few requests that control makes; each raises ControlError."""

    def __init__(self, options: ControlOptions) -> None:
        """Take the identity of the service account, or else of the kubeconfig.

        Raises ControlError where there is neither, or no client is installed.
        """
        self.server_time: datetime | None = None
        """What the server's clock showed in its last answer, to the second."""
        self._request_timeout = options.request_timeout
        self._deadline = time.monotonic() + options.timeout
        self._sockets = Sockets()
        try:
            self._client, namespace = connect(options)
        except Exception as error:
            raise name_failure(error, verb="get", name="", namespace="") from None
        self._namespace = options.namespace or namespace
        from booth.control.rest import BoundedRest

        self._client.rest_client = BoundedRest(self._client.configuration, sockets=self._sockets)

    @property
    def seconds_left(self) -> float:
        """How much of the call's time is left."""
        return max(0.0, self._deadline - time.monotonic())

    def read(self, name: str) -> CronJob:
        """Return the CronJob of that name."""
        from kubernetes.client import BatchV1Api

        request = partial(BatchV1Api(self._client).read_namespaced_cron_job, name, self._namespace)
        return self._ask(request, read_cronjob, verb="get", name=name)

    def patch(self, cronjob: CronJob, *, suspended: bool, notes: dict[str, str | None]) -> CronJob:
        """Send a merge patch (RFC 7386) and return the CronJob as the server echoes it.

        The patch names the version that it changes, so that one that comes late is refused (409).
        A note that is None is taken away.
        """
        from kubernetes.client import BatchV1Api

        def read_echo(body: bytes) -> CronJob:
            echo = read_cronjob(body)
            if echo.suspended is not suspended:
                raise NotApplied
            return echo

        change: Any = {
            "metadata": {"annotations": notes, "resourceVersion": cronjob.resource_version},
            "spec": {"suspend": suspended},
        }
        request = partial(
            BatchV1Api(self._client).patch_namespaced_cron_job,
            cronjob.name,
            self._namespace,
            change,
            field_manager=FIELD_MANAGER,
            _content_type=MERGE_PATCH,
        )
        return self._ask(request, read_echo, verb="patch", name=cronjob.name)

    def may(self, verb: str, name: str) -> bool:
        """Return whether this identity may do ``verb`` to the CronJob of that name."""
        from kubernetes.client import AuthorizationV1Api

        attributes = {"group": "batch", "resource": "cronjobs", "verb": verb, "name": name}
        review: Any = {"spec": {"resourceAttributes": attributes | {"namespace": self._namespace}}}
        request = partial(
            AuthorizationV1Api(self._client).create_self_subject_access_review, review
        )
        return self._ask(request, read_verdict, verb="get", name=name)

    def wait(self, failures: Iterable[ControlError] = ()) -> bool:
        """Wait a moment, or as long as the server asks for; False where time is too short."""
        asked = max((failure.retry_after or 0.0 for failure in failures), default=0.0)
        seconds = max(asked, random.uniform(BACKOFF / 3, BACKOFF))  # noqa: S311
        if seconds >= self.seconds_left:
            return False
        time.sleep(seconds)
        return True

    def explain(self, error: ControlError, *, before: ControlError | None) -> ControlError:
        """Return why a request failed: where only the call's time ran out, why it was repeated."""
        is_cut_short = error.reason == "timeout" and not self.seconds_left
        return before if before is not None and is_cut_short else error

    def close(self) -> None:
        """Close every connection."""
        self._client.rest_client.pool_manager.clear()
        self._sockets.close()

    def _ask(
        self, request: Callable[..., Any], read: Callable[[bytes], T], *, verb: str, name: str
    ) -> T:
        limit = min(self._request_timeout, self.seconds_left)

        def ask() -> T:
            send = partial(request, _preload_content=False, _request_timeout=(limit, limit))
            with closing(send()) as response:
                self.server_time = read_date(response.headers.get("Date", "")) or self.server_time
                body = bytes(response.read(MAX_BYTES + 1))
            if len(body) > MAX_BYTES:
                raise BadAnswer
            return read(body)

        try:
            if limit <= 0:
                raise DeadlineExceeded
            return call_within(limit, ask, on_timeout=self._sockets.shut_down)
        except Exception as error:
            raise name_failure(error, verb=verb, name=name, namespace=self._namespace) from None
