"""Following while the database restarts or falls silent: streams stay open, are told, and miss nothing."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from service import tail
from service.embedded import start_embedded
from service.migration import upgrade
from tests.api import Api
from tests.conftest import NOT_DURABLE, open_folder
from tests.factories import city_party, parties
from tests.followers import AGREEMENTS, CHANGES, follow, replica, until
from tests.listening import Listening, listening
from tests.relay import Relay, relaying
from tests.sockets import opened, receive, send, subscribe
from tests.test_service import RECORD
from tests.test_sse import source
from tests.test_updating import signed

FOLLOW = "subscription { changes { cursor } }"


@pytest.fixture
async def relay(database: str) -> AsyncIterator[Relay]:
    """A way to the test's registry that can fall silent."""
    async with relaying(database) as relay:
        yield relay


async def test_streams_outlast_a_restart_of_the_database_and_miss_nothing() -> None:
    with open_folder() as folder:
        server = start_embedded(folder / "data", NOT_DURABLE)
        await asyncio.to_thread(upgrade, server.url)
        async with listening(server.url) as service, opened(service.socket_url) as socket:
            await send(socket, subscribe(FOLLOW))
            async with source(service, FOLLOW) as events:
                await until(lambda: service.feed.followers == 2)
                writing = asyncio.create_task(write_through(service, 30))
                await until(lambda: service.feed.head.seq > 5)
                await asyncio.to_thread(server.release)
                server = await asyncio.to_thread(start_embedded, folder / "data", NOT_DURABLE)
                last = await writing
                seen = [[seq((await receive(socket))["payload"]) for _ in range(last)]]
                seen.append([seq(await events.answer()) for _ in range(last)])
        server.release()
    assert seen == [list(range(1, last + 1))] * 2


def seq(message: dict[str, Any]) -> int:
    """Return the number of the change that a message of changes is about."""
    return int(message["data"]["changes"]["cursor"].split(".")[1])


async def write_through(service: Listening, signings: int) -> int:
    """Record signings, each until it is answered, and return how many changes there are then."""
    api = Api(service.server.application.state.executor)
    for at in range(signings):
        named = parties(city_party(f"Left {at}", "DE"), city_party("Right", "DE"))
        await until(partial(post, api, {"idempotencyKey": f"key-{at}", "kind": "OTHER", "parties": named}))
    return int((await service.feed.tail.now()).seq)


async def post(api: Api, given: dict[str, Any]) -> bool:
    """Post a signing, and tell whether it was recorded, now or before."""
    answer = await api.answer(RECORD, {"input": given})
    return answer.get("data") is not None and answer["data"]["recordSigning"]["userErrors"] == []


async def test_followers_of_a_silent_database_are_told_and_go_on_when_it_speaks(
    relay: Relay, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "PATIENCE_S", 0.3)
    async with (
        listening(relay.url, checkpoint_interval_ms=300) as service,
        opened(service.socket_url) as socket,
        source(service, AGREEMENTS, id="agr_none") as events,
        replica(database) as elsewhere,
    ):
        for identifier, query in (("all", CHANGES), ("one", AGREEMENTS)):
            await send(socket, subscribe(query, identifier, variables={} if query == CHANGES else {"id": "agr_none"}))
        await until(lambda: service.feed.followers == 3)
        relay.silence()
        await until(lambda: service.feed.stale)
        told: set[str] = set()
        while len(told) < 2:
            message = await receive(socket)
            if message["type"] == "ping" and message["payload"]["stale"]:
                told |= set(message["payload"]["cursors"])
        assert told == {"all", "one"}
        while "stale" not in events.comments:
            await events.block()
        id_ = await signed(elsewhere.api)
        relay.speak()
        numbers: list[int] = []
        while len(numbers) < 3:
            message = await receive(socket)
            if message["type"] == "next" and (change := message["payload"]["data"]["changes"]["change"]):
                numbers.append(seq(message["payload"]))
        assert numbers == [1, 2, 3]
        assert change["subjectId"] == id_
        while events.last_id.split(".")[1] != "3":
            assert "data" not in dict(await events.block())
        assert not service.feed.stale


async def test_a_subscription_asked_for_during_an_outage_begins_when_it_is_over(
    relay: Relay, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "PATIENCE_S", 0.3)
    async with replica(relay.url) as here, replica(database) as elsewhere:
        relay.silence()
        await until(lambda: here.feed.stale)
        await signed(elsewhere.api)
        asked = asyncio.create_task(follow(here, CHANGES))
        await asyncio.sleep(0.5)
        assert not asked.done()
        relay.speak()
        reader = await asked
        await signed(elsewhere.api, signedOn="2021")
        assert (await reader.take())["cursor"].split(".")[1] == "4"
