"""Reads go to a standby where they may be a little old, and to the primary where not, or where the standby is away."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from schema.build import build
from schema.execution import Executor, GraphQLRequest
from service.batch import Batch
from service.chain import parse_feed_cursor
from service.changes import Feed
from service.database import Database, Limits
from service.embedded import start_embedded
from service.keys import Caller
from service.metrics import REGISTRY
from service.migration import upgrade
from service.plan import Statement
from service.progress import Progress
from service.recording import Outcome, record
from service.replica import LastWrites, ReplicaReads
from service.signing import record_signing
from service.websocket_messages import Close, read_position
from tests.api import WRITER
from tests.conftest import NOT_DURABLE, execute, open_folder
from tests.factories import parties, signing
from tests.server import serving
from tests.standby import Standby, standing_by
from tests.waiting import until

SERVER = Statement("SELECT json_build_object('standby', pg_is_in_recovery(), 'seq', seq) FROM feed_head", ())
LIMITS = Limits(pool_min=0, pool_max=2, connect_timeout_ms=500)


@pytest.fixture(scope="module")
def primary() -> Iterator[str]:
    """The address of a server of the module's own, with the tables of the registry."""
    with open_folder() as folder, start_embedded(folder / "primary", NOT_DURABLE) as server:
        upgrade(server.url)
        yield server.url


@pytest.fixture(scope="module")
def standby(primary: str) -> Iterator[Standby]:
    """A standby of it."""
    with open_folder() as folder, standing_by(primary, folder / "standby") as standby:
        yield standby


@dataclass
class Reading:
    """Reads through both servers."""

    reads: ReplicaReads
    database: Database
    feed: Feed

    async def where(self, at_least: int = 0) -> str:
        """Return which server answers."""
        answer = orjson.loads(await self.reads.fetch(SERVER, None, at_least))
        assert answer["seq"] >= at_least
        return "standby" if answer["standby"] else "primary"

    async def write(self, year: int) -> int:
        """Record a signing, and return its position once this process has read it."""
        given = signing(f"in {year}", signedOn=str(year))
        outcome = await record(self.database.pool, "city", f"in {year}", given, record_signing)
        assert outcome.cursor
        position = int(outcome.cursor.split(".")[1])
        await until(lambda: self.feed.head.seq >= position)
        return position

    async def judged(self, unfit: str | None) -> None:
        """Wait until the standby is taken to be so."""
        await until(lambda: self.reads.unfit == unfit or (unfit and unfit in (self.reads.unfit or "")))


@pytest.fixture
async def reading(primary: str, standby: Standby, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Reading]:
    """Read through both servers, looking at the standby often."""
    monkeypatch.setattr("service.replica.EVERY_S", 0.05)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.connect(primary, LIMITS))
        feed = Feed(database)
        await stack.enter_async_context(feed.run())
        reads = await stack.enter_async_context(ReplicaReads.connect(database, feed, standby.url, LIMITS, 0.5))
        reading = Reading(reads, database, feed)
        await reading.judged(None)
        yield reading


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("jumelage_replica_reads_total", {"outcome": outcome}) or 0.0


async def test_a_read_that_may_be_old_goes_to_the_standby(reading: Reading) -> None:
    before = counted("replica")
    assert await reading.where() == "standby"
    assert counted("replica") == before + 1


async def test_a_read_that_must_hold_a_write_waits_for_no_standby(reading: Reading, standby: Standby) -> None:
    await standby.hold()
    known = reading.feed.head.seq
    position = await reading.write(2001)
    before = counted("behind")
    assert await reading.where(position) == "primary"
    assert counted("behind") == before + 1
    assert await reading.where(known) == "standby"
    await standby.go_on()
    while await reading.where(position) != "standby":
        pass


NEWEST = "{ agreements(first: 1, orderBy: [{field: SIGNED_ON, direction: DESC}]) { nodes { signedOn } } }"
RECORD = """
mutation ($input: RecordSigningInput!) { recordSigning(input: $input) { cursor userErrors { message } } }
"""
READER = Caller("reader", "reader", frozenset())


