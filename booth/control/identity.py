"""Who we are at the Kubernetes API: the pod's service account, or else the kubeconfig's context."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from booth import __version__
from booth.config.options import ControlOptions
from booth.control.failures import make_error
from booth.http import DeadlineExceeded, call_within

if TYPE_CHECKING:
    from kubernetes.client import ApiClient, Configuration

logger = logging.getLogger("booth.control")

DEFAULT_KUBECONFIG = "~/.kube/config"
_importing = threading.Lock()
_reading = threading.Lock()
"""Of a kubeconfig's plug-in that hangs there is never more than one, however often one calls."""


def connect(options: ControlOptions) -> tuple[ApiClient, str]:
    """Return a client with our identity, and the namespace that goes with it.

    Raises ControlError where there is no client or no identity, or none in ``options.timeout``.
    """
    try:
        return call_within(options.timeout, lambda: _connect(options))
    except DeadlineExceeded:
        raise make_error("no_identity_in_time") from None


def _connect(options: ControlOptions) -> tuple[ApiClient, str]:
    try:  # its packages import each other: two threads that begin at once get half of it, for good
        with _importing:
            from kubernetes.client import ApiClient, AuthorizationV1Api, BatchV1Api  # noqa: F401
    except ImportError:
        raise make_error("no_client") from None
    identity = _read_service_account(options) or _read_kubeconfig(seconds=options.timeout)
    configuration, namespace = identity
    configuration.retries = False  # urllib3's own would not know of the deadline
    configuration.refresh_api_key_hook = None  # it would run a plug-in anew, and print what it says
    if str(configuration.proxy).startswith("socks") and find_spec("socks") is None:
        raise make_error("no_socks")
    client = ApiClient(configuration)
    client.user_agent = f"booth-sync/{__version__}"
    return client, namespace


def _read_service_account(options: ControlOptions) -> tuple[Configuration, str] | None:
    """Return the identity that Kubernetes mounted into this pod, None where it did not."""
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException
    from kubernetes.config.incluster_config import InClusterConfigLoader

    folder = options.service_account
    configuration = Configuration()
    loader = InClusterConfigLoader(
        token_filename=str(folder / "token"),
        cert_filename=str(folder / "ca.crt"),
        try_refresh_token=False,
    )
    try:
        loader.load_and_set(configuration)
    except (ConfigException, OSError, UnicodeDecodeError):
        return None
    try:
        return configuration, (folder / "namespace").read_text().strip() or "default"
    except (OSError, UnicodeDecodeError):
        return configuration, "default"


def _read_kubeconfig(*, seconds: float) -> tuple[Configuration, str]:
    """Return the identity in the current context of ``KUBECONFIG`` and its namespace."""
    from kubernetes import config
    from kubernetes.client import Configuration

    configuration = Configuration()
    path = os.environ.get("KUBECONFIG") or DEFAULT_KUBECONFIG  # the client reads it once for ever
    if not _reading.acquire(timeout=seconds):
        raise DeadlineExceeded
    try:
        with _silenced():
            config.load_kube_config(path, client_configuration=configuration)
        _, context = config.list_kube_config_contexts(path)
        namespace = str(context["context"].get("namespace") or "default")
    except Exception as error:  # whatever an unreadable file or a failing plug-in raises
        logger.debug("kubeconfig를 읽지 못했습니다 error=%s", type(error).__name__)
        raise make_error("no_credentials") from None
    finally:
        _reading.release()
    texts = (configuration.host, configuration.proxy, configuration.tls_server_name)
    credentials = (configuration.api_key, configuration.cert_file, configuration.username)
    # a plug-in that fails leaves no credentials; what should be text may be anything
    if not any(credentials) or not all(isinstance(text, str | None) for text in texts):
        raise make_error("no_credentials")
    return configuration, namespace


@contextmanager
def _silenced() -> Iterator[None]:
    """Keep back what the client logs of a plug-in that fails: all that it printed, secrets too."""
    root, reader = logging.getLogger(), threading.get_ident()

    def is_of_others(record: logging.LogRecord) -> bool:
        return record.thread != reader

    root.addFilter(is_of_others)
    try:
        yield
    finally:
        root.removeFilter(is_of_others)
