"""kubectl, and the kubeconfig files that tell it and every other client whom to talk to."""

import base64
import json
import os
import shlex
import subprocess
from pathlib import Path

from .certificates import Credentials, write_secret


class KubectlFailed(Exception):
    """kubectl ended with an error; the text is what it wrote to standard error."""


def run_kubectl(
    *command: str | Path, kubeconfig: Path, stdin: str | None = None, timeout: float = 60
) -> str:
    """Run a command with kubectl in it and return its standard output, stripped.

    Nothing of the user's environment reaches it: no contexts, plug-ins, proxies or colours. Raises
    KubectlFailed when the server refuses or the call takes more than ``timeout`` seconds.
    """
    environment = {
        "HOME": str(kubeconfig.parent),
        "KUBECONFIG": str(kubeconfig),
        "PATH": os.defpath,
    }
    try:
        ended = subprocess.run(
            command,
            input=stdin if stdin is not None else "",
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise KubectlFailed(f"{shlex.join(map(str, command))}: more than {timeout} s") from error
    if ended.returncode != 0:
        raise KubectlFailed(ended.stderr.strip())
    return ended.stdout.strip()


def write_kubeconfig(
    path: Path,
    *,
    server: str,
    authority: bytes,
    identity: Credentials | str,
    namespace: str = "default",
) -> Path:
    """Write a kubeconfig with everything inside (JSON, which is YAML) and return its path.

    The identity is a client certificate or a bearer token.
    """
    cluster = {"server": server, "certificate-authority-data": _base64(authority)}
    context = {"cluster": "test", "user": "test", "namespace": namespace}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": _user(identity)}],
        "contexts": [{"name": "test", "context": context}],
        "current-context": "test",
    }
    write_secret(path, json.dumps(content, indent=1).encode())
    return path


def _user(identity: Credentials | str) -> dict[str, str]:
    if isinstance(identity, str):
        return {"token": identity}
    return {
        "client-certificate-data": _base64(identity.certificate),
        "client-key-data": _base64(identity.key),
    }


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
