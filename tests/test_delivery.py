"""Messages that are delivered at once where a client waits for nothing else, over either transport, and their order."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from socket import SO_SNDBUF, SOL_SOCKET
from typing import Any

import pytest

from service.sse import EventStream
from service.websocket import Session
from tests.api import Api, answering
from tests.factories import city_party, parties
from tests.followers import SIGNINGS, Replica, follow, joined, replica, until
from tests.listening import Listening, listening
from tests.sockets import frame, opened, receive, send, subscribe
from tests.test_sse import source
from tests.test_updating import signed
from tests.test_websocket_bounds import HEAVY, TEXT, handshaken, memory_kib, write

Next = Callable[[], Awaitable[str]]


@asynccontextmanager
async def by_socket(service: Listening) -> AsyncIterator[Next]:
    """Follow signings over WebSocket, and give what returns the next one's title."""
    async with opened(service.socket_url) as socket:
        await send(socket, subscribe(SIGNINGS))

        async def title() -> str:
            while (message := await receive(socket))["type"] != "next":
                pass
            return str(message["payload"]["data"]["signingRecorded"]["agreement"]["title"])

        yield title


@asynccontextmanager
async def by_events(service: Listening) -> AsyncIterator[Next]:
    """Follow signings over Server-Sent Events, and give what returns the next one's title."""
    async with source(service, SIGNINGS) as events:

        async def title() -> str:
            return str((await events.answer())["data"]["signingRecorded"]["agreement"]["title"])

        yield title


TRANSPORTS = [pytest.param(by_socket, id="WebSocket"), pytest.param(by_events, id="Server-Sent Events")]


@pytest.fixture
async def service(database: str) -> AsyncIterator[Listening]:
    """A service on a port."""
    async with listening(database) as service:
        yield service


async def record(api: Api, at: int) -> str:
    """Record a signing, and return its title."""
    await signed(api, signedOn=f"20{at:02}", title=f"Signing {at}")
    return f"Signing {at}"


@pytest.mark.parametrize("following", TRANSPORTS)
async def test_a_message_wakes_no_task(
    service: Listening, database: str, following: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with following(service) as title, answering(database) as api:
        await until(lambda: service.feed.followers)

        async def woken(*_: Any) -> None:
            raise AssertionError("a task was woken")

        monkeypatch.setattr(Session, "send_text", woken)
        monkeypatch.setattr(EventStream, "send", woken)
        for at in range(1, 4):
            assert await record(api, at) == await title()
        monkeypatch.undo()


@pytest.mark.parametrize("following", TRANSPORTS)
async def test_a_client_that_reads_slowly_gets_everything_in_order(
    service: Listening, database: str, following: Any
) -> None:
    async with following(service) as title, answering(database) as api:
        await until(lambda: service.feed.followers)
        assert await record(api, 0) == await title()
        ((group,), connections) = service.feed.groups.values(), service.server.server_state.connections
        (follower,), (connection,) = group.followers, connections
        for at in range(1, 12, 3):
            connection.pause_writing()
            written = [await record(api, at), await record(api, at + 1)]
            await until(lambda: follower.waiting)
            connection.resume_writing()
            written.append(await record(api, at + 2))
            assert [await title() for _ in written] == written


async def test_one_who_follows_and_stops_reading_is_cut_off_and_keeps_nobody_waiting(database: str) -> None:
    async with listening(database, stream_write_timeout_ms=2_000, socket_ping_timeout_ms=60_000) as service:
        await write(database, 50)  # what a change of a city says now is long
        start = service.feed.head
        reader, writer = await handshaken(service.port, receive_bytes=4096)
        writer.write(frame(TEXT, json.dumps(subscribe(HEAVY)).encode()))
        async with opened(service.socket_url, max_size=None) as socket:
            await send(socket, subscribe(HEAVY))
            await until(lambda: service.feed.followers == 2)
            for connection in service.server.server_state.connections:  # the kernel would keep megabytes for it
                connection.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
            (group,) = service.feed.groups.values()
            before, seen = memory_kib(), list[int]()

            async def read() -> None:
                while True:
                    cursor = (await receive(socket))["payload"]["data"]["changes"]["cursor"]
                    seen.append(int(cursor.split(".")[1]))

            reading = asyncio.create_task(read())
            async with answering(database) as api:
                for at in range(50):
                    sides = parties(city_party(f"Left {at}", "DE"), city_party(f"New {at}", "DE"))
                    await signed(api, parties=sides)
            last = (await service.feed.tail.now()).seq
            await until(lambda: seen and seen[-1] == last)
            assert seen == list(range(start.seq + 1, last + 1))
            await until(lambda: len(service.streams.open) == 1)
            reading.cancel()
            assert len(group.followers) == 1
            assert memory_kib() - before < 64 * 1024
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            while True:
                await reader.readexactly(65_536)
        writer.close()


async def test_what_comes_behind_another_waits_for_it(database: str) -> None:
    async with replica(database) as here:
        reader, delivered = await follow(here, SIGNINGS), Delivered()
        reader.follower.deliver = delivered
        waiting = await joined(reader)
        assert await delivered.after(here, 1) == ["Signing 1"]
        assert not waiting.done()
        delivered.takes = False
        await record(here.api, 2)
        assert (await waiting)["agreement"]["title"] == "Signing 2"
        delivered.takes = True
        for at in (3, 4):  # nobody waits for the next: what came before is still being sent
            await record(here.api, at)
        await until(lambda: len(reader.follower.waiting) == 2)
        assert [(await reader.take())["agreement"]["title"] for _ in range(2)] == ["Signing 3", "Signing 4"]
        await joined(reader)
        assert await delivered.after(here, 5) == ["Signing 1", "Signing 5"]
        assert reader.follower.place == here.feed.head


class Delivered:
    """Takes messages, or does not."""

    def __init__(self) -> None:
        self.takes = True
        self.titles: list[str] = []

    def __call__(self, message: Any) -> bool:
        if self.takes:
            self.titles.append(json.loads(message.body)["data"]["signingRecorded"]["agreement"]["title"])
        return self.takes

    async def after(self, here: Replica, at: int) -> list[str]:
        """Return all that was delivered, once another is recorded."""
        count = len(self.titles)
        await record(here.api, at)
        await until(lambda: len(self.titles) > count)
        return self.titles
