"""Who we are at the Kubernetes API: the pod's service account, or else the kubeconfig's context."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from booth import __version__
from booth.control.failures import make_error
from booth.options import ControlOptions

if TYPE_CHECKING:
    from kubernetes.client import ApiClient, Configuration

DEFAULT_KUBECONFIG = "~/.kube/config"
_importing = threading.Lock()


def connect(options: ControlOptions) -> tuple[ApiClient, str]:
    """Return a client with our identity, and the namespace that goes with it.

    Raises ControlError where there is no identity, ImportError where there is no client.
    """
    _import_client()
    from kubernetes.client import ApiClient

    configuration, namespace = _read_service_account(options) or _read_kubeconfig()
    configuration.retries = False  # urllib3's own would not know of the deadline
    client = ApiClient(configuration)
    client.user_agent = f"booth-sync/{__version__}"
    return client, namespace


def _import_client() -> None:
    """Import what control uses of the client, one thread at a time.

    Its packages import each other: two threads that begin at once get half of it, for good.
    """
    with _importing:
        from kubernetes.client import ApiClient, AuthorizationV1Api, BatchV1Api  # noqa: F401


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


def _read_kubeconfig() -> tuple[Configuration, str]:
    """Return the identity in the current context of ``KUBECONFIG`` and its namespace."""
    from kubernetes import config
    from kubernetes.client import Configuration

    configuration = Configuration()
    path = os.environ.get("KUBECONFIG") or DEFAULT_KUBECONFIG  # the client reads it once for ever
    try:
        with _silenced():
            config.load_kube_config(path, client_configuration=configuration)
        _, context = config.list_kube_config_contexts(path)
        namespace = str(context["context"].get("namespace") or "default")
    except Exception:  # whatever an unreadable file or a failing plug-in raises
        raise make_error("no_credentials") from None
    if not _has_credentials(configuration):  # a plug-in that failed leaves none
        raise make_error("no_credentials")
    return configuration, namespace


@contextmanager
def _silenced() -> Iterator[None]:
    """Keep back what the client logs of a plug-in that fails: all that it printed, secrets too."""
    root = logging.getLogger()

    def refuse(_record: logging.LogRecord) -> bool:
        return False

    root.addFilter(refuse)
    try:
        yield
    finally:
        root.removeFilter(refuse)


def _has_credentials(configuration: Configuration) -> bool:
    return bool(configuration.api_key or configuration.cert_file or configuration.username)
