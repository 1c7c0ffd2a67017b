"""Whether people can use a page: what axe finds, what does not fit, what is too small to tap."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LEAST_TARGET = 48
NARROW = 320
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SMALL = """least => [...document.querySelectorAll("a, button, input, label.choice")]
  .filter(each => each.checkVisibility() && !each.matches(".skip, [type=hidden], .choice input"))
  .map(each => [each.textContent.trim() || each.name, each.getBoundingClientRect()])
  .filter(([, box]) => box.height < least - 0.5 || box.width < least - 0.5)
  .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""
_BREAKS = "getComputedStyle(document.body).wordBreak"


def find_faults(page: Page) -> list[str]:
    """Return what is wrong with a page as it is, at 320 px and with text of twice the size."""
    found = [f"axe: {each['id']} {each['nodes']}" for each in _run_axe(page)]
    found += [f"too small: {each}" for each in page.evaluate(_SMALL, LEAST_TARGET)]
    if page.evaluate(_BREAKS) != "keep-all":
        found.append("words are broken")
    found += [f"too wide: {name}" for name, wider in _measure_widths(page).items() if wider > 0]
    return found


def take_picture(page: Page, name: str) -> None:
    """Keep a picture in the folder BOOTH_PICTURES, if there is one."""
    if folder := os.environ.get("BOOTH_PICTURES"):
        size = page.viewport_size or {"width": 0}
        path = Path(folder) / f"{name.replace(' ', '-')}-{size['width']}.png"
        page.screenshot(path=path)


def _run_axe(page: Page) -> list[Any]:
    violations: list[Any] = Axe().run(page).response["violations"]
    return [
        {"id": each["id"], "nodes": [node["html"][:120] for node in each["nodes"]]}
        for each in violations
    ]


def _measure_widths(page: Page) -> dict[str, int]:
    size = page.viewport_size
    assert size
    widths = {"as it is": int(page.evaluate(_WIDER))}
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    widths["at 200 %"] = int(page.evaluate(_WIDER))
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size({"width": NARROW, "height": size["height"]})
    widths[f"at {NARROW} px"] = int(page.evaluate(_WIDER))
    page.set_viewport_size(size)
    return widths
