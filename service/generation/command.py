"""Generating from the command line: a bar that moves, and a line at the end.

Knows what is shown to the operator. Knows nothing of what is generated.
"""

import asyncio
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.generation.loading import generate
from service.generation.size import Size


def run(url: str, size: Size, seed: int) -> str:
    """Generate, and return what was made; the bar is drawn on a terminal only."""
    began = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = not sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True), disable=hidden) as progress:
        bar = progress.add_task("agreements", total=size.agreements)
        asyncio.run(generate(url, size, seed, lambda made: progress.advance(bar, made)))
    made = f"{size.agreements:,} agreements, {size.events:,} events, {size.cities:,} cities, {size.people:,} people"
    return f"made {made} in {time.monotonic() - began:.0f} s"
