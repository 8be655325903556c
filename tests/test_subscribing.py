"""What applications subscribe with, as it is published, over WebSocket and over Server-Sent Events."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.api import answering
from tests.balancer import balancing
from tests.followers import CHANGES, position, until
from tests.following_clients import number
from tests.listening import listening
from tests.test_clients import NODE
from tests.test_updating import signed
from tests.test_websocket_bounds import keyed

CLIENTS = {
    *("graphql-ws", "urql over WebSocket", "Apollo over WebSocket"),
    *("graphql-sse", "urql over SSE", "Apollo over SSE", "EventSource"),
}
Told = defaultdict[str, list[dict[str, Any]]]


@asynccontextmanager
async def subscribing(url: str, authorization: str, after: str) -> AsyncIterator[Told]:
    """Subscribe with all clients, and give what each of them is told."""
    told: Told = defaultdict(list)
    command = ("node", "subscribing.js", url, authorization, CHANGES, json.dumps({"after": after}))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=NODE, stdin=pipe, stdout=pipe)
    assert process.stdin
    assert process.stdout

    async def take(lines: asyncio.StreamReader) -> None:
        async for line in lines:
            message = json.loads(line)
            told[message.pop("client")].append(message)

    taking = asyncio.create_task(take(process.stdout))
    try:
        yield told
    finally:
        process.stdin.close()
        assert await process.wait() == 0
        await taking


async def test_published_clients_are_told_each_change_and_event_sources_resume(database: str) -> None:
    async with (
        keyed(database) as (_, header),
        answering(database) as api,
        listening(database, anonymous=False) as first,
        listening(database, anonymous=False) as second,
        balancing(first.port) as balancer,
        subscribing(f"http://127.0.0.1:{balancer.port}/graphql", header["Authorization"], await position(api)) as told,
    ):
        await until(lambda: first.feed.followers == len(CLIENTS))
        await signed(api)
        await until(lambda: set(told) == CLIENTS and all(len(messages) >= 3 for messages in told.values()))
        for messages in told.values():
            assert [number(message["answer"]["cursor"]) for message in messages] == [1, 2, 3]
            assert all(message["answer"]["change"]["subjectId"] for message in messages)
        # The one that knows what an event's id is for goes on where it was, on another replica.
        balancer.servers = balancer.ready = [second.port]
        first.server.should_exit = True
        await signed(api, signedOn="2021")
        await until(lambda: len(told["EventSource"]) == 4)
        assert number(told["EventSource"][3]["answer"]["cursor"]) == 4


async def test_published_clients_are_told_why_a_subscription_is_refused(database: str) -> None:
    async with (
        keyed(database) as (_, header),
        listening(database) as service,
        subscribing(service.url, header["Authorization"], "elsewhere.1.00000000") as told,
    ):
        await until(lambda: set(told) == CLIENTS)
    # urql tells a result once more when it is the last one.
    assert all(message == {"refused": "CURSOR_RESET"} for messages in told.values() for message in messages), told
