"""Connections to PostgreSQL: pools, and answers fetched as bytes.

Knows how to run a statement and nothing of what it says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from service.metrics import FEED, READ, timed
from service.plan import Statement
from service.pool import Connection, Pool
from service.tracing import statement_span

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
# Subscribers are answered on connections of their own: neither they nor those who ask wait for each other.
FOLLOWING = 4
STATEMENTS_KEPT = 500
IDLE_S = 60.0


class Database:
    """The pools of one database; the context that connects lets running statements finish."""

    def __init__(self, pool: Pool, particular: Pool, following: Pool, url: str) -> None:
        """Take the pools made by connect()."""
        self.pool, self.particular, self.following, self.url = pool, particular, following, url

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        url: str,
        *,
        pool_min: int = 2,
        pool_max: int = 10,
        statement_timeout_ms: int = 10_000,
        connect_timeout_ms: int = 3_000,
        lifetime_s: float = 0,
    ) -> AsyncIterator[Database]:
        """Connect to the database for as long as the context lasts."""
        timeout = {"statement_timeout": str(statement_timeout_ms)}
        options: dict[str, Any] = {**POOL, "timeout": connect_timeout_ms / 1000}

        def pool(name: str, least: int, session: dict[str, str], most: int = pool_max) -> Pool:
            idle_s = 0 if least else IDLE_S
            return Pool(
                name,
                url,
                lifetime_s=lifetime_s,
                min_size=least,
                max_size=most,
                max_inactive_connection_lifetime=idle_s,
                server_settings={**session, **timeout},
                **options,
            )

        async with (
            pool("general", pool_min, SESSION) as general,
            pool("particular", 0, PARTICULAR) as particular,
            pool("following", 1, SESSION, min(FOLLOWING, pool_max)) as following,
        ):
            yield cls(general, particular, following, url)

    @property
    def pools(self) -> tuple[Pool, ...]:
        """Return all pools."""
        return self.pool, self.particular, self.following

    async def open(self, timeout_s: float = 3.0, name: str = SESSION["application_name"]) -> Connection:
        """Open a connection that belongs to the caller alone, and bears the name in the database."""
        session = {**SESSION, "application_name": name}
        connection: Connection = await asyncpg.connect(
            self.url, timeout=timeout_s, connection_class=Connection, server_settings=session
        )
        return connection

    async def fetch(self, statement: Statement) -> bytes:
        """Return the one JSON value that the statement answers, as the database wrote it."""
        pool = self.particular if statement.particular else self.pool
        async with pool.acquire() as connection:
            with statement_span(pool.name), timed(READ):
                answer: bytes = await connection.fetchval(statement.text, *statement.parameters)
        return answer

    async def fetch_messages(self, statement: Statement, numbers: Sequence[int]) -> dict[int, bytes | None]:
        """Return what each of the changes has to say as JSON, by its number; None for one that is left out."""
        async with self.following.acquire() as connection:
            with statement_span(self.following.name), timed(FEED):
                rows = await connection.fetch(statement.text, numbers, *statement.parameters)
        return {row[0]: row[1] for row in rows}


async def _keep(connection: Any) -> None:
    """Give a connection back as it is."""


async def _answer_bytes(connection: asyncpg.Connection) -> None:
    """Have JSON come as the bytes that the database sends; nothing in the service reads it."""
    await connection.set_type_codec("json", encoder=_same, decoder=_same, schema="pg_catalog", format="binary")


def _same(value: Any) -> Any:
    return value


POOL = {
    "statement_cache_size": STATEMENTS_KEPT,
    "max_cached_statement_lifetime": 0,
    "init": _answer_bytes,
    # Nothing in a session outlives its transaction, so there is nothing to reset: it would cost a round trip.
    "reset": _keep,
}
