"""Holds the docs against the code: what the one names, the other has."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from booth import errors, runbook
from booth.control.failures import SENTENCES
from booth.control.timetable import Entry, Timetable
from booth.documents import describe_report, describe_status
from booth.management.commands.booth_sync import Command
from booth.status import Status
from booth.stock import count_stock
from booth.sync.report import RunReport
from booth.web.console.facts import FRESH, LATE, NEVER, OFF, RUNNING, UNKNOWN, UNSET
from booth.web.envelope import FAILURES
from project.settings import run
from tests.conftest import ROOT
from tests.families import list_families, make_pushed, make_scraped
from tests.test_timetable import make_cronjob

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
READMES = [ROOT / "README.md", ROOT / "README.ko.md"]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
ONE_PAGE = 120
BEYOND_THE_TREE = {1, 64, 130, 143}
"""Exit codes of a bug, of a wrong command line, and of the two signals."""


def test_each_variable_is_documented_with_its_type_and_default() -> None:
    rows = {row[0].strip("`"): row[1:3] for row in _read_rows("configuration.md", first="variable")}
    declared = {
        name: [type(default).__name__.replace("tuple", "list"), _show_default(default)]
        for name, default in run.env.variables.items()
    }
    assert rows == declared


def test_the_docs_name_no_variable_that_does_not_exist() -> None:
    for page in PAGES:
        named = set(re.findall(r"BOOTH_SYNC_[A-Z_]*[A-Z]", page.read_text()))
        files = {name for name in named if name.removesuffix("_FILE") in run.env.variables}
        assert named - files - set(run.env.variables) == set(), page.name


def test_each_system_check_is_documented_with_cause_and_remedy() -> None:
    modules = (ROOT / "booth/config").glob("*.py")
    raised = {
        check for path in modules for check in re.findall(r'"(booth\.[EW]\d{3})"', path.read_text())
    }
    rows = _read_rows("configuration.md", first="check")
    assert sorted(row[0].strip("`") for row in rows) == sorted(raised)
    assert all(len(row) == 3 and all(row) for row in rows)


@pytest.mark.parametrize("page", [*READMES, DOCS / "runbook.md"], ids=lambda page: page.name)
def test_exactly_the_exit_codes_there_are_stand_in_a_table(page: Path) -> None:
    tree = {kind.exit_code for kind in _walk(errors.BoothSyncError)}
    documented = re.findall(r"^\| (\d+) \|", page.read_text(), re.MULTILINE)
    assert sorted(map(int, documented)) == sorted(tree | BEYOND_THE_TREE)


def test_each_error_code_is_in_the_runbook() -> None:
    codes = set().union(*map(_collect_codes, (ROOT / "booth").rglob("*.py")))
    assert {"lost", "source_http_<status>", "sync_in_progress"} <= codes
    rows = _read_rows("runbook.md", first="code", columns=4)
    assert {row[0].strip("`") for row in rows} == codes


def test_each_failure_of_a_request_is_in_the_docs_of_the_api() -> None:
    rows = _read_rows("api.md", first="status")
    told = {
        code: status
        for row in rows
        for code in re.findall(r"`(\w+)`", row[1])
        for status in [row[0]]
    }
    for code, failure in FAILURES.items():
        assert str(failure.status) in told[code]


def test_each_reason_of_control_is_in_the_runbook() -> None:
    rows = _read_rows("runbook.md", first="reason")
    in_status_only = {"not_configured", "config"}
    assert {row[0].strip("`") for row in rows} == {*SENTENCES, *in_status_only}


def test_each_key_of_the_status_is_in_the_operations_manual() -> None:
    status = Status(
        api_url="",
        timetable=Timetable(entries=(Entry(cronjob=make_cronjob(), next_run=None),)),
        runs=(),
        running=None,
        last_success=None,
        age=None,
        stale_after=timedelta(),
        rows={},
    )
    document = describe_status(status)
    rows = _read_rows("operations.md", first="key")
    named = [key for row in rows for key in re.findall(r"`(\w+)`", row[0])]
    assert named == list(document)
    [cronjobs] = [row[1] for row in rows if row[0] == "`cronjobs`"]
    assert re.findall(r"`(\w+)`", cronjobs) == list(document["cronjobs"][0])


def test_each_key_of_a_sync_is_in_the_operations_manual() -> None:
    report = RunReport(run=None, status="failed", trigger="cli", dry_run=True)
    rows = _read_rows("operations.md", first="key of `sync`")
    named = [key for row in rows for key in re.findall(r"`(\w+)`", row[0])]
    assert named == list(describe_report(report))


def test_exactly_the_gauges_there_are_stand_in_the_architecture() -> None:
    rows = _read_rows("architecture.md", first="gauge")
    pushed = {family.name for family in make_pushed().collect()}
    assert {row[0].strip("`").partition("{")[0] for row in rows} == pushed


def test_the_operators_page_names_the_states_and_the_buttons_of_the_console() -> None:
    page = (DOCS / "operator.md").read_text()
    states = {str(fact) for fact in (FRESH, LATE, NEVER, OFF, UNSET, UNKNOWN, RUNNING)}
    assert {row[0] for row in _read_rows("operator.md", first="보이는 것")} == states
    templates = ROOT / "booth" / "web" / "templates" / "booth_web" / "console"
    shown = "".join(template.read_text() for template in templates.glob("*.html"))
    buttons = re.findall(r"^- \*\*(.+?)\*\*: ", page.partition("## 다른 화면")[0], re.MULTILINE)
    assert len(buttons) == 4
    for button in buttons:
        assert f">{button}<" in shown, button


def test_exactly_the_families_of_a_scrape_stand_there_too(db: None) -> None:
    labels = list_families()
    scraped = {
        f"{family.name}{{{','.join(labels[family.name])}}}".removesuffix("{}")
        for family in make_scraped().collect()
    }
    rows = _read_rows("architecture.md", first="scraped")
    assert {row[0].strip("`") for row in rows} == scraped
    states = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in rows}
    for entity, counts in count_stock().items():
        assert states[f"booth_sync_{entity}{{state}}"] == set(counts)


def test_each_dependency_has_a_line_that_says_why() -> None:
    extras, groups = PROJECT["project"]["optional-dependencies"], PROJECT["dependency-groups"]
    requirements = [*PROJECT["project"]["dependencies"]]
    requirements += [name for group in [*extras.values(), *groups.values()] for name in group]
    names = [re.split(r"[^a-z0-9-]", requirement)[0] for requirement in requirements]
    lines = re.findall(r"^- `([a-z0-9-]+)`: \S", (DOCS / "decisions.md").read_text(), re.MULTILINE)
    assert sorted(lines) == sorted(names)


def test_each_decision_is_dated() -> None:
    headings = re.findall(r"^## (.*)$", (DOCS / "decisions.md").read_text(), re.MULTILINE)
    assert headings
    assert all(re.match(r"20\d\d-\d\d-\d\d: \S", heading) for heading in headings)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_make_command_is_a_target(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = re.findall(r"`([^`\n]+)`|^(?: {4}|\$ )(.+)$", page.read_text(), re.MULTILINE)
    named = re.findall(r"(?:^|\s)make ([a-z][a-z0-9-]*)", "\n".join(map("".join, code)))
    assert set(named) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_booth_sync_command_exists(page: Path) -> None:
    command = (ROOT / "booth/management/commands/booth_sync.py").read_text()
    verbs = set(re.findall(r'verbs\.add_parser\("([a-z]+)"', command))
    assert set(re.findall(r"manage\.py booth_sync ([a-z]+)", page.read_text())) <= verbs


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_line_with_a_booth_sync_command_is_one_that_it_takes(page: Path) -> None:
    shown = re.findall(
        r"^(?: {4}|\$ )(?:kubectl .* -- )?python manage\.py booth_sync (.*)$",
        page.read_text(),
        re.MULTILINE,
    )
    parser = Command().create_parser("manage.py", "booth_sync")
    for line in shown:
        parser.parse_args(shlex.split(line))


def test_the_korean_runbook_has_the_part_of_each_error() -> None:
    page = DOCS / "runbook.ko.md"
    headings = re.findall(r"^## (.*)$", page.read_text(), re.MULTILINE)
    assert [heading.replace(" ", "-") for heading in headings] == list(runbook.PARTS)
    assert len(page.read_text().splitlines()) <= ONE_PAGE


def test_the_korean_runbook_says_each_step_for_both_places() -> None:
    page = (DOCS / "runbook.ko.md").read_text()
    there = re.findall(r"^ {4}kubectl .* -- (python .*)$", page, re.MULTILINE)
    beside = re.findall(r"^ {4}(python .*)$", page, re.MULTILINE)
    assert set(there) <= set(beside)


def test_the_english_runbook_begins_with_the_same_symptoms() -> None:
    page = (DOCS / "runbook.md").read_text()
    symptoms = re.findall(r"^## .*\n\n\*(.*)\*$", page, re.MULTILINE)
    assert [symptom.replace(" ", "-") for symptom in symptoms] == list(runbook.PARTS)
    assert page.index(symptoms[-1]) < page.index("| code |")


def test_no_row_of_the_runbook_stands_twice() -> None:
    rows = [tuple(row[:2]) for row in _read_rows("runbook.md", first="code", columns=4)]
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_relative_link_resolves(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), link
        assert not anchor or unquote(anchor) in _list_anchors(target), link


def test_both_readmes_show_the_same_commands_and_screens() -> None:
    english, korean = (
        re.findall(r"^```[\s\S]*?^```|^ {4}\S.*$", page.read_text(), re.MULTILINE)
        for page in READMES
    )
    assert english == korean


def _read_rows(name: str, *, first: str, columns: int = 0) -> list[list[str]]:
    """Return the cells of the table whose first heading is ``first``, of so many columns."""
    rows: list[list[str]] = []
    for table in re.split(r"\n\n", (DOCS / name).read_text()):
        lines = [line[1:-1].split("|") for line in table.splitlines() if line.startswith("|")]
        cells = [[cell.strip() for cell in line] for line in lines]
        if cells and cells[0][0] == first and columns in {0, len(cells[0])}:
            rows += cells[2:]
    return rows


def _show_default(default: object) -> str:
    if isinstance(default, tuple):
        default = ",".join(default)
    shown = str(default or "").replace(str(run.BASE_DIR), "<project folder>")
    return f"`{shown}`" if shown else "–"


def _walk(kind: type[errors.BoothSyncError]) -> Iterator[type[errors.BoothSyncError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _walk(child)


def _collect_codes(path: Path) -> set[str]:
    """Return the error codes in a module: given as ``code=``, ``error_code=``, or by default."""
    codes: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.keyword) and node.arg in {"code", "error_code"}:
            codes |= _read_text(node.value)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "default_code":
            codes |= _read_text(node.value)
    return codes - {""}


def _read_text(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.JoinedStr):
        source = ast.unparse(node)[2:-1]
        return {re.sub(r"\{(?:\w+\.)*(\w+)\}", r"<\1>", source)}
    return set()


def _list_anchors(page: Path) -> set[str]:
    """Return the anchors that a forge makes of the headings of ``page``."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
