"""The part of the Kubernetes client that sends, kept within bounds.

It imports the client, so it is itself imported only when a call is made.
"""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import Any

from kubernetes.client import Configuration
from kubernetes.client.rest import RESTClientObject

from booth.http import HttpPool, HttpsPool, Sockets

MAX_REFUSAL = 64 * 1024


class BoundedRest(RESTClientObject):
    """Hands its sockets over, so that a deadline can end them, and reads no refusal to its end."""

    def __init__(self, configuration: Configuration, *, sockets: Sockets) -> None:
        super().__init__(configuration)
        pools: dict[str, Any] = {
            "http": partial(HttpPool, register=sockets.add),
            "https": partial(HttpsPool, register=sockets.add),
        }
        self.pool_manager.pool_classes_by_scheme = pools

    def request(self, *arguments: Any, **options: Any) -> Any:
        """Return the answer; of a refusal's body, which the client reads whole, only a little."""
        answer: Any = super().request(*arguments, **options)  # type: ignore[no-untyped-call]
        if not 200 <= answer.status < 300:
            with closing(answer.response):  # what is left unread would keep the connection open
                answer.data = answer.response.read(MAX_REFUSAL)
        return answer
