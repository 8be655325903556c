"""The reading of the feed: what wakes it, what it takes for a break, and that it never skips."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import asyncpg
import pytest

from schema.document import RequestRefused
from service import notification
from service.chain import CursorRefused
from service.changes import FeedGapError
from tests.followers import AGREEMENTS, CHANGES, SIGNINGS, Replica, caught_up, follow, joined, position, replica, until
from tests.registry import feed
from tests.test_updating import signed

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]


@pytest.fixture
async def here(database: str) -> AsyncIterator[Replica]:
    """A replica on the test's registry."""
    async with replica(database) as here:
        yield here


async def test_two_replicas_give_every_follower_the_same(here: Replica, database: str) -> None:
    async with replica(database) as there:
        readers = [await follow(each, CHANGES) for each in (here, there, here, there)]
        tasks = [await joined(reader) for reader in readers]
        writers = (signed((here, there)[at % 2].api, signedOn=f"20{at:02}") for at in range(12))
        await asyncio.gather(*writers)
        end = await position(here.api)
        seen = [[await task, *await reader.until(end)] for task, reader in zip(tasks, readers, strict=True)]
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert [int(answer["cursor"].split(".")[1]) for answer in seen[0]] == list(range(1, len(seen[0]) + 1))


async def test_a_lost_notification_costs_latency_only(here: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    task = await joined(await follow(here, SIGNINGS))
    monkeypatch.setattr("service.recording.wake", lambda pool: None)
    id_ = await signed(here.api)
    assert (await task)["agreement"]["id"] == id_


async def test_a_listener_that_is_killed_is_made_anew(here: Replica, pool: "Pool") -> None:
    reader = await follow(here, SIGNINGS)
    task = await joined(reader)
    feeds = "pg_stat_activity WHERE application_name = 'jumelage feed' AND datname = current_database()"
    for at in range(3):
        assert await pool.fetchval(f"SELECT count(pg_terminate_backend(pid)) FROM {feeds}") == 1
        id_ = await signed(here.api, signedOn=f"20{at:02}")
        assert (await task)["agreement"]["id"] == id_
        task = await joined(reader)
        await until(lambda: pool.fetchval(f"SELECT count(*) FROM {feeds}"))
    assert not here.feed.stale


async def test_this_process_s_own_commits_need_no_notification(here: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.tail.POLL_S", 3600)
    here.feed.tail.woken.set()
    await asyncio.sleep(0.1)
    task = await joined(await follow(here, SIGNINGS))
    monkeypatch.setattr(notification, "_notify", lambda pool, waking: asyncio.sleep(0))
    id_ = await signed(here.api)
    assert (await task)["agreement"]["id"] == id_


async def test_what_is_not_committed_is_not_said_and_a_long_transaction_holds_nothing_up(
    here: Replica, pool: "Pool"
) -> None:
    task = await joined(await follow(here, SIGNINGS))
    async with pool.acquire() as foreign:
        transaction = foreign.transaction(isolation="serializable")
        await transaction.start()
        await foreign.execute("CREATE TABLE held (id int)")  # it has a number among transactions, and goes on
        id_ = await signed(here.api)
        assert (await task)["agreement"]["id"] == id_
        await transaction.rollback()


async def test_a_gap_is_an_alarm_and_never_skipped(
    here: Replica, pool: "Pool", caplog: pytest.LogCaptureFixture
) -> None:
    reader = await follow(here, CHANGES)
    task = await joined(reader)
    await caught_up(here)
    await pool.execute("UPDATE feed_head SET seq = seq + 1")
    with caplog.at_level(logging.CRITICAL):
        await signed(here.api)
        await until(lambda: here.feed.tail.gap is not None)
        here.feed.tail.woken.set()
        await asyncio.sleep(0.1)
    assert [record.message for record in caplog.records] == ["the feed has a gap: change 2 follows 0"]
    assert not task.done()
    # Whoever mends it lets all go on.
    await pool.execute(
        "INSERT INTO change SELECT 1, at, actor, kind, subject_id, 0, fields, false, hash FROM change WHERE seq = 2"
    )
    assert (await task)["cursor"].split(".")[1] == "1"
    assert (await reader.take())["cursor"].split(".")[1] == "2"


async def test_a_change_that_vanishes_under_a_follower_is_an_alarm(
    here: Replica, pool: "Pool", caplog: pytest.LogCaptureFixture
) -> None:
    start = await position(here.api)
    await signed(here.api)
    await caught_up(here)
    await pool.execute("DELETE FROM change WHERE seq = 2")
    reader = await follow(here, CHANGES, after=start)
    with pytest.raises(FeedGapError):
        await reader.take()
    assert "the feed has a gap: of 3 changes after 0, 2 are there" in caplog.text


BROKEN = [
    pytest.param("UPDATE feed_head SET epoch = 'restored'", id="another epoch"),
    pytest.param(
        "WITH forked AS (UPDATE change SET hash = sha256('x') WHERE seq = (SELECT seq FROM feed_head) RETURNING hash)"
        " UPDATE feed_head SET hash = forked.hash FROM forked",
        id="another hash",
    ),
    pytest.param(
        "WITH gone AS (DELETE FROM change WHERE seq > 1) UPDATE feed_head"
        " SET seq = 1, hash = (SELECT hash FROM change WHERE seq = 1)",
        id="a shorter history",
    ),
]


@pytest.mark.parametrize("statement", BROKEN)
async def test_another_history_is_told_to_all_and_followed_from_then_on(
    here: Replica, pool: "Pool", statement: str
) -> None:
    await signed(here.api)
    await caught_up(here)
    before = await position(here.api)
    live, behind = await follow(here, SIGNINGS), await follow(here, CHANGES)
    task = await joined(live)
    await pool.execute(statement)
    here.feed.tail.woken.set()
    with pytest.raises(CursorRefused) as refused:
        await task
    assert refused.value.code == "CURSOR_RESET"
    with pytest.raises(CursorRefused):
        await behind.take()
    with pytest.raises(RequestRefused) as told:
        await follow(here, SIGNINGS, after=before)
    assert (told.value.errors[0].extensions or {})["code"] == "CURSOR_RESET"
    task = await joined(await follow(here, SIGNINGS))
    id_ = await signed(here.api, signedOn="2021")
    assert (await task)["agreement"]["id"] == id_


async def test_no_cursor_is_told_from_one_of_another_history(here: Replica) -> None:
    await signed(here.api)
    epoch, seq, mark = (await position(here.api)).split(".")
    for cursor, code in {
        "": "CURSOR_INVALID",
        "x": "CURSOR_INVALID",
        f"{epoch}.{seq}": "CURSOR_INVALID",
        f"{epoch}.-1.{mark}": "CURSOR_INVALID",
        f"{epoch}.{10**19}.{mark}": "CURSOR_INVALID",
        f"{epoch}.{seq}.{mark} ": "CURSOR_INVALID",
        f"other.{seq}.{mark}": "CURSOR_RESET",
        f"{epoch}.{seq}.00000000": "CURSOR_RESET",
        f"{epoch}.{int(seq) + 1}.{mark}": "CURSOR_RESET",
        f"{epoch}.0.{mark}": "CURSOR_RESET",
    }.items():
        for query in (SIGNINGS, CHANGES, AGREEMENTS):
            with pytest.raises(RequestRefused) as refused:
                await follow(here, query, after=cursor)
            assert (refused.value.errors[0].extensions or {})["code"] == code, cursor


async def test_the_feed_is_not_stale_while_the_database_answers(here: Replica, pool: "Pool") -> None:
    before = here.feed.tail.read_at
    await signed(here.api)
    await caught_up(here)
    assert here.feed.tail.read_at > before
    assert time.monotonic() - here.feed.tail.read_at < 10
    assert not here.feed.stale
    assert len(await feed(pool)) == here.feed.head.seq
