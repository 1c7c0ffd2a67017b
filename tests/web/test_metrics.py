"""What Prometheus is told of the site, and whom else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from booth.control.timetable import Entry, Timetable
from booth.errors import ControlError
from booth.gauges import make_site_registry
from booth.models import Booth, BoothDetail, Menu
from booth.stock import count_stock
from booth.web import tokens
from booth.web.metrics import describe_schedule
from sample_upstream import SampleUpstream
from tests.faults.databases import fresh_database
from tests.faults.in_process import make_runner
from tests.test_timetable import make_cronjob
from tests.web.people import make_people
from tests.web.site import INSIDE, OUTSIDE, manage, serving

pytestmark = pytest.mark.database
GONE = "2026-11-25T00:00:00Z"


def read(text: str) -> dict[str, dict[str, float]]:
    """Return the samples by family and by the label beside ``instance``."""
    return {
        family.name: {
            "".join(value for name, value in sample.labels.items() if name != "instance"): (
                sample.value
            )
            for sample in family.samples
        }
        for family in text_string_to_metric_families(text)
    }


@pytest.mark.django_db
def test_booths_tables_and_menus_are_counted_by_state() -> None:
    full = Booth.objects.create(name="가", is_dorder=True)
    own = Booth.objects.create(name="나")
    Booth.objects.create(name="다", is_dorder=True)
    gone = Booth.objects.create(name="라", is_dorder=True, missing_since=GONE)
    for booth, total, used in ((full, 10, 12), (own, 8, 3), (gone, 5, 1)):
        BoothDetail.objects.create(booth=booth, all_table=total, usage_table=used)
    for name, stock, missing in (("a", 3, None), ("b", 0, None), ("c", None, None), ("d", 1, GONE)):
        Menu.objects.create(booth=full, name=name, ingredient=stock, missing_since=missing)
    Menu.objects.create(booth=gone, name="e", ingredient=1)
    assert count_stock() == {
        "booths": {"listed": 2, "own": 1, "missing": 1},
        "tables": {"free": 5, "used": 15},
        "menus": {"in_stock": 1, "sold_out": 1, "uncounted": 1, "missing": 2},
    }


@pytest.mark.django_db
def test_an_empty_site_has_none_of_anything() -> None:
    assert {count for counts in count_stock().values() for count in counts.values()} == {0}


@pytest.mark.django_db
def test_a_scrape_costs_few_queries_and_tells_of_the_last_success(
    tmp_path: Any, captured: Any, settings: Any
) -> None:
    settings.BOOTH_SYNC_INSTANCE = "main"
    make_runner(tmp_path)(captured("d-order"))
    client = Client()
    client.get("/metrics")
    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/metrics")
    asked = [each["sql"] for each in queries if each["sql"].startswith("SELECT")]
    assert len(asked) <= 10
    assert answer["Content-Type"].startswith("text/plain; version=")
    told = read(answer.content.decode())
    assert told["booth_sync_up"] == {"database": 1.0}
    assert told["booth_sync_last_success_timestamp_seconds"][""] > 1_700_000_000
    assert told["booth_sync_booths"]["listed"] == Booth.objects.filter(is_dorder=True).count()
    assert set(told["booth_sync_tables"]) == {"free", "used"}
    assert 'booth_sync_up{instance="main",part="database"} 1.0' in answer.content.decode()


def make_timetable(*suspended: bool, reason: str = "") -> Timetable:
    changed = {"changed_at": make_instant(1_000)}
    entries = tuple(
        Entry(
            cronjob=make_cronjob(name=f"cron-{number}", suspended=each, **changed),
            next_run=None if each else make_instant(9_000 + number),
        )
        for number, each in enumerate(suspended)
    )
    error = ControlError("…", reason=reason) if reason else None
    return Timetable(entries=entries, error=error)


def make_instant(seconds: float) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, tz=UTC)


@pytest.mark.parametrize(
    ("timetable", "up", "suspended", "next_run"),
    [
        (make_timetable(False), {"cluster": True}, {"cron-0": False}, 9_000),
        (make_timetable(True), {"cluster": True}, {"cron-0": True}, None),
        (
            make_timetable(True, False, reason="differing"),
            {"cluster": True},
            {"cron-0": True, "cron-1": False},
            9_001,
        ),
        (make_timetable(reason="timeout"), {"cluster": False}, {}, None),
        (make_timetable(reason="not_configured"), {}, {}, None),
    ],
)
def test_the_schedule_is_told_as_far_as_it_is_known(
    timetable: Timetable, up: dict[str, bool], suspended: dict[str, bool], next_run: float | None
) -> None:
    told = describe_schedule(timetable)
    assert told["up"] == up
    assert told["suspended"] == suspended
    assert told["suspended_since"] == {name: 1_000 for name, off in suspended.items() if off}
    assert told["next_run_at"] == next_run
    assert told["suspended_by"].keys() == told["suspended_since"].keys()


def test_who_stopped_and_why_is_told_short_and_without_secrets(settings: Any) -> None:
    reason = f"{'긴 이유 ' * 23}{settings.SECRET_KEY} 때문에"  # a cut goes through the key
    stopped = make_cronjob(suspended=True, changed_by="대동제 당직\n둘째 줄", reason=reason)
    told = describe_schedule(Timetable(entries=(Entry(cronjob=stopped, next_run=None),)))
    [(by, why)] = told["suspended_by"].values()
    assert by == "대동제 당직 둘째 줄"
    assert why.endswith("…")
    assert settings.SECRET_KEY[:4] not in why
    assert len(why) == 120


def test_what_is_not_known_is_not_named() -> None:
    registry = make_site_registry(
        instance="x",
        up={"database": False},
        suspended={},
        suspended_since={},
        suspended_by={},
        next_run_at=None,
        succeeded_at=None,
        stock={},
    )
    samples = [sample for family in registry.collect() for sample in family.samples]
    assert [(each.name, each.value) for each in samples] == [("booth_sync_up", 0.0)]


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_it_is_only_read(method: str) -> None:
    answer = getattr(Client(), method)("/metrics")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("permissions", "scheme", "status"),
    [
        (("view_syncrun",), "Bearer", 200),
        (("operate_sync",), "Token", 200),
        ((), "Bearer", 403),
        (None, "Bearer", 401),
        (("view_syncrun",), "Basic", 403),
    ],
)
def test_from_elsewhere_it_takes_a_token(
    permissions: tuple[str, ...] | None, scheme: str, status: int
) -> None:
    text = "bsk_nobodys"
    if permissions is not None:
        user = User.objects.create_user("prometheus", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        _, text = tokens.issue(user, name="scrape")
    client = Client(REMOTE_ADDR="203.0.113.9")
    answer = client.get("/metrics", headers={"Authorization": f"{scheme} {text}"})
    assert answer.status_code == status
    assert client.get("/metrics").status_code == 403


def test_a_pod_is_scraped_by_its_address_and_says_when_the_database_is_away(
    upstream: SampleUpstream,
) -> None:
    with fresh_database() as database, serving(database) as site:
        manage(database, "booth_sync", "sync", BOOTH_SYNC_API_URL=upstream.url)
        people = make_people(database)

        def scrape(client: str, token: str = "") -> Any:
            plain = {"Host": "10.1.2.3:8000", "X-Forwarded-Proto": "http"}
            return site.ask("GET", "/metrics", client=client, token=token, headers=plain)

        assert read(scrape(INSIDE).text)["booth_sync_up"]["database"] == 1.0
        for known in ("see", "operate"):
            assert scrape(OUTSIDE, people[known]).status_code == 200
        database.execute("DELETE FROM booth_web_accesstoken WHERE name = 'operate'")
        assert scrape(OUTSIDE, people["operate"]).status_code == 401
        database.ruin()
        for answer in (scrape(INSIDE), scrape(OUTSIDE, people["see"])):
            told = read(answer.text)
            assert (answer.status_code, told["booth_sync_up"]["database"]) == (200, 0.0)
            assert told["booth_sync_last_success_timestamp_seconds"] == {}
        for unknown in (people["operate"], people["staff"]):
            assert scrape(OUTSIDE, unknown).status_code == 503
        assert "Traceback" not in site.log
