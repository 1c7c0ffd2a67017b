"""The verb ``doctor``."""

from __future__ import annotations

from typing import Any

from booth.cli.columns import pad
from booth.cli.output import Output
from booth.doctor import Level, examine
from booth.documents import describe_findings

LABELS = {Level.OK: "OK", Level.WARNING: "경고", Level.FAILURE: "실패"}


def show_findings(options: dict[str, Any], output: Output) -> int:
    """Print each finding as it is made and return 1 if one is a failure."""
    findings = []
    for finding in examine():
        findings.append(finding)
        if not options["json"]:
            output.write(f"{pad(LABELS[finding.level], 6)}{finding.name}: {finding.message}")
            if finding.next_step:
                output.write(f"      {finding.next_step}")
    document = describe_findings(findings)
    if options["json"]:
        output.write_json(document)
    return 0 if document["ok"] else 1
