"""What the service holds after very many documents: its caches are bounded.

First each of the documents is sent in turn, which fills every cache. Then they are drawn as applications' documents
are, the second a third as often as the first, the fourth an eighth as often. Knows how documents are made that
differ, and what is watched while they are sent.
"""

import random
from collections.abc import Sequence

from bench.contestants import CONTESTANTS, post
from bench.documents import distinct
from bench.load import load
from bench.report import save, table
from bench.servers import memory_mb
from bench.workloads import BY_ID

DOCUMENTS = 10_000
ALLOWED_MB = 200
STEP_S = 20
MOST_PER_S = 10_000
SHOWN_EVERY = 5


def measure(url: str, requests: int, connections: int) -> list[tuple[int, float]]:
    """Send so many requests, print and save the table, and return the memory after so many of them."""
    asked = [post(distinct(BY_ID, "title"), {"id": "agr_0"}) for _ in range(DOCUMENTS)]
    sent, held = 0, []
    with CONTESTANTS["jumelage"].start(url) as server:
        held.append((0, memory_mb(server.pid)))
        while sent < requests:
            sent += load(server.port, asked, connections, STEP_S, order=order(sent)).requests
            held.append((sent, memory_mb(server.pid)))
            print(f"{sent:,} requests: {held[-1][1]:.0f} MiB", flush=True)
    most = max(mb for _, mb in held)
    shown = [held[0], *held[SHOWN_EVERY:-1:SHOWN_EVERY], held[-1]]
    rows = [[f"{many:,}", f"{mb:.0f}"] for many, mb in shown]
    text = table([f"requests of {DOCUMENTS:,} documents", "MiB"], rows)
    save("memory", f"{text}\n\nAt most {most:.0f} MiB over {connections} connections; allowed: {ALLOWED_MB}.", held)
    return held


def order(sent: int) -> Sequence[int]:
    """Return the numbers of the documents that come next: those that were not sent yet, else as they are drawn."""
    if sent < DOCUMENTS:
        return [*range(sent, DOCUMENTS), *range(sent)]
    drawn = random.Random(sent)  # noqa: S311 (draws documents, keeps no secret)
    weights = [rank**-1.5 for rank in range(1, DOCUMENTS + 1)]
    return drawn.choices(range(DOCUMENTS), weights, k=STEP_S * MOST_PER_S)
