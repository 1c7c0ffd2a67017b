"""Answers of the Kubernetes API: what is read of them, and what is none."""

import json
import ssl
from datetime import UTC, datetime
from typing import Any

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.client.exceptions import ApiException

from booth.control.answers import read_cronjob, read_verdict
from booth.control.failures import SENTENCES, BadAnswer, name_failure

AT = "2026-05-20T12:00:00Z"
NOTES = {
    "booth-sync/changed-by": "민지",
    "booth-sync/changed-at": "2026-05-20T21:00:00+09:00",
    "booth-sync/reason": "점검",
}


def own_suspend(manager: str, *, time: str = AT, **fields: Any) -> dict[str, Any]:
    """Return the record that ``manager`` owns spec.suspend since ``time``."""
    return {"manager": manager, "time": time, "fieldsV1": {"f:spec": {"f:suspend": {}}}} | fields


def answer(*, suspend: bool | None = True, **metadata: Any) -> bytes:
    """Return a CronJob as the API server sends it."""
    usual = {"name": "booth-sync", "namespace": "festival", "resourceVersion": "7"}
    spec: dict[str, Any] = {
        "schedule": "*/5 * * * *",
        "suspend": suspend,
        "jobTemplate": {"spec": {}},
    }
    return json.dumps({"kind": "CronJob", "metadata": usual | metadata, "spec": spec}).encode()


def find_change(**metadata: Any) -> tuple[str, datetime | None, str]:
    cronjob = read_cronjob(answer(**metadata))
    return cronjob.changed_by, cronjob.changed_at, cronjob.reason


def test_it_reads_what_matters_of_a_cronjob() -> None:
    document = json.loads(answer(suspend=None))
    document["spec"]["timeZone"] = "Asia/Seoul"
    document["status"] = {
        "active": [{"kind": "Job", "name": "booth-sync-29"}],
        "lastScheduleTime": AT,
    }
    cronjob = read_cronjob(json.dumps(document).encode())
    assert (cronjob.name, cronjob.namespace, cronjob.resource_version) == (
        "booth-sync",
        "festival",
        "7",
    )
    assert (cronjob.schedule, cronjob.time_zone) == ("*/5 * * * *", "Asia/Seoul")
    assert (cronjob.suspended, cronjob.active) == (False, ("booth-sync-29",))
    assert cronjob.last_schedule == datetime(2026, 5, 20, 12, tzinfo=UTC)


def test_our_own_switch_is_told_by_the_annotations() -> None:
    at = datetime(2026, 5, 20, 12, tzinfo=UTC)
    managers = [own_suspend("kubectl-create"), own_suspend("booth-sync")]
    assert find_change(annotations=NOTES, managedFields=managers) == ("민지", at, "점검")
    assert find_change(annotations=NOTES) == ("민지", at, "점검")


def test_a_later_switch_by_another_program_is_told_by_field_ownership() -> None:
    managers = [
        own_suspend("helm", time="2026-05-19T00:00:00Z"),
        own_suspend("kubectl-patch"),
        own_suspend("kube-controller-manager", time="2026-05-21T00:00:00Z", subresource="status"),
        {"manager": "kubectl-edit", "time": "2026-05-22T00:00:00Z", "fieldsV1": {"f:spec": {}}},
    ]
    change = find_change(annotations=NOTES, managedFields=managers)
    assert change == ("kubectl-patch", datetime(2026, 5, 20, 12, tzinfo=UTC), "")


def test_a_later_switch_under_our_name_makes_the_annotations_old_news() -> None:
    by_hand = [own_suspend("booth-sync", time="2026-05-20T12:05:00Z")]
    change = find_change(annotations=NOTES, managedFields=by_hand)
    assert change == ("booth-sync", datetime(2026, 5, 20, 12, 5, tzinfo=UTC), "")


def test_what_runs_and_was_never_switched_names_nobody() -> None:
    created = [own_suspend("helm")]
    assert find_change(suspend=False, managedFields=created) == ("", None, "")
    assert find_change(suspend=True, managedFields=created)[0] == "helm"
    assert find_change(managedFields=[{"manager": "helm", "fieldsV1": {}}]) == ("", None, "")


@pytest.mark.parametrize(
    "at", ["", "yesterday", "2026-13-40", "99999999999999", "0001-01-01T00:00:00+09:00"]
)
def test_a_strange_date_in_an_annotation_is_no_date(at: str) -> None:
    notes = NOTES | {"booth-sync/changed-at": at}
    assert find_change(annotations=notes)[1] is None


def test_an_annotation_cannot_steer_a_terminal() -> None:
    notes = NOTES | {"booth-sync/reason": "\033[2J점\n검\u202e"}
    assert find_change(annotations=notes)[2] == "[2J점검"


HOSTILE = "a\x1b[2J\x9b\u202e\u2066\u200f\n\r\t\x00\u2028b" + "c" * 300_000


