"""Every state that the console shows, brought about on real parts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page

from tests.cluster.conftest import NAMES, patch_by_hand
from tests.cluster.deployment import Deployment
from tests.cluster.proxy import FaultProxy
from tests.faults.databases import Database
from tests.web.site import Site, manage

ON, OFF, UNKNOWN = "예약 ● 켜짐", "예약 ■ 중지됨", "예약 ◆ 알 수 없음"
FRESH, LATE, NEVER = "● 최신", "▲ 지연", "○ 아직 실행된 적 없음"
COUNTS = {
    "booths": {"created": 0, "updated": 3, "unchanged": 9, "missing": 1, "rejected": 0},
    "menus": {"created": 2, "updated": 14, "unchanged": 60, "missing": 0, "rejected": 0},
}
STAGES = {"fetch": 0.31, "parse": 0.02, "plan": 0.01, "store": 0.06}
PROBLEM = {
    "kind": "rejected",
    "path": "data.boothDetails[3].boothAllTable",
    "reason": "-1입니다. 0 이상 2147483647 이하의 정수여야 합니다.",
    "name": "푸름누리",
}
UPSTREAM_500 = {
    "error_code": "source_http_500",
    "error_message": "D-Order의 응답이 HTTP 500입니다. 다음 실행이 다시 시도합니다.",
    "http_status": 500,
    "feed_bytes": None,
    "stages": json.dumps({"fetch": 0.31}),
}
"""What a run stores to which D-Order has answered so."""


@dataclass(frozen=True)
class Stage:
    """A site, and what stands behind it."""

    site: Site
    deployment: Deployment
    proxy: FaultProxy

    @property
    def database(self) -> Database:
        return self.site.database

    def clear(self) -> None:
        """Begin with no run, a schedule that is on, and nothing wrong."""
        self.proxy.fault = None
        self.database.execute("DELETE FROM booth_syncrun")
        patch_by_hand(self.deployment, suspend=False)

    def add_run(self, status: str = "succeeded", *, minutes: float, **fields: Any) -> None:
        """Store a run that began so many minutes ago."""
        began = datetime.now(UTC) - timedelta(minutes=minutes)
        seconds = fields.pop("seconds", 0.4)
        usual = {
            "status": status,
            "trigger": "schedule",
            "requested_by": "",
            "started_at": began,
            "expires_at": began + timedelta(minutes=2),
            "finished_at": None if status == "running" else began + timedelta(seconds=seconds),
            "counts": json.dumps(COUNTS if status in {"succeeded", "partial"} else {}),
            "stages": json.dumps(STAGES),
            "problems": "[]",
            "feed_bytes": 5432,
            "feed_sha256": "",
            "http_status": 200,
            "error_code": "",
            "error_message": "",
            "job_name": "booth-sync-29401234",
            "pod_name": "booth-sync-29401234-x7k2p",
        }
        row = usual | fields
        values = ", ".join(_quote(value) for value in row.values())
        self.database.execute(f"INSERT INTO booth_syncrun ({', '.join(row)}) VALUES ({values})")

    def fill(self) -> None:
        """Store a day of runs, the newest five minutes ago."""
        for number in range(23, 0, -1):
            minutes = 5.0 * number + 1
            seconds = 0.3 + (number * 7 % 11) / 10
            if number in {5, 16}:
                self.add_run("failed", minutes=minutes, seconds=2.5, **UPSTREAM_500)
            elif number in {8, 9}:
                self.add_run("partial", minutes=minutes, seconds=seconds)
            elif number == 12:
                self.add_run("lost", minutes=minutes, seconds=1.9, error_code="lost")
            elif number == 19:
                self.add_run("aborted", minutes=minutes, seconds=1.2, error_code="aborted")
            else:
                self.add_run(minutes=minutes, seconds=seconds)

    def stop(self) -> None:
        """Turn the schedule off, as an operator does."""
        told = ("--by", "민지", "--reason", "무대 점검")
        operator = {"KUBECONFIG": self.deployment.operator, "BOOTH_SYNC_CRONJOBS": ",".join(NAMES)}
        manage(self.database, "booth_sync", "stop", *told, **operator)

    def patch(self, patch: dict[str, Any], *names: str) -> None:
        """Change CronJobs, all of them where none is named."""
        self.deployment.as_admin(
            "patch", "cronjob", *(names or NAMES), "--type=merge", "-p", json.dumps(patch)
        )


@dataclass(frozen=True)
class State:
    """How to bring a state about, and how its page is titled."""

    prepare: Callable[[Stage], None]
    title: str
    says: str


def _first(stage: Stage) -> None:
    stage.clear()


def _fresh(stage: Stage) -> None:
    stage.clear()
    stage.fill()
    stage.add_run(minutes=1)


def _partial(stage: Stage) -> None:
    stage.clear()
    stage.fill()
    stage.add_run("partial", minutes=1, problems=json.dumps([PROBLEM]))


def _failed(stage: Stage) -> None:
    stage.clear()
    stage.fill()
    stage.add_run("failed", minutes=1, **UPSTREAM_500)


def _late(stage: Stage) -> None:
    stage.clear()
    stage.add_run(minutes=48)
    for minutes in (10, 5):
        stage.add_run("failed", minutes=minutes, **UPSTREAM_500)


def _stopped(stage: Stage) -> None:
    _fresh(stage)
    stage.stop()


def _stopped_and_late(stage: Stage) -> None:
    stage.clear()
    stage.add_run(minutes=48)
    stage.stop()


def _running(stage: Stage) -> None:
    _fresh(stage)
    stage.add_run("running", minutes=0.2)


def _by_hand(stage: Stage) -> None:
    stage.clear()
    stage.fill()
    stage.add_run(minutes=0.1, trigger="console", requested_by="operate")


def _differing(stage: Stage) -> None:
    _fresh(stage)
    stage.patch({"spec": {"suspend": True}}, NAMES[1])


def _unreachable(stage: Stage) -> None:
    _fresh(stage)
    stage.proxy.fault = "hang_after_reading"


def _forbidden(stage: Stage) -> None:
    _fresh(stage)
    stage.proxy.fault = "forbidden"


def _clock(stage: Stage) -> None:
    stage.clear()
    stage.add_run(minutes=-90)


STATES = {
    "first use": State(_first, f"{NEVER} · {ON}", "첫 실행을 기다리고 있습니다."),
    "fresh": State(_fresh, f"{FRESH} · {ON}", "정상입니다. 할 일이 없습니다."),
    "partial": State(_partial, f"{FRESH} · {ON}", "쓰지 못한 항목이 있습니다."),
    "failed": State(_failed, f"{FRESH} · {ON}", "마지막 실행이 실패했지만"),
    "late": State(_late, f"{LATE} · {ON}", "HTTP 500"),
    "stopped": State(_stopped, f"{FRESH} · {OFF}", "이유: 무대 점검"),
    "stopped and late": State(_stopped_and_late, f"{LATE} · {OFF}", "꺼져 있어 데이터가"),
    "running": State(_running, f"{FRESH} · {ON}", "늦어도"),
    "just synced": State(_by_hand, f"{FRESH} · {ON}", "부터 다시 할 수 있습니다."),
    "differing": State(_differing, f"{FRESH} · {UNKNOWN}", "다릅니다"),
    "unreachable": State(_unreachable, f"{FRESH} · {UNKNOWN}", "Kubernetes API 서버가"),
    "forbidden": State(_forbidden, f"{FRESH} · {UNKNOWN}", "권한"),
    "clock off": State(_clock, f"◆ 알 수 없음 · {ON}", "시계를 확인하세요"),
}


def show(page: Page, origin: str, state: State) -> None:
    """Open the first page until it shows the state: what it knows of the cluster may be 5 s old."""
    title, told = f"{state.title} — 부스 동기화", ""
    for _ in range(20):
        page.goto(f"{origin}/console/")
        told = page.inner_text("main")
        if page.title() == title and state.says in told:
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{page.title()}: {told}")


def _quote(value: Any) -> str:
    if value is None or isinstance(value, int):
        return "NULL" if value is None else str(value)
    text = f"{value:%Y-%m-%d %H:%M:%S.%f}+00" if isinstance(value, datetime) else str(value)
    return "'" + text.replace("'", "''") + "'"
