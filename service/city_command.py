"""Loading cities from the command line: a bar that moves, and a line at the end.

Knows what is shown to the operator. Knows nothing of how cities are loaded.
"""

import asyncio
import time

from service.city_loading import load_cities
from service.failure import OperatorError
from service.gazetteer import Place
from service.progress_bar import bar


def run(url: str, places: list[Place]) -> str:
    """Load the places, and return what was done; the bar is drawn on a terminal only."""
    if not places:
        raise OperatorError("GeoNames has no such city: check --country, or lower --min-population")
    began = time.monotonic()
    with bar("cities", len(places)) as advance:
        report = asyncio.run(load_cities(url, places, advance))
    return f"{report} in {time.monotonic() - began:.0f} s"
