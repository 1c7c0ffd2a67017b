"""One identity at one Kubernetes API server, for the length of one control call.

The official client is imported here and only when a call is made. It is made anew for each call,
so that a rotated token or certificate counts at once, however long the process lives.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from booth.config.options import ControlOptions
from booth.control.answers import FIELD_MANAGER, MAX_BYTES, read_cronjob, read_verdict
from booth.control.failures import BadAnswer, translate
from booth.control.identity import connect
from booth.control.types import CronJob
from booth.errors import ControlError
from booth.http import DeadlineExceeded, HttpPool, HttpsPool, Sockets, call_within, read_date

if TYPE_CHECKING:
    from datetime import datetime

    from kubernetes.client import ApiClient
    from urllib3.response import BaseHTTPResponse

T = TypeVar("T")
MAX_REFUSAL = 64 * 1024
BACKOFF = 0.3
"""Longest wait in seconds before another attempt that the server did not ask for."""
MERGE_PATCH = "application/merge-patch+json"


class Api:
    """The few requests that control makes; each raises ControlError."""

    def __init__(
        self, client: ApiClient, *, namespace: str, request_timeout: float, deadline: float
    ) -> None:
        self.namespace = namespace
        self.server_time: datetime | None = None
        """What the server's clock showed in its last answer, to the second."""
        self._client = client
        self._request_timeout = request_timeout
        self._deadline = deadline
        self._sockets = Sockets()
        self._register_sockets()
        self._cap_refusals()

    @property
    def seconds_left(self) -> float:
        """How much of the call's time is left."""
        return max(0.0, self._deadline - time.monotonic())

    def read(self, name: str) -> CronJob:
        """Return the CronJob of that name."""
        from kubernetes.client import BatchV1Api

        request = partial(BatchV1Api(self._client).read_namespaced_cron_job, name, self.namespace)
        return self._ask(request, read_cronjob, verb="get", name=name)

    def patch(self, name: str, change: dict[str, Any]) -> CronJob:
        """Send a merge patch (RFC 7386) and return the CronJob as the server echoes it."""
        from kubernetes.client import BatchV1Api

        request = partial(
            BatchV1Api(self._client).patch_namespaced_cron_job,
            name,
            self.namespace,
            change,
            field_manager=FIELD_MANAGER,
            _content_type=MERGE_PATCH,
        )
        return self._ask(request, read_cronjob, verb="patch", name=name)

    def may(self, verb: str, name: str) -> bool:
        """Return whether this identity may do ``verb`` to the CronJob of that name."""
        from kubernetes.client import AuthorizationV1Api

        attributes = {"group": "batch", "resource": "cronjobs", "verb": verb, "name": name}
        review: Any = {"spec": {"resourceAttributes": attributes | {"namespace": self.namespace}}}
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
        send = partial(request, _preload_content=False, _request_timeout=(limit, limit))
        try:
            if limit <= 0:
                raise DeadlineExceeded
            return call_within(
                limit, lambda: read(self._take(send())), on_timeout=self._sockets.shut_down
            )
        except Exception as error:
            raise translate(error, verb=verb, name=name, namespace=self.namespace) from None

    def _take(self, response: BaseHTTPResponse) -> bytes:
        with closing(response):
            self.server_time = read_date(response.headers.get("Date", "")) or self.server_time
            body = response.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise BadAnswer
        return bytes(body)

    def _cap_refusals(self) -> None:
        """Read no more than a little of an error's body, of which the client reads all."""
        send: Any = self._client.rest_client.request

        def request(*arguments: Any, **options: Any) -> Any:
            answer: Any = send(*arguments, **options)
            if not 200 <= answer.status < 300:
                answer.data = answer.response.read(MAX_REFUSAL)
            return answer

        setattr(self._client.rest_client, "request", request)  # noqa: B010 - a method, to mypy

    def _register_sockets(self) -> None:
        pools: dict[str, Any] = {
            "http": partial(HttpPool, register=self._sockets.add),
            "https": partial(HttpsPool, register=self._sockets.add),
        }
        self._client.rest_client.pool_manager.pool_classes_by_scheme = pools


@contextmanager
def open_api(options: ControlOptions) -> Iterator[Api]:
    """Yield an Api with the identity of the service account, or else of the kubeconfig.

    Raises ControlError where there is neither, or no client is installed.
    """
    deadline = time.monotonic() + options.timeout
    try:
        client, namespace = connect(options)
    except ControlError:
        raise
    except Exception as error:
        raise translate(error, verb="get", name="", namespace="") from None
    with closing(
        Api(
            client,
            namespace=options.namespace or namespace,
            request_timeout=options.request_timeout,
            deadline=deadline,
        )
    ) as api:
        yield api
