"""Whatever happens, in whatever order, every follower gets every change once and in order.

A machine of states writes, subscribes, reads, has delivered or leaves unread, crashes replicas, cuts their
connections, loses notifications and prunes; an oracle in memory knows what each follower must have seen.
"""

import asyncio
import os
import secrets
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unittest.mock import patch

import asyncpg
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from schema.document import RequestRefused
from service import following
from service.chain import CursorRefused
from service.following import Message
from service.pruning import prune
from tests.conftest import execute, sibling
from tests.factories import city_party, parties
from tests.followers import AGREEMENTS, CHANGES, CITIES, Reader, Replica, follow, replica
from tests.test_merging import retraction
from tests.test_updating import amendment, key, update

EXAMPLES = 200 if os.environ.get("TEST_LONG") else 8
PATIENCE_S = 20
KINDS = ("OTHER", "COOPERATION")
SLOW = 0.3
REPLICA, CHOICE = st.integers(0, 1), st.randoms(use_true_random=False)
CITIES_SIGNING = st.sets(st.integers(0, 5), min_size=2, max_size=2)
Change = dict[str, Any]


@dataclass(frozen=True)
class Query:
    """A subscription, and which changes it must tell."""

    text: str
    variables: dict[str, Any]
    tells: Callable[["FollowingMachine", Change], bool]


@dataclass
class Watched:
    """A follower: where it began, what it has seen, and how it is read now."""

    query: Query
    began: int
    cursor: str | None
    seen: list[int] = field(default_factory=list)
    reader: Reader | None = None
    replica: int = 0
    chance: Random | None = None
    """With it, the follower always waits for the next message, and by chance takes it at once or is woken for it."""
    waiting: asyncio.Task[None] | None = None

    def note(self, message: Message) -> None:
        """Note what was told."""
        self.cursor = message.cursor
        self.seen.append(message.seq)

    def deliver(self, message: Message) -> bool:
        """Take a message at once, or leave it to be waited for."""
        assert self.chance
        if self.chance.random() < SLOW:
            return False
        self.note(message)
        return True

    async def wait(self, reader: Reader) -> None:
        """Take every message that was not delivered."""
        while True:
            if (message := await reader.follower.next()).body is not None:
                self.note(message)

    async def take_all(self, reader: Reader) -> None:
        """Let everything be taken that there is; raise what ended it."""
        if self.waiting is None:
            reader.follower.deliver = self.deliver
            self.waiting = asyncio.create_task(self.wait(reader))
        follower = reader.follower
        while not self.waiting.done() and (follower.waiting or follower.waiter is None):  # noqa: ASYNC110 (a few turns)
            await asyncio.sleep(0)
        if self.waiting.done():
            self.waiting.result()

    def stop(self) -> None:
        """Be cut off."""
        if self.waiting:
            self.waiting.cancel()
        self.reader = self.waiting = None


QUERIES = (
    Query(CHANGES, {}, lambda machine, change: True),
    Query(CHANGES, {"filter": {"types": ["CITY"], "kinds": ["UPDATED"]}}, lambda machine, change: updated_city(change)),
    Query(AGREEMENTS, {}, lambda machine, change: change["subject_id"].startswith("agr_")),
    Query(
        AGREEMENTS,
        {"filter": {"kind": {"equals": "OTHER"}}},
        lambda machine, change: machine.kinds.get(change["subject_id"]) == "OTHER",
    ),
    Query(CITIES, {}, lambda machine, change: change["subject_id"].startswith("cty_")),
)


def updated_city(change: Change) -> bool:
    return bool(change["subject_id"].startswith("cty_") and change["kind"] == "UPDATED")


