"""The end of the feed as one process reads it: where the feed stands, what came last, whether it can be read at all.

One reader a process, on a connection of its own: woken by LISTEN, by the commits of this process, and by a poll every
second behind both, so that a lost notification costs latency and never data. What is read must carry on from what was
read before, number by number and hash by hash: a gap is an alarm and never skipped, another history is told to
everybody who follows. Knows no subscriber.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace

import asyncpg

from service import notification
from service.chain import CursorRefused, FeedCursor, cursor_expired, cursor_reset
from service.database import Database
from service.models import TABLES

log = logging.getLogger(__name__)

POLL_S = 1.0
RETRY_S = 0.25
PATIENCE_S = 2.0
"""How long an answer of the database may take, and after how long without one the feed is stale."""
START_S = 10.0
BATCH = 1_000
RECENT = 5_000
"""How many of the last changes are kept in memory, so that whoever is a little behind costs no statement."""
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # between the server's farewell and the connection's end
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
)
"""What says that the database cannot be asked now, and may be asked again."""

MERGEABLE = tuple(name for name, table in TABLES.items() if "merged_into_id" in table.c)
_ALIASES = " UNION ALL ".join(f"SELECT id FROM {name} WHERE merged_into_id = change.subject_id" for name in MERGEABLE)
_READ = f"""
SELECT head.epoch, head.floor, head.floor_hash, change.*, ARRAY({_ALIASES}) AS aliases
FROM feed_head AS head LEFT JOIN LATERAL (
    SELECT seq, hash, kind, subject_id, signing, actor FROM change WHERE seq >= $1 ORDER BY seq LIMIT $2
) AS change ON true
ORDER BY change.seq
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A change as it was read: its place, and what tells whom it concerns."""

    place: FeedCursor
    kind: str
    names: tuple[str, ...]
    """The record's identifier, then those of the records that are the same since a merge."""
    signing: bool
    actor: str


