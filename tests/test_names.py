"""How names are stored, and what they are matched by."""

import sys
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booth.names import MAX_RAW_NAME, clean_name, find_key

FILLERS = "\u115f\u1160\u3164\uffa0"
JOINERS = {"\u200d", *map(chr, range(0xE0020, 0xE0080))}
EMOJI = "👨👩🏴🏽🇰❤↔1#\u200d\ufe0e\ufe0f\u20e3\U000e0067\U000e007f\u0338"
any_name = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(
            FILLERS + EMOJI + "\u200b\u200d\ufeff\u202e\x00\x1b\t\n\u3000\u2000\u0301가나eㅏ한"
        ),
        st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF),
    ),
    max_size=30,
)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("김치전", "김치전"),
        (unicodedata.normalize("NFD", "김치전"), "김치전"),
        ("경영대학  포차", "경영대학 포차"),
        ("경영대학\u3000포차", "경영대학 포차"),
        ("경영대학\u2000포차", "경영대학 포차"),
        ("경영대학\u00a0포차", "경영대학 포차"),
        ("경영대학\r\n포차", "경영대학 포차"),
        ("  포차\t", "포차"),
        ("포\u200b차", "포차"),
        ("포 \u200b 차", "포 차"),
        ("\ufeff포차", "포차"),
        ("\u202e포차\u202c", "포차"),
        ("포\u3164차", "포차"),
        ("포\x00차", "포차"),
        ("\x1b[31m포차", "[31m포차"),
        ("포\ud800차", "포차"),
        ("프론티어 🚀", "프론티어 🚀"),
        ("문과대학 야간주점 '달밤에'", "문과대학 야간주점 '달밤에'"),
        ("cafe\u0301", "caf\u00e9"),
        ("가\u200d나", "가나"),
        ("가\ufe0f", "가"),
        ("포\u2800차", "포차"),
        ("포\u00ad\u034f\u180e\U00016fe4차", "포차"),
        ("포\U000e0067\U000e007f차", "포차"),
        ("👨\u200d", "👨"),
        ("\u200d👨\ufe0f\ufe0f", "👨\ufe0f"),
        ("👨\u200b\u200d👩", "👨👩"),
        ("\u3164\u200b \x00", ""),
        ("\u2800 \u200d\ufe0f\U000e0067\u00ad", ""),
        ("", ""),
    ],
)
def test_a_name_has_one_spelling(name: str, wanted: str) -> None:
    assert clean_name(name) == wanted


def test_full_width_and_half_width_letters_stay_different_names() -> None:
    assert clean_name("ＡＢＣ") != clean_name("ABC")


@settings(max_examples=300, deadline=None)
@given(any_name)
def test_cleaning_a_clean_name_changes_nothing(name: str) -> None:
    once = clean_name(name)
    assert clean_name(once) == once


@settings(max_examples=300, deadline=None)
@given(any_name)
def test_a_clean_name_is_safe_to_store_and_to_print(name: str) -> None:
    cleaned = clean_name(name)
    assert cleaned.encode().decode() == cleaned
    unseen = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not {unicodedata.category(char) for char in cleaned if char not in JOINERS} & unseen
    assert not {unicodedata.category(char) for char in find_key(name)} & unseen
    assert not set(cleaned) & set(FILLERS)
    assert bool(cleaned) is bool(find_key(name))
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == " ".join(cleaned.split())


@settings(max_examples=300, deadline=None)
@given(any_name)
def test_composed_and_decomposed_spellings_are_one_name(name: str) -> None:
    decomposed = unicodedata.normalize("NFD", clean_name(name))
    assert clean_name(decomposed) == clean_name(name)


SEQUENCES = (
    *(
        "👨\u200d👩\u200d👧 가족주점",
        "\U0001f3f3\ufe0f\u200d🌈",
        "🕵🏻\u200d♂\ufe0f",
        "🙂\u200d↔\ufe0f",
    ),
    *(
        "❤\ufe0f\u200d🔥",
        "1\ufe0f\u20e3번",
        "#\ufe0f\u20e3",
        "👍🏽",
        "🇰🇷",
        "☎\ufe0e",
        "©\ufe0f",
        "🫩",
    ),
    *(f"🏴{''.join(chr(0xE0000 + ord(c)) for c in code)}\U000e007f" for code in ("gbeng", "gbsct")),
)


@pytest.mark.parametrize("name", SEQUENCES)
def test_an_emoji_stays_whole_and_is_matched_without_what_joins_it(name: str) -> None:
    assert clean_name(f"  {name}\u200b ") == name
    apart = "".join(char for char in name if char not in JOINERS | {"\ufe0e", "\ufe0f"})
    assert find_key(name) == find_key(apart) == apart


def test_whatever_unicode_calls_invisible_is_left_out() -> None:
    invisible = [
        char
        for char in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(char) in {"Cc", "Cf", "Cs"}
        or unicodedata.name(char, "").startswith(("VARIATION SELECTOR", "MONGOLIAN FREE VAR"))
        or unicodedata.name(char, "").endswith(
            ("JUNGSEONG FILLER", "HANGUL FILLER", "SCRIPT FILLER")
        )
    ]
    assert len(invisible) > 2500
    assert {
        char for char in invisible if clean_name(f"가{char}나") not in ("가나", "가 나")
    } == set()
    assert {char for char in invisible if find_key(char)} == set()


@settings(max_examples=300, deadline=None)
@given(any_name)
def test_what_is_stored_is_found_again(name: str) -> None:
    assert find_key(clean_name(name)) == find_key(name)
    assert find_key(find_key(name)) == find_key(name)
    without = unicodedata.normalize("NFC", "".join(c for c in clean_name(name) if c not in JOINERS))
    assert find_key(without) == find_key(name)


@pytest.mark.parametrize(
    "start", ["a\u0301\u0316", "\u2800", "👨\u200d", "🏴\U000e0041", "1\ufe0f", "가 ", "\t\u200b"]
)
def test_no_name_within_the_limit_takes_long(start: str) -> None:
    began = time.process_time()
    for place in range(100):
        name = (f"{place}" + start * MAX_RAW_NAME)[:MAX_RAW_NAME]
        find_key(name)
    assert time.process_time() - began < 2  # 100 of them, so 20 ms each


def test_a_stored_name_too_long_to_be_listed_is_its_own_key() -> None:
    name = "a" + "\u0301\u0316" * 1_000_000
    assert find_key(name) is name
