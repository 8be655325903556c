"""Who follows the feed: groups of equal subscriptions, each answered once, and followers, each with its place.

A follower is behind its group and catches up by statements of its own, or is in it and takes what the group is given.
Either way it is given each change behind its place once, in order. What waits for a follower is bounded: one that does
not take it falls behind again, and its place brings back what it missed. Knows neither SQL nor how a message reaches a
client.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.chain import FeedCursor
from service.metrics import FEED_FELL_BEHIND, FEED_MESSAGES
from service.plan import Statement
from service.tail import AWAY, RETRY_S, Entry
from service.tracing import span

if TYPE_CHECKING:
    from service.changes import Feed

log = logging.getLogger(__name__)

WAITING = 1_000
WAITING_BYTES = 512 * 1024
STRETCH = 200
"""How many changes one statement answers at most; fewer where their answers are large."""
STRETCH_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Interest:
    """Which changes a subscription may have something to say about; its statement is asked about no others.

    `types` are prefixes of identifiers. `subject` is a record's identifier, also of one that was merged into another.
    """

    types: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    subject: str | None = None
    signing: bool = False


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a follower asks of each change; equal ones are answered together.

    `checkpoint` is the answer while there is none: the parts of a text between which the cursor stands.
    """

    statement: Statement
    interest: Interest
    checkpoint: tuple[bytes, ...] | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """An answer, or where the feed stands while there is none; the cursor goes on just behind it."""

    seq: int
    cursor: str
    body: bytes | None = None
    stale: bool = False


Deliver = Callable[[Message], bool]
"""Tells a client a message at once; returns False, having told nothing, where that cannot be done without waiting."""


def concerns(interest: Interest, entry: Entry) -> bool:
    """Tell whether a subscription may have something to say about the change."""
    return (
        (entry.signing or not interest.signing)
        and (interest.kinds is None or entry.kind in interest.kinds)
        and (interest.types is None or entry.names[0].partition("_")[0] in interest.types)
        and (interest.subject is None or interest.subject in entry.names)
    )


