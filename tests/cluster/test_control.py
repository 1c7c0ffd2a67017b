"""Start, stop and status against a real Kubernetes API: what holds, who did it, with what right."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from booth import control
from booth.errors import ControlError

from .conftest import NAMES, OPTIONS, patch_by_hand, see, see_suspended
from .deployment import OPERATOR, Deployment
from .proxy import FaultProxy
from .waiting import wait_for

WHO, WHEN, WHY = (f"booth-sync/{key}" for key in ("changed-by", "changed-at", "reason"))
RECENTLY = timedelta(minutes=1)
Use = Callable[[Path], None]


def notes_of(deployment: Deployment, name: str = "booth-sync") -> dict[str, str]:
    """Return the CronJob's annotations as kubectl shows them."""
    notes: dict[str, str] = see(deployment, name)["metadata"].get("annotations", {})
    return notes


def versions_of(deployment: Deployment) -> list[str]:
    """Return what changes with every write to a CronJob."""
    return [see(deployment, name)["metadata"]["resourceVersion"] for name in NAMES]


def reasons_of(options: Any = OPTIONS) -> list[str]:
    """Return why the CronJobs cannot be read."""
    return [failure.reason for failure in control.read(options).failures]


def test_a_stop_suspends_both_cronjobs_and_says_who_when_and_why(operated: Deployment) -> None:
    change = control.suspend(OPTIONS, by="민지", reason="무대 점검")
    assert change.changed == NAMES
    assert see_suspended(operated) == [True, True]
    assert [cronjob.resource_version for cronjob in change.cronjobs] == versions_of(operated)
    for name, cronjob in zip(NAMES, change.cronjobs, strict=True):
        notes = notes_of(operated, name)
        assert (notes[WHO], notes[WHY]) == ("민지", "무대 점검")
        assert abs(datetime.fromisoformat(notes[WHEN]) - datetime.now(UTC)) < RECENTLY
        assert (cronjob.name, cronjob.namespace) == (name, operated.namespace)
        assert (cronjob.suspended, cronjob.changed_by, cronjob.reason) == (
            True,
            "민지",
            "무대 점검",
        )
        assert cronjob.changed_at == datetime.fromisoformat(notes[WHEN])


def test_no_old_reason_outlives_the_next_change(operated: Deployment) -> None:
    control.suspend(OPTIONS, by="민지", reason="무대 점검")
    control.resume(OPTIONS, by="지훈")
    assert (WHY in notes_of(operated), notes_of(operated)[WHO]) == (False, "지훈")
    change = control.suspend(OPTIONS, by="민지")
    assert WHY not in notes_of(operated)
    assert [cronjob.reason for cronjob in change.cronjobs] == ["", ""]


@pytest.mark.parametrize(
    ("switch", "warning"),
    [
        (control.resume, "예약 실행이 이미 켜져 있어 바꾼 것이 없습니다."),
        (control.suspend, "예약 실행이 이미 꺼져 있어 바꾼 것이 없습니다."),
    ],
)
def test_repeating_changes_nothing_and_warns(
    operated: Deployment, caplog: pytest.LogCaptureFixture, switch: Any, warning: str
) -> None:
    control.suspend(OPTIONS, by="민지", reason="처음")
    switch(OPTIONS, by="민지", reason="처음")
    before, notes = versions_of(operated), notes_of(operated)
    caplog.clear()
    change = switch(OPTIONS, by="지훈", reason="다시")
    assert (change.changed, versions_of(operated)) == ((), before)
    assert notes_of(operated) == notes
    logged = [(record.name, record.levelname) for record in caplog.records]
    assert logged == [("booth.control", "WARNING")]
    assert caplog.records[0].getMessage().startswith(warning)


def test_a_start_of_what_was_never_stopped_writes_nothing(
    operated: Deployment, caplog: pytest.LogCaptureFixture
) -> None:
    before = versions_of(operated)
    with caplog.at_level(logging.WARNING, logger="booth.control"):
        assert control.resume(OPTIONS, by="민지").changed == ()
    assert versions_of(operated) == before
    assert "예약 실행이 이미 켜져 있어 바꾼 것이 없습니다." in caplog.text


