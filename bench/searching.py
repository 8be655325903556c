"""What the dearest searches cost the database: words that stand in most names, letters, and several of either.

Knows how they are drawn from the registry's own words, and times the statement that the service writes over one
connection, by the clock and by the database's CPU time, which other work on the machine does not raise.
"""

import asyncio
import statistics
import time
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from bench.growth import statement
from bench.report import save, table
from bench.servers import cpu_s
from schema.build import build
from schema.execution import Executor
from service.changes import Feed
from service.database import Database

RUNS = 40
ALLOWED_MS = 10.0
SEARCH = """query ($text: String!) {
  search(text: $text) { nodes { __typename ... on City { name } ... on Agreement { title } ... on Event { name } } }
}"""
COMMON = "SELECT word FROM search_word GROUP BY word ORDER BY count(*) DESC, word LIMIT 9"
RARE = "SELECT word FROM search_word WHERE kind = 4 GROUP BY word HAVING count(*) = 1 ORDER BY word LIMIT 1"


async def texts(connection: Any) -> dict[str, str]:
    """Return texts to search for, by what they are."""
    common = [row["word"] for row in await connection.fetch(COMMON)]
    title = await connection.fetchval("SELECT title_folded FROM agreement ORDER BY id LIMIT 1")
    return {
        "the commonest word": common[0],
        **{f"a letter: {letter}": letter for letter in "as"},
        **{f"two common words: {one} {two}": f"{one} {two}" for one, two in pairwise(common)},
        **{f"a common word and a letter: {one}": f"{one} s" for one in common[:2]},
        "three common words": " ".join(common[:3]),
        "nine common words": " ".join(common),
        "a common word and a rare one": f"{common[0]} {await connection.fetchval(RARE)}",
        "a whole title": title,
        "a title's words, backwards": " ".join(reversed(title.split())),
    }


def measure(url: str) -> dict[str, dict[str, float]]:
    """Measure, print and save the table, and return the figures in milliseconds."""
    return asyncio.run(_measure(url))


async def _measure(url: str) -> dict[str, dict[str, float]]:
    figures: dict[str, dict[str, float]] = {}
    async with Database.connect(url, pool_min=1, pool_max=1) as database, database.pool.acquire() as connection:
        executor = Executor(build(), database, Feed(database))
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        for name, text in (await texts(connection)).items():
            figures[name] = await _time(connection, pid, executor, {"text": text})
    rows = [[name, *(f"{took[key]:.2f}" for key in ("least", "median", "cpu"))] for name, took in figures.items()]
    head = ["ms", "least", "median", "CPU"]
    save("searching", f"{table(head, rows)}\n\nAllowed: {ALLOWED_MS:g} ms.", figures)
    return figures


async def _time(connection: Any, pid: int, executor: Executor, given: Mapping[str, str]) -> dict[str, float]:
    wanted = statement(executor, SEARCH, given)
    for _ in range(3):
        await connection.fetchval(wanted.text, *wanted.parameters)
    before, took = cpu_s(pid), []
    for _ in range(RUNS):
        began = time.perf_counter()
        await connection.fetchval(wanted.text, *wanted.parameters)
        took.append((time.perf_counter() - began) * 1e3)
    return {"median": statistics.median(took), "least": min(took), "cpu": (cpu_s(pid) - before) * 1e3 / RUNS}
