"""Generating from the command line: a bar that moves, and a line at the end.

Knows what is shown to the operator. Knows nothing of what is generated.
"""

import asyncio
import time

from service.generation.loading import generate
from service.generation.size import Size
from service.progress_bar import bar


def run(url: str, size: Size, seed: int) -> str:
    """Generate, and return what was made; the bar is drawn on a terminal only."""
    began = time.monotonic()
    with bar("agreements", size.agreements) as advance:
        asyncio.run(generate(url, size, seed, advance))
    made = f"{size.agreements:,} agreements, {size.events:,} events, {size.cities:,} cities, {size.people:,} people"
    return f"made {made} in {time.monotonic() - began:.0f} s"
