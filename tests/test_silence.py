"""A database that falls silent under load, with the service's own patience: what callers and probes see, and when."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.relay import Relay, relaying
from tests.server import Server, serving

ROUNDS, CLIENTS, SILENT_S = 3, 8, 8.0
NOTICED_S, ANSWERED_S, WHOLE_S = 2.0, 5.0, 2.0


@dataclass
class Seen:
    """What was seen of one silence."""

    slowest_s: float = 0.0
    codes: set[str] = field(default_factory=set)


@pytest.fixture
async def relay(database: str) -> AsyncIterator[Relay]:
    """A way to the test's registry that can fall silent."""
    async with relaying(database) as relay:
        yield relay


async def ask(server: Server, stop: asyncio.Event, seen: Seen) -> None:
    """Ask again and again, and note the slowest answer and every code."""
    async with httpx.AsyncClient(timeout=30) as client:
        while not stop.is_set():
            began = time.monotonic()
            answer = (await client.post(server.url, json={"query": "{ agreements { totalCount } }"})).json()
            seen.slowest_s = max(seen.slowest_s, time.monotonic() - began)
            seen.codes |= {error["extensions"]["code"] for error in answer.get("errors", ())}
            await asyncio.sleep(0.01)


async def until_ready(server: Server, ready: bool) -> float:
    """Probe until the service says that it is ready, or that it is not, and return for how long."""
    began = time.monotonic()
    async with httpx.AsyncClient(timeout=30) as client:
        while ((await client.get(f"{server.root}/health/ready")).status_code == 200) is not ready:
            assert (await client.get(f"{server.root}/health/live")).status_code == 200
            await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_a_silent_database_is_noticed_borne_and_taken_back_in_time(relay: Relay, data_dir: Path) -> None:
    settings = {"DATABASE_URL": relay.url, "JUMELAGE_LOAD_RELEASES": "false", "JUMELAGE_LOG_LEVEL": "warning"}
    starting = serving(data_dir, **settings)
    server = await asyncio.to_thread(starting.__enter__)
    try:
        for _ in range(ROUNDS):
            seen, stop = Seen(), asyncio.Event()
            asking = [asyncio.create_task(ask(server, stop, seen)) for _ in range(CLIENTS)]
            await asyncio.sleep(1)
            relay.silence()
            assert await until_ready(server, ready=False) < NOTICED_S
            await asyncio.sleep(SILENT_S)
            relay.speak()
            assert await until_ready(server, ready=True) < WHOLE_S
            stop.set()
            await asyncio.gather(*asking)
            assert seen.codes == {"UNAVAILABLE"}
            assert seen.slowest_s < ANSWERED_S
    finally:
        await asyncio.to_thread(starting.__exit__, None, None, None)
