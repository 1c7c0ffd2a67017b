"""The admin: people edit what is theirs, and look at the rest."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models.signals import pre_save
from django.test import Client
from django.utils import timezone

from booth.models import Booth, BoothDetail, Menu, SyncRun
from booth.web.models import AccessToken, Press
from tests.conftest import make_feed
from tests.faults.in_process import RunFeed, make_runner

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def chief() -> Client:
    """Somebody who may do everything."""
    client = Client()
    client.force_login(User.objects.create_superuser("chief"))
    return client


@pytest.fixture
def run_feed(tmp_path: Any) -> RunFeed:
    return make_runner(tmp_path)


@pytest.fixture
def managed(run_feed: RunFeed, captured: Any) -> Booth:
    """A booth that a sync has brought."""
    run_feed(captured("d-order"))
    return Booth.objects.filter(menus__isnull=False).distinct().order_by("pk")[0]


def fill(client: Client, path: str, **changes: Any) -> dict[str, Any]:
    """Return what the form of a page would send, with changes."""
    page = client.get(path)
    assert page.status_code == 200
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    fields = [field for form in forms for field in form]
    sent = {field.html_name: "" if field.value() is None else field.value() for field in fields}
    return {name: value for name, value in (sent | changes).items() if value is not False}


def test_of_a_managed_booth_people_change_price_description_and_category(
    chief: Client, managed: Booth, run_feed: RunFeed, captured: Any
) -> None:
    path = f"/admin/booth/booth/{managed.pk}/change/"
    sent = fill(chief, path)
    owned = {"name", "is_dorder", "detail-0-all_table", "detail-0-usage_table", "menus-0-name"}
    assert not owned & set(sent)
    changes = {"category": "FOOD_TRUCK", "detail-0-description": "손으로", "menus-0-price": 7700}
    answer = chief.post(path, sent | changes | {"menus-0-ingredient": 1, "name": "x"})
    assert answer.status_code == 302, answer.content.decode()
    menu = Menu.objects.get(pk=sent["menus-0-id"])
    report = run_feed(captured("d-order"))
    assert report.counts.booths.updated == report.counts.menus.updated == 0
    booth = Booth.objects.get(pk=managed.pk)
    assert (booth.name, booth.category) == (managed.name, "FOOD_TRUCK")
    assert booth.detail.description == "손으로"
    assert Menu.objects.get(pk=menu.pk).price == 7700


def test_an_edit_while_a_sync_stores_loses_nothing_on_either_side(
    chief: Client, managed: Booth
) -> None:
    path = f"/admin/booth/booth/{managed.pk}/change/"
    sent = fill(
        chief, path, category="ETC", **{"detail-0-description": "손으로", "menus-0-price": 9}
    )
    menu = Menu.objects.get(pk=sent["menus-0-id"])

    written: dict[Any, dict[str, Any]] = {
        Booth: {"missing_since": timezone.now()},
        BoothDetail: {"all_table": 70, "usage_table": 69, "can_usage": True},
        Menu: {"ingredient": 5, "sold": 6},
    }

    def store(sender: Any, instance: Any, **_: Any) -> None:
        """Write what a sync does after the form's rows were read, and before they are stored."""
        if sender in written:
            sender._base_manager.filter(pk=instance.pk).update(**written[sender])

    pre_save.connect(store)
    try:
        assert chief.post(path, sent).status_code == 302
    finally:
        pre_save.disconnect(store)
    booth = Booth.objects.get(pk=managed.pk)
    menu.refresh_from_db()
    assert (booth.category, booth.missing_since is None) == ("ETC", False)
    assert (booth.detail.all_table, booth.detail.usage_table) == (70, 69)
    assert booth.detail.description == "손으로"
    assert (menu.price, menu.ingredient, menu.sold) == (9, 5, 6)


def test_a_booth_of_people_is_theirs_alone(chief: Client) -> None:
    booth = Booth.objects.create(name="우리 부스")
    BoothDetail.objects.create(booth=booth)
    Menu.objects.create(booth=booth, name="물")
    path = f"/admin/booth/booth/{booth.pk}/change/"
    sent = fill(chief, path, name="우리 주점", **{"detail-0-all_table": 9, "menus-0-ingredient": 3})
    assert chief.post(path, sent).status_code == 302
    booth.refresh_from_db()
    assert (booth.name, booth.is_dorder, booth.detail.all_table) == ("우리 주점", False, 9)


def test_a_managed_booth_is_neither_deleted_nor_added_to(chief: Client, managed: Booth) -> None:
    assert chief.post(f"/admin/booth/booth/{managed.pk}/delete/").status_code == 403
    page = chief.get(f"/admin/booth/booth/{managed.pk}/change/").content.decode()
    assert "DELETE" not in re.findall(r'name="menus-\d+-(\w+)"', page)
    assert 'name="menus-TOTAL_FORMS" value="0"' not in page
    listed = chief.get("/admin/booth/booth/")
    assert "delete_selected" not in listed.content.decode()


def test_missing_booths_are_marked_and_filtered(chief: Client) -> None:
    Booth.objects.create(name="있는 부스", is_dorder=True)
    Booth.objects.create(name="없는 부스", is_dorder=True, missing_since="2026-11-01T00:00:00Z")
    for value, shown, hidden in (("no", "있는", "없는"), ("yes", "없는", "있는")):
        page = chief.get(f"/admin/booth/booth/?missing={value}").content.decode()
        assert f"{shown} 부스" in page
        assert f"{hidden} 부스" not in page


