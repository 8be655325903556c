"""How many changes a second are proved by `verify`.

Knows what is timed: the proof as the command runs it, in a process of its own, on the registry's own feed.
"""

import asyncio
import statistics
import time

from bench.report import save, table
from bench.servers import cpu_s
from service.verification import verify

WANTED = 50_000


def measure(url: str, postmaster: int, rounds: int) -> list[float]:
    """Measure, print and save the table, and return the rates, in changes a second."""
    asyncio.run(verify(url))  # warms the server's buffers
    rates, ours, database = [], [], []
    for _ in range(rounds):
        wall, used, before = time.perf_counter(), time.process_time(), cpu_s(postmaster)
        verified = asyncio.run(verify(url))
        changes = verified.head.seq - verified.floor
        rates.append(changes / (time.perf_counter() - wall))
        ours.append((time.process_time() - used) / changes * 1e6)
        database.append((cpu_s(postmaster) - before) / changes * 1e6)
    figures = [f"{statistics.median(each):,.0f}" for each in (rates, ours, database)]
    head = ["median", "changes a second", "CPU, microseconds a change", "database, CPU, microseconds a change"]
    text = table(head, [[f"verify, {changes:,} changes", *figures]])
    save("verifying", f"{text}\n\nWanted: {WANTED:,} changes a second.", rates)
    return rates
