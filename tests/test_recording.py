import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from service import notification
from service.chain import parse_feed_cursor
from service.database import Database
from service.errors import UnknownOutcome, UserErrorCode
from service.event import RecordEventInput, record_event
from service.notification import CHANNEL, settle_wakes, wake
from service.recording import Outcome, Transaction, record, settle
from service.signing import record_signing
from tests.factories import city, city_party, event, parties, signing
from tests.registry import contents, count, feed, refusals, subject, until_somebody_waits

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]


async def sign(pool: "Pool", key: str = "key-1", caller: str = "city", **facts: object) -> Outcome:
    return await record(pool, caller, key, signing(key, **facts), record_signing)


async def test_answers_with_the_subject_and_its_place_in_the_feed(pool: "Pool") -> None:
    outcome = await sign(pool)
    changes = await feed(pool)
    assert changes[-1]["subject_id"] == subject(outcome)
    cursor = parse_feed_cursor(outcome.cursor or "")
    epoch = await pool.fetchval("SELECT epoch FROM feed_head")
    assert (cursor.epoch, cursor.seq) == (epoch, changes[-1]["seq"])
    assert cursor.fits(changes[-1]["hash"])


async def test_a_retry_gets_the_first_answer_and_writes_nothing(pool: "Pool") -> None:
    first = await sign(pool)
    before = await contents(pool)
    again = await sign(pool)
    assert again == Outcome(first.subject_id, first.cursor, replayed=True)
    assert await contents(pool) == before