def paced(most: int, messages: Sequence[Message]) -> int:
    """Return how many changes the next stretch may have, given what the last one weighed."""
    heavy = sum(len(message.body or b"") for message in messages) > STRETCH_BYTES
    return max(most // 4, 1) if heavy else min(most * 2, STRETCH)


class Follower:
    """One who follows: its place in the feed, and what waits for it."""

    __slots__ = (
        *("behind", "deliver", "due", "failure", "feed", "group", "history", "most"),
        *("size", "stale", "subscription", "waiter", "waiting"),
    )

    def __init__(self, feed: "Feed", subscription: Subscription, place: FeedCursor) -> None:
        """Start at a place of the feed, on its own."""
        self.feed, self.subscription, self.behind, self.history = feed, subscription, place, feed.history
        self.waiting: deque[Message] = deque()
        self.size = 0
        self.most = STRETCH // 8
        self.group: Group | None = None
        self.waiter: asyncio.Future[None] | None = None
        self.deliver: Deliver | None = None
        self.failure: Exception | None = None
        self.stale = False
        self.due = time.monotonic() + self.feed.checkpoint_s

    @property
    def place(self) -> FeedCursor:
        """Return the place up to which messages were given; in a group it is the group's, unless it was ahead."""
        return self.group.place if self.group and self.group.place.seq > self.behind.seq else self.behind

    async def next(self) -> Message:
        """Return the next message that was not delivered, or every so often where the feed stands; see Message.

        Raises CursorRefused where the feed does not go on from here, and what the database raises where it refuses
        the statement. While the database is away nothing is raised: it is waited for.
        """
        while not self.waiting:
            if self.failure:
                raise self.failure
            if self.stale != self.feed.stale:
                self.stale = self.feed.stale
                return self.idle()
            if self.group is None:
                await self.catch_up()
            elif not await self.woken():
                return self.idle()
        message = self.waiting.popleft()
        self.size -= len(message.body or b"")
        self.note()
        return message

    def note(self) -> None:
        """Note that a message was taken: no checkpoint is due for a while."""
        FEED_MESSAGES.inc()
        self.due = time.monotonic() + self.feed.checkpoint_s

    def idle(self) -> Message:
        """Return where the follower stands, with nothing to say."""
        self.due = time.monotonic() + self.feed.checkpoint_s
        place = self.place
        cursor = str(place)
        parts = None if self.stale else self.subscription.checkpoint
        return Message(place.seq, cursor, cursor.encode().join(parts) if parts else None, self.stale)

    async def woken(self) -> bool:
        """Wait for something to happen; tell whether it did before a checkpoint was due."""
        loop = asyncio.get_running_loop()
        self.waiter = loop.create_future()
        timer = loop.call_later(max(self.due - time.monotonic(), 0), self.wake)
        try:
            await self.waiter
        finally:
            self.waiter = None
            timer.cancel()
        return bool(self.waiting) or self.failure is not None or time.monotonic() < self.due

    def wake(self) -> None:
        """Let whoever waits for a message look again."""
        if self.waiter and not self.waiter.done():
            self.waiter.set_result(None)

    async def catch_up(self) -> None:
        """Take one stretch towards the group, or join it where there is nothing between."""
        self.check_history()
        group = self.feed.groups.get(self.subscription)
        target = group.place if group else self.feed.head
        if self.behind.seq >= target.seq:
            # Nothing is awaited from the comparison to the joining, so that no change can slip between.
            self.feed.join(self)
            return
        try:
            messages, reached = await self.feed.stretch(self.subscription, self.behind, target, self.most)
        except AWAY as error:
            log.warning("a follower waits for the database: %s", type(error).__name__)
            await asyncio.sleep(RETRY_S)
            return
        self.check_history()
        self.most = paced(self.most, messages)
        self.give(messages)
        self.behind = reached

    def check_history(self) -> None:
        """Raise CursorRefused where the feed broke off since the follower began."""
        if self.history != self.feed.history:
            raise self.feed.broken

    def give(self, messages: Sequence[Message]) -> None:
        """Take the messages that lie behind the own place; in a group, fall behind where too many wait already."""
        for message in messages:
            if message.seq > self.behind.seq and not self.delivered(message):
                self.waiting.append(message)
                self.size += len(message.body or b"")
        if self.group and (self.size > WAITING_BYTES or len(self.waiting) > WAITING):
            FEED_FELL_BEHIND.inc()
            self.leave()
        if self.waiting:
            self.wake()

    def delivered(self, message: Message) -> bool:
        """Deliver a message if nothing comes before it: to wake a task for each of thousands takes four times as long.

        Whoever waits for the next message is not in the middle of sending another.
        """
        if self.deliver is None or self.waiting or self.waiter is None or self.waiter.done():
            return False
        if not self.deliver(message):
            return False
        self.note()
        return True

    def fail(self, error: Exception) -> None:
        """Take no further message; what waits is still given."""
        self.leave()
        self.failure = error
        self.wake()

    def leave(self) -> None:
        """Leave the group; the last one to leave ends it."""
        if self.group:
            self.behind, group, self.group = self.place, self.group, None
            group.leave(self)


class Group:
    """Followers of equal subscriptions, and how far they have been answered."""

    def __init__(self, feed: "Feed", subscription: Subscription, place: FeedCursor) -> None:
        """Start at a place of the feed with nobody in it."""
        self.feed, self.subscription, self.place = feed, subscription, place
        self.followers: set[Follower] = set()
        self.task: asyncio.Task[None] | None = None

    def leave(self, follower: Follower) -> None:
        """Let a follower go."""
        self.followers.discard(follower)
        if not self.followers:
            self.end()

    def end(self) -> None:
        """Be no group any more."""
        if self.feed.groups.get(self.subscription) is self:
            del self.feed.groups[self.subscription]
        if self.task:
            self.task.cancel()

    def disband(self) -> None:
        """Let each go on by itself from its own place."""
        for follower in tuple(self.followers):
            follower.leave()
            follower.wake()

    def advance(self) -> None:
        """Go to where the feed stands; what concerns nobody here costs no statement."""
        head = self.feed.head
        if self.task or self.place.seq >= head.seq:
            return
        new = self.feed.tail.after(self.place.seq)
        if new is None or any(concerns(self.subscription.interest, entry) for entry in new):
            self.task = asyncio.create_task(self.answer())
        else:
            self.place = head

    async def answer(self) -> None:
        """Answer what is new, once for all."""
        most = STRETCH // 8
        try:
            while self.place.seq < self.feed.head.seq:
                try:
                    with span("delivery", **{"jumelage.followers": len(self.followers)}):
                        messages, reached = await self.feed.stretch(self.subscription, self.place, self.feed.head, most)
                except AWAY as error:
                    log.warning("a group of followers waits for the database: %s", type(error).__name__)
                    await asyncio.sleep(RETRY_S)
                    continue
                most = paced(most, messages)
                self.place = reached
                for follower in tuple(self.followers):
                    follower.give(messages)
            self.task = None
        except Exception as error:
            self.task = None
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """Tell all that it does not go on."""
        for follower in tuple(self.followers):
            follower.fail(error)
