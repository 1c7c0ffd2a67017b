"""One request, one answer."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from functools import partial
from typing import Any

import requests
import urllib3
from msgspec.structs import replace
from requests.adapters import HTTPAdapter

from booth.addresses import Address, read_address
from booth.http.answers import Response
from booth.http.deadline import DeadlineExceeded, Sockets, call_within
from booth.http.failures import find_cause, refuse
from booth.http.pools import HttpPool, HttpsPool

CHUNK = 64 * 1024
# While a body streams, urllib3's errors come as they are; until then requests wraps most of them.
FAILURES = (DeadlineExceeded, urllib3.exceptions.HTTPError, OSError, ValueError)
"""All that can come of sending; requests' own errors are OSErrors."""


def send(
    method: str,
    url: str,
    *,
    seconds: float,
    timeouts: tuple[float, float] | None = None,
    headers: Iterable[tuple[str, str]] = (),
    credentials: str = "",
    body: bytes | None = None,
    ca_bundle: str = "",
    proxy: str = "",
    max_bytes: int = 0,
) -> Response:
    """Return the answer to one request within ``seconds`` of wall-clock time.

    ``url`` is that of an Address. ``timeouts``, for connecting and for each read, are ``seconds``
    by default. Of ``headers`` of one name the last counts; ``credentials`` (``user:password``)
    count where none is an Authorization. ``proxy`` is the address of the proxy to go through. Read
    are at most ``max_bytes``, of a 200 that is not encoded, and else nothing. Raises RequestFailed.
    """
    # The auth that does nothing: requests' own is in Latin-1 and goes over any other.
    request = requests.Request(method, url, data=body, auth=lambda it: it).prepare()
    request.url = url  # as it was written: requests resolves dots and rewrites escapes
    request.headers.update({"Accept-Encoding": "identity", "User-Agent": "booth-sync"})
    if credentials:
        request.headers["Authorization"] = _log_in(credentials)
    request.headers.update(headers)
    via = read_address(proxy) if proxy else None
    sockets = Sockets()

    def exchange() -> Response:
        with _Session(sockets, ca_bundle=ca_bundle, via=via) as session:
            limits = timeouts or (seconds, seconds)
            with session.send(
                request, stream=True, timeout=limits, proxies=session.proxies
            ) as answer:
                return _receive(answer, max_bytes=max_bytes)

    try:
        response = call_within(seconds, exchange, on_timeout=sockets.shut_down)
    except FAILURES as error:
        is_forwarded = via is not None and url.startswith("http:")
        raise find_cause(error, via=via.origin if via else "", is_forwarded=is_forwarded) from None
    finally:
        sockets.close()
    if via and response.status == 407:
        raise refuse(response.status, via=via.origin)
    return response


def _receive(answer: requests.Response, *, max_bytes: int) -> Response:
    head = Response(status=answer.status_code, headers=answer.headers)
    if head.status != 200 or head.is_encoded or not max_bytes:
        return head
    body = bytearray()
    for chunk in answer.raw.stream(CHUNK, decode_content=False):
        body += chunk
        if len(body) >= max_bytes:
            break
    return replace(head, body=bytes(body[:max_bytes]))


def _log_in(credentials: str) -> str:
    """Return the value of an Authorization, in UTF-8 (RFC 7617, 2.1)."""
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


class _Session(requests.Session):
    """Goes by what it is told alone: not by the environment, a redirect or a cookie."""

    def __init__(self, sockets: Sockets, *, ca_bundle: str, via: Address | None) -> None:
        super().__init__()
        self.trust_env = False
        for scheme in ("http", "https"):
            self.mount(f"{scheme}://", _Adapter(sockets, ca_bundle=ca_bundle, via=via))
            if via:
                self.proxies[scheme] = via.url

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Know of none: ``allow_redirects=False`` would still read the body, however long."""


class _Adapter(HTTPAdapter):
    """Hands its sockets over and trusts ``ca_bundle``, or else the system, also to a proxy."""

    def __init__(self, sockets: Sockets, *, ca_bundle: str, via: Address | None) -> None:
        self._via = via
        self._pools: dict[str, Any] = {
            "http": partial(HttpPool, register=sockets.add),
            "https": partial(HttpsPool, register=sockets.add, ca_certs=ca_bundle or None),
        }
        super().__init__()
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> urllib3.ProxyManager:
        """Return requests' own, with pools that hand their sockets over."""
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        """Return what only the proxy is told."""
        credentials = self._via.credentials if self._via else ""
        return {"Proxy-Authorization": _log_in(credentials)} if credentials else {}

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Leave the trust to the pool: requests would put certifi's list over the system's."""
