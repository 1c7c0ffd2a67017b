"""What the operator's account may do to the server's record of field owners: nothing of its own."""

import json
from typing import Any

import pytest

from .conftest import see
from .deployment import Deployment
from .kubectl import KubectlFailed

PATCH = ("patch", "cronjob", "booth-sync", "--type=merge", "-p")
WHOLE = "jobTemplate", "schedule", "timeZone", "concurrencyPolicy"
FORGED = {
    "manager": "kubectl-edit",
    "operation": "Update",
    "apiVersion": "batch/v1",
    "time": "2026-05-20T12:00:00Z",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:spec": {"f:schedule": {}}},
}


def list_owners(deployment: Deployment) -> list[tuple[str, str, Any]]:
    """Return who owns which fields of the CronJob."""
    return [
        (each["manager"], each["operation"], each["fieldsV1"]) for each in read_record(deployment)
    ]


def read_record(deployment: Deployment) -> list[dict[str, Any]]:
    """Return the CronJob's managedFields."""
    get = ("get", "cronjob", "booth-sync", "--show-managed-fields", "-o", "json")
    record: list[dict[str, Any]] = json.loads(deployment.as_admin(*get))["metadata"][
        "managedFields"
    ]
    return record


@pytest.fixture(params=["client-side", "server-side"])
def owned(request: pytest.FixtureRequest, shared: Deployment) -> Deployment:
    """A deployment whose CronJob is known to be a program's by Update, or by Apply like Helm 4."""
    if request.param == "server-side":
        cronjob = see(shared, "booth-sync")
        del cronjob["metadata"]["resourceVersion"], cronjob["status"]
        apply = ("apply", "--server-side", "--field-manager=helm", "--force-conflicts", "-f", "-")
        shared.control_plane.kubectl(*apply, stdin=json.dumps(cronjob))
        assert ("helm", "Apply") in [owner[:2] for owner in list_owners(shared)]
    return shared


def apply_as_operator(deployment: Deployment, *names: str, manager: str) -> None:
    """Apply the named fields of the CronJob, as they are, on the server's side."""
    cronjob = see(deployment, "booth-sync")
    cronjob["metadata"] = {"name": "booth-sync", "namespace": deployment.namespace}
    cronjob["spec"] = {name: cronjob["spec"][name] for name in names}
    del cronjob["status"]
    deployment.control_plane.kubectl(
        *("apply", "--server-side", f"--field-manager={manager}", "--force-conflicts", "-f", "-"),
        kubeconfig=deployment.operator,
        stdin=json.dumps(cronjob),
    )


@pytest.mark.parametrize("manager", ["stranger", "helm", "booth-sync"])
@pytest.mark.parametrize("names", [WHOLE, (*WHOLE, "suspend"), ("suspend",)], ids=len)
def test_server_side_apply_is_refused(
    owned: Deployment, manager: str, names: tuple[str, ...]
) -> None:
    before = list_owners(owned)
    refusals = "this account may change nothing of|is invalid: .*Required"  # helm's fields would go
    with pytest.raises(KubectlFailed, match=f"(?s){refusals}"):
        apply_as_operator(owned, *names, manager=manager)
    assert list_owners(owned) == before


@pytest.mark.parametrize(
    "forge",
    [
        lambda _: [{}],
        lambda _: [FORGED],
        lambda owners: [*owners, FORGED],
        lambda owners: [*owners, FORGED | {"operation": "Apply"}],
        lambda owners: owners[1:],
        lambda owners: [each | {"manager": "other"} for each in owners],
        lambda owners: [each | {"apiVersion": "batch/v9"} for each in owners],
        lambda owners: [each | {"fieldsV1": {"f:spec": {"f:suspend": {}}}} for each in owners],
    ],
)
def test_the_record_of_owners_cannot_be_forged(owned: Deployment, forge: Any) -> None:
    change = {"metadata": {"managedFields": forge(read_record(owned))}, "spec": {"suspend": True}}
    before = list_owners(owned)
    with pytest.raises(KubectlFailed, match="this account may change nothing of managedFields"):
        owned.as_operator(*PATCH, json.dumps(change))
    assert list_owners(owned) == before


@pytest.mark.parametrize("names", [("changed-by",), ("changed-by", "changed-at", "reason")])
def test_stops_and_starts_change_the_record_as_ever(
    owned: Deployment, names: tuple[str, ...]
) -> None:
    for number, manager in enumerate(("booth-sync", "kubectl-patch", "booth-sync", "other")):
        notes: dict[str, Any] = {f"booth-sync/{name}": f"{number}" for name in names}
        for each in (notes, dict.fromkeys(notes)):
            change = {"metadata": {"annotations": each}, "spec": {"suspend": number % 2 == 0}}
            owned.as_operator(*PATCH, json.dumps(change), f"--field-manager={manager}")
        assert see(owned, "booth-sync")["spec"]["suspend"] is (number % 2 == 0)


@pytest.mark.parametrize(("text", "is_taken"), [("a" * 1024, True), ("한" * 342, False)])
@pytest.mark.parametrize("name", ["changed-by", "reason"])
def test_an_annotation_holds_a_kilobyte_at_most(
    shared: Deployment, name: str, text: str, is_taken: bool
) -> None:
    change = json.dumps({"metadata": {"annotations": {f"booth-sync/{name}": text}}})
    if is_taken:
        shared.as_operator(*PATCH, change)
        return
    with pytest.raises(KubectlFailed, match="may write no annotation longer than 1024 bytes"):
        shared.as_operator(*PATCH, change)


def test_a_long_annotation_of_others_keeps_nobody_from_stopping(shared: Deployment) -> None:
    notes = {"example.com/note": "a" * 2000, "booth-sync/reason": "b" * 2000}
    shared.as_admin(*PATCH, json.dumps({"metadata": {"annotations": notes}}))
    shared.as_operator(*PATCH, '{"spec":{"suspend":true}}')