class Tail:
    """Reads on for as long as it runs, and tells when the feed has moved, broke off, or became stale or fresh."""

    def __init__(
        self,
        database: Database,
        *,
        moved: Callable[[], None],
        broken: Callable[[CursorRefused], None],
        stale: Callable[[], None],
    ) -> None:
        """Stand before the first change of no history; see run()."""
        self.database = database
        self.on_move, self.on_break, self.on_stale = moved, broken, stale
        self.head = FeedCursor("", 0, "")
        self.digest = b""
        self.recent: list[Entry] = []
        self.stale = False
        self.gap: int | None = None
        self.read_at = time.monotonic()
        self.woken = asyncio.Event()
        self.awaited: list[asyncio.Future[None]] = []
        self.floor = 0

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Read from where the feed stands now for as long as the context lasts."""
        async with self.listening(START_S) as connection:
            await self.anchor(connection)
        task = asyncio.create_task(self.read())
        notification.here.add(self.woken.set)
        try:
            yield
        finally:
            notification.here.discard(self.woken.set)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def after(self, seq: int) -> Sequence[Entry] | None:
        """Return the changes after the one of the number, as far as they were read; None where memory ends before."""
        if seq >= self.head.seq:
            return ()
        if seq < self.floor or not self.recent or (first := self.recent[0].place.seq) > seq + 1:
            return None
        return self.recent[seq + 1 - first :]

    def holds(self, place: FeedCursor) -> bool:
        """Tell whether the place is known from memory to be one of this history that the feed goes on from."""
        behind = self.after(place.seq - 1)
        return behind is not None and len(behind) > 0 and place.seq >= self.floor and behind[0].place == place

    async def now(self) -> FeedCursor:
        """Return where the feed stands, once it was read anew: nothing that was committed before lies behind."""
        awaited = asyncio.get_running_loop().create_future()
        self.awaited.append(awaited)
        self.woken.set()
        await awaited
        return self.head

    async def read(self) -> None:
        """Read on whenever woken, and every second in any case; a connection that breaks is made anew."""
        while True:
            try:
                async with self.listening() as connection:
                    while True:
                        self.woken.clear()
                        awaited = tuple(self.awaited)
                        await self.read_on(connection)
                        self.settle(awaited)
                        with contextlib.suppress(TimeoutError):
                            async with asyncio.timeout(POLL_S):
                                await self.woken.wait()
            except AWAY as error:
                self.note_unread(error)
            except Exception as error:  # a fault of ours, and still better tried again than given up for good
                log.exception("the feed cannot be read")
                self.note_unread(error)
            await asyncio.sleep(RETRY_S)

    def settle(self, awaited: Sequence["asyncio.Future[None]"]) -> None:
        """Let those go on who waited for a reading."""
        for waiting in awaited:
            self.awaited.remove(waiting)
            if not waiting.done():
                waiting.set_result(None)

    @contextlib.asynccontextmanager
    async def listening(self, patience_s: float = PATIENCE_S) -> AsyncIterator[asyncpg.Connection]:
        """Connect and be told of commits, and of the connection's end."""
        connection = await self.database.open(patience_s, "jumelage feed")
        try:
            connection.add_termination_listener(lambda _: self.woken.set())
            await connection.add_listener(notification.CHANNEL, lambda *_: self.woken.set())
            yield connection
        finally:
            connection.terminate()

    async def anchor(self, connection: asyncpg.Connection) -> None:
        """Stand where the feed stands, whatever was read before."""
        (row,) = await connection.fetch("SELECT epoch, seq, hash, floor FROM feed_head", timeout=PATIENCE_S)
        self.head, self.digest = FeedCursor.of(row["epoch"], row["seq"], row["hash"]), row["hash"]
        self.floor = row["floor"]
        self.recent = []

    async def read_on(self, connection: asyncpg.Connection) -> None:
        """Move to the newest change."""
        more = True
        while more:
            rows = await connection.fetch(_READ, self.head.seq, BATCH, timeout=PATIENCE_S)
            more = len(rows) == BATCH
            try:
                changes = self.carrying_on(rows)
            except CursorRefused as refused:
                log.error("the feed does not go on from change %d: %s", self.head.seq, refused.code)
                await self.anchor(connection)
                self.on_break(refused)
                return
            self.note_read()
            if self.take(changes):
                self.on_move()
            elif changes:
                return  # a gap

    def carrying_on(self, rows: "list[asyncpg.Record]") -> "list[asyncpg.Record]":
        """Return the rows behind the head, having seen that the head is where it was. Raises CursorRefused."""
        first = rows[0]
        self.floor = first["floor"]
        if first["epoch"] != self.head.epoch:
            raise cursor_reset()
        if first["floor"] > self.head.seq:
            raise cursor_expired()
        if first["floor"] == self.head.seq:
            if first["floor_hash"] != self.digest:
                raise cursor_reset()
            return rows if first["seq"] is not None else []
        if first["seq"] is None or (first["seq"] == self.head.seq and first["hash"] != self.digest):
            raise cursor_reset()
        return rows[1:] if first["seq"] == self.head.seq else rows

    def take(self, changes: "list[asyncpg.Record]") -> bool:
        """Move the head as far as the changes follow without a gap, and tell whether it moved."""
        before = self.head
        for change in changes:
            seq = change["seq"]
            if seq != self.head.seq + 1:
                if self.gap != seq:
                    log.critical("the feed has a gap: change %d follows %d", seq, self.head.seq)
                self.gap = seq
                break
            self.head, self.digest = FeedCursor.of(self.head.epoch, seq, change["hash"]), change["hash"]
            names = (change["subject_id"], *change["aliases"])
            if change["kind"] == "MERGED":
                self.rename(frozenset(names))
            self.recent.append(Entry(self.head, change["kind"], names, change["signing"], change["actor"]))
            self.gap = None
        if len(self.recent) > 2 * RECENT:
            del self.recent[:-RECENT]
        return self.head is not before

    def rename(self, same: frozenset[str]) -> None:
        """Let what was read of records that are one now be of each of them."""
        for at, entry in enumerate(self.recent):
            if (own := entry.names[0]) in same:
                self.recent[at] = replace(entry, names=(own, *(same - {own})))

    def note_read(self) -> None:
        """Note that the database answered."""
        self.read_at = time.monotonic()
        if self.stale:
            self.stale = False
            log.warning("the feed is read again")
            self.on_stale()

    def note_unread(self, error: BaseException) -> None:
        """Note that it did not; after a while what was read last is stale."""
        if not self.stale and time.monotonic() - self.read_at > PATIENCE_S:
            self.stale = True
            log.warning("the feed cannot be read: %s", type(error).__name__)
            self.on_stale()
