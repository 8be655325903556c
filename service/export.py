"""The whole registry as JSON lines, from one snapshot, and an empty registry made equal to it.

Knows every table that the models declare, and no rule: what is restored was checked when it was recorded. API
keys stay where they are, because they are secrets; countries come with the migrations.
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Table
from sqlalchemy.sql.ddl import sort_tables

from service.failure import OperatorError
from service.models import TABLES
from service.progress_bar import Advance
from service.servers import connect

FORMAT = "jumelage-export"
VERSION = 1
END = ""
"""Stands for a table's name where the last line tells how many rows there were."""
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
    except (ValueError, RecursionError):
        return False
    return isinstance(head, dict) and head.get("format") == FORMAT


async def export_lines(url: str) -> AsyncIterator[str]:
    """Yield the registry line by line: what it is, then each row of each table, then how many there were.

    Equal registries are exported alike, byte for byte.
    """
    connection = await connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            revision = await connection.fetchval("SELECT version_num FROM alembic_version")
            rows = 0
            yield json.dumps({"format": FORMAT, "version": VERSION, "revision": revision})
            for table in tables():
                statement = (
                    f"SELECT json_build_object('table', '{table.name}', 'row', row_to_json(one))::text"
                    f" FROM (SELECT {', '.join(_columns(table))} FROM {table.name} ORDER BY {_key(table)}) AS one"
                )
                async for row in connection.cursor(statement, prefetch=ROWS_A_STATEMENT):
                    yield row[0]
                    rows += 1
            yield json.dumps({"rows": rows})
    finally:
        await connection.close()


def _columns(table: Table) -> list[str]:
    """Return the columns that are written; the others follow from them."""
    written = (column for column in table.columns if column.computed is None and "carried" not in column.info)
    return [f'"{column.name}"' for column in written]


def _key(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.primary_key)


async def restore_lines(url: str, lines: Iterable[bytes], advance: Advance = lambda done: None) -> int:
    """Make an empty registry equal to an export, and return the number of rows.

    Raises OperatorError, and leaves the registry empty, where the export is of another release, damaged or cut short.
    """
    given = _read(lines)
    _, head = next(given)
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
            return await _restore(connection, given, advance)
    finally:
        await connection.close()


def _read(lines: Iterable[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each line with what it says. Raises OperatorError for one that says nothing."""
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode()
            said = json.loads(text)
            if not said.keys() & {"format", "row", "rows"} or not isinstance(said.get("row", {}), dict):
                raise ValueError
        except (AttributeError, ValueError, RecursionError):
            raise OperatorError(f"line {number} of the export is damaged, and nothing was restored") from None
        yield text, said


async def _restore(connection: Any, given: Iterator[tuple[str, dict[str, Any]]], advance: Advance) -> int:
    known = {table.name: table for table in tables()}
    count, rows = 0, None
    later: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for name, chunk in _chunks(given):
        if name == END:
            rows = chunk[0][1]["rows"]
            continue
        if name not in known:
            raise OperatorError(f"the export holds rows of {name!r}, which is no table of this release")
        own = _own_references(known[name])
        await connection.execute(_insert(known[name], own), f"[{','.join(text for text, _ in chunk)}]")
        count += len(chunk)
        advance(len(chunk))
        for column in own:
            named = [(said["row"].get("id"), said["row"].get(column)) for _, said in chunk]
            later[name, column] += [(id_, value) for id_, value in named if value is not None]
    if rows != count:
        raise OperatorError("the export was cut short, and nothing was restored: export again")
    for (name, column), named in later.items():
        await connection.execute(
            f"UPDATE {name} SET {column} = named.value FROM unnest($1::text[], $2::text[]) AS named (id, value)"
            f" WHERE {name}.id = named.id",
            [id_ for id_, _ in named],
            [value for _, value in named],
        )
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


def _chunks(
    given: Iterator[tuple[str, dict[str, Any]]],
) -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """Yield lines of one table together, so many at a time."""
    for name, group in groupby(given, lambda one: str(one[1].get("table", END))):
        while chunk := list(islice(group, ROWS_A_STATEMENT)):
            yield name, chunk
