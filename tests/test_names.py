"""One spelling for each name."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booth.names import clean_name

FILLERS = "\u115f\u1160\u3164\uffa0"
any_name = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(
            FILLERS + "\u200b\u200d\ufeff\u202e\x00\x1b\t\n\u3000\u2000\u0301가나eㅏ한"
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
        ("\u3164\u200b \x00", ""),
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
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not set(cleaned) & set(FILLERS)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == " ".join(cleaned.split())


@settings(max_examples=300, deadline=None)
@given(any_name)
def test_composed_and_decomposed_spellings_are_one_name(name: str) -> None:
    decomposed = unicodedata.normalize("NFD", clean_name(name))
    assert clean_name(decomposed) == clean_name(name)
