"""Reading from a standby of the database, where a read may be a little old.

What must not be older than some position of the feed is read there only once the standby has it, on the very
connection that was asked, and else from the primary; as is everything while the standby is away, far behind or of
another history. Writes, what a mutation answers and the feed never come here.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import structlog

from service.batch import Batch
from service.chain import parse_feed_cursor
from service.changes import Feed
from service.database import GENERAL, PARTICULAR, Database, Limits, Reader, pool
from service.keys import Caller
from service.metrics import REPLICA_READS
from service.plan import Statement
from service.pool import UNANSWERED, Connection
from service.progress import Progress
from service.recording import Outcome
from service.repeating import repeating

log = structlog.get_logger()

EVERY_S, PATIENCE_S = 0.5, 1.0
CALLERS = 10_000
"""How many callers' last writes are remembered."""
PROBE = "SELECT seq, epoch FROM feed_head"


class LastWrites:
    """Where each caller wrote last, so that it reads what it wrote."""

    def __init__(self) -> None:
        """Know of none."""
        self.positions: OrderedDict[str, int] = OrderedDict()
        self.anyone = 0
        """Where somebody wrote of whom no more is known: it counts for everybody."""

    def note(self, caller: str, seq: int) -> None:
        """Remember a write; those of callers who wrote longest ago are forgotten."""
        self.positions[caller] = max(seq, self.positions.get(caller, 0))
        self.positions.move_to_end(caller)
        if len(self.positions) > CALLERS:
            self.anyone = max(self.anyone, self.positions.popitem(last=False)[1])

    def of(self, caller: str) -> int:
        """Return the position of the caller's last write, or one behind it."""
        return self.positions.get(caller, self.anyone)


class Reads:
    """Where reads go: to the primary, which is the only server here."""

    def __init__(self, primary: Reader) -> None:
        """Take the primary."""
        self.primary = primary

    async def fetch(self, statement: Statement, caller: Caller | None = None, at_least: int = 0) -> bytes:
        """Return the answer of a state that holds what the caller wrote, and the feed's position."""
        return await self.primary.fetch(statement)

    def note(self, caller: Caller | None, written: Outcome | Batch) -> None:
        """Take in what a caller wrote, so that it reads it."""


class ReplicaReads(Reads):
    """Where reads go: to a standby, else to the primary."""

    def __init__(self, primary: Database, standby: Reader, feed: Feed, most_lag_s: float) -> None:
        """Send nothing to the standby before it was looked at; see run()."""
        super().__init__(primary)
        self.writes, self.seen = LastWrites(), feed.head.seq
        self.standby, self.feed, self.most_lag_s = standby, feed, most_lag_s
        self.progress = Progress()
        self.connection: Connection | None = None
        self.unfit: str | None = "the standby was not asked yet"

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(
        cls, primary: Database, feed: Feed, url: str, limits: Limits, most_lag_s: float
    ) -> "AsyncIterator[ReplicaReads]":
        """Read from the standby for as long as the context lasts; it need not be there."""
        limits = replace(limits, pool_min=0)
        async with (
            pool("replica", url, GENERAL, limits) as general,
            pool("replica_particular", url, PARTICULAR, limits) as particular,
        ):
            reads = cls(primary, Reader(general, particular, url), feed, most_lag_s)
            await reads.look()
            try:
                async with repeating(reads.look, lambda: EVERY_S):
                    yield reads
            finally:
                if reads.connection is not None:
                    reads.connection.terminate()

    def note(self, caller: Caller | None, written: Outcome | Batch) -> None:
        """Take in what a caller wrote, so that it reads it."""
        outcomes = written.results if isinstance(written, Batch) else (written,)
        positions = [parse_feed_cursor(outcome.cursor).seq for outcome in outcomes if outcome.cursor]
        if caller is not None and positions:
            self.writes.note(caller.name, max(positions))

    async def fetch(self, statement: Statement, caller: Caller | None = None, at_least: int = 0) -> bytes:
        """Return the answer of a state that holds what the caller wrote, and the feed's position."""
        if statement.fresh:
            return await self.primary.fetch(statement)
        if self.unfit:
            REPLICA_READS.labels("unfit").inc()
            return await self.primary.fetch(statement)
        if caller is not None:
            self.look_through()
            at_least = max(at_least, self.writes.of(caller.name))
        try:
            async with self.standby.pool_of(statement).acquire() as connection:
                if at_least and await connection.fetchval("SELECT seq FROM feed_head") < at_least:
                    outcome = "behind"
                else:
                    answer = await self.standby.answer(connection, statement)
                    REPLICA_READS.labels("replica").inc()
                    return answer
        except asyncpg.QueryCanceledError:
            raise  # the primary would take as long
        except UNANSWERED:
            outcome = "failed"  # it went away, or took the rows back for what the primary no longer has
        REPLICA_READS.labels(outcome).inc()
        return await self.primary.fetch(statement)

    def look_through(self) -> None:
        """Take in what was written elsewhere, by other processes, as far as the feed has told it here."""
        head = self.feed.head.seq
        if head == self.seen:
            return
        entries = self.feed.tail.after(self.seen) if head > self.seen else None
        if entries is None:  # more than is kept in memory, or another history
            self.writes.anyone = head
        for entry in entries or ():
            self.writes.note(entry.actor, entry.place.seq)
        self.seen = head

    async def look(self) -> None:
        """Ask the standby where it stands, and judge."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                row = await self.probe()
        except UNANSWERED as error:
            if self.connection is not None:
                self.connection.terminate()
            # Whoever waits for it is broken off, and answered by the primary.
            for each in self.standby.pools:
                each.turn_away()
            self.judge(f"the standby does not answer ({type(error).__name__})")
            return
        for each in self.standby.pools:
            each.away = False
        self.progress.note(row["seq"], self.feed.head.seq)
        if row["epoch"] != self.feed.head.epoch:
            self.judge("JUMELAGE_READ_DATABASE_URL leads to another registry")
        elif self.progress.lag_s > self.most_lag_s:
            self.judge(f"the standby is more than {self.most_lag_s:g} s behind")
        else:
            self.judge(None)

    async def probe(self) -> Any:
        """Ask on the connection kept for it, made anew where it broke.

        SELECT seq, epoch FROM feed_head
        """
        if self.connection is None or self.connection.is_closed():
            self.connection = await self.standby.open(PATIENCE_S)
            for each in self.standby.pools:  # the address may lead to another server now
                await each.renew()
        return await self.connection.fetchrow(PROBE)

    def judge(self, unfit: str | None) -> None:
        """Take in whether the standby is read from, and tell the log when that changes."""
        if unfit == self.unfit:
            return
        self.unfit = unfit
        if unfit:
            log.warning("reads go to the primary", reason=unfit)
        else:
            log.info("reads go to the standby")
