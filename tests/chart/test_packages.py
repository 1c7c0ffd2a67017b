"""The chart as a package: in a registry, and with the names that its values had."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from booth import __version__
from tests.cluster.binaries import find_program
from tests.cluster.processes import spawn, stop
from tests.cluster.waiting import wait_for

from .helm import CHART, HELMS, MINIMAL, RELEASE, Helm, pick

PATIENCE_SECONDS = 5
ROUTED = ("--set", "web.ingress.hosts={booths.example}")
PLAIN = "config.BOOTH_SYNC_HSTS_SECONDS=0"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve an OCI registry on loopback and yield its host and port."""
    log = tmp_path_factory.mktemp("registry") / "log"
    command = (find_program("crane"), "registry", "serve", "--address", "127.0.0.1:0")
    process = spawn(command, log=log)
    try:
        [port] = wait_for(lambda: re.findall(r"serving on port (\d+)", log.read_text()))
        yield f"127.0.0.1:{port}"
    finally:
        stop(process, patience=PATIENCE_SECONDS)


def test_a_pushed_package_installs_as_the_readme_says(
    helm: Helm, registry: str, tmp_path: Path
) -> None:
    lines = r"^\$ (helm package .*)\n\$ (helm push .*)\n\$ (helm install .*)$"
    shown = re.search(lines, (CHART / "README.md").read_text(), re.MULTILINE)
    assert shown
    package, push, install = (shlex.split(line)[1:] for line in shown.groups())
    archive, values = f"booth-sync-{__version__}.tgz", "values.yaml"
    assert (package[1], push[1]) == ("helm/booth-sync", archive)
    helm.run("package", CHART, "--destination", tmp_path)
    source = f"oci://{registry}/charts"
    assert push[2].rpartition("/")[2] == "charts"
    helm.run("push", tmp_path / archive, source, "--plain-http")
    assert (install[2], install[-1]) == ("oci://registry.example/charts/booth-sync", values)
    rest = ["--plain-http", "--values", str(MINIMAL)]
    text = helm.run("template", RELEASE, f"{source}/booth-sync", *install[3:-2], *rest)
    ours = helm.render()
    assert [each for each in yaml.safe_load_all(text) if each] == ours


def test_values_of_old_are_read_and_their_new_names_told(helm: Helm) -> None:
    old: dict[str, Any] = {
        "labels": {"team": "one"},
        "annotations": {"note": "x"},
        "networkPolicy__source__ports": [8443],
    }
    new: dict[str, Any] = {
        "commonLabels": {"team": "one"},
        "commonAnnotations": {"note": "x"},
        "networkPolicy__dOrder__ports": [8443],
    }
    assert helm.render(**old) == helm.render(**new)
    assert pick(helm.render(**new), "ConfigMap")["metadata"]["labels"]["team"] == "one"
    told = ["--set", "labels.team=one", "--set", "networkPolicy.source.ports={8443}"]
    notes = show_notes(*told)
    assert "`labels` is now `commonLabels`" in notes
    assert "`networkPolicy.source` is now `networkPolicy.dOrder`" in notes
    assert "is now" not in show_notes()


def test_the_notes_say_what_is_not_set_up_and_what_was_guessed() -> None:
    bare = show_notes("--set", "secrets.DATABASE_URL.existingSecret=own")
    assert "nobody is told that runs fail" in bare
    assert "The database has port 5432" in bare
    assert "Any address is allowed for: dns, database, dOrder" in bare
    assert "--set operator.enabled=true" in bare
    scraped = "web.enabled=true,serviceMonitor.enabled=true,serviceMonitor.tokenSecret.name=own"
    assert "nobody is told" not in show_notes("--set", scraped)
    heartbeat = "secrets.BOOTH_SYNC_HEARTBEAT_URL.value=https://watchdog.invalid/x"
    assert "nobody is told" not in show_notes("--set", heartbeat)
    closed = show_notes("--set", "networkPolicy.enabled=false,operator.enabled=true")
    assert "guesses" not in closed
    assert "booth_sync stop --by 민지 --reason '점검'" in closed


def test_the_notes_say_where_the_web_part_is_and_what_it_lacks() -> None:
    assert "The web part" not in show_notes()
    bare = show_notes("--set", "web.enabled=true")
    assert "port-forward service/booth-sync-web 8000:80" in bare
    assert "BOOTH_SYNC_HSTS_SECONDS=0 and add 127.0.0.0/8" in bare
    assert "manage.py createsuperuser" in bare
    assert "BOOTH_SYNC_ALLOWED_CIDRS is not set" in bare
    assert "BOOTH_SYNC_TRUSTED_PROXIES is not set" not in bare
    routed = show_notes("--set", "web.enabled=true,web.ingress.enabled=true", *ROUTED)
    assert "https://booths.example/" in routed
    assert "port-forward" not in routed
    assert "BOOTH_SYNC_TRUSTED_PROXIES is not set" in routed
    whole = show_notes("--values", CHART / "ci" / "web.yaml", "--set", PLAIN)
    assert "http://booths.example/" in whole
    for gone in ("createsuperuser", "ALLOWED_CIDRS is not set", "TRUSTED_PROXIES is not set"):
        assert gone not in whole


def show_notes(*options: object) -> str:
    """Return what Helm 4 prints after an install with the least values and these options.

    Helm 3 asks a cluster even for this.
    """
    arguments = ("install", RELEASE, CHART, "--dry-run=client", "--values", MINIMAL, *options)
    return HELMS[1].run(*arguments).partition("NOTES:")[2]
