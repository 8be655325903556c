"""Many who follow the same on one process: what an idle one holds, and that one statement tells them all."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from bench.followers import TITLE, followers
from tests.conftest import open_folder
from tests.followers import until
from tests.server import Server, serving
from tests.test_service import RECORD, signing
from tests.test_websocket_bounds import keyed

FEW, MANY = 50, 200
ALLOWED_KIB = 70


async def metric(server: Server, name: str) -> float:
    """Return a metric of the service."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{server.root}/metrics")).text
    (value,) = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(value)


def memory_kib(server: Server) -> int:
    """Return how much memory the service holds now."""
    (found,) = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{server.process.pid}/status").read_text())
    return int(found)


@pytest.mark.parametrize("transport", ["ws", "sse"])
async def test_two_hundred_hold_little_and_are_told_by_one_statement(database: str, transport: str) -> None:
    async with keyed(database) as (_, header):
        with (
            open_folder() as folder,
            serving(folder / "data", DATABASE_URL=database, JUMELAGE_LOAD_RELEASES="false") as server,
        ):
            port = int(server.root.split(":")[2])

            async def followed_by(count: int) -> None:
                async def are() -> bool:
                    return await metric(server, "jumelage_feed_subscribers") == count

                await until(are)

            async def record(number: int) -> None:
                given = signing(f"key-{number}", f"Left {number}", "Right") | {"title": f"{TITLE}{number}"}
                body = {"query": RECORD, "variables": {"input": given}}
                async with httpx.AsyncClient(timeout=60) as client:
                    answer = (await client.post(server.url, json=body, headers=header)).json()
                assert answer["data"]["recordSigning"]["userErrors"] == []

            with followers(transport, port, FEW) as few:
                await followed_by(FEW)
                await record(1)
                assert len((await asyncio.to_thread(few.until, 1)).times[1]) == FEW
            await followed_by(0)
            before = memory_kib(server)
            with followers(transport, port, MANY) as many:
                await followed_by(MANY)
                assert (memory_kib(server) - before) / MANY <= ALLOWED_KIB
                statements = 'jumelage_statement_duration_seconds_count{purpose="feed"}'
                assert await metric(server, "jumelage_feed_groups") == 1
                asked = await metric(server, statements)
                await record(2)
                got = await asyncio.to_thread(many.until, 2)
                assert {number: len(times) for number, times in got.times.items()} == {2: MANY}

                async def counted() -> bool:
                    return await metric(server, statements) > asked

                await until(counted)
                assert await metric(server, statements) == asked + 1
