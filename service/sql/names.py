"""The names in a statement: quoted identifiers, and the rows in reach."""

from typing import NamedTuple

from service.plan import Relation

MAX_NAME_BYTES = 63  # PostgreSQL cuts longer identifiers silently


class Row(NamedTuple):
    """A row in reach: the alias under which it is known, and what it is a row of."""

    alias: str
    table: Relation


Rows = tuple[Row, ...]


def name(identifier: str) -> str:
    """Quote an identifier; one that PostgreSQL would cut or refuse raises ValueError."""
    if not identifier or "\0" in identifier or len(identifier.encode()) > MAX_NAME_BYTES:
        raise ValueError(f"an identifier of 1 to {MAX_NAME_BYTES} bytes is needed")
    return '"' + identifier.replace('"', '""') + '"'