async def newest(executor: Executor, caller: Caller | None = None, at_least: int = 0, asked: str = NEWEST) -> Any:
    """Return when the newest agreement was signed, as a caller reads it."""
    answer = await executor.answer(GraphQLRequest(asked, None, {}, caller, at_least=at_least))
    data = orjson.loads(answer.body)["data"]
    return data["agreements"]["nodes"][0]["signedOn"]


async def test_a_caller_reads_what_it_wrote_and_others_what_they_ask_for(reading: Reading, standby: Standby) -> None:
    executor = Executor(build(), reading.database, reading.feed, reads=reading.reads)
    await reading.write(2010)
    position = reading.feed.head.seq
    await until(lambda: standby.ask(f"SELECT seq >= {position} FROM feed_head"))
    await standby.hold()
    given = {"idempotencyKey": "2011", "kind": "OTHER", "signedOn": "2011", "parties": parties()}
    written = await executor.answer(GraphQLRequest(RECORD, None, {"input": given}, WRITER))
    cursor = orjson.loads(written.body)["data"]["recordSigning"]["cursor"]
    assert await newest(executor) == "2010"
    assert await newest(executor, READER) == "2010"
    assert await newest(executor, WRITER) == "2011"
    assert await newest(executor, READER, parse_feed_cursor(cursor).seq) == "2011"
    # What names the feed's position beside the list is read where the feed is.
    assert await newest(executor, asked=NEWEST.replace("{ agreements", "{ feedCursor agreements")) == "2011"
    await standby.go_on()
    await until(lambda: standby.ask(f"SELECT seq > {position} FROM feed_head"))
    assert await newest(executor) == "2011"


def test_a_message_on_a_socket_asks_for_a_position_as_well() -> None:
    assert read_position({"extensions": {"minCursor": "abcdef01.7.00000000"}}) == 7
    assert read_position({"query": "{ __typename }"}) == 0
    with pytest.raises(Close, match="minCursor must be a cursor of the feed"):
        read_position({"extensions": {"minCursor": "yesterday"}})


async def test_a_batch_counts_as_one_write_of_its_caller(reading: Reading) -> None:
    first, second = "abcdef01.7.00000000", "abcdef01.9.00000000"
    reading.reads.note(WRITER, Batch((Outcome("a", second), Outcome(), Outcome("b", first))))
    assert reading.reads.writes.of(WRITER.name) == 9
    reading.reads.note(READER, Outcome())
    assert reading.reads.writes.of(READER.name) == 0


def test_the_service_reads_from_the_standby_that_the_setting_names(primary: str, standby: Standby) -> None:
    settings = {"DATABASE_URL": primary, "JUMELAGE_READ_DATABASE_URL": standby.url}
    with open_folder() as folder, serving(folder / "data", **settings, JUMELAGE_LOAD_RELEASES="false") as server:
        ask = partial(httpx.post, server.url, json={"query": "{ agreements { totalCount } }"})

        def told(outcome: str) -> bool:
            metrics = httpx.get(f"{server.root}/metrics").text
            return f'jumelage_replica_reads_total{{outcome="{outcome}"}}' in metrics

        while not told("replica"):
            assert ask().status_code == 200
        ahead = server.post("{ feedCursor }")["data"]["feedCursor"].split(".")
        beyond = f"{ahead[0]}.{int(ahead[1]) + 1}.{ahead[2]}"
        assert not told("behind")
        assert ask(headers={"Jumelage-Min-Cursor": beyond}).status_code == 200
        assert told("behind")
        refused = ask(headers={"Jumelage-Min-Cursor": "yesterday"})
        assert refused.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
        metrics = httpx.get(f"{server.root}/metrics").text
        assert "jumelage_replica_fit 1.0" in metrics
        assert 'jumelage_pool_connections_max{pool="replica"}' in metrics


async def test_a_standby_that_is_far_behind_is_not_read_from(reading: Reading, standby: Standby) -> None:
    await standby.hold()
    await reading.write(2002)
    await reading.judged("the standby is more than 0.5 s behind")
    assert await reading.where() == "primary"
    await standby.go_on()
    await reading.judged(None)
    assert await reading.where() == "standby"


