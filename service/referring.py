"""Where records are named by others, read from the foreign keys that the tables declare.

A table that is added is found here without a word, so that no merge forgets it. Knows no rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Table

from service.models import TABLES

RECORDS = tuple(name for name, table in TABLES.items() if "retracted_at" in table.c)


@dataclass(frozen=True)
class Link:
    """A column that names a record, and whose row it is: a record's own, or one that hangs on a record."""

    table: str
    column: str
    owner: str
    owner_key: str

    @property
    def hangs(self) -> bool:
        """Whether the row belongs to the very record that it names."""
        return self.column == self.owner_key

    @property
    def bare(self) -> bool:
        """Whether the row says nothing but that the party stands in the owner's list."""
        return set(TABLES[self.table].c.keys()) == {self.owner_key, "position", "city_id", "organization_id"}


@cache
def links_to(table: str) -> tuple[Link, ...]:
    """Return every column that names a record of the table, but for that of what was merged into it."""
    return tuple(_links(table))


def _links(wanted: str) -> Iterator[Link]:
    for name, table in TABLES.items():
        owner, owner_key = (name, "id") if name in RECORDS else _owner(table)
        for constraint in table.foreign_key_constraints:
            if len(constraint.columns) == 1 and constraint.referred_table.name == wanted:
                (column,) = constraint.columns
                if column.name != "merged_into_id":
                    yield Link(name, column.name, owner, owner_key)


def _owner(table: Table) -> tuple[str, str]:
    """Return the record that the table's rows hang on, and the column that names it; a table has one such."""
    for column in table.columns:
        for key in column.foreign_keys:
            if key.column.table.name in RECORDS and (column.primary_key or table.name == "participation"):
                return key.column.table.name, column.name
    return table.name, next(iter(table.primary_key)).name


def moved_later(link: Link) -> bool:
    """Tell whether the row hangs on the record and counts positions, so that it must be renumbered when moved."""
    return link.hangs and "position" in TABLES[link.table].c
