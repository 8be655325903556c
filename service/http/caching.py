"""Answers that are still right: what names one, and when it need not be asked for again.

An answer depends on the request, on the release, on the registry's state, which the feed's position names, and on
the day, since terms end. Position and day are read from the database, never from this machine's clock.

A process knows the position a moment late. Two rules keep that harmless. An answer is named by the position known
before it was asked for, so that it may be newer than its name, never older. And a name is taken for right only while
the feed was read within the last seconds, and again since anything was written here: away from the database, nothing
is.
"""

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from schema.document import Kept
from service.batch import Batch
from service.changes import Feed
from service.database import Database
from service.keys import Caller
from service.plan import Statement
from service.pool import UNANSWERED
from service.recording import Outcome
from service.repeating import repeating
from service.replica import Reads

log = logging.getLogger(__name__)

# The feed is read every second at least, and somewhat later on a machine that is busy.
TRUSTED_S = 2.5
# How long the database's day is believed, and how often it is asked for: its clock may be set.
DAY_TRUSTED_S = 600.0
DAY_ASKED_EVERY_S = 240.0
RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class State:
    """What the registry's answers depend on besides the request."""

    epoch: str
    seq: int
    hash: bytes
    floor: int
    day: str


class Freshness:
    """Knows the registry's state, as long as it can be sure of it."""

    def __init__(self, database: Database, feed: Feed, clock: Callable[[], float] = time.monotonic) -> None:
        """Know no day yet; see run()."""
        self.database, self.feed, self.clock = database, feed, clock
        self.day = ""
        self.day_ends = float("-inf")
        self.reading: set[asyncio.Task[None]] = set()

    def current(self) -> State | None:
        """Return the state; None while it is not sure."""
        tail, now = self.feed.tail, self.clock()
        if self.reading or now >= self.day_ends or tail.stale or now - tail.read_at > TRUSTED_S:
            return None
        return State(tail.head.epoch, tail.head.seq, tail.digest, tail.floor, self.day)

    def note_write(self) -> None:
        """Be sure of nothing until the feed was read again: something may have been written."""
        task = asyncio.create_task(self.read_again())
        self.reading.add(task)
        task.add_done_callback(self.reading.discard)

    async def read_again(self) -> None:
        """Wait until the feed was read from now on."""
        await self.feed.tail.now()

    async def learn_day(self) -> None:
        """Ask the database which day it is, and until when.

        SELECT current_date::text AS day, extract(epoch FROM current_date + 1 - now())::float AS left_s
        """
        began = self.clock()
        async with self.database.pool.acquire() as connection:
            row = await connection.fetchrow(
                "SELECT current_date::text AS day,"
                " extract(epoch FROM (current_date + 1)::timestamptz - now())::float AS left_s"
            )
        if row is not None:
            self.day, self.day_ends = row["day"], began + min(row["left_s"], DAY_TRUSTED_S)

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Know the day for as long as the context lasts."""
        await self.learn_day()
        try:
            async with repeating(
                self.keep_day, lambda: max(RETRY_S, min(DAY_ASKED_EVERY_S, self.day_ends - self.clock()))
            ):
                yield
        finally:
            for each in self.reading:
                each.cancel()
            await asyncio.gather(*self.reading, return_exceptions=True)

    async def keep_day(self) -> None:
        """Learn the day again; it is done now and then, and once another begins."""
        try:
            await self.learn_day()
        except UNANSWERED as error:
            log.warning("the day cannot be asked for: %s", type(error).__name__)


class Tags:
    """Names answers to GET, so that a client that has one need not be sent it again."""

    def __init__(self, *salt: bytes) -> None:
        """Name them differently in each release, and wherever else the salt differs."""
        self.salt = hashlib.blake2b(b"\0".join((release(), *salt)), digest_size=16).digest()

    def tag(self, state: State, *request: bytes) -> bytes:
        """Return the entity tag of the answer to a request in a state.

        It is a weak one: an answer may hold what was committed while it was asked for.
        """
        parts = (state.epoch.encode(), b"%d.%d" % (state.seq, state.floor), state.hash, state.day.encode(), *request)
        digest = hashlib.blake2b(key=self.salt, digest_size=12)
        for part in parts:
            digest.update(b"%d:" % len(part))
            digest.update(part)
        return b'W/"' + digest.hexdigest().encode() + b'"'


def matches(if_none_match: bytes, tag: bytes) -> bool:
    """Tell whether a client has the answer of the tag already."""
    opaque = tag.removeprefix(b"W/")
    return any(part.strip().removeprefix(b"W/") in (opaque, b"*") for part in if_none_match.split(b","))


def release() -> bytes:
    """Return what tells this release from others: its code."""
    digest = hashlib.sha256()
    root = Path(__file__).parent.parent.parent
    for folder in ("service", "schema"):
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.digest()


def _length(statement: Statement, answer: bytes) -> int:
    return len(statement.text) + len(answer)


class KeptReads(Reads):
    """Reads that answer from memory what was asked in the registry's present state, so much at most."""

    def __init__(self, reads: Reads, freshness: Freshness, most_bytes: int) -> None:
        """Read from there what is not kept."""
        super().__init__(reads.primary)
        self.reads, self.freshness = reads, freshness
        self.state: State | None = None
        self.kept: Kept[Statement, bytes] = Kept(most_bytes, _length)

    def note(self, caller: Caller | None, written: Outcome | Batch) -> None:
        """Take in what a caller wrote, so that it reads it."""
        self.reads.note(caller, written)

    async def fetch(self, statement: Statement, caller: Caller | None = None, at_least: int = 0) -> bytes:
        """Return the answer of a statement, from memory where nothing has changed since."""
        state = self.freshness.current()
        if state is None or state.seq < at_least:
            return await self.reads.fetch(statement, caller, at_least)
        if state != self.state:
            self.kept.clear()
            self.state = state
        known = self.kept.get(statement)
        if known is None:
            known = await self.reads.fetch(statement, caller, max(at_least, state.seq))
            if self.freshness.current() == state == self.state:
                self.kept.put(statement, known)
        return known
