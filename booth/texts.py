"""Sentences and words that several doors say alike."""

from __future__ import annotations

STARTED = "부스 데이터 동기화가 시작되었습니다."
STOPPED = "부스 데이터 동기화가 중지되었습니다."
"""What the predecessor's API says of a start and a stop; a terminal says ``SWITCHED``."""
COMPLETED = "부스 데이터 동기화가 완료되었습니다."
STATUS_READ = "동기화 상태 조회 성공"
"""The predecessor's API says these too, of a sync and of the status."""
LIST_READ = "부스 목록 조회 성공"
BOOTH_READ = "부스 조회 성공"
PREVIEWED = "동기화 미리 보기 성공"
RUNS_READ = "동기화 실행 목록 조회 성공"
RUN_READ = "동기화 실행 조회 성공"
OLD_PAGE = "쿠키가 없거나 오래된 페이지에서 눌러 처리하지 않았습니다. 새로 고치고 다시 누르세요."
"""What a page says of a form without its CSRF token."""
SWITCHED = {False: "예약 실행을 켰습니다.", True: "예약 실행을 껐습니다."}
"""What is said, by ``suspended``, where a start or stop changed something."""
ALREADY = {
    False: "예약 실행이 이미 켜져 있어 바꾼 것이 없습니다.",
    True: "예약 실행이 이미 꺼져 있어 바꾼 것이 없습니다.",
}
"""What is said, by ``suspended``, where a start or stop finds everything as wanted."""
DONE = {False: "예약 실행을 켰습니다", True: "예약 실행을 껐습니다"}
"""What is logged, by ``suspended``, of each CronJob that a switch changed."""
RESULTS = {
    "created": "생성",
    "updated": "변경",
    "unchanged": "그대로",
    "missing": "사라짐",
    "rejected": "거부",
    "duplicate": "중복",
    "conflict": "충돌",
}
"""The counts of a run."""
ENTITIES = {"booths": "부스", "menus": "메뉴"}
"""What is counted."""
FIELDS = {
    "all_table": "테이블",
    "usage_table": "사용 중",
    "can_usage": "",
    "ingredient": "재고",
    "sold": "판매",
}
"""The fields of a row that a run changes; the values of an empty one speak for themselves."""
USABLE = {True: "이용 가능", False: "이용 불가"}
REFUSED_FOR = 3
"""As many problems of a refused feed are told on a terminal; the others are in its row."""
MORE_PROBLEMS = "… 그 밖에 문제 항목이 {}개 더 있습니다."
STAGES = {"fetch": "받는 중", "parse": "읽는 중", "plan": "비교 중", "store": "저장 중"}
