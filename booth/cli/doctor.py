"""The verb ``doctor``."""

from __future__ import annotations

from typing import Any

from msgspec.structs import asdict

from booth.cli.output import print_json
from booth.config.masking import redact
from booth.doctor import Finding, Level, examine

LABELS = {Level.OK: "OK", Level.WARNING: "경고", Level.FAILURE: "실패"}


def show_findings(options: dict[str, Any], *, stdout: Any) -> int:
    """Print each finding as it is made and return 1 if one is a failure."""
    findings = []
    for finding in examine():
        findings.append(finding)
        if not options["json"]:
            stdout.write(redact(_render(finding)))
            stdout.flush()
    is_well = all(finding.level is not Level.FAILURE for finding in findings)
    if options["json"]:
        checks = [{k: redact(v) for k, v in asdict(finding).items()} for finding in findings]
        print_json(stdout, {"ok": is_well, "checks": checks})
    return 0 if is_well else 1


def _render(finding: Finding) -> str:
    return (
        f"{LABELS[finding.level]:<4}{finding.name}: {finding.message} {finding.next_step}".rstrip()
    )
