"""Names that look alike are one name, however they are spelled."""

import pytest

from booth.names import find_key
from booth.sync.plan import EntityCounts, StoredBooth, StoredMenu, StoredState
from tests.test_plan import booth, menu, plan


@pytest.mark.parametrize(
    ("listed", "stored"),
    [
        ("👨\u200d👩\u200d👧 가족주점", "👨👩👧 가족주점"),
        ("\U0001f3f3\ufe0f\u200d🌈", "\U0001f3f3\ufe0f🌈"),
        ("포차", "포\u2800차"),
        ("포차", "포\u00ad차"),
    ],
)
def test_a_row_stored_with_another_spelling_is_the_same_booth(listed: str, stored: str) -> None:
    row = StoredBooth(1, stored, None, 10, 4, True, "")
    menu_row = StoredMenu(2, 1, stored, 5, 0, False)
    rows = StoredState(
        booths={find_key(stored): row},
        menus={1: {find_key(stored): menu_row}},
        hand_made=frozenset(),
    )
    made = plan([booth(listed, menus=[menu(listed, 5)])], rows)
    assert made.is_empty
    assert made.counts.booths.unchanged == made.counts.menus.unchanged == 1


def test_names_that_look_alike_are_twins() -> None:
    twins = [
        booth("👨\u200d👩 주점", 3, menus=[menu("❤", 2), menu("❤\ufe0f", 1)]),
        booth("👨👩 주점", 2),
    ]
    made = plan(twins)
    assert made.counts.booths == EntityCounts(created=1, duplicate=1)
    assert made.counts.menus == EntityCounts(created=1, duplicate=1)
    assert [change.name for change in made.booths] == ["👨\u200d👩 주점"]
