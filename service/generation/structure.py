"""What the database keeps of each row, set aside while rows are copied, and made again over all of them.

Sorting a million rows once is several times as fast as a million insertions, and so is deriving from them in sets
rather than by a trigger each. Knows the catalog, and the table that triggers fill. All of it happens in the caller's
transaction: a registry never stands without them.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:  # generic for the type checker alone
    Connection = asyncpg.Connection

_CONSTRAINTS = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS make
FROM pg_constraint
WHERE conrelid = ANY($1::text[]::regclass[]) AND strpos($2, contype::text) > 0 AND conparentid = 0
ORDER BY contype, conname
"""
_INDEXES = """
SELECT format('DROP INDEX %s', indexrelid::regclass) AS drop, pg_get_indexdef(indexrelid) AS make
FROM pg_index
WHERE indrelid = ANY($1::text[]::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
ORDER BY indexrelid::regclass::text
"""

_TRIGGERS = """
SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname) AS drop,
    format('ALTER TABLE %s ENABLE TRIGGER %I', tgrelid::regclass, tgname) AS make
FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE tgrelid = ANY($1::text[]::regclass[]) AND NOT tgisinternal AND proname LIKE ANY($2)
ORDER BY tgrelid::regclass::text, tgname
"""
DERIVED = {"search_word": r"search\_%"}
"""Tables that only triggers write, and the names of their functions; fill_... fills each from all that it follows."""
WRITTEN = r"carry\_%"
"""The names of functions that write columns which generation writes itself, as verifying finds."""


async def set_aside(connection: Connection, tables: Iterable[str]) -> list[str]:
    """Drop foreign keys, unique constraints and indexes, stop triggers, and return the statements that undo it.

    Triggers are stopped where what they derive is made anew at the end, or is written here; any other goes on, so that
    none is forgotten.
    Primary keys stay, but of what is derived. Foreign keys are dropped first and come back last, because they rest on
    the others.
    """
    names = list(tables)
    constraints = await connection.fetch(_CONSTRAINTS, names, "fu")
    indexes = await connection.fetch(_INDEXES, names)
    triggers = await connection.fetch(_TRIGGERS, names, [*DERIVED.values(), WRITTEN])
    keys = await connection.fetch(_CONSTRAINTS, list(DERIVED), "p")
    for row in [*constraints, *indexes, *triggers, *keys]:
        await connection.execute(row["drop"])
    filled = [f"SELECT fill_{table}()" for table in DERIVED]
    return [*filled, *(row["make"] for row in [*keys, *triggers, *indexes, *reversed(constraints)])]


async def put_back(connection: Connection, statements: Iterable[str]) -> None:
    """Make again what was set aside; every row is checked."""
    await connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for statement in statements:
        await connection.execute(statement)
