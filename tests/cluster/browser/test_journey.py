"""What an operator does in a night, on a phone and on a screen, without a script and a mouse."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from sample_upstream import SampleUpstream
from tests.cluster.conftest import NAMES, patch_by_hand, see, see_suspended
from tests.cluster.deployment import Deployment
from tests.cluster.proxy import FaultProxy
from tests.conftest import run_command
from tests.web.site import Site
from tests.web.test_once import let_pass

from .visits import log_in, reach, tap

POLLED_SECONDS = 15
FIRST_BYTES, POLL_BYTES = 30_000, 3_000
PHONE, SCREEN = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=800)
WAYS: dict[str, tuple[dict[str, Any], Callable[[Locator], None]]] = {
    "phone": ({"viewport": PHONE}, tap),
    "screen": ({"viewport": SCREEN}, tap),
    "without JavaScript": ({"viewport": PHONE, "java_script_enabled": False}, tap),
    "by keyboard": ({"viewport": SCREEN}, reach),
}


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name, exact=True)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


@pytest.mark.parametrize("way", WAYS)
def test_a_night(
    browser: Browser, site: Site, deployment: Deployment, upstream: SampleUpstream, way: str
) -> None:
    options, press = WAYS[way]
    with browser.new_context(locale="ko-KR", **options) as context:
        page = context.new_page()
        log_in(page, site.origin)
        facts = page.get_by_role("status").last
        expect(facts).to_contain_text("아직 실행된 적 없음")
        expect(facts).to_contain_text("켜짐")

        press(button(page, "지금 동기화"))
        expect(page.get_by_text("동기화했습니다. 바뀐 것")).to_be_visible()
        expect(facts).to_contain_text("최신")

        press(link(page, "예약 끄기…"))
        press(page.get_by_label("D-Order 점검"))
        press(button(page, "예약 끄기"))
        expect(page.get_by_text("예약 실행을 껐습니다.")).to_be_visible()
        expect(facts).to_contain_text("중지됨")
        expect(page.get_by_text("이유: D-Order 점검")).to_be_visible()
        assert see_suspended(deployment) == [True, True]
        notes = see(deployment, NAMES[0])["metadata"]["annotations"]
        assert notes["booth-sync/changed-by"] == "operate"

        press(button(page, "되돌리기: 다시 켜기"))
        expect(page.get_by_text("예약 실행을 켰습니다.")).to_be_visible()
        assert see_suspended(deployment) == [False, False]

        let_pass(site.database)
        upstream.tick()
        press(link(page, "미리 보기"))
        expect(page.get_by_text("아직 아무것도 저장하지 않았습니다.")).to_be_visible()
        press(button(page, "이대로 동기화"))
        expect(page.get_by_text(re.compile("동기화했습니다. 바뀐 것 [1-9]"))).to_be_visible()

        failing: dict[str, Any] = {
            "DATABASE_URL": site.database.url,
            "BOOTH_SYNC_API_URL": upstream.fault_url("status-500"),
            "BOOTH_SYNC_MAX_ATTEMPTS": "1",
        }
        assert run_command("booth_sync", "sync", **failing).returncode == 69
        press(link(page, "새로고침"))
        expect(
            page.get_by_text("마지막 실행이 실패했지만 데이터는 아직 최신입니다.")
        ).to_be_visible()
        press(link(page, "실행 #3 보기"))
        expect(page.get_by_role("heading", name="실행 #3: 실패")).to_be_visible()
        expect(page.get_by_text("source_http_500")).to_be_visible()
        address = link(page, "안내서에서 찾기").get_attribute("href")
        assert address == "https://runbook.invalid/runbook.ko.md#데이터가-오래됨"


def test_a_press_on_an_old_page_undoes_nobody_elses(deployment: Deployment, phone: Page) -> None:
    link(phone, "예약 끄기…").click()
    patch_by_hand(deployment, suspend=True)
    patch_by_hand(deployment, suspend=False)
    changed = json.dumps({"metadata": {"annotations": {"booth-sync/changed-by": "하늘"}}})
    deployment.as_admin("patch", "cronjob", *NAMES, "--type=merge", "-p", changed)
    phone.get_by_label("오늘 운영 종료").check()
    button(phone, "예약 끄기").click()
    expect(phone.get_by_text("그 사이에 예약 실행이 바뀌어 처리하지 않았습니다.")).to_be_visible()
    assert see_suspended(deployment) == [False, False]


def test_a_press_that_comes_too_late_changes_nothing(deployment: Deployment, phone: Page) -> None:
    link(phone, "예약 끄기…").click()
    patch_by_hand(deployment, suspend=True)
    phone.get_by_label("오늘 운영 종료").check()
    button(phone, "예약 끄기").click()
    expect(phone.get_by_text("이미 꺼져 있어 바꾼 것이 없습니다.")).to_be_visible()


def test_what_kubectl_changes_is_seen_without_a_touch(deployment: Deployment, phone: Page) -> None:
    facts = phone.get_by_role("status").last
    expect(facts).to_contain_text("켜짐")
    patch_by_hand(deployment, suspend=True)
    expect(facts).to_contain_text("중지됨", timeout=POLLED_SECONDS * 1000)
    assert phone.title().startswith("○ 아직 실행된 적 없음 · 예약 ■ 중지됨")
    assert button(phone, "예약 켜기").is_visible()


def test_a_page_that_cannot_reach_its_server_says_so_and_forgets_it(phone: Page) -> None:
    trouble = phone.locator("#trouble")
    phone.context.set_offline(True)
    expect(trouble).to_contain_text("서버에 닿지 못해", timeout=30_000)
    phone.context.set_offline(False)
    expect(trouble).to_be_hidden(timeout=40_000)


def test_a_part_that_has_the_focus_is_left_alone(deployment: Deployment, phone: Page) -> None:
    link(phone, "예약 끄기…").focus()
    patch_by_hand(deployment, suspend=True)
    expect(phone.get_by_role("status").last).to_contain_text("중지됨", timeout=20_000)
    assert link(phone, "예약 끄기…").is_visible()
    phone.evaluate("document.activeElement.blur()")
    expect(button(phone, "예약 켜기")).to_be_visible(timeout=20_000)


def test_refreshing_can_be_paused(deployment: Deployment, phone: Page) -> None:
    button(phone, "자동 새로고침 멈추기").click()
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.wait_for_timeout(10_000)
    assert asked == []
    with phone.expect_request("**/console/state/"):
        button(phone, "자동 새로고침 켜기").click()
    expect(button(phone, "자동 새로고침 멈추기")).to_be_visible()


def test_a_page_is_light_and_many_of_them_ask_the_cluster_no_more_than_one(
    browser: Browser, site: Site, proxy: FaultProxy
) -> None:
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        log_in(page, site.origin)
        sizes: dict[str, int] = {}

        def weigh(request: Any) -> None:
            told = request.sizes()
            size = told["responseBodySize"] + told["responseHeadersSize"]
            sizes[request.url] = sizes.get(request.url, 0) + size

        with browser.new_context(
            viewport=PHONE, storage_state=context.storage_state()
        ) as fresh:  # nothing cached
            first = fresh.new_page()
            first.on("requestfinished", weigh)
            first.goto(f"{site.origin}/console/", wait_until="networkidle")
            assert sum(sizes.values()) <= FIRST_BYTES, sizes
            sizes.clear()
            pages = [fresh.new_page() for _ in range(8)]
            for each in pages:
                each.goto(f"{site.origin}/console/")
            proxy.requests.clear()
            first.wait_for_timeout(16_000)
            polled = [size for url, size in sizes.items() if url.endswith("state/")]
            assert polled
            assert max(polled) <= POLL_BYTES * 2  # in two polls
            assert len(proxy.requests) <= len(NAMES) * (16 // 5 + 1)
