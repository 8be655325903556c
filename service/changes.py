"""Following the feed: one reader a process, and every follower of equal interest answered by one statement.

Knows how a place in the feed is found, and how the changes between two places are answered. What is at the feed's end
is the tail's to know; who is told is following's.
"""

import contextlib
import logging
from collections.abc import AsyncIterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from service.chain import CursorRefused, FeedCursor, cursor_expired, cursor_reset, parse_feed_cursor
from service.database import Database
from service.following import Follower, Group, Interest, Message, Subscription, concerns
from service.tail import MERGEABLE, Tail

if TYPE_CHECKING:
    import asyncpg

log = logging.getLogger(__name__)

CHECKPOINT_S = 15.0


class FeedGapError(Exception):
    """Changes that were there are missing: an alarm, never skipped."""


class Feed:
    """The feed of one database as one process follows it."""

    def __init__(self, database: Database, checkpoint_s: float = CHECKPOINT_S) -> None:
        """Follow nothing yet; see run()."""
        self.database, self.checkpoint_s = database, checkpoint_s
        self.tail = Tail(database, moved=self.advance, broken=self.fail, stale=self.tell)
        self.groups: dict[Subscription, Group] = {}
        self.history = 0
        self.broken = cursor_reset()

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Follow the feed for as long as the context lasts."""
        async with self.tail.run():
            try:
                yield
            finally:
                for group in tuple(self.groups.values()):
                    group.end()

    @property
    def head(self) -> FeedCursor:
        """Return where the feed stands, as far as this process knows."""
        return self.tail.head

    @property
    def stale(self) -> bool:
        """Tell whether the database has not been read for longer than usual."""
        return self.tail.stale

    @property
    def followers(self) -> int:
        """Count those who follow live."""
        return sum(len(group.followers) for group in [*self.groups.values()])

    def advance(self) -> None:
        """Let all groups go to where the feed stands."""
        for group in tuple(self.groups.values()):
            group.advance()

    def fail(self, refused: CursorRefused) -> None:
        """Tell all that the feed is another; where this process was overtaken by a prune, let each see for itself.

        A follower that came from another replica may be ahead of this process, and its changes may all be there.
        """
        if refused.code == "CURSOR_EXPIRED":
            for group in tuple(self.groups.values()):
                group.disband()
            return
        self.history += 1
        self.broken = refused
        for group in tuple(self.groups.values()):
            group.fail(refused)

    def tell(self) -> None:
        """Let all followers see whether the feed is stale."""
        for group in tuple(self.groups.values()):
            for follower in group.followers:
                follower.wake()

    async def subscribe(self, subscription: Subscription, after: str | None) -> Follower:
        """Return a follower of the changes behind the cursor, or of those from now on. Raises CursorRefused."""
        return Follower(self, subscription, await (self.tail.now() if after is None else self.locate(after)))

    def join(self, follower: Follower) -> None:
        """Put a follower that has caught up into its group, which is made for the first."""
        group = self.groups.get(follower.subscription)
        if group is None:
            group = self.groups[follower.subscription] = Group(self, follower.subscription, follower.place)
        group.followers.add(follower)
        follower.group, follower.subscription = group, group.subscription  # thousands need not hold its text each

    async def locate(self, text: str) -> FeedCursor:
        """Return the place that a cursor names. Raises CursorRefused, or the database's JM001 and JM002."""
        try:
            place = parse_feed_cursor(text)
        except ValueError:
            raise CursorRefused("CURSOR_INVALID", "after is no cursor of the feed; take one from an answer.") from None
        if place == self.head or self.tail.holds(place):
            return place
        async with self.database.pool.acquire() as connection:
            await connection.execute("SELECT feed_position($1, $2, $3)", place.epoch, place.seq, place.hash_prefix)
        return place

    async def stretch(
        self, subscription: Subscription, place: FeedCursor, target: FeedCursor, most: int
    ) -> tuple[list[Message], FeedCursor]:
        """Return the messages behind a place, of so many changes at most, and the place that they reach.

        Raises CursorRefused where changes behind the place were pruned meanwhile, and FeedGapError.
        """
        places = await self.concerning(subscription.interest, place, target, most)
        reached = places[-1] if len(places) == most else target
        if not places:
            return [], reached
        bodies = await self.database.fetch_messages(subscription.statement, [each.seq for each in places])
        if len(bodies) < len(places):
            await self.check(place)
            log.critical(
                "the feed has a gap: of %d changes after %d, %d are there", len(places), place.seq, len(bodies)
            )
            raise FeedGapError
        return [Message(at.seq, str(at), body) for at in places if (body := bodies[at.seq]) is not None], reached

    async def concerning(
        self, interest: Interest, place: FeedCursor, target: FeedCursor, most: int
    ) -> list[FeedCursor]:
        """Return the places from one to another whose changes may concern a subscription, so many at most.

        Takes them from memory, or from the database where they are too old, or too new, to be there.
        """
        new = self.tail.after(place.seq) if target.seq <= self.head.seq else None
        if new is not None:
            found = (entry.place for entry in new if entry.place.seq <= target.seq and concerns(interest, entry))
            return list(islice(found, most))
        text, values = written(interest)
        async with self.database.following.acquire() as connection:
            rows = await connection.fetch(text, place.seq, target.seq, most, *values)
        refuse(place, rows[0])
        return [FeedCursor.of(row["epoch"], row["seq"], row["hash"]) for row in rows if row["seq"] is not None]

    async def check(self, place: FeedCursor) -> None:
        """Raise CursorRefused where the feed no longer goes on from a place."""
        async with self.database.following.acquire() as connection:
            (head,) = await connection.fetch("SELECT epoch, floor FROM feed_head")
        refuse(place, head)