async def test_a_key_reused_with_another_input_is_refused_and_changes_nothing(pool: "Pool") -> None:
    await sign(pool)
    before = await contents(pool)
    assert refusals(await sign(pool, title="Another")) == [(UserErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey")]
    assert await contents(pool) == before


async def test_a_key_reused_for_another_operation_is_refused(pool: "Pool") -> None:
    await sign(pool, "key")
    outcome = await record(pool, "city", "key", event("key"), record_event)
    assert refusals(outcome) == [(UserErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey")]


async def test_operations_that_share_an_input_are_told_apart_by_name(pool: "Pool") -> None:
    subject(await record(pool, "city", "key", event("key"), record_event, operation="one"))
    outcome = await record(pool, "city", "key", event("key"), record_event, operation="other")
    assert refusals(outcome) == [(UserErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey")]


async def test_keys_of_different_callers_do_not_meet(pool: "Pool") -> None:
    one = await record(pool, "city", "key", event("key"), record_event)
    other = await record(pool, "ministry", "key", event("key"), record_event)
    assert subject(one) != subject(other)


async def test_a_refused_key_may_be_used_again(pool: "Pool") -> None:
    assert (await sign(pool, parties=parties(city_party()))).refusals
    assert await count(pool, "idempotency_key") == 0
    subject(await sign(pool))


async def test_six_concurrent_callers_have_one_effect_for_each_key(pool: "Pool") -> None:
    def post(key: int) -> "asyncio.Future[Outcome]":
        facts = parties(city_party(), city_party(f"City {key % 7}", "US"))
        return asyncio.ensure_future(sign(pool, f"key-{key}", signedOn=f"20{key:02}-01-01", parties=facts))

    posts = [post(key) for _ in range(6) for key in range(25)]
    outcomes = await asyncio.gather(*posts)
    assert len({(subject(outcome), outcome.cursor) for outcome in outcomes}) == 25
    assert sum(not outcome.replayed for outcome in outcomes) == 25
    assert await count(pool, "agreement") == 25
    assert await count(pool, "city") == 8
    assert len(await feed(pool)) == 25 + 8


async def fail(tx: Transaction, payload: RecordEventInput) -> str:
    await record_event(tx, payload)
    raise ZeroDivisionError


async def test_a_rule_that_breaks_off_writes_nothing(pool: "Pool") -> None:
    before = await contents(pool)
    with pytest.raises(ZeroDivisionError):
        await record(pool, "city", "key", event("key", city=city()), fail)
    assert await contents(pool) == before


async def test_the_feed_is_dense_and_in_the_order_of_commits_whatever_fails(pool: "Pool") -> None:
    seen: list[int] = []

    async def write(number: int) -> None:
        for step in range(12):
            key = f"{number}-{step}"
            rule = fail if (number + step) % 4 == 0 else record_event
            before = await pool.fetchval("SELECT seq FROM feed_head")
            try:
                outcome = await record(pool, "city", key, event(key, city=city(f"City {step}", "US")), rule)
            except ZeroDivisionError:
                continue
            seq = parse_feed_cursor(outcome.cursor or "").seq
            assert seq > before, "a write that starts after another was answered comes after it"
            seen.append(seq)

    await asyncio.gather(*(write(number) for number in range(6)))
    changes = await feed(pool)
    assert len(seen) == len(set(seen)) == 54
    assert {change["seq"] for change in changes if change["subject_id"].startswith("evt_")} == set(seen)


async def test_a_live_reader_misses_no_change(pool: "Pool") -> None:
    read: list[int] = []

    async def follow(until: asyncio.Event) -> None:
        done = False
        while not done:
            done = until.is_set()
            rows = await pool.fetch("SELECT seq FROM change WHERE seq > $1 ORDER BY seq", read[-1] if read else 0)
            read.extend(row["seq"] for row in rows)

    finished = asyncio.Event()
    follower = asyncio.ensure_future(follow(finished))
    keys = [f"key-{number}" for number in range(60)]
    await asyncio.gather(*(record(pool, "city", key, event(key), record_event) for key in keys))
    finished.set()
    await follower
    assert read == list(range(1, 61))


async def test_validating_writes_nothing_and_answers_what_recording_would(pool: "Pool") -> None:
    before = await contents(pool)
    assert await sign(pool, validateOnly=True) == Outcome()
    assert refusals(await sign(pool, validateOnly=True, parties=parties(city_party()))) == [
        (UserErrorCode.TOO_FEW_PARTIES, "parties")
    ]
    assert await contents(pool) == before
    recorded = await sign(pool)
    assert await sign(pool, validateOnly=True) == Outcome(recorded.subject_id, recorded.cursor, replayed=True)


async def test_a_cancelled_caller_does_not_cut_the_transaction(pool: "Pool") -> None:
    reached, proceed = asyncio.Event(), asyncio.Event()

    async def slow(tx: Transaction, payload: RecordEventInput) -> str:
        reached.set()
        await proceed.wait()
        return await record_event(tx, payload)

    caller = asyncio.ensure_future(record(pool, "city", "key", event("key"), slow))
    await reached.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    proceed.set()
    await settle()
    assert await count(pool, "event") == 1
    again = await record(pool, "city", "key", event("key"), record_event)
    assert again.replayed
    assert await count(pool, "event") == 1


async def test_a_twin_waits_for_the_first_and_replays_it(pool: "Pool") -> None:
    reached, proceed = asyncio.Event(), asyncio.Event()

    async def slow(tx: Transaction, payload: RecordEventInput) -> str:
        reached.set()
        await proceed.wait()
        return await record_event(tx, payload)

    first = asyncio.ensure_future(record(pool, "city", "key", event("key"), slow))
    await reached.wait()
    twin = asyncio.ensure_future(record(pool, "city", "key", event("key"), record_event))
    await until_somebody_waits(pool)
    assert not twin.done()
    proceed.set()
    one, other = await asyncio.gather(first, twin)
    assert other == Outcome(one.subject_id, one.cursor, replayed=True)


class FaultyPool:
    """Lends connections whose backend is ended at a point in the transaction."""

    def __init__(self, pool: "Pool", at: str, error: type[Exception] = ConnectionResetError) -> None:
        self._pool, self._at, self._error = pool, at, error

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        async with self._pool.acquire() as connection:
            yield FaultyConnection(self._pool, connection, self._at, self._error)


class FaultyConnection:
    def __init__(self, pool: "Pool", connection: Any, at: str, error: type[Exception]) -> None:
        self._pool, self._connection, self._at, self._error = pool, connection, at, error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def transaction(self) -> "FaultyTransaction":
        return FaultyTransaction(self, self._connection.transaction())

    async def end(self) -> None:
        process = self._connection.get_server_pid()
        await self._pool.execute("SELECT pg_terminate_backend($1, 5000)", process)

    async def fetchval(self, statement: str, *values: object) -> Any:
        if self._at == "key" and "idempotency_key" in statement:
            await self.end()
        return await self._connection.fetchval(statement, *values)


class FaultyTransaction:
    def __init__(self, connection: FaultyConnection, transaction: Any) -> None:
        self._connection, self._transaction = connection, transaction

    async def start(self) -> None:
        await self._transaction.start()

    async def rollback(self) -> None:
        if self._connection._at == "rollback":
            raise self._connection._error
        await self._transaction.rollback()

    async def commit(self) -> None:
        if self._connection._at == "before commit":
            await self._connection.end()
        await self._transaction.commit()
        if self._connection._at == "after commit":
            raise self._connection._error


LOST = (ConnectionResetError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError)


@pytest.mark.parametrize(
    ("at", "error", "written"),
    [("before commit", ConnectionResetError, 0), *(("after commit", error, 1) for error in LOST)],
)
async def test_a_connection_lost_during_commit_leaves_the_outcome_unknown_until_the_retry(
    pool: "Pool", at: str, error: type[Exception], written: int
) -> None:
    with pytest.raises(UnknownOutcome):
        await record(FaultyPool(pool, at, error), "city", "key", event("key"), record_event)
    assert await count(pool, "event") == written
    again = await record(pool, "city", "key", event("key"), record_event)
    assert again.replayed is bool(written)
    assert await count(pool, "event") == 1
    assert len(await feed(pool)) == 1


@pytest.mark.parametrize("error", LOST)
async def test_a_transaction_that_cannot_be_taken_back_takes_its_connection_along(
    database: str, error: type[Exception]
) -> None:
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as single:
        process = await single.fetchval("SELECT pg_backend_pid()")
        with pytest.raises(ZeroDivisionError):
            await record(FaultyPool(single, "rollback", error), "city", "key", event("key"), fail)
        assert await single.fetchval("SELECT pg_backend_pid()") != process
        assert not (await record(single, "city", "key", event("key"), record_event)).replayed
        assert await count(single, "event") == 1


async def test_a_connection_lost_before_commit_writes_nothing(pool: "Pool") -> None:
    before = await contents(pool)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await record(FaultyPool(pool, "key"), "city", "key", event("key"), record_event)
    assert await contents(pool) == before


@pytest.mark.parametrize("error", [asyncpg.SerializationError, asyncpg.DeadlockDetectedError])
async def test_a_transaction_that_others_got_in_the_way_of_is_tried_again(
    pool: "Pool", error: type[asyncpg.PostgresError]
) -> None:
    attempts = 0

    async def contended(tx: Transaction, payload: RecordEventInput) -> str:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise error
        return await record_event(tx, payload)

    subject(await record(pool, "city", "key", event("key"), contended))
    assert attempts == 3
    assert len(await feed(pool)) == 1


async def test_many_commits_share_few_notifications(pool: "Pool") -> None:
    heard: list[object] = []
    woken = asyncio.Event()

    def hear(*notified: object) -> None:
        heard.append(notified[3])
        woken.set()

    async with pool.acquire() as listener:
        await listener.add_listener(CHANNEL, hear)
        for _ in range(50):
            wake(pool)
        subject(await record(pool, "city", "key", event("key"), record_event))
        await woken.wait()
        await listener.reset()
    assert set(heard) == {""}
    assert len(heard) < 5


async def test_commits_that_follow_one_another_fast_share_notifications(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notification, "APART_S", 0.3)
    sent: list[str] = []

    class Counting:
        @asynccontextmanager
        async def acquire(self) -> AsyncIterator[Any]:
            yield self

        async def execute(self, statement: str) -> None:
            sent.append(statement)

    counting = Counting()
    for _ in range(20):
        wake(counting)
        await asyncio.sleep(0)
    assert len(sent) == 1, "the first is sent at once"
    await settle_wakes()
    assert len(sent) == 2, "the others share one"


async def test_followers_are_notified_before_the_connections_are_closed(database: str, pool: "Pool") -> None:
    heard: asyncio.Queue[object] = asyncio.Queue()
    async with pool.acquire() as listener:
        await listener.add_listener(CHANNEL, lambda *notified: heard.put_nowait(notified))
        async with Database.connect(database) as connected:
            wake(connected.pool)
            await asyncio.wait_for(heard.get(), 5)
            wake(connected.pool)
        await asyncio.wait_for(heard.get(), 5)
        await listener.reset()


async def test_nobody_waits_for_a_notification_that_was_cancelled_before_it_began(database: str) -> None:
    def leave_at_once() -> None:
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            loop.call_soon(wake, asyncpg.create_pool(database, loop=loop))
            loop.call_soon(loop.stop)
            loop.run_forever()

    await asyncio.to_thread(leave_at_once)
    await settle_wakes()


async def test_a_lost_notification_harms_nobody(pool: "Pool") -> None:
    class Deaf:
        def __init__(self) -> None:
            self.lent = 0
            self.refused = asyncio.Event()

        @asynccontextmanager
        async def acquire(self) -> AsyncIterator[Any]:
            self.lent += 1
            if self.lent > 1:
                self.refused.set()
                raise ConnectionRefusedError
            async with pool.acquire() as connection:
                yield connection

    deaf = Deaf()
    subject(await record(deaf, "city", "key", event("key"), record_event))
    await deaf.refused.wait()
    assert len(await feed(pool)) == 1


async def test_signings_are_marked_in_the_feed_and_nothing_else_is(pool: "Pool") -> None:
    await record(pool, "city", "event", event("event"), record_event)
    agreement = subject(await sign(pool))
    assert [change["subject_id"] for change in await feed(pool) if change["signing"]] == [agreement]


async def test_changes_hold_no_names(pool: "Pool") -> None:
    named = {"party": city_party(), "signatories": [{"person": {"named": {"name": "Chen Chi-mai"}}}]}
    await sign(pool, parties=[named, *parties(city_party("Pristina", "XK"))], summary="Kaohsiung")
    text = " ".join(str(list(change.values())) for change in await feed(pool))
    assert "Chen" not in text
    assert "Kaohsiung" not in text
