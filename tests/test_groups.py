"""How followers are answered: equal ones together, none twice, and one that does not read without cost to the rest."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from service import following, tail
from service.plan import Statement
from tests.followers import (
    AGREEMENTS,
    CHANGES,
    CITIES,
    SIGNINGS,
    Replica,
    caught_up,
    follow,
    joined,
    position,
    replica,
)
from tests.test_updating import amendment, signed

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]


@pytest.fixture
async def here(database: str) -> AsyncIterator[Replica]:
    """A replica on the test's registry."""
    async with replica(database) as here:
        yield here


class Asked:
    """Notes every statement that followers are answered by, and holds answers back when told."""

    def __init__(self, here: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
        self.numbers: list[list[int]] = []
        self.held: asyncio.Event | None = None
        fetch = here.database.fetch_messages

        async def noting(statement: Statement, numbers: Sequence[int]) -> dict[int, bytes | None]:
            self.numbers.append(list(numbers))
            answer = await fetch(statement, numbers)
            if self.held:
                await self.held.wait()
            return answer

        monkeypatch.setattr(here.database, "fetch_messages", noting)


@pytest.fixture
def asked(here: Replica, monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(here, monkeypatch)


async def test_a_thousand_equal_followers_and_a_write_are_one_statement(here: Replica, asked: Asked) -> None:
    readers = [await follow(here, SIGNINGS) for _ in range(1_000)]
    tasks = [await joined(reader) for reader in readers]
    assert len(here.feed.groups) == 1
    assert here.feed.followers == 1_000
    assert len({id(reader.follower.subscription.statement) for reader in readers}) == 1
    id_ = await signed(here.api)
    answers = await asyncio.gather(*tasks)
    assert {answer["agreement"]["id"] for answer in answers} == {id_}
    assert len(asked.numbers) == 1


async def test_what_concerns_nobody_costs_no_statement(here: Replica, pool: "Pool", asked: Asked) -> None:
    one, other = await signed(here.api), await signed(here.api, signedOn="2021")
    await caught_up(here)
    by_id = await joined(await follow(here, AGREEMENTS, id=one))
    signings = await joined(await follow(here, SIGNINGS))
    cities = await joined(await follow(here, CITIES))
    await here.api.written("amendAgreement", amendment(other, title="Another"))
    await caught_up(here)
    assert not asked.numbers
    await here.api.written("amendAgreement", amendment(one, title="One"))
    assert (await by_id)["agreement"]["id"] == one
    assert len(asked.numbers) == 1
    assert not signings.done()
    assert not cities.done()


async def test_one_who_joins_while_an_answer_is_under_way_misses_nothing(here: Replica, asked: Asked) -> None:
    start = await position(here.api)
    first = await follow(here, SIGNINGS)
    waiting = await joined(first)
    asked.held = asyncio.Event()
    signings = [await signed(here.api)]
    while not asked.numbers:  # noqa: ASYNC110 (it is a matter of a few turns of the loop)
        await asyncio.sleep(0.01)
    late, resumed = await follow(here, SIGNINGS), await follow(here, SIGNINGS, after=start)
    tasks = [await joined(late), asyncio.ensure_future(resumed.take())]
    signings.append(await signed(here.api, signedOn="2021"))
    asked.held.set()
    assert (await waiting)["agreement"]["id"] == (await tasks[1])["agreement"]["id"] == signings[0]
    for answer in (await first.take(), await tasks[0], await resumed.take()):
        assert answer["agreement"]["id"] == signings[1]


async def test_one_whose_place_lies_ahead_of_this_replica_gets_nothing_twice(
    here: Replica, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = await joined(await follow(here, SIGNINGS))
    paused = asyncio.Event()
    read_on = tail.Tail.read_on

    async def pausing(self: tail.Tail, connection: Any) -> None:
        if self is here.feed.tail:
            await paused.wait()
        await read_on(self, connection)

    monkeypatch.setattr(tail.Tail, "read_on", pausing)
    here.feed.tail.woken.set()
    await asyncio.sleep(0)
    async with replica(database) as there:
        ids = [await signed(there.api), await signed(there.api, signedOn="2021")]
        ahead = await follow(here, SIGNINGS, after=await position(there.api))
        task = await joined(ahead)
        ids.append(await signed(there.api, signedOn="2022"))
        paused.set()
        assert (await task)["agreement"]["id"] == ids[2]
        assert (await live)["agreement"]["id"] == ids[0]


async def test_one_who_does_not_read_falls_behind_and_misses_nothing(
    here: Replica, pool: "Pool", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "WAITING", 3)
    sleeper, reader = await follow(here, CHANGES), await follow(here, CHANGES)
    first, seen = await joined(sleeper), [await joined(reader)]
    id_ = await signed(here.api)
    cursors = [(await seen[0])["cursor"], *[(await reader.take())["cursor"] for _ in range(2)]]
    for version in range(1, 8):
        await here.api.written("amendAgreement", amendment(id_, version, title=f"Title {version}"))
        cursors.append((await reader.take())["cursor"])
    assert sleeper.follower.group is None
    assert len(sleeper.follower.waiting) <= 4
    assert [(await first)["cursor"], *[(await sleeper.take())["cursor"] for _ in cursors[1:]]] == cursors
    assert await sleeper.rest() == []
    assert sleeper.follower.group is not None


async def test_large_answers_are_held_a_few_at_a_time(
    here: Replica, monkeypatch: pytest.MonkeyPatch, asked: Asked
) -> None:
    monkeypatch.setattr(following, "STRETCH", 32)
    monkeypatch.setattr(following, "STRETCH_BYTES", 100)
    start = await position(here.api)
    for at in range(15):
        await signed(here.api, signedOn=f"20{at:02}")
    reader = await follow(here, CHANGES, after=start)
    answers = await reader.until(await position(here.api))
    sizes = [len(numbers) for numbers in asked.numbers]
    assert len(answers) == sum(sizes) == 17
    assert sizes == [4, *[1] * 13]


async def test_the_last_to_leave_ends_the_group(here: Replica) -> None:
    one, other = await follow(here, SIGNINGS), await follow(here, SIGNINGS)
    for reader in (one, other):
        (await joined(reader)).cancel()
    one.follower.leave()
    assert here.feed.followers == 1
    other.follower.leave()
    assert not here.feed.groups


async def test_a_follower_with_no_news_is_told_how_far_the_feed_has_come(database: str, pool: "Pool") -> None:
    async with replica(database, checkpoint_s=0.2) as here:
        reader = await follow(here, AGREEMENTS, id="agr_none")
        everything = await follow(here, CHANGES, filter={"subject": "agr_none"})
        await signed(here.api)
        await caught_up(here)
        cursor = await position(here.api)
        while (message := await reader.next()).cursor != cursor:
            assert message.body is None
        while (answer := await everything.take())["cursor"] != cursor:
            assert answer["change"] is None
        resumed = await follow(here, AGREEMENTS, after=message.cursor)
        id_ = await signed(here.api, signedOn="2021")
        assert (await resumed.take())["agreement"]["id"] == id_


async def test_a_checkpoint_has_the_shape_that_was_asked_for(database: str) -> None:
    async with replica(database, checkpoint_s=0.05) as here:
        fragment = "fragment F on ChangeMessage { a: cursor d: change { kind } }"
        query = f"subscription {{ c: changes {{ a: cursor b: __typename ...F }} }} {fragment}"
        message = await (await follow(here, query)).next()
        assert message.body == b'{"data":{"c":{"a":"%s","b":"ChangeMessage","d":null}}}' % message.cursor.encode()
        query = "subscription { changes { change { kind } } }"
        assert (await (await follow(here, query)).next()).body == b'{"data":{"changes":{"change":null}}}'


async def test_listing_and_then_subscribing_has_no_gap_and_no_double(here: Replica) -> None:
    listed: set[str] = set()
    for at in range(8):
        written = asyncio.ensure_future(signed(here.api, signedOn=f"20{at:02}"))
        for _ in range(at):
            await asyncio.sleep(0.001)  # each time at another step of the writer's
        answer = await here.api.ask("{ feedCursor agreements(first: 100) { nodes { id } } }")
        reader = await follow(here, SIGNINGS, after=answer["feedCursor"])
        now = {node["id"] for node in answer["agreements"]["nodes"]}
        id_ = await written
        if id_ not in now:
            assert (await reader.take())["agreement"]["id"] == id_
        assert await reader.rest() == []
        assert listed <= now
        listed = now | {id_}
        reader.follower.leave()