def make_hostile() -> bytes:
    """Return a CronJob each of whose texts is long and could steer a terminal."""
    document = json.loads(answer(managedFields=[own_suspend(HOSTILE)]))
    document["metadata"] |= {"name": HOSTILE, "namespace": HOSTILE}
    document["spec"] |= {"schedule": f"*/5\n*\t* {HOSTILE}", "timeZone": HOSTILE}
    document["status"] = {"active": [{"name": HOSTILE}] * 1000}
    return json.dumps(document).encode()


def test_no_text_of_the_server_steers_a_terminal_or_fills_it() -> None:
    noted = json.loads(answer(annotations=NOTES | dict.fromkeys(NOTES, HOSTILE)))
    for body in (make_hostile(), json.dumps(noted).encode()):
        cronjob = read_cronjob(body)
        texts = [getattr(cronjob, field) for field in cronjob.__struct_fields__]
        texts = [text for text in (*texts, *cronjob.active) if isinstance(text, str)]
        assert all(text.isprintable() and len(text) <= 500 for text in texts)
        assert len(cronjob.active) <= 10
    assert read_cronjob(make_hostile()).changed_by.startswith("a[2Jbccc")
    assert read_cronjob(make_hostile()).schedule.startswith("*/5 * * a[2J")


def test_a_schedule_in_several_lines_is_read_as_kubernetes_reads_it() -> None:
    document = json.loads(answer())
    document["spec"]["schedule"] = " */5 *\n*\u00a0*  *"
    assert read_cronjob(json.dumps(document).encode()).schedule == "*/5 * * * *"


def test_an_error_shows_no_more_of_a_name_than_a_line_holds() -> None:
    error = name_failure(Refusal(403), verb="get", name=HOSTILE, namespace=HOSTILE)
    assert error.message.isprintable()
    assert len(error.message) < 1200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b'"CronJob"',
        b"\xff",
        b'{"kind":"Status","status":"Success"}',
        b'{"kind":"CronJob"}',
        answer().replace(b"CronJob", b"Job"),
        answer(name=7),
        answer().replace(b"true", b'"true"'),
        answer()[:-3],
        answer(managedFields=[own_suspend("helm", time="2026-05-20T12:00:00")]),
        b'{"kind":"CronJob","spec":' + b"[" * 100_000,
    ],
)
def test_anything_else_is_no_answer(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        read_cronjob(body)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_cronjob_or_no_answer(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        read_cronjob(body)


@pytest.mark.parametrize("allowed", [True, False])
def test_it_reads_the_verdict_of_an_access_review(allowed: bool) -> None:
    review = {"kind": "SelfSubjectAccessReview", "status": {"allowed": allowed}}
    assert read_verdict(json.dumps(review).encode()) is allowed
    with pytest.raises(BadAnswer):
        read_verdict(b'{"kind":"SelfSubjectAccessReview","status":{}}')


class Refusal(Exception):
    """An answer with a status, as the client raises it."""

    def __init__(self, status: int) -> None:
        super().__init__("HTTP body with a canary")
        self.status = status
        self.headers = {"Retry-After": "3"}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        *((307, "bad_answer"), (400, "invalid"), (401, "unauthorized"), (403, "forbidden")),
        *((404, "not_found"), (405, "invalid"), (409, "conflict"), (415, "unsupported")),
        *((422, "invalid"), (429, "throttled"), (500, "server_error"), (501, "server_error")),
        *((502, "unavailable"), (503, "unavailable"), (504, "unavailable")),
    ],
)
def test_each_status_has_its_reason_and_a_sentence(status: int, reason: str) -> None:
    error = name_failure(Refusal(status), verb="patch", name="booth-sync", namespace="festival")
    assert (error.reason, error.code, error.exit_code) == (reason, f"control_{reason}", 69)
    assert error.retry_after == 3
    assert "canary" not in error.message
    assert "{" not in error.message


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), "dropped"),
        (ssl.SSLZeroReturnError(6, "TLS/SSL connection has been closed"), "dropped"),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), "tls"),
        (ssl.SSLError(1, "wrong version number"), "tls"),
    ],
)
def test_a_peer_that_hangs_up_within_tls_has_no_bad_certificate(
    cause: ssl.SSLError, reason: str
) -> None:
    error = name_failure(hand_on(cause), verb="get", name="booth-sync", namespace="festival")
    assert error.reason == reason


def hand_on(cause: ssl.SSLError) -> Exception:
    """Return the error that the client makes of one of TLS."""
    try:
        try:
            raise urllib3.exceptions.SSLError(cause)
        except urllib3.exceptions.SSLError as error:
            raise ApiException(status=0, reason=str(error))  # noqa: B904 - as the client does
    except ApiException as error:
        return error


def test_a_bug_is_no_trouble_of_the_api() -> None:
    with pytest.raises(KeyError):
        name_failure(KeyError("bug"), verb="get", name="booth-sync", namespace="festival")


def test_every_sentence_is_whole_and_says_what_to_do() -> None:
    names = {"cronjob": "'a' CronJob", "deed": "바꿀", "status": 500, "difference": "a 켜짐"}
    for sentence in SENTENCES.values():
        shown = sentence.format(**names)
        assert shown.endswith("."), shown
        assert shown.count(". ") >= 1 or "하세요" in shown or "맞추세요" in shown, shown
