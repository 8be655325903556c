"""Connections to PostgreSQL: pools, and answers fetched as bytes.

Knows how to run a statement and nothing of what it says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from service.plan import Statement

# Text of equal plans is equal, so a statement is prepared once a connection, and planned once for all values where
# that costs no more. Compiling short statements to machine code costs more than it saves; parallel workers read past
# a page's limit, on processors that other requests could use; and what is read is mostly in memory, so a random
# page is not dear.
SESSION = {
    "application_name": "jumelage",
    "timezone": "UTC",
    "plan_cache_mode": "auto",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
}
# A filter's values decide its plan: one plan for every country and every window of dates takes a hundred times as
# long where they are rare. Such statements have connections of their own, on which each is planned for its values.
PARTICULAR = {**SESSION, "plan_cache_mode": "force_custom_plan"}
STATEMENTS_KEPT = 500
IDLE_S = 60.0


class Database:
    """A pool of connections; close() lets running statements finish."""

    def __init__(self, pool: asyncpg.Pool, particular: asyncpg.Pool, url: str) -> None:
        """Take the pools made by connect()."""
        self.pool, self.particular, self.url = pool, particular, url

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, url: str, *, pool_min: int = 2, pool_max: int = 10, statement_timeout_ms: int = 10_000
    ) -> AsyncIterator[Database]:
        """Connect to the database for as long as the context lasts."""
        timeout = {"statement_timeout": str(statement_timeout_ms)}
        async with (
            _pool(url, pool_min, pool_max, {**SESSION, **timeout}) as pool,
            _pool(url, 0, pool_max, {**PARTICULAR, **timeout}) as particular,
        ):
            yield cls(pool, particular, url)

    async def fetch(self, statement: Statement) -> bytes:
        """Return the one JSON value that the statement answers, as the database wrote it."""
        async with (self.particular if statement.particular else self.pool).acquire() as connection:
            answer: bytes = await connection.fetchval(statement.text, *statement.parameters)
        return answer

    async def fetch_messages(self, statement: Statement, after: int, to: int) -> list[tuple[int, bytes]]:
        """Return the position and the JSON of each message of the feed's stretch (after, to]."""
        async with self.pool.acquire() as connection:
            rows = await connection.fetch(statement.text, after, to, *statement.parameters)
        return [(row[0], row[1]) for row in rows]


def _pool(url: str, least: int, most: int, session: dict[str, str]) -> asyncpg.Pool:
    return asyncpg.create_pool(
        url,
        min_size=least,
        max_size=most,
        max_inactive_connection_lifetime=0 if least else IDLE_S,
        statement_cache_size=STATEMENTS_KEPT,
        max_cached_statement_lifetime=0,
        init=_answer_bytes,
        # Nothing in a session outlives its transaction, so there is nothing to reset: it would cost a round trip.
        reset=_keep,
        server_settings=session,
    )


async def _keep(connection: Any) -> None:
    """Give a connection back as it is."""


async def _answer_bytes(connection: asyncpg.Connection) -> None:
    """Have JSON come as the bytes that the database sends; nothing in the service reads it."""
    await connection.set_type_codec("json", encoder=_same, decoder=_same, schema="pg_catalog", format="binary")


def _same(value: Any) -> Any:
    return value
