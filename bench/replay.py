"""What recording asks of the database, noted down, and sent again by a bare asyncpg script.

Knows statements and transactions. The script is what one would be left with if the service cost nothing: the same
statements with the same values, no HTTP, no GraphQL, no rules.
"""

import asyncio
import pickle
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from schema.build import build
from schema.execution import Executor, GraphQLRequest
from service.changes import Feed
from service.database import SESSION, Database
from service.keys import Caller, Scope

ROOT = Path(__file__).parent.parent
CALLER = Caller("bench", "bench", frozenset({Scope.SIGNINGS_WRITE}))
METHODS = {"execute", "executemany", "fetch", "fetchrow", "fetchval"}
Step = tuple[str, tuple[Any, ...]]
"""A method of a connection with its arguments, or start and commit of a transaction."""


class NotingPool:
    """Lends connections that note what is asked of them; notifications are left out, for many commits share one."""

    def __init__(self, pool: Any) -> None:
        self.pool, self.name = pool, pool.name
        self.steps: list[Step] = []

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        async with self.pool.acquire() as connection:
            yield NotingConnection(self, connection)


class NotingConnection:
    def __init__(self, pool: NotingPool, connection: Any) -> None:
        self.pool, self.connection = pool, connection

    def __getattr__(self, name: str) -> Any:
        original = getattr(self.connection, name)
        if name not in METHODS:
            return original

        async def noting(*arguments: Any) -> Any:
            if not arguments[0].startswith("NOTIFY"):
                self.pool.steps.append((name, arguments))
            return await original(*arguments)

        return noting

    def transaction(self) -> "NotingTransaction":
        return NotingTransaction(self.pool, self.connection.transaction())


class NotingTransaction:
    def __init__(self, pool: NotingPool, transaction: Any) -> None:
        self.pool, self.transaction, self.rollback = pool, transaction, transaction.rollback

    async def start(self) -> None:
        self.pool.steps.append(("start", ()))
        await self.transaction.start()

    async def commit(self) -> None:
        self.pool.steps.append(("commit", ()))
        await self.transaction.commit()


async def noted(url: str, document: str, variables: Sequence[dict[str, Any]]) -> list[list[Step]]:
    """Perform the mutation with each of the variables, and return what each asked of the database."""
    asked = []
    async with Database.connect(url) as database:
        pool = NotingPool(database.pool)
        database.pool = pool  # type: ignore[assignment]  # it lends connections as the other does
        executor = Executor(build(), database, Feed(database))
        for given in variables:
            pool.steps = []
            answer = await executor.answer(GraphQLRequest(document, None, given, CALLER))
            assert b'"userErrors":[]' in answer.body, answer.body
            asked.append(pool.steps)
    return asked


def replay(url: str, asked: Sequence[Sequence[Step]], connections: int) -> tuple[float, float]:
    """Send it again from a process of its own; return the seconds that it took, and the CPU seconds of the script."""
    given = pickle.dumps((url, connections, asked))
    command = [sys.executable, "-m", "bench.replay"]
    done = subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True, cwd=ROOT)
    seconds, used = map(float, done.stdout.split())
    return seconds, used


async def _send(url: str, connections: int, asked: list[list[Step]]) -> tuple[float, float]:
    async def keep(connection: Any) -> None:
        """Give a connection back as it is."""

    pool = asyncpg.create_pool(url, min_size=connections, max_size=connections, server_settings=SESSION, reset=keep)
    async with pool:
        waiting = asked[::-1]
        began, cpu = time.perf_counter(), time.process_time()

        async def connection() -> None:
            while waiting:
                steps = waiting.pop()
                async with pool.acquire() as connection:
                    for method, arguments in steps:
                        if method == "start":
                            transaction = connection.transaction()
                            await transaction.start()
                        elif method == "commit":
                            await transaction.commit()
                        else:
                            await getattr(connection, method)(*arguments)

        await asyncio.gather(*(connection() for _ in range(connections)))
        return time.perf_counter() - began, time.process_time() - cpu


if __name__ == "__main__":
    print(*uvloop.run(_send(*pickle.loads(sys.stdin.buffer.read()))))  # noqa: S301 (from our own process)
