"""The console's pages and presses, where there is no cluster."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booth.control.timetable import Timetable
from booth.errors import ControlError
from booth.models import Booth, SyncRun
from booth.web.models import Press
from booth.web.timetables import Timetables
from sample_upstream import SampleUpstream
from tests.conftest import make_feed
from tests.faults.in_process import make_runner

pytestmark = [pytest.mark.django_db, pytest.mark.database]
BOARD = "/console/"
PAGES = (BOARD, "/console/state/", "/console/runs/", "/console/booths/")
UNREADABLE = Timetable(error=ControlError("API 서버가 대답하지 않습니다.", reason="timeout"))
PRESSES = ("/console/start/", "/console/stop/", "/console/sync/")


def enter(*permissions: str, staff: bool = True) -> Client:
    """Return the browser of somebody with these permissions."""
    user = User.objects.create_user("minji", password="right", is_staff=staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator(settings: Any, upstream: SampleUpstream) -> Client:
    """Somebody who may operate, of a site before a sample D-Order."""
    settings.BOOTH_SYNC_API_URL = upstream.url
    return enter("operate_sync")


@pytest.fixture
def viewer(settings: Any, upstream: SampleUpstream) -> Client:
    """Somebody who may only see."""
    return enter("view_syncrun")


def read(answer: Any) -> str:
    """Return a page's text without its tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def let_rest() -> None:
    """Let the runs so far have begun long ago."""
    SyncRun.objects.update(started_at="2026-01-01T00:00:00Z", finished_at="2026-01-01T00:00:01Z")


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_logged_in_is_led_to_the_login_and_back(db: None, path: str) -> None:
    answer = Client().get(f"{path}?a=b")
    assert answer.status_code == 303
    assert answer["Location"].startswith("/console/login/?next=%2Fconsole%2F")
    assert Client(REMOTE_ADDR="203.0.113.9").get(path).status_code == 403


@pytest.mark.parametrize("path", PRESSES)
def test_a_press_after_the_session_has_ended_does_nothing_and_says_so(db: None, path: str) -> None:
    client = Client()
    answer = client.post(path, {"reason": "x"}, follow=True)
    assert answer.redirect_chain == [("/console/login/?next=%2Fconsole%2F", 303)]
    assert "로그인이 끝나 있어서 누른 것을 처리하지 않았습니다." in read(answer)
    assert not SyncRun.objects.exists()


def test_the_login_has_a_sentence_for_each_failure(db: None) -> None:
    User.objects.create_user("minji", password="right", is_staff=True)
    User.objects.create_user("guest", password="right")
    client = Client()
    told = {
        ("minji", "wrong"): "이름이나 비밀번호가 맞지 않습니다.",
        ("guest", "right"): "이름이나 비밀번호가 맞지 않습니다.",
        ("", ""): "이름과 비밀번호를 모두 적으세요.",
    }
    for (name, password), sentence in told.items():
        sent = {"username": name, "password": password}
        answer = client.post("/console/login/", sent)
        assert sentence in read(answer), name
    answer = client.post("/console/login/", {"username": "minji", "password": "right"})
    assert (answer.status_code, answer["Location"]) == (302, BOARD)


@pytest.mark.parametrize(("permissions", "staff"), [((), True), (("operate_sync",), False)])
def test_who_may_not_see_is_told_whom_to_ask(
    db: None, permissions: tuple[str, ...], staff: bool
) -> None:
    client = enter(*permissions, staff=staff)
    for path in PAGES:
        answer = client.get(path)
        assert answer.status_code == 403
        assert "관리자에게" in read(answer)


def test_who_may_only_see_has_no_buttons_and_presses_nothing(viewer: Client) -> None:
    page = viewer.get(BOARD)
    assert "이 계정은 보기만 할 수 있습니다." in read(page)
    buttons = re.findall(r"<button[^>]*>([^<]*)", page.content.decode())
    assert buttons == ["로그아웃", "자동 새로고침 멈추기"]
    for path in (*PRESSES, "/console/preview/"):
        method = viewer.get if path.endswith("preview/") else viewer.post
        assert method(path).status_code == 403
    assert not SyncRun.objects.exists()


def test_a_sync_ends_in_a_banner_with_its_run(operator: Client) -> None:
    answer = operator.post("/console/sync/", follow=True)
    assert answer.redirect_chain == [(BOARD, 303)]
    run = SyncRun.objects.get()
    assert (run.trigger, run.requested_by, run.status) == ("console", "minji", "succeeded")
    assert "동기화했습니다." in read(answer)
    assert f"실행 #{run.pk} 보기" in read(answer)
    assert "동기화했습니다. 바뀐" not in read(operator.get(BOARD))  # once


def test_a_second_press_does_no_harm_and_says_so(operator: Client) -> None:
    operator.post("/console/sync/")
    answer = operator.post("/console/sync/", follow=True)
    assert "방금 동기화했습니다." in read(answer)
    assert SyncRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)  # a run that fails is closed on a new connection
