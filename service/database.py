"""Connections to PostgreSQL: pools, and answers fetched as bytes.

Knows how to run a statement and nothing of what it says.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import asyncpg

from service.metrics import FEED, READ, count_failure, timed
from service.notification import ConnectionSource, settle_wakes
from service.plan import Statement
from service.pool import Connection, Pool
from service.servers import connect
from service.tracing import statement_span

if TYPE_CHECKING:
    from service.pool import Lent

# Text of equal plans is equal, so a statement is prepared once a connection. Compiling short statements to machine
# code costs more than it saves; parallel workers read past a page's limit, on processors that other requests could
# use; and what is read is mostly in memory, so a random page is not dear.
SESSION = {
    "application_name": "jumelage",
    "timezone": "UTC",
    "plan_cache_mode": "auto",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
}
# What is read is planned once for all values: left to itself, PostgreSQL plans a search anew each time, which takes
# four times as long as to run it. A bitmap is made of all rows that fulfil a condition before the first is read; here
# the first few are wanted of any number.
GENERAL = {**SESSION, "plan_cache_mode": "force_generic_plan", "enable_bitmapscan": "off"}
# Where no index holds what a filter asks for in order, its values decide the plan: one plan for all takes a hundred
# times as long where they are rare. Such statements have connections of their own, on which each is planned for them.
PARTICULAR = {**SESSION, "plan_cache_mode": "force_custom_plan"}
# Subscribers are answered on connections of their own: neither they nor those who ask wait for each other.
FOLLOWING = 4
STATEMENTS_KEPT = 500
IDLE_S = 60.0


@dataclass(frozen=True)
class Limits:
    """How many connections a server is sent, and how long things may take there."""

    pool_min: int = 2
    pool_max: int = 10
    statement_timeout_ms: int = 10_000
    connect_timeout_ms: int = 3_000
    lifetime_s: float = 0


class Reader:
    """Runs statements that read, on one server."""

    def __init__(self, pool: Pool, particular: Pool, url: str) -> None:
        """Take the pools for statements of either kind."""
        self.pool, self.particular, self.url = pool, particular, url

    @property
    def pools(self) -> tuple[Pool, ...]:
        """Return all pools."""
        return self.pool, self.particular

    async def open(self, timeout_s: float = 3.0, name: str = SESSION["application_name"]) -> Connection:
        """Open a connection that belongs to the caller alone, and bears the name in the database."""
        session = {**SESSION, "application_name": name}
        connection: Connection = await connect(
            self.url, timeout=timeout_s, connection_class=Connection, server_settings=session
        )
        return connection

    def pool_of(self, statement: Statement) -> Pool:
        """Return the pool on which a statement is planned as it should be."""
        return self.particular if statement.particular else self.pool

    async def fetch(self, statement: Statement) -> bytes:
        """Return the one JSON value that the statement answers, as the database wrote it."""
        async with self.pool_of(statement).acquire() as connection:
            return await self.answer(connection, statement)

    async def answer(self, connection: Lent, statement: Statement) -> bytes:
        """Run a statement on a connection that is lent already."""
        began = time.perf_counter()
        try:
            with statement_span(self.pool_of(statement).name):
                answer: bytes = await connection.fetchval(statement.text, *statement.parameters)
        except Exception as error:
            count_failure(error)
            raise
        READ.add(time.perf_counter() - began)
        return answer


class Database(Reader):
    """The registry's database; the context that connects lets running statements finish."""

    def __init__(self, pool: Pool, particular: Pool, following: Pool, url: str) -> None:
        """Take the pools made by connect()."""
        super().__init__(pool, particular, url)
        self.following = following

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str, limits: Limits | None = None, **given: Any) -> AsyncIterator[Database]:
        """Connect to the database for as long as the context lasts, within limits or single ones of them."""
        within = replace(limits or Limits(), **given)
        following = replace(within, pool_min=1, pool_max=min(FOLLOWING, within.pool_max))
        async with (
            pool("general", url, GENERAL, within) as general,
            pool("particular", url, PARTICULAR, replace(within, pool_min=0)) as particular,
            pool("following", url, SESSION, following) as followed,
        ):
            try:
                yield cls(general, particular, followed, url)
            finally:
                await settle_wakes()

    @property
    def pools(self) -> tuple[Pool, ...]:
        """Return all pools."""
        return self.pool, self.particular, self.following

    async def fetch_messages(self, statement: Statement, numbers: Sequence[int]) -> dict[int, bytes | None]:
        """Return what each of the changes has to say as JSON, by its number; None for one that is left out."""
        async with self.following.acquire() as connection:
            with statement_span(self.following.name), timed(FEED):
                rows = await connection.fetch(statement.text, numbers, *statement.parameters)
        return {row[0]: row[1] for row in rows}


@asynccontextmanager
async def connections(url: str) -> AsyncIterator[ConnectionSource]:
    """Lend a command what it writes with; followers hear of what it wrote before the connections are closed."""
    async with asyncpg.create_pool(url, connect=connect, min_size=1, max_size=2) as few:
        try:
            yield cast(ConnectionSource, few)
        finally:
            await settle_wakes()


def pool(name: str, url: str, session: Mapping[str, str], limits: Limits) -> Pool:
    """Return a pool of connections with one kind of session; it connects when it is entered."""
    return Pool(
        name,
        url,
        lifetime_s=limits.lifetime_s,
        min_size=limits.pool_min,
        max_size=limits.pool_max,
        max_inactive_connection_lifetime=0 if limits.pool_min else IDLE_S,
        timeout=limits.connect_timeout_ms / 1000,
        statement_cache_size=STATEMENTS_KEPT,
        max_cached_statement_lifetime=0,
        # Nothing in a session outlives its transaction, so there is nothing to reset: it would cost a round trip.
        reset=_keep,
        server_settings={**session, "statement_timeout": str(limits.statement_timeout_ms)},
    )


async def _keep(connection: Any) -> None:
    """Give a connection back as it is."""
