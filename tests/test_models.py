"""The database itself refuses what the models rule out."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.utils import timezone

from booth.models import Booth, BoothDetail, Menu, SyncRun
from booth.names import MAX_COUNT

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def make_run(status: str) -> SyncRun:
    now = timezone.now()
    return SyncRun.objects.create(status=status, trigger="cli", started_at=now, expires_at=now)


def make_menu(**fields: Any) -> Menu:
    booth = Booth.objects.create(name="북한학과", is_dorder=True)
    return Menu.objects.create(booth=booth, name="파전", **fields)


def test_two_managed_booths_cannot_share_a_name() -> None:
    Booth.objects.create(name="북한학과", is_dorder=True)
    with pytest.raises(IntegrityError):
        Booth.objects.create(name="북한학과", is_dorder=True)


def test_booths_made_by_people_may_share_a_name_with_any_other() -> None:
    for is_dorder in (True, False, False):
        Booth.objects.create(name="북한학과", is_dorder=is_dorder)
    assert Booth.objects.filter(name="북한학과").count() == 3


def test_a_booth_cannot_become_managed_beside_its_namesake() -> None:
    Booth.objects.create(name="북한학과", is_dorder=True)
    hand_made = Booth.objects.create(name="북한학과")
    hand_made.is_dorder = True
    with pytest.raises(IntegrityError):
        hand_made.save()


def test_a_booth_has_one_detail() -> None:
    booth = Booth.objects.create(name="북한학과")
    BoothDetail.objects.create(booth=booth)
    with pytest.raises(IntegrityError):
        BoothDetail.objects.create(booth=booth)


def test_a_menu_name_is_unique_in_its_booth_only() -> None:
    menu = make_menu()
    other = Booth.objects.create(name="철학과")
    Menu.objects.create(booth=other, name=menu.name)
    with pytest.raises(IntegrityError):
        Menu.objects.create(booth=other, name=menu.name)


@pytest.mark.parametrize("count", [-1, MAX_COUNT + 1])
@pytest.mark.parametrize(
    ("model", "field"),
    [
        (BoothDetail, "all_table"),
        (BoothDetail, "usage_table"),
        (Menu, "price"),
        (Menu, "ingredient"),
        (Menu, "sold"),
    ],
)
def test_a_count_out_of_range_is_refused(model: type[models.Model], field: str, count: int) -> None:
    BoothDetail.objects.create(booth=make_menu().booth)
    table = model._meta.db_table
    with (
        pytest.raises(DatabaseError),  # IntegrityError, or DataError of PostgreSQL's integer
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE {table} SET {field} = {count}")
    for fitting in (0, MAX_COUNT):
        assert model._default_manager.update(**{field: fitting}) == 1


def test_the_stock_of_a_menu_may_be_unknown_but_nothing_else() -> None:
    assert make_menu().ingredient is None
    for field in ("price", "sold"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Menu.objects.update(**{field: None})


def test_only_one_run_is_running() -> None:
    for status in ("succeeded", "failed", "running", "succeeded", "lost", "lost"):
        make_run(status)
    with pytest.raises(IntegrityError):
        make_run("running")


def test_a_second_run_cannot_become_running() -> None:
    make_run("running")
    done = make_run("succeeded")
    with pytest.raises(IntegrityError):
        SyncRun.objects.filter(pk=done.pk).update(status="running")


def test_a_booth_takes_its_detail_and_its_menus_with_it() -> None:
    menu = make_menu()
    BoothDetail.objects.create(booth=menu.booth)
    menu.booth.delete()
    assert (BoothDetail.objects.count(), Menu.objects.count()) == (0, 0)


def test_rows_are_shown_by_what_people_know_them_by() -> None:
    menu = make_menu()
    detail = BoothDetail.objects.create(booth=menu.booth, all_table=9, usage_table=2)
    assert (str(menu), str(menu.booth)) == ("파전", "북한학과")
    assert str(detail) == f"{menu.booth.pk}: 2/9"
    run = make_run("partial")
    assert str(run) == f"#{run.pk} 일부 성공"
