"""The order of the feed is the order of commits, whoever writes, whatever is taken back and whatever clocks say."""

import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import asyncpg
import pytest

from service import recording
from service.chain import parse_feed_cursor
from service.errors import UnknownOutcome
from service.event import RecordEventInput, record_event
from service.recording import Outcome, Transaction, record
from tests.factories import event
from tests.history import Write, disordered
from tests.registry import count, feed, subject, until_somebody_waits
from tests.server import ROOT

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]

DAY_S = 86_400
STEPS = 400 if os.environ.get("TEST_LONG") == "1" else 12


@pytest.mark.parametrize(
    ("writes", "found"),
    [
        ([Write(0, 1, 1), Write(2, 3, 2), Write(2.5, 4, 3)], 0),
        ([Write(0, 3, 2), Write(1, 2, 1)], 0),
        ([Write(0, 3, 1), Write(1, 2, 2)], 0),
        ([Write(0, 1, 2), Write(2, 3, 1)], 1),
        ([Write(0, 9, 9), Write(1, 2, 5), Write(3, 4, 6), Write(5, 6, 4), Write(7, 8, 3)], 2),
    ],
)
def test_the_checker_finds_what_is_disordered(writes: list[Write], found: int) -> None:
    assert len(disordered(writes)) == found


async def test_processes_whose_clocks_disagree_write_one_ordered_history(database: str, pool: "Pool") -> None:
    def run(name: str, skew_s: int) -> list[Write]:
        command = [sys.executable, "-m", "tests.writers", database, name, str(skew_s), str(STEPS)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        return [Write(*json.loads(line)) for line in done.stdout.splitlines()]

    skews = {"ahead": 400 * DAY_S, "right": 0, "behind": -DAY_S}
    runs = await asyncio.gather(*(asyncio.to_thread(run, name, skew) for name, skew in skews.items()))
    writes = [write for run in runs for write in run]
    assert disordered(writes) == []
    changes = await feed(pool)
    recorded = {change["seq"] for change in changes if change["subject_id"][:3] in {"agr", "evt"}}
    assert {write.seq for write in writes} == recorded
    assert len(writes) == len(recorded) > len(skews) * STEPS


async def test_a_slow_rule_keeps_nobody_from_committing(pool: "Pool") -> None:
    reached, proceed = asyncio.Event(), asyncio.Event()

    async def slow(tx: Transaction, payload: RecordEventInput) -> str:
        written = await record_event(tx, payload)
        reached.set()
        await proceed.wait()
        return written

    first = asyncio.ensure_future(record(pool, "city", "slow", event("slow"), slow))
    await reached.wait()
    quick = [await asyncio.wait_for(record(pool, "city", key, event(key), record_event), 30) for key in "ab"]
    proceed.set()
    assert [place(outcome) for outcome in (*quick, await first)] == [1, 2, 3]
    await feed(pool)


async def test_a_number_that_was_taken_back_is_given_to_the_next(pool: "Pool") -> None:
    numbered, lost = asyncio.Event(), asyncio.Event()
    commit = recording.commit

    async def breaking(transaction: object, connection: Any) -> None:
        if not numbered.is_set():
            numbered.set()
            await lost.wait()
        await commit(transaction, connection)

    with patch.object(recording, "commit", breaking):
        first = asyncio.ensure_future(record(pool, "city", "first", event("first"), record_event))
        await numbered.wait()
        second = asyncio.ensure_future(record(pool, "city", "second", event("second"), record_event))
        holder = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
        await until_somebody_waits(pool)
        await pool.execute("SELECT pg_terminate_backend($1, 5000)", await pool.fetchval(holder))
        lost.set()
        assert place(await second) == 1
        with pytest.raises(UnknownOutcome):
            await first
    assert await count(pool, "event") == 1
    assert place(await record(pool, "city", "first", event("first"), record_event)) == 2
    await feed(pool)


def place(outcome: Outcome) -> int:
    """Return the number of the change that an outcome names."""
    subject(outcome)
    return parse_feed_cursor(outcome.cursor or "").seq
