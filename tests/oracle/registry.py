"""All rows of a database as Python dicts, and nothing else."""

from collections.abc import Mapping
from typing import Any

import asyncpg


class Row(dict[str, Any]):
    """A row that knows its table."""

    def __init__(self, table: str, values: "asyncpg.Record | Mapping[str, Any]") -> None:
        """Take the values by column."""
        super().__init__(values)
        self.table = table


Registry = dict[str, list[Row]]


async def load(url: str) -> Registry:
    """Return every row of every table, by table."""
    connection = await asyncpg.connect(url)
    try:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {
            name: [Row(name, values) for values in await connection.fetch(f'SELECT * FROM "{name}"')]
            for (name,) in names
        }
    finally:
        await connection.close()
