"""The picture of the dashboard in the docs: of the dashboard as it is, with something to see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import ROOT

from .backfill import serving_story
from .panels import Panel, ask_panels, ask_stops
from .picture import PICTURE, describe, draw
from .servers import Prometheus
from .story import BEGAN, BY, MINUTES, REASON, STOPPED, find_last_success

MAX_BYTES = 150_000
LATE_AFTER = 15
"""Minutes, as the rules have it."""


@pytest.fixture(scope="module")
def watcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with serving_story(tmp_path_factory.mktemp("story")) as prometheus:
        yield prometheus


@pytest.fixture(scope="module")
def panels(watcher: Prometheus) -> list[Panel]:
    return ask_panels(watcher)


def test_each_panel_has_something_to_show(panels: list[Panel]) -> None:
    empty = [panel.title for panel in panels if panel.found and not any(s for _, s in panel.found)]
    assert empty == ["누가 왜 중지했나 (who stopped it, and why)"]  # nobody at the end of the story


def test_the_states_are_those_of_the_story(panels: list[Panel]) -> None:
    [panel] = [each for each in panels if each.document["type"] == "state-timeline"]
    words = {
        line.name.split()[-1]: {
            round((at - BEGAN) / 60): panel.write(value)
            for at, value in zip(line.times, line.values, strict=True)
        }
        for line in panel.list_lines()
    }
    for minute in range(1, MINUTES):
        known = minute - 1  # rules are evaluated at some second of each minute
        is_late = minute - find_last_success(known) > LATE_AFTER
        data = "지연 (late)" if is_late else "최신 (fresh)"
        schedule = "중지됨 (stopped)" if known in STOPPED else "켜짐 (running)"
        assert (words["data"][minute], words["schedule"][minute]) == (data, schedule), minute


def test_the_stop_says_who_and_why(watcher: Prometheus) -> None:
    [stop] = ask_stops(watcher)
    assert BY in stop.name
    assert REASON in stop.name
    assert round((stop.times[0] - BEGAN) / 60) == STOPPED[0]


def test_the_picture_of_the_docs_is_of_the_dashboard_as_it_is(
    panels: list[Panel], watcher: Prometheus, tmp_path: Path
) -> None:
    drawn = tmp_path / "dashboard.png"
    draw(panels, ask_stops(watcher), drawn)
    for path in (drawn, PICTURE):
        with Image.open(path) as picture:
            assert picture.info == describe(), "python -m tests.prometheus.picture"
        assert path.stat().st_size < MAX_BYTES
    page = (ROOT / "docs" / "observability.md").read_text()
    assert f"](pictures/{PICTURE.name})" in page
