"""What recording costs: one signing at a time, many at a time, and a file of them.

Knows what is compared: `recordSigning` over HTTP with a bare asyncpg script that sends the same statements, in turn,
each on a registry of its own that holds the same cities. Every figure comes with the CPU that it took, which a busy
machine changes less than the time.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from bench.contestants import CONTESTANTS
from bench.posting import post_all
from bench.registry import writer_key
from bench.replay import Step, noted, replay
from bench.report import save, table
from bench.servers import cpu_s
from bench.signings import signings
from service.migration import upgrade

ROOT = Path(__file__).parent.parent
ONE = """
mutation ($input: RecordSigningInput!) {
  recordSigning(input: $input) { agreement { id title } replayed cursor userErrors { code message path } }
}
"""
MANY = """
mutation ($inputs: [RecordSigningInput!]!) {
  recordSignings(inputs: $inputs, errorPolicy: ALL) {
    recorded refused results { agreement { id title } cursor userErrors { code message path } }
  }
}
"""
BATCH, CITIES, RECORDED = 500, 15_000, 25_000
KNOWN_CITIES, SINGLE, CONNECTIONS = 1_000, 3_000, 8
EMPTY, KNOWN, COPY = "bench_writing_empty", "bench_writing_known", "bench_writing"
OURS, BARE = f"recordSigning, {CONNECTIONS} connections", f"the same statements, {CONNECTIONS} connections"
HEAD = ("median", "signings a second", "service or script, CPU ms each", "database, CPU ms each")


@dataclass(frozen=True)
class Cost:
    """What a load cost."""

    per_second: float
    service_ms: float
    database_ms: float


def measure(server_url: str, postmaster: int, rounds: int) -> None:
    """Measure, print and save the table."""
    registries = Registries(server_url, postmaster)
    registries.prepare()
    measured = one_at_a_time(registries, rounds)
    for connections in (1, 2):
        name = f"recordSignings of {BATCH} with ALL, {connections} connections"
        measured[name] = [many_at_a_time(registries, connections) for _ in range(rounds)]
    measured |= from_a_file(registries)
    registries.clear()
    medians = {
        name: Cost(*map(statistics.median, zip(*map(astuple, costs), strict=True))) for name, costs in measured.items()
    }
    ratio = medians[OURS].per_second / medians[BARE].per_second
    rows = [
        [name, f"{c.per_second:,.0f}", f"{c.service_ms:.2f}", f"{c.database_ms:.2f}"] for name, c in medians.items()
    ]
    title = f"Recording signings, {rounds} rounds; {OURS}, reaches {ratio:.2f} of the bare script\n\n"
    save("writing", title + table(HEAD, rows), {name: list(map(astuple, costs)) for name, costs in measured.items()})


@dataclass
class Registries:
    """Registries to record into, each a fresh copy of an empty one or of one that knows some cities."""

    server_url: str
    postmaster: int
    key: str = ""

    def address(self, name: str) -> str:
        """Return the address of a database of the server."""
        path, _, query = self.server_url.partition("?")
        return f"{path.rpartition('/')[0]}/{name}?{query}"

    def prepare(self) -> None:
        """Make the two that are copied."""
        self.clear()
        self.execute(f"CREATE DATABASE {EMPTY}")
        upgrade(self.address(EMPTY))
        self.key = writer_key(self.address(EMPTY))
        self.execute(f"CREATE DATABASE {KNOWN} TEMPLATE {EMPTY}")
        with CONTESTANTS["jumelage"].start(self.address(KNOWN)) as ours:
            first = signings(KNOWN_CITIES // 2, KNOWN_CITIES)
            known = [{**one, "kind": "OTHER", "idempotencyKey": f"known-{at}"} for at, one in enumerate(first)]
            post_all(ours.port, self.key, list(_bodies(known, BATCH)), 1, b'"refused":0')

    def clear(self) -> None:
        """Remove them."""
        for name in (EMPTY, KNOWN, COPY):
            self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """Run a statement on the server."""
        asyncio.run(_execute(self.server_url, statement))

    @contextmanager
    def copy(self, name: str) -> Iterator[str]:
        """Give the address of a copy for as long as the context lasts; nothing else works on the server meanwhile."""
        self.execute(f"DROP DATABASE IF EXISTS {COPY} WITH (FORCE)")
        self.execute(f"CREATE DATABASE {COPY} TEMPLATE {name}")
        self.execute("CHECKPOINT")
        yield self.address(COPY)

    def cost(self, count: int, run: Callable[[], tuple[float, float]]) -> Cost:
        """Return what a run cost that tells its seconds and its CPU seconds."""
        before = cpu_s(self.postmaster)
        seconds, service_s = run()
        database_s = cpu_s(self.postmaster) - before
        return Cost(count / seconds, service_s / count * 1e3, database_s / count * 1e3)


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _bodies(inputs: Sequence[dict[str, Any]], size: int) -> Iterator[bytes]:
    """Yield requests that record so many at a time."""
    for at in range(0, len(inputs), size):
        yield json.dumps({"query": MANY, "variables": {"inputs": inputs[at : at + size]}}).encode()


def one_at_a_time(registries: Registries, rounds: int) -> dict[str, list[Cost]]:
    """Record signings between known cities one by one, and send the same statements from a bare script, in turn."""
    given = [{"input": one} for one in signings(SINGLE, KNOWN_CITIES)]
    bodies = [json.dumps({"query": ONE, "variables": one}).encode() for one in given]
    with registries.copy(KNOWN) as url:
        asked: list[list[Step]] = asyncio.run(noted(url, ONE, given))
    measured: dict[str, list[Cost]] = {OURS: [], BARE: []}
    for _ in range(rounds):
        with registries.copy(KNOWN) as url, CONTESTANTS["jumelage"].start(url) as ours:
            measured[OURS].append(_posted(registries, ours.port, ours.pid, bodies, CONNECTIONS, SINGLE))
        with registries.copy(KNOWN) as url:
            measured[BARE].append(registries.cost(SINGLE, partial(replay, url, asked, CONNECTIONS)))
    return measured


def _posted(registries: Registries, port: int, pid: int, bodies: list[bytes], connections: int, count: int) -> Cost:
    def run() -> tuple[float, float]:
        before = cpu_s(pid)
        seconds = post_all(port, registries.key, bodies, connections, b'"userErrors":[]')
        return seconds, cpu_s(pid) - before

    return registries.cost(count, run)


def many_at_a_time(registries: Registries, connections: int) -> Cost:
    """Record signings between cities that are new, many in one call."""
    bodies = list(_bodies(list(signings(RECORDED, CITIES)), BATCH))
    with registries.copy(EMPTY) as url, CONTESTANTS["jumelage"].start(url) as ours:
        return _posted(registries, ours.port, ours.pid, bodies, connections, RECORDED)


def from_a_file(registries: Registries) -> dict[str, list[Cost]]:
    """Import a file of signings between cities that are new, and import it again."""
    with registries.copy(EMPTY) as url, tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for one in signings(RECORDED, CITIES):
            file.write(json.dumps({name: value for name, value in one.items() if name != "idempotencyKey"}) + "\n")
        file.flush()

        def run() -> tuple[float, float]:
            began, before = time.perf_counter(), os.times()
            command = [sys.executable, "-m", "service", "import", file.name]
            subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, check=True)
            after = os.times()
            used = after.children_user - before.children_user + after.children_system - before.children_system
            return time.perf_counter() - began, used

        cities = f"{RECORDED:,} signings between {CITIES:,} cities"
        return {f"import of {cities}": [registries.cost(RECORDED, run)], "again": [registries.cost(RECORDED, run)]}