class FollowingMachine(RuleBasedStateMachine):
    """Two replicas on one database, those who follow them, and what is true."""

    server = ""
    template = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.replicas: list[tuple[AsyncExitStack, Replica]] = []
        self.changes: list[Change] = []
        self.kinds: dict[str, str] = {}
        self.cursors: list[str] = []
        self.followers: list[Watched] = []
        self.held: dict[int, asyncio.Event] = {}
        self.floor = 0
        self.patches = [patch.object(following, "WAITING", 3), patch.object(following, "STRETCH", 16)]

    def do(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(asyncio.wait_for(coroutine, PATIENCE_S))

    # ── the world ─────────────────────────────────────────────────────────────────────────────────────────

    @initialize()
    def start(self) -> None:
        for each in self.patches:
            each.start()
        self.name = f"states_{secrets.token_hex(6)}"
        self.url = sibling(self.server, self.name)
        self.do(execute(self.server, f"CREATE DATABASE {self.name} TEMPLATE {self.template} STRATEGY file_copy"))
        self.do(self.connect())

    async def connect(self) -> None:
        self.pool = await self.stack.enter_async_context(asyncpg.create_pool(self.url, min_size=1, max_size=2))
        for _ in range(2):
            self.replicas.append(await self.opened())
        await self.note()

    async def opened(self) -> tuple[AsyncExitStack, Replica]:
        stack = AsyncExitStack()
        return stack, await stack.enter_async_context(replica(self.url))

    async def note(self) -> None:
        """Let the oracle take note of what was committed."""
        rows = await self.pool.fetch("SELECT * FROM change WHERE seq > $1 ORDER BY seq", len(self.changes))
        self.changes += [dict(row) for row in rows]
        assert [change["seq"] for change in self.changes] == list(range(1, len(self.changes) + 1))
        self.kinds |= {row["id"]: row["kind"] for row in await self.pool.fetch("SELECT id, kind FROM agreement")}
        self.cursors.append((await self.replicas[0][1].api.ask("{ feedCursor }"))["feedCursor"])

    # ── what happens ──────────────────────────────────────────────────────────────────────────────────────

    @rule(at=REPLICA, kind=st.sampled_from(KINDS), cities=CITIES_SIGNING)
    def sign(self, at: int, kind: str, cities: set[int]) -> None:
        named = [city_party(f"City {one}", "DE") for one in sorted(cities)]
        day = f"2020-{len(self.changes) % 12 + 1:02}-{len(self.changes) // 12 % 28 + 1:02}"
        given = {"idempotencyKey": key(), "kind": kind, "parties": parties(*named), "signedOn": day}
        # Refused where the two have been merged into one meanwhile.
        self.do(self.replicas[at][1].api.mutate("recordSigning", given))
        self.do(self.note())

    @precondition(lambda self: self.kinds)
    @rule(
        at=REPLICA,
        choice=st.randoms(use_true_random=False),
        what=st.sampled_from(["amend", "retract", "city", "merge"]),
    )
    def change(self, at: int, choice: Random, what: str) -> None:
        self.do(self.changed(self.replicas[at][1], choice, what))
        self.do(self.note())

    async def changed(self, here: Replica, choice: Random, what: str) -> None:
        visible = "WHERE retracted_at IS NULL"
        agreements = await self.pool.fetch(f"SELECT id, version FROM agreement {visible} ORDER BY id")
        cities = await self.pool.fetch(f"SELECT id, version FROM city {visible} AND merged_into_id IS NULL ORDER BY id")
        if what in ("amend", "retract") and agreements:
            one = choice.choice(agreements)
            if what == "amend":
                await here.api.written("amendAgreement", amendment(one["id"], one["version"], title=f"T {key()}"))
            else:
                await here.api.written("retract", retraction(one["id"], one["version"]))
        elif what == "city":
            one = choice.choice(cities)
            population = len(self.changes) + 1
            await here.api.written("updateCity", update(one["id"], one["version"], population=population))
        elif what == "merge" and len(cities) > 2:
            one, other = choice.sample(cities, 2)
            given = {"idempotencyKey": key(), "duplicate": one["id"], "into": other["id"]}
            await here.api.mutate("mergeCities", given)  # refused where both signed together

    @rule(
        at=REPLICA,
        query=st.sampled_from(QUERIES),
        choice=st.randoms(use_true_random=False),
        now=st.booleans(),
        seed=st.none() | st.integers(0, 100),
    )
    def subscribe(self, at: int, query: Query, choice: Random, now: bool, seed: int | None) -> None:
        valid = [cursor for cursor in self.cursors if number(cursor) >= self.floor]
        if not valid and at in self.held:
            return  # where the feed stands now is not known there
        cursor = None if (now and at not in self.held) or not valid else choice.choice(valid)
        began = number(cursor) if cursor else len(self.changes)
        chance = None if seed is None else Random(seed)  # noqa: S311 (chooses, keeps no secret)
        watched = Watched(query, began, cursor, replica=at, chance=chance)
        self.followers.append(watched)
        self.do(self.read(watched, 0))

    @precondition(lambda self: self.followers)
    @rule(choice=CHOICE, most=st.integers(1, 6))
    def read_some(self, choice: Random, most: int) -> None:
        self.do(self.read(choice.choice(self.followers), most))

    @rule(at=REPLICA)
    def crash(self, at: int) -> None:
        self.do(self.replace(at))

    async def replace(self, at: int) -> None:
        """End a replica, and with it whoever follows there: they come back wherever, from what they saw last."""
        self.let_go(at)
        await self.replicas[at][0].aclose()
        for watched in self.followers:
            if watched.replica == at:
                watched.stop()
                watched.replica = 1 - at
        self.replicas[at] = await self.opened()

    @rule(at=REPLICA)
    def hold(self, at: int) -> None:
        """Let a replica read nothing for a while, so that the other is ahead of it."""
        if at in self.held:
            self.let_go(at)
            return
        tail, going = self.replicas[at][1].feed.tail, asyncio.Event()
        read_on = tail.read_on

        async def held(connection: asyncpg.Connection) -> None:
            await going.wait()
            await read_on(connection)

        self.held[at] = going
        tail.read_on = held  # type: ignore[method-assign]  # it stands in for the method
        tail.woken.set()

    def let_go(self, at: int) -> None:
        if going := self.held.pop(at, None):
            going.set()

    @rule()
    def cut_connections(self) -> None:
        feeds = "pg_stat_activity WHERE application_name = 'jumelage feed' AND datname = $1"
        self.do(self.pool.execute(f"SELECT pg_terminate_backend(pid) FROM {feeds}", self.name))

    @rule(at=REPLICA, cities=CITIES_SIGNING)
    def sign_without_notifying(self, at: int, cities: set[int]) -> None:
        with patch("service.recording.wake", lambda pool: None):
            self.sign(at, "OTHER", cities)

    @precondition(lambda self: self.changes)
    @rule(share=st.floats(0, 1))
    def prune(self, share: float) -> None:
        at = self.changes[int(share * (len(self.changes) - 1))]["at"]
        self.do(prune(self.url, at))
        self.floor = self.do(self.pool.fetchval("SELECT floor FROM feed_head"))

    # ── what must be so ───────────────────────────────────────────────────────────────────────────────────

    async def read(self, watched: Watched, most: int | None) -> None:
        """Read so many messages, or all that there are, as far as the feed has them still."""
        try:
            if watched.reader is None:
                after = {"after": watched.cursor} if watched.cursor else {}
                here = self.replicas[watched.replica][1]
                watched.reader = await follow(here, watched.query.text, **watched.query.variables, **after)
                watched.cursor = watched.cursor or str(watched.reader.follower.place)
            if watched.chance:
                await watched.take_all(watched.reader)
                return
            while most is None or most > 0:
                answers = await watched.reader.rest(1)
                if not answers:
                    return
                watched.cursor = answers[0]["cursor"]
                if answers[0]["change"] is not None:  # else a checkpoint: the feed is read again
                    watched.seen.append(number(watched.cursor))
                most = None if most is None else most - 1
        except CursorRefused as refused:
            self.expire(watched, refused.code)
        except RequestRefused as refused:
            self.expire(watched, str((refused.errors[0].extensions or {})["code"]))

    async def read_to_the_end(self, watched: Watched) -> None:
        """Read until the follower is where the oracle is."""
        while watched.reader is None or watched.reader.follower.place.seq < len(self.changes):
            await self.read(watched, None)
            await asyncio.sleep(0.001)
        await self.read(watched, None)

    def expire(self, watched: Watched, code: str) -> None:
        """See that a follower was refused for what was pruned, and let it begin anew."""
        assert code == "CURSOR_EXPIRED"
        assert watched.cursor
        assert number(watched.cursor) < self.floor
        self.check(watched, whole=False)
        watched.stop()
        watched.seen = []
        watched.began, watched.cursor = len(self.changes), self.cursors[-1]

    def check(self, watched: Watched, *, whole: bool) -> None:
        """See that a follower has seen what it must, once and in order, up to where it is or to the end."""
        told = [change["seq"] for change in self.changes[watched.began :] if watched.query.tells(self, change)]
        assert watched.seen == (told if whole else told[: len(watched.seen)])

    def teardown(self) -> None:
        self.let_go(0)
        self.let_go(1)
        try:
            for watched in self.followers:
                self.do(self.read_to_the_end(watched))
                self.check(watched, whole=True)
        finally:
            for watched in self.followers:
                watched.stop()
            for stack, _ in self.replicas:
                self.do(stack.aclose())
            self.do(self.stack.aclose())
            if hasattr(self, "name"):
                self.do(execute(self.server, f"DROP DATABASE {self.name} WITH (FORCE)"))
            self.runner.close()
            for each in self.patches:
                each.stop()


def number(cursor: str) -> int:
    return int(cursor.split(".")[1])


def test_every_follower_gets_every_change_once_and_in_order(postgres_url: str, template: str) -> None:
    class Machine(FollowingMachine):
        server = postgres_url

    Machine.template = template
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            derandomize=not os.environ.get("TEST_LONG"),
            suppress_health_check=list(HealthCheck),
        ),
    )