def test_a_cronjob_that_was_never_switched_names_nobody(operated: Deployment) -> None:
    for cronjob in control.read(OPTIONS).cronjobs:
        assert cronjob.suspended is False
        assert (cronjob.changed_by, cronjob.changed_at, cronjob.reason) == ("", None, "")
    assert control.read(OPTIONS).cronjobs[0].schedule == "*/5 * * * *"
    assert control.read(OPTIONS).cronjobs[0].time_zone == "Asia/Seoul"


@pytest.mark.parametrize("by_us", [False, True])
def test_a_kubectl_patch_is_seen_at_once_and_named_instead_of_us(
    operated: Deployment, by_us: bool
) -> None:
    if by_us:
        control.suspend(OPTIONS, by="민지", reason="무대 점검")
    patch_by_hand(operated, suspend=not by_us)
    for cronjob in control.read(OPTIONS).cronjobs:
        assert (cronjob.suspended, cronjob.changed_by) == (not by_us, "kubectl-patch")
        assert cronjob.reason == ""
        assert cronjob.changed_at is not None
        assert abs(cronjob.changed_at - datetime.now(UTC)) < RECENTLY


def test_after_a_kubectl_patch_our_next_change_is_ours_again(operated: Deployment) -> None:
    patch_by_hand(operated, suspend=True)
    control.resume(OPTIONS, by="민지", reason="점검 끝")
    found = [(each.changed_by, each.reason) for each in control.read(OPTIONS).cronjobs]
    assert found == [("민지", "점검 끝")] * 2


def test_the_namespace_comes_from_the_context_or_from_the_options(
    operated: Deployment, use_kubeconfig: Use, tmp_path: Path
) -> None:
    assert {each.namespace for each in control.read(OPTIONS).cronjobs} == {operated.namespace}
    plane = operated.control_plane
    token = plane.token(OPERATOR, namespace=operated.namespace)
    use_kubeconfig(plane.write_kubeconfig(tmp_path / "default", identity=token))
    assert reasons_of() == ["forbidden"] * 2
    assert "'default'" in control.read(OPTIONS).failures[0].message
    found = control.read(replace(OPTIONS, namespace=operated.namespace))
    assert {each.namespace for each in found.cronjobs} == {operated.namespace}


def test_a_pods_service_account_needs_no_kubeconfig(
    operated: Deployment, in_pod: Path, use_kubeconfig: Use
) -> None:
    use_kubeconfig(Path("/nowhere"))
    options = replace(OPTIONS, service_account=in_pod)
    assert control.suspend(options, by="pod").changed == NAMES
    assert see_suspended(operated) == [True, True]
    assert {each.namespace for each in control.read(options).cronjobs} == {operated.namespace}


def test_a_pods_service_account_comes_before_the_kubeconfig(
    operated: Deployment, in_pod: Path
) -> None:
    (in_pod / "namespace").write_text("elsewhere")
    failures = control.read(replace(OPTIONS, service_account=in_pod)).failures
    assert "'elsewhere'" in failures[0].message
    in_kubeconfig = control.read(replace(OPTIONS, service_account=in_pod / "nothing"))
    assert {each.namespace for each in in_kubeconfig.cronjobs} == {operated.namespace}


def test_without_any_credentials_it_says_so(use_kubeconfig: Use, tmp_path: Path) -> None:
    use_kubeconfig(tmp_path / "nowhere")
    assert reasons_of() == ["no_credentials"]
    with pytest.raises(ControlError, match="KUBECONFIG") as refused:
        control.suspend(OPTIONS, by="민지")
    assert refused.value.reason == "no_credentials"


