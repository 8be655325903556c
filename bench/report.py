"""Tables in Markdown: printed, and saved, all of a run in one file, beside each part's figures as JSON.

Knows rows and columns. Knows nothing of what was measured.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
RUN = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"


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
    """Print a part's text, add it to the run's, and keep the figures; the names say when the run began."""
    print(text, flush=True)
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / f"{RUN}.md").open("a") as report:
        report.write(f"## {name}\n\n{text}\n\n")
    (RESULTS / f"{RUN}-{name}.json").write_text(json.dumps(figures, indent=1, default=str) + "\n")
