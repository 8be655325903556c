"""Loading cities from the command line: a bar that moves, and a line at the end.

Knows what is shown to the operator. Knows nothing of how cities are loaded.
"""

import asyncio
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.city_loading import load_cities
from service.failure import OperatorError
from service.gazetteer import Place


def run(url: str, places: list[Place]) -> str:
    """Load the places, and return what was done; the bar is drawn on a terminal only."""
    if not places:
        raise OperatorError("GeoNames has no such city: check --country, or lower --min-population")
    began = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("cities", total=len(places))
        report = asyncio.run(load_cities(url, places, lambda done: progress.advance(bar, done)))
    return f"{report} in {time.monotonic() - began:.0f} s"
