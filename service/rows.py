"""Rows of one table written together, in one statement however many they are.

Knows how the kinds of column are called in SQL. The columns are named by our own code, never from outside.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Float, Integer, Text

from service.models import TABLES

if TYPE_CHECKING:
    from service.recording import Connection

MANY = 20
"""So many rows are worth two statements more, which spare each row's foreign keys a plan of their own."""
CHECKED_ALIKE = "SET LOCAL plan_cache_mode = auto"
LOOKED_UP_ANEW = "SET LOCAL plan_cache_mode = force_custom_plan"
"""Plans made while tables were empty take whatever index comes first, so what a batch looks up is planned anew."""
_TYPES = ((Text, "text"), (Boolean, "boolean"), (Integer, "integer"), (Float, "double precision"))


async def insert(
    connection: "Connection", table: str, columns: str, rows: Sequence[Sequence[object]], *, new_only: bool = False
) -> None:
    """Write rows, given with their columns' names; with new_only, those that are there already are passed over.

        INSERT INTO city (id, name) SELECT * FROM unnest($1::text[], $2::text[])

    One statement a table costs the server a third less than one a row, and spares as many messages.
    """
    if not rows:
        return
    many = len(rows) >= MANY
    if many:
        await connection.execute(CHECKED_ALIKE)
    await connection.execute(_statement(table, columns, new_only), *map(list, zip(*rows, strict=True)))
    if many:
        await connection.execute(LOOKED_UP_ANEW)


@cache
def _statement(table: str, columns: str, new_only: bool) -> str:
    names = columns.split()
    parameters = ", ".join(f"${at}::{_type(table, name)}[]" for at, name in enumerate(names, 1))
    quoted = ", ".join(f'"{name}"' for name in names)
    suffix = " ON CONFLICT DO NOTHING" if new_only else ""
    return f"INSERT INTO {table} ({quoted}) SELECT * FROM unnest({parameters}){suffix}"


def _type(table: str, column: str) -> str:
    kind = TABLES[table].c[column].type
    return next(name for type_, name in _TYPES if isinstance(kind, type_))
