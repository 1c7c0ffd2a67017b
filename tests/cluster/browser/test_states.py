"""Every state and every page, at both widths and in both schemes of colours, looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from sample_upstream import SampleUpstream
from tests.cluster.deployment import Deployment
from tests.cluster.proxy import FaultProxy
from tests.faults.databases import fresh_database
from tests.web.people import make_people
from tests.web.site import Site, manage, serving

from .looks import find_faults, take_picture
from .states import STATES, Stage, show
from .visits import OPEN, log_in

SIZES = (ViewportSize(width=390, height=844), ViewportSize(width=1280, height=800))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
Look = Callable[[Page, str], None]


@pytest.fixture
def look() -> Iterator[Look]:
    """A function that looks at a page, at both widths and in both schemes."""
    faults: list[str] = []

    def examine(page: Page, name: str) -> None:
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            for size in SIZES:
                page.set_viewport_size(size)
                found = find_faults(page)
                faults.extend(f"{name}, {scheme}, {size['width']}: {each}" for each in found)
                if scheme == "light":
                    take_picture(page, name)

    yield examine
    assert faults == []


def test_each_state_can_be_read_by_everybody(
    site: Site, deployment: Deployment, proxy: FaultProxy, phone: Page, look: Look
) -> None:
    stage = Stage(site, deployment, proxy)
    for name, state in STATES.items():
        state.prepare(stage)
        show(phone, site.origin, state)
        look(phone, name)


def test_each_page_can_be_read_by_everybody(
    site: Site,
    deployment: Deployment,
    proxy: FaultProxy,
    upstream: SampleUpstream,
    phone: Page,
    look: Look,
) -> None:
    stage = Stage(site, deployment, proxy)
    manage(site.database, "booth_sync", "sync", BOOTH_SYNC_API_URL=upstream.url)
    STATES["failed"].prepare(stage)
    origin = f"{site.origin}/console"
    phone.goto(f"{origin}/runs/")
    look(phone, "runs")
    phone.locator("tbody a").first.click()
    expect(phone.get_by_role("heading", name="실패")).to_be_visible()
    look(phone, "failed run")
    STATES["partial"].prepare(stage)
    phone.goto(f"{origin}/runs/")
    phone.locator("tbody a").first.click()
    look(phone, "partial run")
    for path, name in (
        *(("stop/", "stop"), ("booths/", "booths"), ("booths/?q=없는", "no booths")),
        *(("nix/", "not found"), ("preview/", "nothing to change")),
    ):
        phone.goto(f"{origin}/{path}")
        look(phone, name)
    phone.goto(f"{origin}/stop/")
    phone.get_by_role("button", name="예약 끄기").click()
    look(phone, "stop without a reason")
    upstream.tick()
    phone.goto(f"{origin}/preview/")
    look(phone, "preview")
    phone.goto(f"{origin}/stop/")
    phone.get_by_label("오늘 운영 종료").check()
    phone.get_by_role("button", name="예약 끄기").click()
    expect(phone.get_by_text("예약 실행을 껐습니다.")).to_be_visible()
    look(phone, "banner")


def test_a_refused_list_can_be_read_by_everybody(
    browser: Browser, upstream: SampleUpstream, look: Look
) -> None:
    with fresh_database() as database, SampleUpstream(booths=30, menus=1) as full:
        manage(database, "booth_sync", "sync", BOOTH_SYNC_API_URL=full.url)
        make_people(database)
        with (
            serving(database, BOOTH_SYNC_API_URL=upstream.url, **OPEN) as site,
            browser.new_context(locale="ko-KR") as context,
        ):
            page = context.new_page()
            log_in(page, site.origin)
            assert "예약 ○ 설정 안 됨" in page.title()
            look(page, "without a schedule")
            page.get_by_role("link", name="미리 보기").click()
            look(page, "refused")
            page.get_by_role("link", name="받아들이면 무엇이 바뀌는지 보기").click()
            look(page, "shrunk")


def test_who_is_not_in_can_read_why(browser: Browser, site: Site, look: Look) -> None:
    with browser.new_context(locale="ko-KR") as context:
        page = context.new_page()
        page.goto(f"{site.origin}/console/")
        look(page, "login")
        page.get_by_label("이름").fill("operate")
        page.get_by_label("비밀번호").fill("wrong")
        page.get_by_role("button", name="로그인").click()
        look(page, "wrong password")
        page.get_by_label("이름").fill("see")
        page.get_by_label("비밀번호").fill("pass-of-see")
        page.get_by_role("button", name="로그인").click()
        page.wait_for_url(f"{site.origin}/console/")
        look(page, "only sees")
        page.goto(f"{site.origin}/console/stop/")
        look(page, "may not")


def test_a_press_after_the_session_has_ended_is_told(phone: Page, look: Look) -> None:
    phone.context.clear_cookies(name="sessionid")
    phone.get_by_role("button", name="지금 동기화").click()
    expect(phone.get_by_text("누른 것을 처리하지 않았습니다.")).to_be_visible()
    look(phone, "session ended")


def test_a_form_without_its_token_is_told(phone: Page, look: Look) -> None:
    phone.context.clear_cookies(name="csrftoken")
    phone.get_by_role("button", name="지금 동기화").click()
    expect(phone.get_by_text("오래된 페이지에서")).to_be_visible()
    look(phone, "form without token")


def test_a_database_that_breaks_is_told(site: Site, phone: Page, look: Look) -> None:
    site.database.ruin()
    phone.reload()
    expect(phone.get_by_role("heading", name="지금은 보여 드릴 수 없습니다")).to_be_visible()
    expect(phone.get_by_text("DATABASE_URL")).to_be_visible()
    look(phone, "no database")
    assert "Traceback" not in site.log