def refuse(place: FeedCursor, head: "asyncpg.Record") -> None:
    """Raise CursorRefused where the feed, as the row tells, no longer goes on from a place."""
    if head["epoch"] != place.epoch:
        raise cursor_reset()
    if head["floor"] > place.seq:
        raise cursor_expired()


def written(interest: Interest) -> tuple[str, list[Any]]:
    """Write which changes may concern a subscription, with the feed's floor of the same moment:

    SELECT head.epoch, head.floor, change.* FROM feed_head AS head LEFT JOIN LATERAL (
        SELECT seq, hash FROM change WHERE seq > $1 AND seq <= $2 AND ... ORDER BY seq LIMIT $3
    ) AS change ON true ORDER BY change.seq
    """
    conditions = ["seq > $1", "seq <= $2"]
    values: list[Any] = []
    if interest.signing:
        conditions.append("signing")
    if interest.kinds is not None:
        values.append(list(interest.kinds))
        conditions.append(f"kind = ANY(${len(values) + 3}::text[])")
    if interest.types is not None:
        values.append(list(interest.types))
        conditions.append(f"split_part(subject_id, '_', 1) = ANY(${len(values) + 3}::text[])")
    if interest.subject is not None:
        values.append(interest.subject)
        given = f"${len(values) + 3}::text"
        merged = " ".join(
            f"UNION ALL SELECT same.id FROM {name} AS one JOIN {name} AS same"
            f" ON coalesce(one.merged_into_id, one.id) IN (same.id, same.merged_into_id) WHERE one.id = {given}"
            for name in MERGEABLE
        )
        conditions.append(f"subject_id = ANY(ARRAY(SELECT {given} {merged}))")
    text = (
        "SELECT head.epoch, head.floor, change.* FROM feed_head AS head LEFT JOIN LATERAL ("
        f"SELECT seq, hash FROM change WHERE {' AND '.join(conditions)} ORDER BY seq LIMIT $3"
        ") AS change ON true ORDER BY change.seq"
    )
    return text, values