def test_a_sync_that_fails_tells_why(operator: Client, settings: Any) -> None:
    with SampleUpstream() as upstream:
        settings.BOOTH_SYNC_API_URL = upstream.fault_url("status-404")
        answer = operator.post("/console/sync/", follow=True)
    run = SyncRun.objects.get()
    assert run.error_message in read(answer)
    page = operator.get(f"/console/runs/{run.pk}/")
    assert "source_http_404" in read(page)


@pytest.mark.parametrize("path", ["/console/start/", "/console/stop/"])
def test_a_switch_without_a_cronjob_is_an_error_in_a_sentence(operator: Client, path: str) -> None:
    answer = operator.post(path, {"own": "점검"}, follow=True)
    assert answer.redirect_chain == [(BOARD, 303)]
    assert "BOOTH_SYNC_CRONJOBS" in read(answer)
    assert not Press.objects.exists()


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "이유를 고르거나 적으세요."),
        ({"own": "   "}, "이유를 고르거나 적으세요."),
        ({"own": "x" * 201}, "200자 이하여야 합니다."),
        ({"own": "\x07"}, "인쇄할 수 있는 글자로"),
    ],
)
def test_a_stop_asks_for_a_reason_and_keeps_what_was_typed(
    operator: Client, sent: dict[str, str], told: str
) -> None:
    answer = operator.post("/console/stop/", sent)
    assert answer.status_code == 400
    assert told in read(answer)
    assert sent.get("own", "").strip() in answer.content.decode()


def test_a_preview_tells_by_booth_what_would_change_and_stores_nothing(operator: Client) -> None:
    page = read(operator.get("/console/preview/"))
    assert "아직 아무것도 저장하지 않았습니다." in page
    assert "새로 생김" in page
    assert "이대로 동기화" in page
    assert not Booth.objects.exists()
    assert not SyncRun.objects.exists()
    operator.post("/console/sync/")
    assert "바뀌는 것이 없습니다." in read(operator.get("/console/preview/"))


def test_a_refused_list_is_lifted_only_with_a_reason(operator: Client, settings: Any) -> None:
    operator.post("/console/sync/")
    let_rest()
    with SampleUpstream(booths=1) as upstream:
        settings.BOOTH_SYNC_API_URL = upstream.url
        page = operator.get("/console/preview/")
        assert "지금 동기화하면 거부됩니다." in read(page)
        assert "이대로 동기화" not in read(page)
        shown = operator.get("/console/preview/?allow_shrink=1")
        assert "사라짐" in read(shown)
        refused = operator.post("/console/sync/", {"allow_shrink": "1"}, follow=True)
        assert "이유를 적으세요" in read(refused)
        assert not Booth.objects.exclude(missing_since=None).exists()
        sent = {"allow_shrink": "1", "reason": "축제 끝"}
        assert "동기화했습니다." in read(operator.post("/console/sync/", sent, follow=True))
    assert Booth.objects.filter(missing_since=None).count() == 1
    press = Press.objects.get()
    assert (press.action, press.by, press.reason) == ("shrink", "minji", "축제 끝")


def test_other_failures_are_not_offered_to_be_lifted(operator: Client, settings: Any) -> None:
    with SampleUpstream() as upstream:
        settings.BOOTH_SYNC_API_URL = upstream.fault_url("html")
        page = read(operator.get("/console/preview/"))
    assert "지금 동기화하면 거부됩니다." in page
    assert "받아들이면" not in page


def test_a_runs_page_tells_what_its_problems_mean(operator: Client, tmp_path: Any) -> None:
    booth = {"boothName": "가", "boothAllTable": 3, "boothUsageTable": 1, "Menus": []}
    make_runner(tmp_path)(make_feed([booth, booth | {"boothName": "나"}, {"boothName": "다"}]))
    run = SyncRun.objects.get()
    page = read(operator.get(f"/console/runs/{run.pk}/"))
    assert "일부 성공" in page
    assert "data.boothDetails[2]" in page
    assert "이 항목은 쓰지 않았습니다." in page
    assert "생성 2" in page
    assert operator.get("/console/runs/77777/").status_code == 404
    assert operator.get("/console/runs/99999999999999999999/").status_code == 404


@pytest.mark.parametrize(
    "query", ["", "?before=3", "?before=x", "?before=-1", "?before=" + "9" * 40]
)
def test_old_runs_are_there_whatever_is_asked(operator: Client, query: str) -> None:
    assert operator.get(f"/console/runs/{query}").status_code == 200


def test_booths_are_found_by_their_name_or_a_menu(operator: Client) -> None:
    operator.post("/console/sync/")
    booth = Booth.objects.filter(menus__isnull=False).distinct().order_by("pk")[0]
    menu = booth.menus.order_by("pk")[0]
    menu.ingredient = 0
    menu.save()
    for wanted in (booth.name[:4], menu.name):
        page = read(operator.get("/console/booths/", {"q": wanted}))
        assert booth.name.replace("'", "&#x27;") in page
        assert "품절" in page
    assert "맞는 부스가 없습니다" in read(operator.get("/console/booths/", {"q": "없는 이름"}))
    Booth.objects.update(missing_since="2026-11-25T00:00:00Z")
    assert "D-Order에 없습니다" in read(operator.get("/console/booths/?page=99"))
    assert "/admin/booth/booth/" not in operator.get("/console/booths/").content.decode()


