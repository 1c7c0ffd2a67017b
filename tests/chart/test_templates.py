"""What the chart makes of its values."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from booth.errors import ConfigError, FeedError
from booth.management.commands import booth_sync

from .helm import CHART, CI_VALUES, HELMS, RELEASE, Helm, Objects, list_pods, pick

EVERYTHING = CHART / "ci" / "everything.yaml"


def render_peak(helm: Helm, **changes: Any) -> Objects:
    """Return the objects of the values file with two CronJobs and a Pushgateway."""
    return helm.render(values=CHART / "ci" / "peak.yaml", **changes)


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda path: path.stem)
def test_both_helms_make_the_same_objects(values: Path) -> None:
    first, second = (helm.render(values=values) for helm in HELMS)
    assert first == second


def test_a_cronjob_runs_as_the_contract_says(helm: Helm) -> None:
    spec = pick(helm.render(), "CronJob", RELEASE)["spec"]
    job = spec.pop("jobTemplate")["spec"]
    assert spec == {
        "schedule": "*/5 * * * *",
        "timeZone": "Asia/Seoul",
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 300,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 3,
    }
    pod = job.pop("template")["spec"]
    failures = job.pop("podFailurePolicy")["rules"]
    assert job == {
        "activeDeadlineSeconds": 240,
        "backoffLimit": 1,
        "ttlSecondsAfterFinished": 86400,
        "podReplacementPolicy": "Failed",
    }
    assert failures[0] == {
        "action": "Ignore",
        "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
    }
    codes = [booth_sync.EXIT_USAGE, FeedError.exit_code, ConfigError.exit_code]
    on_codes = {"containerName": "run", "operator": "In", "values": codes}
    assert failures[1] == {"action": "FailJob", "onExitCodes": on_codes}
    assert pod["restartPolicy"] == "Never"
    assert pod["terminationGracePeriodSeconds"] == 30
    assert pod["containers"][0]["args"] == ["booth_sync", "sync", "--trigger", "schedule"]


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda path: path.stem)
def test_each_pod_keeps_to_the_restricted_standard(helm: Helm, values: Path) -> None:
    pods = list_pods(helm.render(values=values))
    assert len(pods) >= 2
    for pod in pods:
        spec, (container,) = pod["spec"], pod["spec"]["containers"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        user = None if values.stem == "openshift" else 10001  # OpenShift gives one itself
        assert spec["securityContext"].get("runAsUser") == user
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "memory" in container["resources"]["limits"]
        mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        assert "emptyDir" in volumes[mounted["/tmp"]]


def test_only_the_doctor_gets_a_token_of_the_operator(helm: Helm) -> None:
    with_token = [
        pod["spec"]["serviceAccountName"]
        for pod in list_pods(render_peak(helm))
        if pod["spec"]["automountServiceAccountToken"] is not False
    ]
    assert with_token == [f"{RELEASE}-operator"]
    for name in ("run", "operator"):
        account = pick(helm.render(), "ServiceAccount", f"{RELEASE}-{name}")
        assert account["automountServiceAccountToken"] is False


def test_the_operators_role_names_every_cronjob(helm: Helm) -> None:
    objects = render_peak(helm)
    names = [each["metadata"]["name"] for each in objects if each["kind"] == "CronJob"]
    assert names == ["booth-sync", "booth-sync-peak"]
    assert pick(objects, "Role")["rules"] == [
        {
            "apiGroups": ["batch"],
            "resources": ["cronjobs"],
            "resourceNames": names,
            "verbs": ["get", "patch"],
        }
    ]
    assert pick(objects, "ConfigMap")["data"]["BOOTH_SYNC_CRONJOBS"] == ",".join(names)


def test_the_migration_uses_the_new_values_before_an_upgrade(helm: Helm) -> None:
    objects = helm.render(values=EVERYTHING)
    job = pick(objects, "Job")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    container = job["spec"]["template"]["spec"]["containers"][0]
    assert container["envFrom"] == [{"configMapRef": {"name": "festival"}}]
    inline = {each["name"]: each["value"] for each in container["env"] if "value" in each}
    config = pick(objects, "ConfigMap", yaml.safe_load(EVERYTHING.read_text())["fullnameOverride"])
    assert config["data"].items() <= inline.items()
    assert job["metadata"]["annotations"]["argocd.argoproj.io/hook"] == "Sync"
    own = pick(objects, "Secret", job["metadata"]["name"])
    assert "pre-upgrade" in own["metadata"]["annotations"]["helm.sh/hook"]
    sources = job["spec"]["template"]["spec"]["volumes"][1]["projected"]["sources"]
    assert own["metadata"]["name"] in {each["secret"]["name"] for each in sources}


@pytest.mark.parametrize(
    "values",
    [path for path in CI_VALUES if path.stem != "least-rights"],
    ids=lambda path: path.stem,
)
def test_the_migration_needs_nothing_that_the_upgrade_changes(helm: Helm, values: Path) -> None:
    objects = helm.render(values=values)
    hooks = [each for each in objects if "helm.sh/hook" in each["metadata"].get("annotations", {})]
    hooks = [each for each in hooks if "pre-upgrade" in str(each["metadata"]["annotations"])]
    [job] = [each for each in hooks if each["kind"] == "Job"]
    spec = job["spec"]["template"]["spec"]
    used = {("ServiceAccount", spec["serviceAccountName"])}
    for volume in spec["volumes"]:
        for source in volume.get("projected", {}).get("sources", []):
            used.add(("Secret", source["secret"]["name"]))
    made_before = {(each["kind"], each["metadata"]["name"]) for each in hooks}
    made_after = {(each["kind"], each["metadata"]["name"]) for each in objects if each not in hooks}
    assert ("ServiceAccount", spec["serviceAccountName"]) in made_before
    assert not used & made_after
    for each in hooks:
        if each["kind"] in {"ServiceAccount", "Secret", "NetworkPolicy"}:
            annotations = each["metadata"]["annotations"]
            assert annotations["helm.sh/hook"] == job["metadata"]["annotations"]["helm.sh/hook"]
            assert int(annotations["helm.sh/hook-weight"]) < 0


def test_the_migration_has_an_account_of_its_own_with_the_annotations_of_the_runs(
    helm: Helm,
) -> None:
    objects = helm.render(values=EVERYTHING)
    name = pick(objects, "Job")["spec"]["template"]["spec"]["serviceAccountName"]
    account = pick(objects, "ServiceAccount", name)
    assert account["automountServiceAccountToken"] is False
    assert account["metadata"]["annotations"]["example.com/team"] == "festival"
    given = helm.render(serviceAccounts__run={"create": False, "name": "mine"})
    job = pick(given, "Job")["spec"]["template"]["spec"]
    assert job["serviceAccountName"] == "mine"
    assert not [each for each in given if each["metadata"]["name"] == "mine"]


def test_a_migration_is_given_up_before_helm_gives_up_waiting(helm: Helm) -> None:
    assert pick(helm.render(), "Job")["spec"]["activeDeadlineSeconds"] < 300


def test_migrations_may_be_left_to_somebody_else(helm: Helm) -> None:
    objects = helm.render(migrations__mode="none")
    assert not [each for each in objects if each["kind"] == "Job"]


def test_what_people_expect_of_a_chart_arrives_in_each_pod(helm: Helm) -> None:
    for pod in list_pods(helm.render(values=EVERYTHING)):
        spec, container = pod["spec"], pod["spec"]["containers"][0]
        digest = "sha256:" + "0123456789abcdef" * 4
        assert container["image"] == f"registry.example:5000/festival/booth-sync@{digest}"
        assert container["imagePullPolicy"] == "Always"
        assert {"name": "PYTHONFAULTHANDLER", "value": "1"} in container["env"]
        assert {"name": "festival", "configMap": {"name": "festival"}} in spec["volumes"]
        mount = {"name": "festival", "mountPath": "/etc/festival", "readOnly": True}
        assert mount in container["volumeMounts"]
        assert spec["imagePullSecrets"] == [{"name": "registry"}]
        assert spec["nodeSelector"] == {"kubernetes.io/os": "linux"}
        assert spec["tolerations"][0]["key"] == "festival"
        assert "nodeAffinity" in spec["affinity"]
        assert pod["metadata"]["labels"]["team"] == "festival"
        assert pod["metadata"]["labels"]["sidecar.istio.io/inject"] == "false"
        safe = "cluster-autoscaler.kubernetes.io/safe-to-evict"
        assert pod["metadata"]["annotations"][safe] == "true"


def test_every_object_carries_the_labels_and_annotations_given(helm: Helm) -> None:
    for each in helm.render(values=EVERYTHING):
        assert each["metadata"]["labels"]["team"] == "festival", each["kind"]
        owner = each["metadata"]["annotations"]["example.com/owner"]
        assert owner == "festival@example.com", each["kind"]


def test_it_makes_only_what_a_user_with_few_rights_may_make(helm: Helm) -> None:
    objects = helm.render(values=CHART / "ci" / "least-rights.yaml")
    assert {each["kind"] for each in objects} == {"ConfigMap", "CronJob", "Pod"}