def test_runs_are_for_reading_with_their_problems_in_sentences(
    chief: Client, run_feed: RunFeed, captured: Any
) -> None:
    items = json.loads(captured("d-order"))["data"]["boothDetails"]
    run_feed(make_feed([*items, items[0] | {"boothName": "깨진 부스", "boothAllTable": -1}]))
    run = SyncRun.objects.latest("pk")
    assert run.problems
    path = f"/admin/booth/syncrun/{run.pk}/change/"
    page = chief.get(path).content.decode()
    assert "거부: 깨진 부스: -1입니다." in page
    assert run.problems[0]["path"] in page
    assert "생성" in page
    assert chief.post(path, {"status": "succeeded"}).status_code == 403
    assert chief.get("/admin/booth/syncrun/add/").status_code == 403
    assert chief.post(f"/admin/booth/syncrun/{run.pk}/delete/").status_code == 403
    assert chief.get("/admin/booth/syncrun/?status=partial&trigger=cli").status_code == 200


def test_shown_runs_are_exported_as_csv_that_runs_no_formula(
    chief: Client, run_feed: RunFeed, captured: Any
) -> None:
    run_feed(captured("d-order"))
    SyncRun.objects.update(requested_by="=cmd|' /C calc'!A0")
    chosen = {
        "action": "export",
        "_selected_action": list(SyncRun.objects.values_list("pk", flat=True)),
    }
    answer = chief.post("/admin/booth/syncrun/", chosen)
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["status"] for row in rows] == ["succeeded"]
    assert rows[0]["requested_by"].startswith("'=")


def test_who_switched_the_schedule_is_there_to_be_read(chief: Client) -> None:
    press = Press.objects.create(
        action="stop", by="민지", reason="무대 점검", changed=["booth-sync"]
    )
    page = chief.get("/admin/booth_web/press/").content.decode()
    assert all(text in page for text in ("끄기", "민지", "무대 점검", "booth-sync"))
    path = f"/admin/booth_web/press/{press.pk}/"
    assert chief.get(f"{path}change/").status_code == 200
    assert chief.post(f"{path}change/", {"by": "x"}).status_code == 403
    assert chief.post(f"{path}delete/").status_code == 403
    assert chief.get("/admin/booth_web/press/add/").status_code == 403


def test_a_token_is_shown_once_and_cannot_be_changed(chief: Client) -> None:
    owner = User.objects.get(username="chief").pk
    sent = {"name": "cron", "owner": owner, "days": 30}
    page = chief.post("/admin/booth_web/accesstoken/add/", sent, follow=True).content.decode()
    [text] = re.findall(r"bsk_[\w-]+", page)
    token = AccessToken.objects.get()
    assert text not in str(AccessToken.objects.values())
    detail = chief.get(f"/admin/booth_web/accesstoken/{token.pk}/change/").content.decode()
    assert "bsk_" not in detail
    client = Client(headers={"Authorization": f"Token {text}"})
    assert client.get("/booths/sync/runs/").status_code == 200
    chief.post(f"/admin/booth_web/accesstoken/{token.pk}/delete/", {"post": "yes"})
    assert client.get("/booths/sync/runs/").status_code == 401


@pytest.mark.parametrize("days", [0, 401, "x"])
def test_a_token_without_a_right_end_is_refused(chief: Client, days: Any) -> None:
    owner = User.objects.get(username="chief").pk
    sent = {"name": "cron", "owner": owner, "days": days}
    assert chief.post("/admin/booth_web/accesstoken/add/", sent).status_code == 200
    assert not AccessToken.objects.exists()


def test_who_issues_tokens_issues_them_in_their_own_name(chief: Client) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    names = ("add_accesstoken", "view_accesstoken")
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(clerk)
    for owner, issued in ((User.objects.get(username="chief"), 0), (clerk, 1)):
        client.post(
            "/admin/booth_web/accesstoken/add/", {"name": "x", "owner": owner.pk, "days": 1}
        )
        assert AccessToken.objects.count() == issued
    assert AccessToken.objects.get().owner == clerk


def test_what_somebody_wrote_since_the_form_was_shown_stays(chief: Client, managed: Booth) -> None:
    path = f"/admin/booth/booth/{managed.pk}/change/"
    sent = fill(chief, path, **{"menus-0-price": 7700})
    page = chief.get(path).content.decode()
    shown = dict(re.findall(r'name="(initial-[^"]+)" value="([^"]*)"', page))
    assert {"initial-detail-0-initial-detail-0-description", "initial-category"} & shown.keys()
    BoothDetail.objects.filter(booth=managed).update(description="오늘은 20시까지만 합니다")
    Booth.objects.filter(pk=managed.pk).update(category="ETC")
    answer = chief.post(path, sent | {name: html.unescape(text) for name, text in shown.items()})
    assert answer.status_code == 302
    booth = Booth.objects.get(pk=managed.pk)
    assert (booth.category, booth.detail.description) == ("ETC", "오늘은 20시까지만 합니다")
    assert Menu.objects.get(pk=sent["menus-0-id"]).price == 7700
