"""What docs/deploy.md says of platforms is what their values files and the chart make of it."""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT

from .helm import CHART, MINIMAL, Helm, list_pods, pick

OPENSHIFT = CHART / "ci" / "openshift.yaml"


def read_snippet(heading: str) -> Any:
    """Return the first YAML block of a section of docs/deploy.md."""
    page = (ROOT / "docs" / "deploy.md").read_text()
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return yaml.safe_load(re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)[0])


def add_to_minimal(values: Any, folder: Path) -> Path:
    """Write the least values together with these and return the path."""
    path = folder / "values.yaml"
    base = yaml.safe_load(MINIMAL.read_text())
    values = values | {"config": base["config"] | values.get("config", {})}
    path.write_text(yaml.safe_dump(base | values))
    return path


def test_on_openshift_no_pod_names_a_user_or_a_group(helm: Helm) -> None:
    given = yaml.safe_load(OPENSHIFT.read_text())
    assert given.items() >= read_snippet("OpenShift").items()
    objects = helm.render(values=OPENSHIFT)
    pods = list_pods(objects)
    assert len(pods) == 5  # of a run, the migration, the web part and two tests
    for pod in pods:
        expected = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
        assert pod["spec"]["securityContext"] == expected
        context = pod["spec"]["containers"][0]["securityContext"]
        assert not {"runAsUser", "runAsGroup"} & context.keys()
    dns = pick(objects, "NetworkPolicy", "booth-sync")["spec"]["egress"][0]["ports"]
    assert {port["port"] for port in dns} == {5353}


def test_a_mesh_is_asked_for_native_sidecars(helm: Helm, tmp_path: Path) -> None:
    given = read_snippet("Beside a mesh sidecar")
    objects = helm.render(values=add_to_minimal(given, tmp_path))
    for pod in list_pods(objects):
        assert given["podAnnotations"].items() <= pod["metadata"]["annotations"].items()
    job = pick(objects, "CronJob")["spec"]["jobTemplate"]["spec"]
    codes = job["podFailurePolicy"]["rules"][1]["onExitCodes"]
    assert codes["containerName"] == job["template"]["spec"]["containers"][0]["name"]


def test_egress_through_a_proxy_is_let_out_to_it_alone(helm: Helm, tmp_path: Path) -> None:
    given = read_snippet("Egress through a proxy")
    objects = helm.render(values=add_to_minimal(given, tmp_path))
    rule = pick(objects, "NetworkPolicy", "booth-sync")["spec"]["egress"][-1]
    assert rule["to"] == given["networkPolicy"]["proxy"]["to"]
    assert [port["port"] for port in rule["ports"]] == [3128]
