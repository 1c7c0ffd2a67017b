"""What good answers look like, for the OpenAPI document; a test holds them against its schemas."""

from __future__ import annotations

from typing import Any

COUNTS = {"created": 0, "updated": 1, "unchanged": 14, "missing": 0}
COUNTS |= {"rejected": 0, "duplicate": 1, "conflict": 0}
PROBLEM = {
    "kind": "duplicate",
    "path": "data.boothDetails[1]",
    "reason": "같은 이름의 부스가 또 있어, 테이블과 메뉴가 더 많은 쪽을 씁니다.",
    "name": "가 포차",
}
STAGES = {"fetch": 0.1204, "parse": 0.0011, "plan": 0.0042, "store": 0.0103}
BOOTH: dict[str, Any] = {
    "id": 1,
    "name": "가 포차",
    "category": "BOOTH",
    "description": "학생회관 앞",
    "is_dorder": True,
    "tables": {"total": 12, "used": 7, "free": 5},
    "menus": [{"id": 3, "name": "파전", "price": 9000, "stock": 48, "in_stock": True}],
}
BOOTHS = {
    "as_of": "2026-11-25T20:30:03+09:00",
    "updated_at": "2026-11-25T20:25:02+09:00",
    "stale": False,
    "booths": [BOOTH],
}
RUN: dict[str, Any] = {
    "run": 7,
    "status": "succeeded",
    "trigger": "schedule",
    "requested_by": "",
    "started_at": "2026-11-25T20:30:02+09:00",
    "finished_at": "2026-11-25T20:30:03+09:00",
    "expires_at": "2026-11-25T20:32:02+09:00",
    "duration": 0.1412,
    "counts": {"booths": COUNTS, "menus": COUNTS},
    "stages": STAGES,
    "problems": [],
    "feed_bytes": 10432,
    "feed_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "http_status": 200,
    "job_name": "booth-sync-29926650",
    "pod_name": "booth-sync-29926650-x7k2p",
    "error": None,
}
REPORT: dict[str, Any] = {
    "run": 7,
    "status": "succeeded",
    "trigger": "api",
    "dry_run": False,
    "counts": {"booths": COUNTS, "menus": COUNTS},
    "problems": [PROBLEM],
    "more_problems": 0,
    "stages": STAGES,
    "duration": 0.1412,
    "error": None,
}
CHANGES = [
    {"kind": "update", "booth": "가 포차", "menu": "파전", "fields": {"ingredient": [48, 47]}},
    {"kind": "create", "booth": "나 주점", "menu": None, "fields": {"all_table": [None, 4]}},
]
PREVIEW = REPORT | {"run": None, "dry_run": True, "changes": CHANGES, "more_changes": 0}
STATUS: dict[str, Any] = {
    "is_running": False,
    "sync_interval": 300,
    "api_url": "https://host/api/v2/public/d-order/booths/",
    "thread_alive": False,
    "last_update": "2026-11-25T20:30:03+09:00",
    "cronjobs": [
        {
            "name": "booth-sync",
            "namespace": "festival",
            "schedule": "*/5 * * * *",
            "time_zone": "Asia/Seoul",
            "suspended": True,
            "changed_by": "minji",
            "changed_at": "2026-11-25T20:31:10+09:00",
            "reason": "무대 점검",
            "next_run": None,
            "last_schedule": "2026-11-25T20:30:00+09:00",
            "active": [],
        }
    ],
    "last_run": RUN,
    "last_success": RUN,
    "last_success_age": 67.4,
    "stale": False,
    "stale_after": 900.0,
    "rows": {"booths": 15, "missing_booths": 1, "menus": 149, "missing_menus": 0},
    "control_error": None,
}
STARTED: dict[str, Any] = {
    "is_running": True,
    "changed": ["booth-sync"],
    "next_run": "2026-11-25T20:35:00+09:00",
    "active": [],
    "run": None,
}
STOPPED: dict[str, Any] = STARTED | {"is_running": False, "next_run": None, "run": 7}
RUNS = {"runs": [RUN], "next": 6}
