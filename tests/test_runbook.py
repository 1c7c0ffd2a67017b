"""Which part of the runbook an error leads to."""

import pytest

from booth.control.failures import SENTENCES
from booth.runbook import ANCHORS, FAMILIES, WITHOUT, find_address
from tests.suites import ROOT
from tests.test_docs import _collect_codes

URL = "https://wiki.example/runbook"


def test_every_error_code_has_a_part_or_is_named_as_having_none() -> None:
    codes = set().union(*map(_collect_codes, (ROOT / "booth").rglob("*.py")))
    led = {code for code in codes if find_address(URL, code)}
    assert codes - led == WITHOUT
    assert ANCHORS.keys() <= codes
    assert all(find_address(URL, f"control_{reason}") for reason in SENTENCES)


@pytest.mark.parametrize("start", FAMILIES)
def test_a_site_without_a_runbook_leads_nowhere(start: str) -> None:
    assert find_address(URL, f"{start}x").startswith(f"{URL}#")
    assert find_address("", f"{start}x") == ""
