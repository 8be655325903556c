"""The names in a statement: quoted identifiers, and the rows in reach."""

import re
from functools import lru_cache
from typing import NamedTuple

from service.plan import Relation

MAX_NAME_BYTES = 63  # PostgreSQL cuts longer identifiers silently


_SURROGATE = re.compile("[\ud800-\udfff]")
UNSTORABLE = "A text holds a NUL character or half of a surrogate pair; remove it."


def storable(text: str) -> bool:
    """Tell whether PostgreSQL can hold a text."""
    return "\0" not in text and (text.isascii() or _SURROGATE.search(text) is None)


class Row(NamedTuple):
    """A row in reach: the alias under which it is known, and what it is a row of."""

    alias: str
    table: Relation


Rows = tuple[Row, ...]


def quoted(text: str) -> str:
    """Quote a constant text; one that PostgreSQL cannot hold raises ValueError."""
    if not storable(text):
        raise ValueError(UNSTORABLE)
    return "'" + text.replace("'", "''") + "'::text"


@lru_cache(4_096)
def name(identifier: str) -> str:
    """Quote an identifier; one that PostgreSQL would cut or refuse raises ValueError."""
    if not identifier or "\0" in identifier or len(identifier.encode()) > MAX_NAME_BYTES:
        raise ValueError(f"an identifier of 1 to {MAX_NAME_BYTES} bytes is needed")
    return '"' + identifier.replace('"', '""') + '"'
