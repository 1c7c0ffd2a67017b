"""One identity at one Kubernetes API server, for the length of one control call.

The official client is imported only when a call is made. It is made anew for each call, so that a
rotated token or certificate counts at once, however long the process lives.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from booth.config.options import ControlOptions
from booth.control.answers import FIELD_MANAGER, MAX_BYTES, read_cronjob, read_verdict
from booth.control.failures import BadAnswer, make_error, name_failure
from booth.control.types import CronJob
from booth.errors import ControlError
from booth.http import DeadlineExceeded, Sockets, call_within, read_date

T = TypeVar("T")
BACKOFF = 0.3
"""Longest wait in seconds before another attempt that the server did not ask for."""


class Api:
    """The few requests that control makes; each raises ControlError."""

    def __init__(self, options: ControlOptions) -> None:
        """Take the identity of the service account, or else of the kubeconfig.

        Raises ControlError where there is neither, or no client is installed.
        """
        self.clock_offset: float | None = None
        """The server's clock minus ours in seconds, as its last answer showed it."""
        self._request_timeout = options.request_timeout
        self._sockets = Sockets()
        try:
            # The client's packages import each other, and of two threads that begin at once each
            # gets half of it, for good. A module of ours in front lets one of them begin.
            from booth.control.identity import connect
        except ImportError:
            raise make_error("no_client") from None
        from kubernetes.client import AuthorizationV1Api, BatchV1Api

        # only now: a busy machine that imports slowly would have no time left to ask
        self._deadline = time.monotonic() + options.timeout
        take_identity = partial(connect, options, sockets=self._sockets)
        try:
            self._client, namespace = call_within(self.seconds_left, take_identity)
        except DeadlineExceeded:
            raise make_error("no_identity_in_time") from None
        except Exception as error:
            raise name_failure(error, verb="get", name="", namespace="") from None
        self._namespace = options.namespace or namespace
        self._cronjobs = BatchV1Api(self._client)
        self._reviews = AuthorizationV1Api(self._client)

    @property
    def seconds_left(self) -> float:
        """How much of the call's time is left."""
        return max(0.0, self._deadline - time.monotonic())

    def read(self, name: str) -> CronJob:
        """Return the CronJob of that name."""
        request = partial(self._cronjobs.read_namespaced_cron_job, name, self._namespace)
        return self._ask(request, read_cronjob, verb="get", name=name)

    def patch(self, cronjob: CronJob, *, suspended: bool, notes: dict[str, str | None]) -> CronJob:
        """Send a merge patch (RFC 7386) and return the CronJob as the server echoes it.

        The patch names the version that it changes, so that one that comes late is refused (409).
        A note that is None is taken away.
        """

        change: Any = {
            "metadata": {"annotations": notes, "resourceVersion": cronjob.resource_version},
            "spec": {"suspend": suspended},
        }
        request = partial(
            self._cronjobs.patch_namespaced_cron_job,
            cronjob.name,
            self._namespace,
            change,
            field_manager=FIELD_MANAGER,
            _content_type="application/merge-patch+json",
        )
        read_echo = partial(read_cronjob, suspended=suspended)
        return self._ask(request, read_echo, verb="patch", name=cronjob.name)

    def may(self, verb: str, name: str) -> bool:
        """Return whether this identity may do ``verb`` to the CronJob of that name."""
        attributes = {"group": "batch", "resource": "cronjobs", "verb": verb, "name": name}
        review: Any = {"spec": {"resourceAttributes": attributes | {"namespace": self._namespace}}}
        request = partial(self._reviews.create_self_subject_access_review, review)
        return self._ask(request, read_verdict, verb="get", name=name)

    def wait(self, failures: Iterable[ControlError] = ()) -> bool:
        """Wait a moment, or as long as the server asks for; False where time is too short."""
        asked = max((failure.retry_after or 0.0 for failure in failures), default=0.0)
        seconds = max(asked, random.uniform(BACKOFF / 3, BACKOFF))  # noqa: S311
        if seconds >= self.seconds_left:
            return False
        time.sleep(seconds)
        return True

    def close(self) -> None:
        """Close every connection."""
        self._client.rest_client.pool_manager.clear()
        self._sockets.close()

    def _ask(
        self, request: Callable[..., Any], read: Callable[[bytes], T], *, verb: str, name: str
    ) -> T:
        limit = min(self._request_timeout, self.seconds_left)

        def ask() -> T:
            limits = (limit, limit)
            with closing(request(_preload_content=False, _request_timeout=limits)) as response:
                if date := read_date(response.headers.get("Date", "")):
                    # the server tells whole seconds, cut off
                    self.clock_offset = (date - datetime.now(UTC)).total_seconds() + 0.5
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
