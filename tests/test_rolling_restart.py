"""Every process of the service replaced in turn, behind a balancer and under load, without a failed request."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import httpx

from service.keys import Scope, create_key
from tests.balancer import Balancer, balancing
from tests.server import Server, serving
from tests.waiting import until

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]

PROCESSES, ROUNDS, CLIENTS = 3, 3, 12
SETTINGS = {"JUMELAGE_LOAD_RELEASES": "false", "JUMELAGE_DRAIN_MS": "1000"}

PAUSE_S = 0.02  # a load that fills the machine only slows the starts
RECORD = """
mutation ($input: RecordSigningInput!) { recordSigning(input: $input) { agreement { id } userErrors { code } } }
"""


def signing(key: str) -> dict[str, object]:
    """Return an input that only this key records: a city of its own."""
    cities = ({"name": name, "country": "DE"} for name in ("Aachen", f"Ort {key}"))
    parties = [{"party": {"city": {"named": named}}} for named in cities]
    return {"idempotencyKey": key, "kind": "OTHER", "signedOn": "2020", "parties": parties}


async def ask(number: int, balancer: Balancer, key: str, stop: asyncio.Event, told: "Counter[str]") -> None:
    """Read and write over a connection that is kept, until told to stop; every answer is counted."""
    url = f"http://127.0.0.1:{balancer.port}/graphql"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
        for turn in range(1_000_000):
            if stop.is_set():
                return
            given = {"input": signing(f"{number}-{turn}")}
            reading, writing = {"query": "{ feedCursor }"}, {"query": RECORD, "variables": given}
            answer = await client.post(url, json=writing if turn % 10 == 0 else reading)
            await asyncio.sleep(PAUSE_S)
            told[f"{answer.status_code} {'errors' in answer.json()}"] += 1


async def roll(servers: dict[int, ExitStack], start: "partial[tuple[int, ExitStack]]", balancer: Balancer) -> None:
    """Stop each server in order, and have another take its place once it is gone."""
    for port in [*servers]:
        await asyncio.to_thread(servers.pop(port).close)
        balancer.servers.remove(port)
        new, stack = await asyncio.to_thread(start)
        servers[new] = stack
        balancer.servers.append(new)
        await until(partial(is_ready, balancer, new))


def is_ready(balancer: Balancer, port: int) -> bool:
    return port in balancer.ready


def started(data_dir: Path, url: str) -> tuple[int, ExitStack]:
    """Start a server, and return its port and what stops it."""
    stack = ExitStack()
    server: Server = stack.enter_context(serving(data_dir, DATABASE_URL=url, **SETTINGS))
    return int(server.root.rpartition(":")[2]), stack


@asynccontextmanager
async def processes(start: "partial[tuple[int, ExitStack]]") -> AsyncIterator[dict[int, ExitStack]]:
    """Run so many servers, and stop those that run at the end."""
    servers = dict(await asyncio.gather(*(asyncio.to_thread(start) for _ in range(PROCESSES))))
    try:
        yield servers
    finally:
        for stack in servers.values():
            await asyncio.to_thread(stack.close)


async def test_no_request_fails_while_every_process_is_replaced(pool: "Pool", database: str, data_dir: Path) -> None:
    async with pool.acquire() as connection:
        key = await create_key(connection, "city", [Scope.SIGNINGS_WRITE], "")
    start = partial(started, data_dir, database)
    told: Counter[str] = Counter()
    stop = asyncio.Event()
    async with processes(start) as servers, balancing(*servers) as balancer:
        asking = [asyncio.create_task(ask(number, balancer, key, stop, told)) for number in range(CLIENTS)]
        for _ in range(ROUNDS):
            await roll(servers, start, balancer)
        stop.set()
        await asyncio.gather(*asking)
    assert set(told) == {"200 False"}, told
    assert told.total() > 10 * CLIENTS
