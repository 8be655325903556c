"""What an operator should look at before it hurts: one finding for each thing examined, and what to do about it.

Knows what is well and what is not. What is examined is in examination.py; nothing is changed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Status = Literal["ok", "warning", "failed"]


@dataclass(frozen=True)
class Finding:
    """One thing that was examined: what was seen, and what to do where it is not well."""

    name: str
    status: Status
    seen: str
    advice: str | None = None


def well(name: str, seen: str) -> Finding:
    """Find something as it should be."""
    return Finding(name, "ok", seen)


def warning(name: str, seen: str, advice: str) -> Finding:
    """Find something that works today."""
    return Finding(name, "warning", seen, advice)


def failed(name: str, seen: str, advice: str) -> Finding:
    """Find something that does not work, or loses what it should keep."""
    return Finding(name, "failed", seen, advice)


def healthy(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing failed."""
    return all(finding.status != "failed" for finding in findings)


def as_text(findings: Sequence[Finding]) -> str:
    """Write findings for people, what to do below each."""
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{finding.status:7}  {finding.name:{width}}  {finding.seen}")
        if finding.advice:
            lines.append(f"{'':9}{'':{width}}  -> {finding.advice}")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    """Write findings for programs."""
    return json.dumps({"ok": healthy(findings), "checks": [asdict(finding) for finding in findings]}, indent=2)
