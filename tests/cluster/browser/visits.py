"""What people do in a browser."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from tests.web.site import DIRECT

OPEN = DIRECT | {
    "BOOTH_SYNC_HSTS_SECONDS": "0",
    "BOOTH_SYNC_RUNBOOK_URL": "https://runbook.invalid/runbook.ko.md",
}
"""A site without TLS and a proxy, for browsers on this machine."""
MAX_TABS = 80


def log_in(page: Page, origin: str, name: str = "operate") -> None:
    """Log in by the form and arrive at the first page."""
    page.goto(f"{origin}/console/")
    page.get_by_label("이름").fill(name)
    page.get_by_label("비밀번호").fill(f"pass-of-{name}")
    page.get_by_role("button", name="로그인").click()
    page.wait_for_url(f"{origin}/console/")


def tap(target: Locator) -> None:
    """Press what there is, with a finger."""
    target.click()


def reach(target: Locator) -> None:
    """Press what there is by the keyboard alone: go there by Tab, and press Enter or Space."""
    page = target.page
    page.keyboard.press("Control+Home")
    for _ in range(MAX_TABS):
        if target.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    else:
        raise AssertionError(f"the keyboard does not reach {target}")
    is_choice = target.get_attribute("type") == "radio"
    page.keyboard.press("Space" if is_choice else "Enter")
