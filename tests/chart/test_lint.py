"""What Helm, the scanners and the files made from the chart say about it."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from booth import __version__
from tests.conftest import ROOT

from .helm import CHART, CI_VALUES, HELMS, Helm
from .render import render_all, render_manifests

SCANNERS = ROOT / ".venv" / "scan" / "bin"
DOCTOR, PODS = ("Pod",), ("CronJob", "Deployment", "Job", "Pod")
EXCEPTIONS = {
    "CKV_K8S_8": (DOCTOR, "the pod of `helm test` ends by itself: there is no liveness to probe"),
    "CKV_K8S_9": (DOCTOR, "the pod of `helm test` serves nothing: there is no readiness to probe"),
    "CKV_K8S_11": (PODS, "a CPU limit throttles the start of Python, most of a run"),
    "CKV_K8S_15": (PODS, "tags are fixed versions: a pull for each run adds only a way to fail"),
    "CKV_K8S_38": (("Deployment", "Pod"), "the web part and the doctor act as the operator"),
    "CKV_K8S_43": (PODS, "the registry is the user's, and so is the digest: image.digest"),
    "CKV_DOCKER_2": (("Dockerfile",), "a run ends by itself; Kubernetes ignores a HEALTHCHECK"),
    "CKV_DOCKER_7": (("Dockerfile",), "the base is an argument whose default names the version"),
}
"""Checks of checkov that do not hold here, for which kinds of objects, and why."""
HIGH_USER = "CKV_K8S_40"
"""The check for a user above 10000, whom OpenShift chooses itself."""


@pytest.mark.parametrize("values", [None, *CI_VALUES], ids=lambda path: path.stem if path else "-")
def test_helm_finds_no_fault(helm: Helm, values: Path | None) -> None:
    given = ["--values", values] if values else []
    assert "0 chart(s) failed" in helm.run("lint", "--strict", CHART, *given)


def test_the_chart_has_the_version_of_the_project() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == __version__


def test_the_files_made_from_the_chart_are_up_to_date() -> None:
    made = render_all()
    stale = [path.name for path, text in made.items() if path.read_text() != text]
    assert stale == [], "run `make manifests`"


def test_the_kustomization_takes_every_manifest() -> None:
    listed: list[str] = []
    for folder in (ROOT / "k8s", ROOT / "k8s" / "migrate", ROOT / "k8s" / "web"):
        kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
        listed += [str(folder / name) for name in kustomization["resources"]]
    made = {str(path) for path in render_manifests()}
    assert made | {str(ROOT / "k8s" / "namespace.yaml")} == set(listed)


def test_the_image_installs_the_versions_that_the_tests_use() -> None:
    image, dev = (
        set(re.findall(r"^([a-z0-9-]+==[^ ]+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements/image.txt", "requirements/dev.txt")
    )
    assert len(image) > 25
    assert image - dev == set()


@pytest.mark.parametrize("page", ["docs/deploy.md", "helm/booth-sync/README.md"])
def test_the_documented_installation_is_one_that_the_chart_takes(helm: Helm, page: str) -> None:
    text = (ROOT / page).read_text().replace("\\\n", "")
    shown = re.findall(r"^\$ helm install booth-sync helm/booth-sync (.* --set .*)$", text, re.M)
    assert shown
    for each in shown:
        assert "kind: CronJob" in helm.run("template", "booth-sync", CHART, *shlex.split(each))


def test_the_documented_commands_may_be_used_twice_and_keep_new_defaults() -> None:
    pages = [ROOT / "docs" / "deploy.md", *CHART.rglob("*.txt"), *CHART.rglob("*.md")]
    text = "\n".join(page.read_text() for page in pages)
    assert re.search(r" --reuse-values|create job first-run\b", text) is None
    assert text.count("job=first-run-$(date +%s)") == 2


def test_each_value_has_a_line_that_says_what_it_does() -> None:
    rows = re.findall(r"^\| `\S+` \|.*\|(.*)\|$", (CHART / "README.md").read_text(), re.MULTILINE)
    assert len(rows) > 50
    assert all(row.strip() for row in rows)


def test_the_manifests_and_the_dockerfile_pass_the_security_scan(tmp_path: Path) -> None:
    for values in CI_VALUES:
        objects = HELMS[0].render(values=values)
        (tmp_path / values.name).write_text(yaml.safe_dump_all(objects))
    shutil.copytree(ROOT / "k8s", tmp_path / "k8s")
    shutil.copy(ROOT / "Dockerfile", tmp_path)
    found, passed = scan(tmp_path)
    assert passed > 1000
    expected = {(check, kind) for check, (kinds, _) in EXCEPTIONS.items() for kind in kinds}
    assert {each[:2] for each in found if each[0] != HIGH_USER} == expected
    of_user = {each[1:] for each in found if each[0] == HIGH_USER}
    assert of_user == {(kind, "openshift.yaml") for kind in PODS}


def test_the_scan_finds_what_is_wrong(tmp_path: Path) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "loose"}}
    spec = {"containers": [{"name": "a", "image": "a", "securityContext": {"privileged": True}}]}
    (tmp_path / "pod.yaml").write_text(json.dumps(pod | {"spec": spec}))
    found, _ = scan(tmp_path)
    assert ("CKV_K8S_16", "Pod", "pod.yaml") in found  # a privileged container


def test_hadolint_finds_no_fault_in_the_dockerfile(tmp_path: Path) -> None:
    assert run_scanner("hadolint", ROOT / "Dockerfile") == (0, "")
    faulty = tmp_path / "Dockerfile"
    faulty.write_text("FROM debian\nRUN cd /tmp\n")
    assert run_scanner("hadolint", faulty)[0] == 1


def scan(folder: Path) -> tuple[set[tuple[str, str, str]], int]:
    """Return the checks of checkov that fail, each with kind and file, and how many passed."""
    options = ["--framework", "kubernetes", "dockerfile", "--output", "json", "--skip-download"]
    _, output = run_scanner("checkov", "--directory", folder, *options)
    answer: Any = json.loads(output)
    reports = answer if isinstance(answer, list) else [answer]
    failed = [each for report in reports for each in report["results"]["failed_checks"]]
    passed = sum(report["summary"]["passed"] for report in reports)
    kinds = [each["resource"].lstrip("/").partition(".")[0] for each in failed]
    checks, files = ([each[key] for each in failed] for key in ("check_id", "file_path"))
    names = (Path(file).name for file in files)
    return set(zip(checks, kinds, names, strict=True)), passed


def run_scanner(name: str, *arguments: str | Path) -> tuple[int, str]:
    """Run a program of requirements/scan.txt and return its exit code and output."""
    program = SCANNERS / name
    if not program.exists():
        pytest.fail(f"{name} is missing. Install the scanners: make scan-tools", pytrace=False)
    ended = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout
