"""Following without a socket: replicas of the service in this process, and readers of their feeds."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from inspect import isawaitable
from math import inf
from typing import Any

import orjson

from schema.build import build
from schema.execution import Executor, GraphQLRequest
from schema.following import subscribe
from service.changes import Feed
from service.database import Database
from service.following import Follower, Message
from tests.api import Api

PATIENCE_S = 30
CHANGES = """
subscription ($after: String, $filter: ChangeFilter) {
  changes(after: $after, filter: $filter) { cursor change { kind subjectId version fields } }
}
"""
SIGNINGS = """
subscription ($after: String, $filter: AgreementFilter) {
  signingRecorded(after: $after, filter: $filter) { cursor agreement { id title } }
}
"""


def records(field: str, record: str) -> str:
    """Return a subscription to the changes of records of a type."""
    type_ = record.capitalize()
    return (
        f"subscription ($after: String, $id: ID, $filter: {type_}Filter) {{ {field}(after: $after, id: $id, "
        f"filter: $filter) {{ cursor change {{ kind subjectId version }} {record} {{ id version }} }} }}"
    )


AGREEMENTS, EVENTS = records("agreementChanged", "agreement"), records("eventChanged", "event")
DELEGATIONS, CITIES = records("delegationChanged", "delegation"), records("cityChanged", "city")


@dataclass
class Replica:
    """One process of the service as far as following goes: what it answers, and its feed."""

    api: Api
    feed: Feed
    database: Database


@asynccontextmanager
async def replica(url: str, checkpoint_s: float = 15.0) -> AsyncIterator[Replica]:
    """Follow a registry for as long as the context lasts."""
    async with Database.connect(url) as database:
        feed = Feed(database, checkpoint_s)
        async with feed.run():
            yield Replica(Api(Executor(build(), database, feed)), feed, database)


class Reader:
    """Reads what a follower is given."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower

    async def next(self) -> Message:
        """Return the next message, whether it has something to say or not."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.follower.next()

    async def take(self) -> dict[str, Any]:
        """Return the next answer, as the client gets it below the subscription's field."""
        while (message := await self.next()).body is None:
            pass
        ((_, answer),) = orjson.loads(message.body)["data"].items()
        assert answer.get("cursor", message.cursor) == message.cursor
        found: dict[str, Any] = answer
        return found

    async def rest(self, most: float = inf) -> list[dict[str, Any]]:
        """Return the answers that there are until the reader has nothing to do but wait, so many at most."""
        answers: list[dict[str, Any]] = []
        while len(answers) < most:
            task = asyncio.ensure_future(self.take())
            while not task.done() and self.follower.waiter is None:  # noqa: ASYNC110 (a matter of a few turns)
                await asyncio.sleep(0)
            if not task.done():
                task.cancel()
                return answers
            answers.append(await task)
        return answers

    async def until(self, cursor: str) -> list[dict[str, Any]]:
        """Return the answers up to the place of a cursor, where there must be one."""
        answers = [await self.take()]
        while answers[-1]["cursor"] != cursor:
            answers.append(await self.take())
        return answers


async def follow(replica: Replica, query: str, **variables: Any) -> Reader:
    """Follow, with what the variables say."""
    return Reader(await subscribe(replica.api.executor, GraphQLRequest(query, None, variables)))


async def position(api: Api) -> str:
    """Return where the feed stands."""
    cursor: str = (await api.ask("{ feedCursor }"))["feedCursor"]
    return cursor


async def joined(reader: Reader) -> asyncio.Task[dict[str, Any]]:
    """Let a reader wait for its first answer, and return once it follows live."""
    task = asyncio.create_task(reader.take())
    await until(lambda: reader.follower.group)
    return task


async def until(holds: Callable[[], Any]) -> None:
    """Wait until something holds, or what it awaits does."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = holds()
            if await found if isawaitable(found) else found:
                return
            await asyncio.sleep(0.01)


async def caught_up(replica: Replica) -> None:
    """Wait until the replica has read all that was committed before."""
    await replica.feed.tail.now()
