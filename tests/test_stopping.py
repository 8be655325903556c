"""A stop by SIGTERM: what was asked is answered, who follows is told to come back, and nobody holds it up."""

import asyncio
import json
import signal
import time

import asyncpg
import httpx
import pytest

from tests.conftest import open_folder
from tests.followers import until
from tests.server import PATIENCE_S, Server, serving
from tests.sockets import close_code, frame, opened, send, subscribe
from tests.test_service import RECORD, signing
from tests.test_websocket_bounds import HEAVY, handshaken, keyed, write

FOLLOW = "subscription { changes { cursor } }"
EVENTS = {"Accept": "text/event-stream"}
WAITING = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())"


async def test_work_finishes_and_followers_are_sent_away_to_come_back(database: str) -> None:
    async with keyed(database) as (connection, header):
        with (
            open_folder() as folder,
            serving(folder / "data", DATABASE_URL=database, JUMELAGE_LOAD_RELEASES="false") as server,
        ):
            took = await stop_amid_work(server, connection, header)
            assert await asyncio.to_thread(server.process.wait, PATIENCE_S) == 0
        assert took < 10
        assert await connection.fetchval("SELECT seq FROM feed_head") == 3


async def stop_amid_work(server: Server, connection: asyncpg.Connection, header: dict[str, str]) -> float:
    """Stop the server while it writes, and a socket and a stream are open; return how long that took."""
    async with opened(server.socket_url) as socket, httpx.AsyncClient(timeout=PATIENCE_S) as client:
        await send(socket, subscribe(FOLLOW))
        async with client.stream("POST", server.url, json={"query": FOLLOW}, headers=EVENTS) as stream:
            chunks = stream.aiter_raw()
            assert await anext(chunks) == b"retry: 1000\n\n"
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("SELECT FROM feed_head FOR UPDATE")
            body = {"query": RECORD, "variables": {"input": signing("k", "Aachen", "Bonn")}}
            posted = asyncio.create_task(client.post(server.url, json=body, headers=header))
            await until(lambda: connection.fetchval(WAITING))
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            assert await close_code(socket) == 1012
            assert b"complete" not in b"".join([chunk async for chunk in chunks])
            assert not posted.done()
            async with httpx.AsyncClient() as late:
                with pytest.raises(httpx.ConnectError):
                    await late.get(server.url)
            await transaction.rollback()
            answer = (await posted).json()["data"]["recordSigning"]
            assert answer["userErrors"] == []
    await asyncio.to_thread(server.process.wait, PATIENCE_S)
    return time.monotonic() - began


async def test_one_who_reads_no_farewell_holds_nobody_up(database: str) -> None:
    await write(database, 150)
    with (
        open_folder() as folder,
        serving(folder / "data", DATABASE_URL=database, JUMELAGE_LOAD_RELEASES="false") as server,
    ):
        epoch = server.post("{ feedCursor }")["data"]["feedCursor"].split(".")[0]
        _, writer = await handshaken(int(server.root.split(":")[2]), receive_bytes=4096)
        given = {"after": f"{epoch}.0.00000000"}
        writer.write(frame(1, json.dumps(subscribe(HEAVY, variables=given)).encode()))
        await asyncio.sleep(1)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(server.process.wait, PATIENCE_S) == 0
        assert time.monotonic() - began < 10
        writer.close()
