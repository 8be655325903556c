"""Letting go of old changes: the feed then begins at a floor, and the chain of hashes with the hash that stood there.

What is pruned leaves the feed and records' histories; records, and answers to idempotency keys, stay as they are, but
for the cursor of an answer whose change is gone. Knows how a moment is written and no rule.
"""

import json
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TextIO

import asyncpg

from service.servers import connect

PRUNING = -4
"""The lock that whoever prunes holds, so that two do not at once."""
ROWS_A_STATEMENT = 10_000
_AGE = re.compile(r"([1-9][0-9]{0,5})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True)
class Pruned:
    """What became of the feed."""

    pruned: int
    kept: int


def parse_moment(text: str, now: datetime) -> datetime:
    """Read a day, an instant, or an age such as 90d, 12h or 8w. Raises ValueError, also for what lies ahead."""
    if age := _AGE.fullmatch(text):
        try:
            return now - int(age[1]) * _UNITS[age[2]]
        except OverflowError:
            raise ValueError("is longer ago than there are dates") from None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            "must be a day (2024-01-31), an instant (2024-01-31T12:00Z) or an age (90d, 12h, 8w)"
        ) from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if moment > now:
        raise ValueError("lies ahead: what is to come cannot be pruned")
    return moment


async def prune(url: str, before: datetime, archive: TextIO | None = None) -> Pruned:
    """Prune the changes before a moment, having written them to the archive as lines of JSON.

    The floor moves first, in one step, so that nobody takes a feed that is being pruned for a whole one; run again
    after an interruption, it goes on.
    """
    connection = await connect(url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", PRUNING)
        floor: int = await connection.fetchval(
            "SELECT coalesce((SELECT min(seq) - 1 FROM change WHERE at >= $1), seq) FROM feed_head", before
        )
        if archive is not None:
            async for line in _lines(connection, floor):
                archive.write(line + "\n")
            archive.flush()
            os.fsync(archive.fileno())
        await connection.execute(
            """
            UPDATE feed_head SET floor = change.seq, floor_hash = change.hash
            FROM change WHERE change.seq = $1 AND floor < $1
            """,
            floor,
        )
        pruned = await _delete(connection)
        return Pruned(pruned, await connection.fetchval("SELECT seq - floor FROM feed_head"))
    finally:
        await connection.close()


async def _lines(connection: asyncpg.Connection, floor: int) -> AsyncIterator[str]:
    async with connection.transaction(readonly=True):
        statement = (
            "SELECT seq, at, actor, kind, subject_id, version, fields, signing, hash FROM change"
            " WHERE seq <= $1 ORDER BY seq"
        )
        async for row in connection.cursor(statement, floor, prefetch=1_000):
            yield json.dumps({**row, "at": row["at"].astimezone(UTC).isoformat(), "hash": row["hash"].hex()})


async def _delete(connection: asyncpg.Connection) -> int:
    """Delete what lies below the floor, in transactions so short that nobody waits for them."""
    pruned = 0
    while True:
        done = await connection.execute(
            "DELETE FROM change WHERE seq IN (SELECT seq FROM change"
            f" WHERE seq <= (SELECT floor FROM feed_head) ORDER BY seq LIMIT {ROWS_A_STATEMENT})"
        )
        deleted = int(done.removeprefix("DELETE "))
        pruned += deleted
        if deleted < ROWS_A_STATEMENT:
            return pruned
