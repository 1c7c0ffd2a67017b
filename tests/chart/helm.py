"""Helm 3 and Helm 4 on the project's chart, without anything of the user's environment."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.binaries import find_program
from tests.conftest import ROOT

CHART = ROOT / "helm" / "booth-sync"
CI_VALUES = sorted((CHART / "ci").glob("*.yaml"))
MINIMAL = CHART / "ci" / "minimal.yaml"
RELEASE = "booth-sync"
NAMESPACE = "festival"
Objects = list[dict[str, Any]]


class HelmFailed(Exception):
    """Helm ended with an error; the text is what it wrote to standard error."""


@dataclass(frozen=True, kw_only=True)
class Helm:
    """One of the two Helms, by the name that ``find_program`` knows it by."""

    name: str
    kubeconfig: Path | None = None

    def run(self, *arguments: object) -> str:
        """Run Helm and return its standard output. Raises HelmFailed."""
        with tempfile.TemporaryDirectory() as home:
            environment = {"HOME": home, "PATH": os.defpath}
            if self.kubeconfig:
                environment["KUBECONFIG"] = str(self.kubeconfig)
            command = [str(find_program(self.name)), *map(str, arguments)]
            ended = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=120, check=False
            )
        if ended.returncode != 0:
            raise HelmFailed(ended.stderr + ended.stdout)
        return ended.stdout

    def render(
        self, *, values: Path = MINIMAL, namespace: str = NAMESPACE, **changes: Any
    ) -> Objects:
        """Return the objects of the chart; ``changes`` are values, a dot written as ``__``."""
        given = ["--namespace", namespace, "--values", str(values), *set_values(changes)]
        text = self.run("template", RELEASE, CHART, *given)
        return [document for document in yaml.safe_load_all(text) if document]


HELMS = tuple(Helm(name=name) for name in ("helm3", "helm4"))


def set_values(changes: Mapping[str, Any]) -> list[str]:
    """Return the options that set these values: ``image__tag="1"`` sets ``image.tag``."""
    pairs = [f"{name.replace('__', '.')}={json.dumps(v)}" for name, v in changes.items()]
    return [argument for pair in pairs for argument in ("--set-json", pair)]


def pick(objects: Objects, kind: str, name: str | None = None) -> dict[str, Any]:
    """Return the one object of that kind, and of that name where one is given."""
    found = [
        each
        for each in objects
        if each["kind"] == kind and name in {None, each["metadata"]["name"]}
    ]
    assert len(found) == 1, f"{len(found)} of {kind} {name or ''}"
    return found[0]


def list_pods(objects: Objects) -> list[dict[str, Any]]:
    """Return each pod, or the template of one, as ``{"metadata": …, "spec": …}``."""
    paths = {
        "CronJob": ("spec", "jobTemplate", "spec", "template"),
        "Job": ("spec", "template"),
        "Deployment": ("spec", "template"),
        "Pod": (),
    }
    pods = []
    for each in objects:
        if each["kind"] in paths:
            pod = each
            for key in paths[each["kind"]]:
                pod = pod[key]
            pods.append({"metadata": pod["metadata"], "spec": pod["spec"]})
    return pods
