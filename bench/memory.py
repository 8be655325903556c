"""What the service holds after very many documents: its caches are bounded.

Knows how documents are made that differ, and what is watched while they are sent in turn.
"""

from bench.contestants import CONTESTANTS, post
from bench.documents import distinct
from bench.load import load
from bench.report import save, table
from bench.servers import memory_mb
from bench.workloads import BY_ID

DOCUMENTS = 10_000
ALLOWED_MB = 200
STEP_S = 30


def measure(url: str, requests: int, connections: int) -> list[tuple[int, float]]:
    """Send so many requests, print and save the table, and return the memory after so many of them."""
    asked = [post(distinct(BY_ID, "title"), {"id": "agr_0"}) for _ in range(DOCUMENTS)]
    sent, held = 0, []
    with CONTESTANTS["jumelage"].start(url) as server:
        held.append((0, memory_mb(server.pid)))
        while sent < requests:
            sent += load(server.port, asked, connections, STEP_S).requests
            held.append((sent, memory_mb(server.pid)))
            print(f"{sent:,} requests: {held[-1][1]:.0f} MiB", flush=True)
    shown = [held[0], *(each for at, each in enumerate(held[1:-1]) if at % 10 == 0), held[-1]]
    rows = [[f"{many:,}", f"{mb:.0f}"] for many, mb in shown]
    text = table([f"requests of {DOCUMENTS:,} documents", "MiB"], rows)
    save("memory", f"{text}\n\nAllowed: {ALLOWED_MB} MiB.", held)
    return held