async def test_while_the_standby_is_away_the_primary_answers(reading: Reading, standby: Standby) -> None:
    standby.stop()
    assert await reading.where() == "primary"
    await reading.judged("the standby does not answer")
    assert await reading.where() == "primary"
    standby.start()
    await reading.judged(None)
    assert await reading.where() == "standby"


async def test_a_read_that_the_standby_breaks_off_is_answered_by_the_primary(
    reading: Reading, standby: Standby
) -> None:
    slow = Statement(f"{SERVER.text}, pg_sleep(CASE WHEN pg_is_in_recovery() THEN 60 ELSE 0 END)", ())
    asked = asyncio.create_task(reading.reads.fetch(slow))
    others = "pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
    await until(lambda: standby.ask(f"SELECT pg_terminate_backend(pid) FROM {others}"))
    assert orjson.loads(await asked)["standby"] is False


async def test_a_read_that_takes_too_long_is_not_tried_again(primary: str, standby: Standby) -> None:
    hasty = Limits(pool_min=0, pool_max=1, statement_timeout_ms=100)
    async with Database.connect(primary, LIMITS) as database:
        feed = Feed(database)
        async with feed.run(), ReplicaReads.connect(database, feed, standby.url, hasty, 60) as reads:
            with pytest.raises(asyncpg.QueryCanceledError):
                await reads.fetch(Statement("SELECT '{}'::json FROM pg_sleep(60)", ()))


async def test_another_registry_is_never_read_from(primary: str, database: str) -> None:
    await execute(database, "UPDATE feed_head SET epoch = 'other'")
    async with Database.connect(primary, LIMITS) as connected:
        feed = Feed(connected)
        async with feed.run(), ReplicaReads.connect(connected, feed, database, LIMITS, 60) as reads:
            assert reads.unfit == "JUMELAGE_READ_DATABASE_URL leads to another registry"
            assert orjson.loads(await reads.fetch(SERVER)) == {"standby": False, "seq": feed.head.seq}


async def test_a_service_starts_without_its_standby(primary: str) -> None:
    async with Database.connect(primary, LIMITS) as connected:
        feed = Feed(connected)
        nowhere = "postgresql://jumelage@/jumelage?host=/nowhere"
        async with feed.run(), ReplicaReads.connect(connected, feed, nowhere, LIMITS, 60) as reads:
            assert orjson.loads(await reads.fetch(SERVER))["standby"] is False


def test_remembers_where_each_caller_wrote_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.replica.CALLERS", 2)
    writes = LastWrites()
    for caller, seq in (("a", 5), ("b", 6), ("a", 4), ("c", 7)):
        writes.note(caller, seq)
    # Of whom the last write is not known, no more than that it is not newer than any that was forgotten.
    assert [writes.of(caller) for caller in ("a", "b", "c", "d")] == [5, 6, 7, 6]


async def test_a_caller_reads_what_it_wrote_through_another_process(reading: Reading, primary: str) -> None:
    async with asyncpg.create_pool(primary, min_size=1, max_size=1) as elsewhere:
        given = signing("elsewhere", signedOn="2012")
        outcome = await record(elsewhere, WRITER.name, "elsewhere", given, record_signing)
    position = parse_feed_cursor(outcome.cursor or "").seq
    await until(lambda: reading.feed.head.seq >= position)
    reading.reads.look_through()
    assert reading.reads.writes.of(WRITER.name) == position
    assert reading.reads.writes.of("reader") < position


async def test_more_writes_than_are_remembered_count_for_everybody(reading: Reading) -> None:
    await reading.write(2013)
    reading.reads.seen = -10
    reading.reads.look_through()
    assert reading.reads.writes.of("anybody") == reading.feed.head.seq


def test_a_lag_is_as_old_as_the_oldest_target_that_was_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("service.progress.time.monotonic", lambda: now)
    progress = Progress()
    progress.note(reached=5, aim=7)
    now += 3
    progress.note(reached=6, aim=9)
    assert (progress.behind, progress.lag_s) == (1, 3)
    progress.note(reached=8, aim=9)
    assert (progress.behind, progress.lag_s) == (1, 0)
    progress.note(reached=9, aim=9)
    assert (progress.behind, progress.lag_s) == (0, 0)
