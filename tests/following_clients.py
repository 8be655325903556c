"""The clients of this repository, following side by side: what each of their subscriptions was given."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from jumelage_client import Following, FollowingError

from tests.test_clients import NODE

Asked = tuple[str, dict[str, Any]]
"""A subscription and its variables."""


@dataclass
class Told:
    """What subscriptions were told, by their names."""

    answers: defaultdict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    checkpoints: defaultdict[str, list[tuple[str, bool]]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, str] = field(default_factory=dict)

    def numbers(self, name: str) -> list[int]:
        """Return the numbers of the changes that a subscription was told of."""
        return [number(answer["cursor"]) for answer in self.answers[name] if answer.get("change", True)]


def number(cursor: str) -> int:
    """Return the number of the change that a cursor stands behind."""
    return int(cursor.split(".")[1])


@asynccontextmanager
async def python_following(
    url: str, asked: Mapping[str, Asked], told: Told, **options: Any
) -> AsyncIterator[Callable[[], bool]]:
    """Follow with the client of Python, a socket for each subscription; gives what tells whether all have begun."""
    clients = {name: Following(url, query, given, **options) for name, (query, given) in asked.items()}

    async def take(name: str, client: Following) -> None:
        client.on_checkpoint = lambda: told.checkpoints[name].append((client.cursor or "", client.stale))
        try:
            async with client:
                async for answer in client:
                    told.answers[name].append(answer)
                    assert answer["cursor"] == client.cursor
        except FollowingError as refused:
            told.refused[name] = refused.code
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(take(name, client)) for name, client in clients.items()]
    try:
        yield lambda: all(client.cursor for client in clients.values())
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(result, asyncio.CancelledError), result


@asynccontextmanager
async def node_following(url: str, asked: Mapping[str, Asked], told: Told, **options: Any) -> AsyncIterator[None]:
    """Follow with the client of TypeScript, all subscriptions on one socket."""
    subscriptions = {name: {"query": query, "variables": given} for name, (query, given) in asked.items()}
    given = json.dumps({"subscriptions": subscriptions, **options})
    pipe = asyncio.subprocess.PIPE
    command = ("node", "following.js", url, given)
    process = await asyncio.create_subprocess_exec(*command, cwd=NODE, stdin=pipe, stdout=pipe)
    assert process.stdin
    assert process.stdout

    async def take(lines: asyncio.StreamReader) -> None:
        async for line in lines:
            match json.loads(line):
                case {"name": name, "answer": answer}:
                    told.answers[name].append(answer)
                case {"name": name, "cursor": cursor, "stale": stale}:
                    told.checkpoints[name].append((cursor, stale))
                case {"name": name, "refused": reason}:
                    told.refused[name] = str(reason)

    taking = asyncio.create_task(take(process.stdout))
    try:
        yield
    finally:
        process.stdin.close()
        async with asyncio.timeout(20):
            assert await process.wait() == 0
        await taking