def test_a_rotated_token_counts_at_the_next_call(operated: Deployment, in_pod: Path) -> None:
    def make_token(secret: str) -> str:
        operated.as_admin("create", "secret", "generic", secret)
        return operated.control_plane.token(
            OPERATOR, namespace=operated.namespace, bound_to_secret=secret
        )

    options = replace(OPTIONS, service_account=in_pod)
    (in_pod / "token").write_text(make_token("first"))
    assert reasons_of(options) == []
    operated.as_admin("delete", "secret", "first")
    wait_for(lambda: reasons_of(options) == ["unauthorized"] * 2)  # may begin between two reads
    with pytest.raises(ControlError) as refused:
        control.suspend(options, by="pod")
    assert refused.value.reason == "unauthorized"
    (in_pod / "token").write_text(make_token("second"))
    assert control.suspend(options, by="pod").changed == NAMES


@pytest.mark.parametrize("missing", ["namespace", "ca.crt"])
def test_a_pods_token_goes_to_no_other_server(
    operated: Deployment, in_pod: Path, use_kubeconfig: Use, tmp_path: Path, missing: str
) -> None:
    (in_pod / missing).unlink()
    plane, admin = operated.control_plane, tmp_path / "admin"
    certificate = plane.authority.issue_client("somebody")
    with FaultProxy(plane) as elsewhere:
        use_kubeconfig(plane.write_kubeconfig(admin, identity=certificate, server=elsewhere.url))
        control.read(replace(OPTIONS, service_account=in_pod))
    assert bool(elsewhere.requests) == (missing == "ca.crt")  # then the kubeconfig's turn comes
    assert all("authorization" not in request.headers for request in elsewhere.requests)


def test_a_namespace_in_the_options_needs_no_file(
    operated: Deployment, in_pod: Path, use_kubeconfig: Use
) -> None:
    (in_pod / "namespace").unlink()
    use_kubeconfig(Path("/nowhere"))
    options = replace(OPTIONS, service_account=in_pod, namespace=operated.namespace)
    assert reasons_of(options) == []


def test_the_operator_may_read_and_switch_and_not_delete(operated: Deployment) -> None:
    rights, seconds = control.review_rights(OPTIONS, verbs=("get", "patch", "delete"))
    allowed = {(right.name, right.verb): right.allowed for right in rights}
    assert allowed == {
        (name, verb): verb != "delete" for name in NAMES for verb in ("get", "patch", "delete")
    }
    assert seconds is not None
    assert abs(seconds) < 5  # one machine, one clock


def test_of_two_names_the_good_one_is_switched_and_the_wrong_one_named(
    operated: Deployment,
) -> None:
    wrong = replace(OPTIONS, cronjobs=("nobody", "booth-sync"))
    with pytest.raises(ControlError) as refused:
        control.suspend(wrong, by="민지")
    assert refused.value.reason == "forbidden"  # RBAC does not tell what does not exist
    assert "'nobody' CronJob" in refused.value.message
    assert "  booth-sync: 꺼짐(요청대로)" in refused.value.message
    assert "  nobody: 알 수 없음" in refused.value.message
    assert see_suspended(operated) == [True, False]
    reading = control.read(wrong)
    assert [cronjob.name for cronjob in reading.cronjobs] == ["booth-sync"]
    assert [failure.reason for failure in reading.failures] == ["forbidden"]


def test_repeating_heals_once_the_missing_cronjob_is_there(
    deployment: Deployment, use_kubeconfig: Use
) -> None:
    use_kubeconfig(deployment.control_plane.admin_kubeconfig)
    options = replace(OPTIONS, cronjobs=("booth-sync", "late"), namespace=deployment.namespace)
    with pytest.raises(ControlError, match="'late'") as refused:
        control.suspend(options, by="민지")
    assert refused.value.reason == "not_found"
    deployment.as_admin("create", "cronjob", "late", "--image=any", "--schedule=0 0 1 1 *")
    assert control.suspend(options, by="민지").changed == ("late",)
    assert see(deployment, "late")["spec"]["suspend"] is True
