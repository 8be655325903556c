"""Following the feed: one reader a process, and every subscriber of equal interest answered at once.

The tailer is woken by LISTEN on a connection of its own and by a poll every second behind it, so that a lost
notification costs latency and never data. Subscribers whose statements are equal form a group: a stretch of
the feed is answered for the group once, and its bytes go to all of them. A subscriber's state is its cursor.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator

import asyncpg

from service.chain import FeedCursor, parse_feed_cursor
from service.database import Database
from service.notification import CHANNEL
from service.plan import Statement

log = logging.getLogger(__name__)

POLL_S = 1.0
STRETCH = 500  # changes answered by one statement while catching up
QUEUE = 1_000  # messages that wait for a subscriber which does not read


class CursorRefused(Exception):  # noqa: N818 (an answer, not a fault)
    """The feed cannot go on from the cursor; the code says why."""

    def __init__(self, code: str, message: str) -> None:
        """Take the code and what to do."""
        self.code = code
        super().__init__(message)


class TooSlow(Exception):  # noqa: N818 (an answer, not a fault)
    """The subscriber did not read for so long that it is dropped; its cursor brings back what it missed."""


class Subscriber:
    """One who follows: the messages that wait for it."""

    def __init__(self) -> None:
        """Start with nothing waiting."""
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue(QUEUE)
        self.dropped = False

    def give(self, messages: list[bytes]) -> None:
        """Hand over messages; a subscriber that leaves too many unread is dropped."""
        for message in messages:
            if self.waiting.full():
                self.dropped = True
                return
            self.waiting.put_nowait(message)


class Group:
    """Subscribers whose statements are equal, and how far they have been answered."""

    def __init__(self, statement: Statement, position: int) -> None:
        """Start at a position of the feed with nobody in it."""
        self.statement, self.position = statement, position
        self.subscribers: set[Subscriber] = set()
        self.task: asyncio.Task[None] | None = None


class Feed:
    """The feed of one database as one process follows it."""

    def __init__(self, database: Database) -> None:
        """Follow nothing yet; see run()."""
        self.database = database
        self.head = 0
        self.moved = asyncio.Condition()
        self.woken = asyncio.Event()
        self.groups: dict[Statement, Group] = {}

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Follow the feed for as long as the context lasts."""
        async with self.database.pool.acquire() as connection:
            self.head = await connection.fetchval("SELECT seq FROM feed_head")
        tasks = [asyncio.create_task(self.listen()), asyncio.create_task(self.tail())]
        try:
            yield
        finally:
            tasks += [group.task for group in self.groups.values() if group.task]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def listen(self) -> None:
        """Keep a connection that is told of commits; where it breaks, the poll goes on and it is made anew."""
        while True:
            lost = asyncio.Event()
            try:
                connection = await asyncpg.connect(self.database.url, server_settings={"application_name": "jumelage"})
                connection.add_termination_listener(lambda _, lost=lost: lost.set())
                await connection.add_listener(CHANNEL, lambda *_: self.woken.set())
                self.woken.set()
                try:
                    await lost.wait()
                finally:
                    connection.terminate()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("not listening to the feed: %s", type(error).__name__)
            await asyncio.sleep(POLL_S)

    async def tail(self) -> None:
        """Read on whenever woken, and every second in any case."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), POLL_S)
            self.woken.clear()
            try:
                await self.read_on()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("the feed cannot be read: %s", type(error).__name__)

    async def read_on(self) -> None:
        """Move the head to the newest change that follows without a gap; a gap is an alarm, never skipped."""
        async with self.database.pool.acquire() as connection:
            numbers = await connection.fetch(
                "SELECT seq FROM change WHERE seq > $1 ORDER BY seq LIMIT 10000", self.head
            )
        head = self.head
        for (seq,) in numbers:
            if seq != head + 1:
                log.critical("the feed has a gap: change %d follows %d", seq, head)
                break
            head = seq
        if head != self.head:
            async with self.moved:
                self.head = head
                self.moved.notify_all()
        if len(numbers) == 10_000:
            self.woken.set()

    async def subscribe(self, statement: Statement, after: str | None) -> AsyncGenerator[bytes, None]:
        """Return the messages that the statement makes of the changes after the cursor, or from now on.

        Raises CursorRefused. The iterator raises TooSlow where its messages are not taken.
        """
        position = self.head if after is None else await self.locate(after)
        return self.follow(statement, position)

    async def locate(self, text: str) -> int:
        """Return the cursor's position in the feed. Raises CursorRefused, or the database's JM001 and JM002."""
        try:
            cursor: FeedCursor = parse_feed_cursor(text)
        except ValueError:
            raise CursorRefused("CURSOR_INVALID", "after is no cursor of the feed; take one from an answer.") from None
        async with self.database.pool.acquire() as connection:
            position: int = await connection.fetchval(
                "SELECT feed_position($1, $2, $3)", cursor.epoch, cursor.seq, cursor.hash_prefix
            )
        return position

    async def follow(self, statement: Statement, position: int) -> AsyncGenerator[bytes, None]:
        """Catch up to the group of the statement, join it, and take what it is given."""
        while position < self.reached(statement):
            to = min(position + STRETCH, self.reached(statement))
            for _, message in await self.database.fetch_messages(statement, position, to):
                yield message
            position = to
        # Nothing is awaited from here to the joining, so no change can slip between.
        subscriber = Subscriber()
        group = self.join(statement, subscriber, position)
        try:
            while not subscriber.dropped or not subscriber.waiting.empty():
                yield await subscriber.waiting.get()
            raise TooSlow
        finally:
            self.leave(group, subscriber)

    def reached(self, statement: Statement) -> int:
        """Return how far the statement's group has been answered, or where the feed stands if there is none."""
        group = self.groups.get(statement)
        return group.position if group else self.head

    def join(self, statement: Statement, subscriber: Subscriber, position: int) -> Group:
        """Add the subscriber to the group of its statement, which is made for the first."""
        group = self.groups.get(statement)
        if group is None:
            group = self.groups[statement] = Group(statement, position)
            group.task = asyncio.create_task(self.serve(group))
        group.subscribers.add(subscriber)
        return group

    def leave(self, group: Group, subscriber: Subscriber) -> None:
        """Take the subscriber out; the last one ends the group."""
        group.subscribers.discard(subscriber)
        if not group.subscribers and self.groups.get(group.statement) is group:
            del self.groups[group.statement]
            if group.task:
                group.task.cancel()

    async def serve(self, group: Group) -> None:
        """Answer the group each time that the feed moves."""
        while True:
            async with self.moved:
                await self.moved.wait_for(lambda: self.head > group.position)
            to = min(self.head, group.position + STRETCH)
            try:
                answered = await self.database.fetch_messages(group.statement, group.position, to)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("a group of subscribers waits: %s", type(error).__name__)
                await asyncio.sleep(POLL_S)
                continue
            group.position = to
            messages = [message for _, message in answered]
            for subscriber in tuple(group.subscribers):
                subscriber.give(messages)