@pytest.fixture
def full(operator: Client, settings: Any) -> Client:
    """A site with many runs, booths and menus."""
    with SampleUpstream(booths=200, menus=10) as upstream:
        settings.BOOTH_SYNC_API_URL = upstream.url
        operator.post("/console/sync/")
    [run] = SyncRun.objects.all()
    for number in range(40):
        run.pk, run.trigger = run.pk + 1 + number, "schedule"
        run.save(force_insert=True)
    return operator


@pytest.mark.parametrize("path", PAGES)
def test_a_page_costs_at_most_ten_queries_however_much_there_is(full: Client, path: str) -> None:
    full.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert full.get(path).status_code == 200
    asked = [each["sql"] for each in queries if each["sql"].startswith("SELECT")]
    assert len(asked) <= 10, asked


def test_a_page_is_light_and_a_poll_is_lighter_or_nothing(full: Client) -> None:
    packed = {"Accept-Encoding": "gzip"}
    page = full.get(BOARD, headers=packed)
    assert page["Content-Encoding"] == "gzip"
    assert "no-store" in page["Cache-Control"]
    state = full.get("/console/state/", headers=packed)
    assert len(state.content) <= 3_000
    known = packed | {"If-None-Match": state["ETag"]}
    again = full.get("/console/state/", headers=known)
    assert (again.status_code, again.content) == (304, b"")


def test_what_people_typed_is_text_on_every_page(operator: Client) -> None:
    evil = "<script>alert(1)</script>"
    Booth.objects.create(name=evil)
    SyncRun.objects.create(
        status="failed",
        trigger="schedule",
        requested_by=evil,
        started_at="2026-11-25T00:00:00Z",
        expires_at="2026-11-25T00:02:00Z",
        finished_at="2026-11-25T00:00:01Z",
        error_code="source_network",
        error_message=evil,
        problems=[{"kind": "rejected", "path": evil, "reason": evil, "name": evil}],
        job_name=evil,
    )
    number = SyncRun.objects.get().pk
    paths = (*PAGES, f"/console/runs/{number}/", f"/console/booths/?q={evil}", "/console/stop/")
    for path in paths:
        page = operator.get(path).content.decode()
        assert evil not in page, path
    assert evil not in operator.post("/console/stop/", {"own": evil * 20}).content.decode()


@pytest.mark.parametrize(("method", "path"), [("post", BOARD), ("get", "/console/sync/")])
def test_another_method_is_a_page_that_says_so(operator: Client, method: str, path: str) -> None:
    answer = getattr(operator, method)(path)
    assert (answer.status_code, answer["Allow"]) == (
        405,
        "GET, HEAD" if method == "post" else "POST",
    )
    assert "그렇게는 열 수 없습니다" in read(answer)


def test_to_log_out_ends_the_session(operator: Client) -> None:
    assert operator.post("/console/logout/")["Location"] == "/console/login/"
    assert operator.get(BOARD).status_code == 303


@pytest.mark.parametrize("path", ["/console/nix/", "/nix", "/console/runs/x/"])
def test_an_address_that_there_is_not_is_a_page(db: None, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 404
    assert "그런 페이지가 없습니다" in read(answer)


def test_a_press_is_not_made_where_nobody_can_see_what_it_would_change(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr("booth.web.console.actions.timetables", Timetables(lambda: UNREADABLE))
    monkeypatch.setattr("booth.web.presses.operations.start", lambda **_: made.append("start"))
    page = read(operator.post("/console/start/", {"seen": "x"}, follow=True))
    assert UNREADABLE.error
    assert UNREADABLE.error.message in page
    assert made == []


def test_a_switch_that_fails_halfway_is_kept_on_record(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = ControlError("하나를 끄지 못했습니다.", reason="forbidden")
    error.changed = ("booth-sync",)

    def fail(**_: Any) -> Any:
        raise error

    monkeypatch.setattr("booth.web.presses.operations.stop", fail)
    page = read(operator.post("/console/stop/", {"reason": "점검"}, follow=True))
    assert error.message in page
    [press] = Press.objects.all()
    assert (press.action, press.changed, press.reason) == ("stop", ["booth-sync"], "점검")


@pytest.mark.django_db(transaction=True)  # a run that fails is closed on a new connection
def test_a_short_list_that_was_not_taken_is_on_no_record(operator: Client, settings: Any) -> None:
    settings.BOOTH_SYNC_API_URL = "http://127.0.0.1:9/"
    operator.post("/console/sync/", {"allow_shrink": "1", "reason": "축제가 끝났음"})
    assert SyncRun.objects.get().status == "failed"
    assert not Press.objects.exists()


def test_who_may_see_nothing_can_become_somebody_else() -> None:
    page = enter().get(BOARD).content.decode()
    assert re.search(r'href="/console/login/">다른 계정으로 로그인<', page)
