"""What users add to the pods of the chart, and the pod that waits for commands."""

from typing import Any

import pytest

from .helm import HELMS, RELEASE, Helm, list_pods, pick

SECRET = "secrets__{}__existingSecret"
ADDED: dict[str, Any] = {
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    ],
    "hostAliases": [{"ip": "10.0.0.9", "hostnames": ["d-order.example"]}],
    "dnsConfig": {"nameservers": ["10.0.0.53"]},
    "runtimeClassName": "gvisor",
    "initContainers": [{"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"}],
}


def test_what_is_added_to_a_pods_spec_is_in_every_pod(helm: Helm) -> None:
    pods = list_pods(helm.render(**ADDED, operator__enabled=True))
    assert len(pods) == 4
    for pod in pods:
        assert ADDED.items() <= pod["spec"].items()


def test_further_containers_are_sidecars_that_end_with_the_pod(helm: Helm) -> None:
    beside = {"name": "mesh", "image": "mesh:1"}
    before = {"name": "wait", "image": "wait:1"}
    for pod in list_pods(helm.render(initContainers=[before], extraContainers=[beside])):
        assert pod["spec"]["initContainers"] == [before, beside | {"restartPolicy": "Always"}]
        assert len(pod["spec"]["containers"]) == 1


def test_sources_of_variables_come_before_the_charts(helm: Helm) -> None:
    source = {"secretRef": {"name": "vault"}}
    objects = helm.render(envFrom=[source])
    own = {"configMapRef": {"name": RELEASE}}
    found = [pod["spec"]["containers"][0]["envFrom"] for pod in list_pods(objects)]
    assert sorted(found, key=len) == [[source], [source, own], [source, own]]


def test_further_objects_are_filled_in(helm: Helm) -> None:
    text = "{kind: Two, apiVersion: v1, metadata: {name: '{{ .Release.Name }}-two'}}"
    one = {"kind": "One", "apiVersion": "v1", "metadata": {"name": "{{ .Release.Name }}-one"}}
    objects = helm.render(extraObjects=[one, text])
    assert pick(objects, "One", "booth-sync-one")
    assert pick(objects, "Two", "booth-sync-two")


@pytest.mark.parametrize(
    ("changes", "image"),
    [
        ({"image__registry": "one.example:5000"}, "one.example:5000/booth-sync:1"),
        ({"global": {"imageRegistry": "all.example"}}, "all.example/booth-sync:1"),
        (
            {"image__registry": "one.example", "global": {"imageRegistry": "all.example"}},
            "all.example/booth-sync:1",
        ),
    ],
)
def test_a_registry_stands_before_the_image(
    helm: Helm, changes: dict[str, Any], image: str
) -> None:
    for pod in list_pods(helm.render(image__tag="1", **changes)):
        assert pod["spec"]["containers"][0]["image"] == image


def test_each_kind_of_pod_may_have_resources_of_its_own(helm: Helm) -> None:
    parts = {"job": "run", "migrations": "migrate", "doctor": "doctor", "operator": "operator"}
    given: dict[str, Any] = {f"{part}__resources__limits__memory": part for part in parts}
    for pod in list_pods(helm.render(**given, operator__enabled=True)):
        [container] = pod["spec"]["containers"]
        limit = container["resources"]["limits"]["memory"]
        assert parts[limit] == container["name"]


def test_one_secret_serves_all_and_each_may_come_from_another(helm: Helm) -> None:
    none: dict[str, Any] = {SECRET.format(name): "" for name in ("DATABASE_URL", "SECRET_KEY")}
    own = {SECRET.format("SECRET_KEY"): "django", "secrets__BOOTH_SYNC_API_TOKEN__key": "token"}
    for pod in list_pods(helm.render(existingSecret="festival", **(none | own))):
        sources = pod["spec"]["volumes"][1]["projected"]["sources"]
        found = {
            (each["secret"]["name"], item["key"], item["path"])
            for each in sources
            for item in each["secret"]["items"]
        }
        assert found == {
            ("festival", "DATABASE_URL", "DATABASE_URL"),
            ("django", "SECRET_KEY", "SECRET_KEY"),
            ("festival", "token", "BOOTH_SYNC_API_TOKEN"),
        }


def test_a_schedule_needs_no_name() -> None:
    for helm in HELMS:
        objects = helm.render(cronJobs=[{"schedule": "@hourly"}])
        assert pick(objects, "CronJob", RELEASE)["spec"]["schedule"] == "@hourly"


def test_the_pod_that_waits_has_the_operators_rights_and_no_more(helm: Helm) -> None:
    assert not [each for each in helm.render() if each["kind"] == "Deployment"]
    objects = helm.render(operator__enabled=True)
    deployment = pick(objects, "Deployment", f"{RELEASE}-operator")["spec"]
    assert deployment["replicas"] == 1
    template = deployment["template"]
    selector = deployment["selector"]["matchLabels"]
    assert selector.items() <= template["metadata"]["labels"].items()
    assert "helm.sh/chart" not in selector
    spec = template["spec"]
    assert spec["restartPolicy"] == "Always"
    assert spec["serviceAccountName"] == f"{RELEASE}-operator"
    assert spec["automountServiceAccountToken"] is True
    context = spec["containers"][0]["securityContext"]
    assert context["readOnlyRootFilesystem"] is True
    assert context["capabilities"] == {"drop": ["ALL"]}
