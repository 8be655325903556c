"""A release before this one as far as a migration can notice it: reads and writes on the tables as it knew them."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

# The longest that anybody may be kept waiting by a migration; the server itself cuts off whoever waits longer.
LONGEST_WAIT = {"lock_timeout": "2s"}
# Columns whose values no two records share.
UNIQUE = {"geonames_id", "wikidata_id", "external_reference"}
NAMED = {"city": "cty", "person": "per", "organization": "org", "agreement": "agr", "event": "evt", "delegation": "del"}


@dataclass(frozen=True)
class Table:
    """A table as a release knew it."""

    name: str
    columns: tuple[str, ...]


async def known_tables(url: str) -> list[Table]:
    """Return the tables that stand in a database, with the columns that are written."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        """
        SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) AS columns
        FROM information_schema.columns WHERE table_schema = 'public' AND is_generated = 'NEVER' GROUP BY table_name
        """
    )
    await connection.close()
    return [Table(row["table_name"], tuple(row["columns"])) for row in rows if row["table_name"] != "alembic_version"]


@dataclass
class Load:
    """What was done while the load ran."""

    done: Counter[str] = field(default_factory=Counter)
    moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def note(self, kind: str) -> None:
        """Count a piece of work."""
        async with self.moved:
            self.done[kind] += 1
            self.moved.notify_all()

    async def goes_on(self) -> None:
        """Return when each kind of work was done some times more."""
        wanted = {kind: self.done[kind] + 20 for kind in ("read", "write", "rename", "retract")}
        async with self.moved:
            await self.moved.wait_for(lambda: all(self.done[kind] >= number for kind, number in wanted.items()))


Work = Callable[[asyncpg.Connection, list[Table]], Coroutine[Any, Any, None]]


@asynccontextmanager
async def working(url: str) -> AsyncIterator[Load]:
    """Read and write for as long as the context lasts; any error is raised when it ends."""
    tables, load, stop = await known_tables(url), Load(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for work in (read, read, write, write, rename, retract):
            group.create_task(repeat(url, work, tables, load, stop))
        try:
            yield load
        finally:
            stop.set()


async def repeat(url: str, work: Work, tables: list[Table], load: Load, stop: asyncio.Event) -> None:
    """Do a piece of work again and again, on a connection of its own."""
    connection = await asyncpg.connect(url, server_settings=LONGEST_WAIT)
    try:
        while not stop.is_set():
            await work(connection, tables)
            await load.note(work.__name__)
    finally:
        await connection.close()


async def read(connection: asyncpg.Connection, tables: list[Table]) -> None:
    """Read every table."""
    for table in tables:
        await connection.fetch(f"SELECT {', '.join(table.columns)} FROM {table.name} LIMIT 20")


async def write(connection: asyncpg.Connection, tables: list[Table]) -> None:
    """Record a copy of some record of each kind, with its spelling where it has any."""
    for table in tables:
        if (prefix := NAMED.get(table.name)) is None:
            continue
        id_, word = f"{prefix}_{secrets.token_hex(8)}", secrets.token_hex(4)
        new = {"id": f"'{id_}'", "name_folded": f"'copy {word}'", "title_folded": f"'copy {word}'"}
        values = ["NULL" if column in UNIQUE else new.get(column, column) for column in table.columns]
        async with connection.transaction():
            await connection.execute(
                f"INSERT INTO {table.name} ({', '.join(table.columns)}) SELECT {', '.join(values)} FROM {table.name} "
                "ORDER BY id DESC LIMIT 1"
            )
            if prefix in ("cty", "per", "org"):
                await connection.execute(f"INSERT INTO spelling (folded, subject_id) VALUES ('copy {word}', '{id_}')")


async def rename(connection: asyncpg.Connection, tables: list[Table]) -> None:
    """Give some agreement and some event another name."""
    word = secrets.token_hex(4)
    for table, column in (("agreement", "title_folded"), ("event", "name_folded")):
        await change(connection, f"UPDATE {table} SET {column} = 'renamed {word}' WHERE id = $1", table)


async def retract(connection: asyncpg.Connection, tables: list[Table]) -> None:
    """Take some record back."""
    for table in ("agreement", "event", "city"):
        await change(connection, f"UPDATE {table} SET retracted_at = now() WHERE id = $1", table)


async def change(connection: asyncpg.Connection, statement: str, table: str) -> None:
    """Change one record at random."""
    id_ = await connection.fetchval(f"SELECT id FROM {table} ORDER BY random() LIMIT 1")
    await connection.execute(statement, id_)
