"""Tables in Markdown: printed, and saved beside the figures as JSON.

Knows rows and columns. Knows nothing of what was measured.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose columns line up, numbers to the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    rule = "|" + "|".join("-" * (width + 1) + (":" if column else "-") for column, width in enumerate(widths)) + "|"
    written = []
    for line in lines:
        cells = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        written.append("| " + " | ".join(cells) + " |")
    return "\n".join([written[0], rule, *written[1:]])


def save(name: str, text: str, figures: Any) -> None:
    """Print the text, and keep it with its figures under a name that says when."""
    print(text, flush=True)
    RESULTS.mkdir(exist_ok=True)
    stem = RESULTS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{name}"
    stem.with_suffix(".md").write_text(text + "\n")
    stem.with_suffix(".json").write_text(json.dumps(figures, indent=1, default=str) + "\n")
