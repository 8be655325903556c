"""The whole registry as JSON lines, from one snapshot, and an empty registry made equal to it.

Knows every table that the models declare, and no rule: what is restored was checked when it was recorded. API
keys stay where they are, because they are secrets; countries come with the migrations.
"""

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from sqlalchemy import Table
from sqlalchemy.sql.ddl import sort_tables

from service.failure import OperatorError
from service.models import TABLES
from service.servers import connect

FORMAT = "jumelage-export"
VERSION = 1
ROWS_A_STATEMENT = 1_000
# Keys stay where they are; every registry has the countries; the database itself keeps the words of search.
_LEFT_OUT = {"api_key", "country", "country_name", "search_word"}


def tables() -> list[Table]:
    """Return the tables that are exported, those that are referred to first."""
    return [table for table in sort_tables(TABLES.values()) if table.name not in _LEFT_OUT]


def is_export(line: bytes) -> bool:
    """Tell whether a file that starts so is an export."""
    try:
        head = json.loads(line)
    except ValueError:
        return False
    return isinstance(head, dict) and head.get("format") == FORMAT


async def export_lines(url: str) -> AsyncIterator[str]:
    """Yield the registry line by line: what it is, then each row of each table."""
    connection = await connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            revision = await connection.fetchval("SELECT version_num FROM alembic_version")
            yield json.dumps({"format": FORMAT, "version": VERSION, "revision": revision})
            for table in tables():
                statement = (
                    f"SELECT json_build_object('table', '{table.name}', 'row', row_to_json(one))::text"
                    f" FROM (SELECT {', '.join(_columns(table))} FROM {table.name}) AS one"
                )
                async for row in connection.cursor(statement, prefetch=ROWS_A_STATEMENT):
                    yield row[0]
    finally:
        await connection.close()


def _columns(table: Table) -> list[str]:
    """Return the columns that are written; the others follow from them."""
    return [f'"{column.name}"' for column in table.columns if column.computed is None]


async def restore_lines(url: str, lines: Iterable[bytes]) -> int:
    """Make an empty registry equal to an export, and return the number of rows. Raises OperatorError."""
    remaining = iter(lines)
    head = json.loads(next(remaining))
    connection = await connect(url)
    try:
        async with connection.transaction():
            revision = await connection.fetchval("SELECT version_num FROM alembic_version")
            if (head["version"], head["revision"]) != (VERSION, revision):
                raise OperatorError(
                    f"the export is of schema {head['revision']} and the database of {revision}: use the same release"
                )
            await connection.execute("LOCK TABLE feed_head IN EXCLUSIVE MODE")
            if await connection.fetchval("SELECT seq FROM feed_head") or await connection.fetchval(
                "SELECT EXISTS (SELECT FROM idempotency_key)"
            ):
                raise OperatorError("the registry is not empty: an export is restored into an empty one only")
            await connection.execute("DELETE FROM feed_head")
            return await _restore(connection, remaining)
    finally:
        await connection.close()


async def _restore(connection: Any, lines: Iterable[bytes]) -> int:
    known = {table.name: table for table in tables()}
    count = 0
    later: list[tuple[str, str, dict[str, Any]]] = []
    for name, chunk in _chunks(lines):
        if name not in known:
            raise OperatorError(f"the export holds rows of {name!r}, which is no table of this release")
        own = _own_references(known[name])
        await connection.execute(_insert(known[name], own), f"[{','.join(line for line, _ in chunk)}]")
        count += len(chunk)
        for _, row in chunk:
            if named := {column: row[column] for column in own if row[column] is not None}:
                later.append((name, row["id"], named))
    for name, id_, named in later:
        assignments = ", ".join(f"{column} = ${at}" for at, column in enumerate(named, 2))
        await connection.execute(f"UPDATE {name} SET {assignments} WHERE id = $1", id_, *named.values())
    return count


def _insert(table: Table, own: list[str]) -> str:
    """Write the statement that inserts lines as they stand, digit by digit, but for names of the table's own rows."""
    columns = _columns(table)
    values = ["NULL" if column.strip('"') in own else f"one.{column}" for column in columns]
    return (
        f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {', '.join(values)}"
        f" FROM json_array_elements($1::json) AS line,"
        f" json_populate_record(NULL::{table.name}, line -> 'row') AS one"
    )


def _own_references(table: Table) -> list[str]:
    """Return the columns that name rows of the same table, which may come later."""
    return [
        column.name for column in table.columns for key in column.foreign_keys if key.column.table.name == table.name
    ]


def _chunks(lines: Iterable[bytes]) -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """Yield lines of one table together, so many at a time, each with its row."""
    name, chunk = "", list[tuple[str, dict[str, Any]]]()
    for line in lines:
        one = json.loads(line)
        if chunk and (one["table"] != name or len(chunk) == ROWS_A_STATEMENT):
            yield name, chunk
            chunk = []
        name = one["table"]
        chunk.append((line.decode(), one["row"]))
    if chunk:
        yield name, chunk
