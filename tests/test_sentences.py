"""What the doors say fits on a terminal and is said in one manner."""

import re
from collections.abc import Iterator

import pytest
from django.core.management.base import CommandParser

from booth import doctor, texts
from booth.cli.columns import COLUMNS, fold, measure, pad
from booth.cli.korean import translate
from booth.control.failures import SENTENCES
from booth.errors import UsageError
from booth.management.commands.booth_sync import VERBS, Command
from booth.models import SyncRun
from booth.operations import MAX_CALLER, clean_caller

NAMES = {"cronjob": "CronJob", "deed": "읽을", "status": "500", "difference": "가 켜짐, 나 꺼짐"}


def make_parser() -> CommandParser:
    return Command().create_parser("manage.py", "booth_sync")


def list_helps() -> Iterator[str]:
    parser = make_parser()
    yield parser.format_help()
    [verbs] = [action for action in parser._actions if action.dest == "verb"]
    for verb in VERBS:
        yield verbs.choices[verb].format_help()  # type: ignore[index]


def list_sentences() -> Iterator[str]:
    yield from (sentence.format(**NAMES) for sentence in SENTENCES.values())
    yield from (*texts.SWITCHED.values(), *texts.ALREADY.values())
    yield from (*SyncRun.Status.labels, *SyncRun.Trigger.labels)
    yield from (check.next_step for check in doctor.CHECKS)
    for help_text in list_helps():
        yield from help_text.splitlines()


def test_every_sentence_fits_into_the_columns_of_a_terminal() -> None:
    lines = [line for sentence in list_sentences() for line in fold(sentence)]
    assert [line for line in lines if measure(line) > COLUMNS] == []


def test_no_sentence_leaves_a_particle_open_or_frightens() -> None:
    said = " ".join(list_sentences())
    assert re.findall(r"을\(를\)|이\(가\)|\(으\)로|은\(는\)|유실", said) == []


def test_every_failure_of_control_ends_in_a_step() -> None:
    assert [s for s in SENTENCES.values() if not s.endswith(("세요.", "세요. "))] == []


@pytest.mark.parametrize("word", ["usage:", "options:", "positional arguments", "show this help"])
def test_help_is_korean(word: str) -> None:
    assert word not in "".join(list_helps())


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("unrecognized arguments: --x", "모르는 인자입니다: --x"),
        ("argument --by: expected one argument", "--by: 값이 필요합니다."),
        (
            "the following arguments are required: 명령",
            "다음 인자가 필요합니다: 명령",
        ),
    ],
)
def test_what_argparse_finds_wrong_is_told_in_korean(english: str, korean: str) -> None:
    assert translate(english) == korean


def test_a_start_and_a_stop_speak_of_the_schedule() -> None:
    assert texts.SWITCHED == {False: "예약 실행을 켰습니다.", True: "예약 실행을 껐습니다."}
    assert texts.ALREADY == {
        False: "예약 실행이 이미 켜져 있어 바꾼 것이 없습니다.",
        True: "예약 실행이 이미 꺼져 있어 바꾼 것이 없습니다.",
    }


def test_a_lost_run_is_called_cut_off() -> None:
    assert SyncRun.Status.LOST.label == "끊김"


def test_a_name_of_who_switches_is_cleaned_and_bounded() -> None:
    assert clean_caller("  민지   김 ") == "민지 김"
    for name in ("가" * (MAX_CALLER + 1), "a\033[31mb"):
        with pytest.raises(UsageError):
            clean_caller(name)


def test_folding_never_breaks_a_code() -> None:
    [*_, last] = fold("가나 " * 15 + "마지막 말입니다. [internal: ZeroDivisionError]")
    assert "[internal: ZeroDivisionError]" in last


def test_folding_loses_no_word_and_keeps_the_indent() -> None:
    line = "  " + "가나다 " * 30 + "끝"
    folded = list(fold(line))
    assert " ".join(folded).split() == line.split()
    assert [each[:4] for each in folded[1:]] == ["    "] * len(folded[1:])
    assert measure(pad("경고", 6)) == 6
