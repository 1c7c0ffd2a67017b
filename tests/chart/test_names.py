"""Names and labels: none meets another one, and none is read as a number."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from .helm import CHART, CI_VALUES, HELMS, MINIMAL, Helm, HelmFailed, Objects, list_pods, pick

PEAK = CHART / "ci" / "peak.yaml"
LONGEST_CRONJOB_NAME = 52
IDENTITY = ("app.kubernetes.io/name", "app.kubernetes.io/instance")
ALIKE = [("festival", "autumn-booth-sync"), ("festival-autumn", "booth-sync")]
"""Two releases (namespace, name) that are the same text where a hyphen joins them."""


class NoRepeats(yaml.SafeLoader):
    """Reads YAML and refuses a key that a mapping has twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping. Raises ConstructorError where a key is there twice."""
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), keys
        return super().construct_mapping(node, deep=deep)


def render_release(
    helm: Helm, *options: str, namespace: str, release: str, values: Path
) -> Objects:
    """Return the objects of a release, read strictly."""
    given = ["--namespace", namespace, "--values", values, *options]
    text = helm.run("template", release, CHART, *given)
    documents = yaml.load_all(text, NoRepeats)
    return [document for document in documents if document]


def test_two_releases_whose_names_are_alike_share_nothing(helm: Helm) -> None:
    def shared(namespace: str, release: str) -> set[str]:
        objects = render_release(helm, namespace=namespace, release=release, values=MINIMAL)
        wide = {each["metadata"]["name"] for each in objects if "namespace" not in each["metadata"]}
        return wide | {pick(objects, "ConfigMap")["data"]["BOOTH_SYNC_INSTANCE"]}

    first, second = (shared(*each) for each in ALIKE)
    assert first == {"festival.autumn-booth-sync-operator", "festival/autumn-booth-sync"}
    assert not first & second


def test_every_name_fits_however_long_the_release_is(helm: Helm) -> None:
    peak = [{"name": "late-evenin", "schedule": "@hourly"}]
    for override in ("fullnameOverride", "nameOverride"):
        changes: dict[str, Any] = {override: "n" * 40}
        cronjob = pick(helm.render(cronJobs=peak, **changes), "CronJob")
        assert len(cronjob["metadata"]["name"]) == LONGEST_CRONJOB_NAME


STEM = "festival-of-the-university-2026"
LONG = [
    *(f"{STEM}{end}{'x' * 10}" for end in ("", "-", ".", "--")),
    *(f"{STEM[:-1]}{end}{'x' * 10}" for end in ("-", ".", "--")),
    *(f"{STEM}-{'x' * 18}-{letter}" for letter in "ab"),
    *(f"{'n' * 39}{end}x" for end in ("-", ".")),
    f"{'n' * 38}--x",
    "n" * 53,
    "a.b",
]
"""Names of releases, most of which do not fit; some are cut at a dash or a dot."""
DNS_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def test_names_that_are_cut_stay_names_and_apart() -> None:
    made: list[str] = []
    for release in LONG:
        objects = render_release(HELMS[1], namespace="festival", release=release, values=PEAK)
        assert len(release) <= 53
        names = {(each["kind"], each["metadata"]["name"]) for each in objects}
        assert len(names) == len(objects)
        assert all(DNS_NAME.fullmatch(name) for _, name in names), names
        cronjobs = [name for kind, name in names if kind == "CronJob"]
        assert len(cronjobs) == 2
        assert all(len(name) <= LONGEST_CRONJOB_NAME for name in cronjobs)
        made += [pick(objects, "ConfigMap")["metadata"]["name"], *cronjobs]
    assert len(set(made)) == 2 * len(LONG)  # the first CronJob is named like the ConfigMap


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda path: path.stem)
def test_names_of_digits_stay_texts(helm: Helm, values: Path) -> None:
    given = yaml.safe_load(values.read_text())
    has_service = any(given.get(part, {}).get("enabled") for part in ("web", "pushgateway"))
    named = ["--set", "fullnameOverride=y2026"] if has_service else []  # as a Service may be
    objects = render_release(helm, *named, namespace="2026", release="2026", values=values)
    for each in objects:
        metadata = each["metadata"]
        names = [metadata["name"], metadata.get("namespace", "2026"), *metadata["labels"].values()]
        assert all(isinstance(name, str) for name in names), metadata
    texts = {"serviceAccountName", "priorityClassName", "timeZone", "policyName", "key", "name"}
    found = [(key, value) for key, value in _walk(objects) if key in texts | set(IDENTITY)]
    assert len(found) > 40
    assert [pair for pair in found if not isinstance(pair[1], str)] == []


def test_a_priority_class_of_digits_stays_a_text(helm: Helm) -> None:
    for pod in list_pods(helm.render(priorityClassName="2026")):
        assert pod["spec"]["priorityClassName"] == "2026"


def test_what_an_object_is_known_by_is_the_charts(helm: Helm) -> None:
    labels = {"team": "one", "zone": "x"}
    objects = helm.render(values=PEAK, commonLabels=labels, podLabels={"team": "two"})
    for each in objects:
        assert each["metadata"]["labels"]["zone"] == "x"
        assert [each["metadata"]["labels"][name] for name in IDENTITY] == ["booth-sync"] * 2
    for pod in list_pods(objects):
        assert pod["metadata"]["labels"]["team"] == "two"
        assert [pod["metadata"]["labels"][name] for name in IDENTITY] == ["booth-sync"] * 2


def test_a_label_given_twice_is_rendered_once(helm: Helm, tmp_path: Path) -> None:
    values = yaml.safe_load(MINIMAL.read_text())
    values |= {"commonLabels": {"team": "one"}, "podLabels": {"team": "two"}}
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
    path = tmp_path / "values.yaml"
    assert render_release(helm, namespace="festival", release="booth-sync", values=path)


@pytest.mark.parametrize("part", ["commonLabels", "labels", "podLabels"])
@pytest.mark.parametrize("name", ["app.kubernetes.io/name", "helm.sh/chart"])
def test_a_label_of_the_charts_own_is_refused(helm: Helm, part: str, name: str) -> None:
    changes: dict[str, Any] = {part: {name: "other"}}
    with pytest.raises(HelmFailed, match=f"{part}: '{name}' is a label of the chart's own"):
        helm.render(**changes)


def _walk(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [pair for each in value for pair in _walk(each)]
    if not isinstance(value, dict):
        return []
    inner = [pair for each in value.values() for pair in _walk(each)]
    return [(key, each) for key, each in value.items() if not isinstance(each, dict)] + inner
