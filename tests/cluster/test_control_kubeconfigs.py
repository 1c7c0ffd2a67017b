"""Whatever is wrong with a kubeconfig, or with the program that it calls, has a name."""

from __future__ import annotations

import base64
import json
import logging
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from .calls import call, is_quiet
from .conftest import OPTIONS
from .deployment import Deployment
from .waiting import wait_for

Change = Callable[[Any], object]
Use = Callable[[Path], None]
UseChanged = Callable[[Change], None]
CANARY = "canary-7f3a"


@pytest.fixture
def use_changed(shared: Deployment, use_kubeconfig: Use, tmp_path: Path) -> UseChanged:
    """A function that makes a changed kubeconfig of the operator's this process's identity."""

    def use(change: Change) -> None:
        config = json.loads(shared.operator.read_text())
        change(config)
        path = tmp_path / "config"
        path.write_text(json.dumps(config))
        use_kubeconfig(path)

    return use


def user(**fields: Any) -> Change:
    """Return a change of a kubeconfig: another user."""
    return lambda config: config["users"][0].update(user=fields)


def cluster(**fields: Any) -> Change:
    """Return a change of a kubeconfig: other fields of the cluster (``_`` for ``-``)."""
    named = {key.replace("_", "-"): value for key, value in fields.items()}
    return lambda config: config["clusters"][0]["cluster"].update(named)


def plug_in(command: str | Path) -> Change:
    """Return a change of a kubeconfig: a program that shall tell the token."""
    version = "client.authentication.k8s.io/v1"
    return user(exec={"apiVersion": version, "command": str(command), "interactiveMode": "Never"})


CHANGES: dict[str, Change] = {
    "no such context": lambda config: config.update({"current-context": "nobody"}),
    "no context": lambda config: config.pop("current-context"),
    "a token with a line break": user(token="one\ntwo"),
    "a token that is not ASCII": user(token="토큰"),
    "a token file that is not there": user(tokenFile="/nowhere"),
    "a CA file that is not there": lambda config: config["clusters"][0].update(
        cluster={"server": "https://127.0.0.1", "certificate-authority": "/nowhere"}
    ),
    "a server that is a number": cluster(server=5),
    "a TLS name that is a number": cluster(tls_server_name=5),
    "a proxy that is a number": cluster(proxy_url=5),
    "a plug-in that does not exist": plug_in("/nowhere/plug-in"),
    "a plug-in that fails": plug_in("/bin/false"),
    "a user without credentials": user(),
}
RAW = {"empty": b"", "garbage": bytes(range(256)), "a list": b"[]", "a word": b'"word"'}


@pytest.mark.parametrize("broken", CHANGES)
def test_a_broken_kubeconfig_is_no_credentials(use_changed: UseChanged, broken: str) -> None:
    use_changed(CHANGES[broken])
    assert [call(verb).reasons for verb in ("read", "suspend")] == [{"no_credentials"}] * 2


@pytest.mark.parametrize("broken", RAW)
def test_what_is_no_kubeconfig_is_no_credentials(
    use_kubeconfig: Use, tmp_path: Path, broken: str
) -> None:
    path = tmp_path / "config"
    path.write_bytes(RAW[broken])
    use_kubeconfig(path)
    assert [call(verb).reasons for verb in ("read", "suspend")] == [{"no_credentials"}] * 2


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"server": "https://nowhere.invalid"}, "unreachable"),
        ({"certificate_authority_data": base64.b64encode(b"no PEM").decode()}, "tls"),
        ({"server": "no url"}, "unreachable"),
        ({"server": "https://127.0.0.1:99999"}, "unreachable"),
        ({"proxy_url": "http://127.0.0.1:9"}, "unreachable"),
        ({"proxy_url": "socks5://127.0.0.1:9"}, "no_socks"),
    ],
)
def test_a_wrong_address_or_authority_is_named(
    use_changed: UseChanged, fields: dict[str, str], reason: str
) -> None:
    use_changed(cluster(**fields))
    assert call("read").reasons == {reason}


def write_plug_in(folder: Path, text: str) -> tuple[Path, Path]:
    """Write a shell script and return it and the file in which it notes its process id first."""
    script, runs = folder / "plug-in", folder / "runs"
    script.write_text(f"#!/bin/sh\necho $$ >> {runs}\n{text}\n")
    script.chmod(0o700)
    runs.touch()
    return script, runs


def make_credential(token: str, *, valid: timedelta) -> str:
    """Return what a plug-in prints (client.authentication.k8s.io/v1)."""
    expires = (datetime.now(UTC) + valid).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": token, "expirationTimestamp": expires},
    }
    return json.dumps(document)


def read_token(deployment: Deployment) -> str:
    """Return the operator's token."""
    return str(json.loads(deployment.operator.read_text())["users"][0]["user"]["token"])


def test_what_a_failing_plug_in_prints_is_in_no_log(
    use_changed: UseChanged, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    script, _ = write_plug_in(tmp_path, f"echo {CANARY}; echo {CANARY} >&2; exit 1")
    use_changed(plug_in(script))
    failures = call("read").failures
    logging.getLogger().error("written where the client writes")
    assert [failure.reason for failure in failures] == ["no_credentials"]
    assert CANARY not in failures[0].message + caplog.text
    assert "written where the client writes" in caplog.text


def test_a_plug_in_is_asked_once_a_call_however_short_its_token_lives(
    shared: Deployment, use_changed: UseChanged, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    credential = make_credential(read_token(shared), valid=timedelta(minutes=-1))
    fails_later = f"[ $(wc -l < {tmp_path}/runs) = 1 ] || {{ echo {CANARY} >&2; exit 1; }}"
    script, runs = write_plug_in(tmp_path, f"{fails_later}\necho '{credential}'")
    use_changed(plug_in(script))
    assert call("read").reasons == set()
    assert len(runs.read_text().split()) == 1
    assert CANARY not in caplog.text


def test_a_plug_in_that_hangs_is_named_and_never_piles_up(
    shared: Deployment, use_changed: UseChanged, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    script, runs = write_plug_in(tmp_path, "exec sleep 60")
    use_changed(plug_in(script))
    calls = [call(verb, replace(OPTIONS, timeout=1)) for verb in ("read", "suspend", "read")]
    assert [each.reasons for each in calls] == [{"no_identity_in_time"}] * 3
    assert max(each.seconds for each in calls) < 2
    [hanging] = runs.read_text().split()
    logging.getLogger().warning("from another thread")
    assert "from another thread" in caplog.text
    os.kill(int(hanging), signal.SIGKILL)
    wait_for(is_quiet, seconds=5)
    assert logging.getLogger().filters == []
    credential = make_credential(read_token(shared), valid=timedelta(hours=1))
    working, _ = write_plug_in(tmp_path, f"echo '{credential}'")
    use_changed(plug_in(working))
    assert call("read").reasons == set()
