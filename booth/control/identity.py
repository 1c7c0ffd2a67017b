"""The Kubernetes client of one call: with our identity and kept within bounds.

Who we are is the pod's service account, or else the kubeconfig's context. This module imports the
client, so it is itself imported only when a call is made.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import closing
from functools import partial
from importlib.util import find_spec
from typing import Any

from kubernetes import config
from kubernetes.client import ApiClient, Configuration
from kubernetes.client.rest import RESTClientObject
from kubernetes.config.incluster_config import InClusterConfigLoader

from booth import __version__
from booth.config.options import ControlOptions
from booth.control.failures import make_error
from booth.http import DeadlineExceeded, HttpPool, HttpsPool, Sockets

logger = logging.getLogger("booth.control")

DEFAULT_KUBECONFIG = "~/.kube/config"
MAX_REFUSAL = 64 * 1024
_reading = threading.Lock()
"""Of a kubeconfig's plug-in that hangs there is never more than one, however often one calls."""


def connect(options: ControlOptions, *, sockets: Sockets) -> tuple[ApiClient, str]:
    """Return a client with our identity, and the namespace that goes with it.

    The client hands its sockets over. Raises DeadlineExceeded, or ControlError where there is no
    identity.
    """
    configuration, namespace = _read_service_account(options) or _read_kubeconfig(options)
    configuration.retries = False  # urllib3's own would not know of the deadline
    configuration.refresh_api_key_hook = None  # it would run a plug-in anew, and print what it says
    if str(configuration.proxy).startswith("socks") and find_spec("socks") is None:
        raise make_error("no_socks")
    client = ApiClient(configuration)
    client.user_agent = f"booth-sync/{__version__}"
    client.rest_client = _BoundedRest(configuration, sockets=sockets)
    return client, namespace


class _BoundedRest(RESTClientObject):
    """Hands its sockets over, so that a deadline can end them, and reads no refusal to its end."""

    def __init__(self, configuration: Configuration, *, sockets: Sockets) -> None:
        super().__init__(configuration)
        http = partial(HttpPool, register=sockets.add)
        https = partial(HttpsPool, register=sockets.add)
        self.pool_manager.pool_classes_by_scheme = {"http": http, "https": https}  # type: ignore[dict-item]

    def request(self, *arguments: Any, **options: Any) -> Any:
        """Return the answer; of a refusal's body, which the client reads whole, only a little."""
        answer: Any = super().request(*arguments, **options)  # type: ignore[no-untyped-call]
        if not 200 <= answer.status < 300:
            with closing(answer.response):  # what is left unread would keep the connection open
                answer.data = answer.response.read(MAX_REFUSAL)
        return answer


def _read_service_account(options: ControlOptions) -> tuple[Configuration, str] | None:
    """Return the identity that Kubernetes mounted into this pod, None where it did not."""
    folder = options.service_account
    configuration = Configuration()
    token, ca = str(folder / "token"), str(folder / "ca.crt")
    loader = InClusterConfigLoader(token, ca, try_refresh_token=False)
    try:
        loader.load_and_set(configuration)
    except (config.ConfigException, OSError, UnicodeDecodeError):
        return None
    try:
        return configuration, (folder / "namespace").read_text().strip() or "default"
    except (OSError, UnicodeDecodeError):
        return configuration, "default"


def _read_kubeconfig(options: ControlOptions) -> tuple[Configuration, str]:
    """Return the identity in the current context of ``KUBECONFIG`` and its namespace."""
    root, reader = logging.getLogger(), threading.get_ident()

    def is_of_others(record: logging.LogRecord) -> bool:
        return record.thread != reader

    configuration = Configuration()
    path = os.environ.get("KUBECONFIG") or DEFAULT_KUBECONFIG  # the client reads it once for ever
    if not _reading.acquire(timeout=options.timeout):
        raise DeadlineExceeded
    # the client logs of a plug-in that fails all that it printed, secrets too: that is kept back
    root.addFilter(is_of_others)
    try:
        config.load_kube_config(path, client_configuration=configuration)
        _, context = config.list_kube_config_contexts(path)
        namespace = str(context["context"].get("namespace") or "default")
    except Exception as error:  # whatever an unreadable file or a failing plug-in raises
        logger.debug("kubeconfig를 읽지 못했습니다 error=%s", type(error).__name__)
        raise make_error("no_credentials") from None
    finally:
        root.removeFilter(is_of_others)
        _reading.release()
    texts = (configuration.host, configuration.proxy, configuration.tls_server_name)
    credentials = (configuration.api_key, configuration.cert_file, configuration.username)
    # a plug-in that fails leaves no credentials; what should be text may be anything
    if not any(credentials) or not all(isinstance(text, str | None) for text in texts):
        raise make_error("no_credentials")
    return configuration, namespace
