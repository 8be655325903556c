"""Orders, pages and cursors of lists, row by row.

A cursor is opaque: the service makes it, and here it is known only by what it stood beside in an earlier answer.
Where an answer holds a cursor, the reference holds a mark that names the order and the row.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cmp_to_key
from typing import Any, NamedTuple

from tests.oracle.days import earliest
from tests.oracle.registry import Row

CURSOR = "\ue000cursor "


class Key(NamedTuple):
    """What an order compares, which may be unknown, and from which end."""

    name: str
    value: Callable[[Row], Any]
    descending: bool


def column(name: str) -> Callable[[Row], Any]:
    """Return what reads a column."""
    return lambda row: row[name]


def first_day(name: str) -> Callable[[Row], date | None]:
    """Return what reads the first day that a partial date can mean."""
    return lambda row: None if row[name] is None else earliest(row[name])


# For each table, what its published orders compare.
ORDERS: dict[str, dict[str, Callable[[Row], Any]]] = {
    "agreement": {
        "SIGNED_ON": first_day("signed_on"),
        "EXPIRES_ON": first_day("expires_on"),
        "TITLE": column("title_folded"),
        "CREATED_AT": column("created_at"),
        "UPDATED_AT": column("updated_at"),
    },
    "city": {
        "NAME": column("name_folded"),
        "COUNTRY": column("country_code"),
        "POPULATION": column("population"),
        "CREATED_AT": column("created_at"),
    },
    "event": {
        "STARTS_ON": first_day("starts_on"),
        "NAME": column("name_folded"),
        "CREATED_AT": column("created_at"),
    },
    "delegation": {
        "ARRIVED_ON": first_day("arrived_on"),
        "NAME": column("name_folded"),
        "CREATED_AT": column("created_at"),
    },
}

# For each table, how it is ordered when nothing is asked for.
USUAL = {
    "agreement": Key("SIGNED_ON", first_day("signed_on"), True),
    "city": Key("NAME", column("name_folded"), False),
    "event": Key("STARTS_ON", first_day("starts_on"), True),
    "delegation": Key("ARRIVED_ON", first_day("arrived_on"), True),
    "organization": Key("NAME", column("name_folded"), False),
    "person": Key("NAME", column("name_folded"), False),
    "programme": Key("NAME", column("name_folded"), False),
    "contribution": Key("GIVEN_ON", first_day("given_on"), True),
    "participation": Key("ID", column("id"), True),
    "area": Key("SLUG", column("slug"), False),
    "source": Key("PUBLISHED_ON", first_day("published_on"), True),
}


def order_keys(table: str, asked: Sequence[Mapping[str, Any]] | None) -> list[Key]:
    """Return what is compared, most significant first; the identifier is last, and runs as the first key does."""
    keys: list[Key] = []
    for one in asked or ():
        if one["field"] not in [key.name for key in keys]:  # a second time decides nothing
            keys.append(Key(one["field"], ORDERS[table][one["field"]], one.get("direction") == "DESC"))
    keys = keys or [USUAL[table]]
    return [*keys, Key("ID", column("id"), keys[0].descending)]


def order_name(table: str, asked: Sequence[Mapping[str, Any]] | None) -> str:
    """Return a name of the order, equal for equal orders."""
    if table not in USUAL:  # what is no record has one order
        return table
    return table + "".join(f" {key.name}{'-' if key.descending else '+'}" for key in order_keys(table, asked))


def compare(one: Row, other: Row, keys: Sequence[Key]) -> int:
    """Return whether one row stands before (-1) or after (1) the other; unknown stands last in either direction."""
    for key in keys:
        left, right = key.value(one), key.value(other)
        if left == right:
            continue
        if left is None or right is None:
            return 1 if left is None else -1
        return 1 if (left > right) != key.descending else -1
    return 0


def place(keys: Sequence[Key]) -> Callable[[Row], Any]:
    """Return what rows are sorted by."""

    def order(one: Row, other: Row) -> int:
        return compare(one, other, keys)

    return cmp_to_key(order)


def page(table: str, rows: Sequence[Row], known: Mapping[str, Row], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the page of the rows that the arguments ask for; known tells which rows after and before stood beside."""
    asked = arguments.get("orderBy")
    name = order_name(table, asked)
    return cut(rows, order_keys(table, asked), lambda row: f"{CURSOR}{name} {row['id']}", known, arguments)


def cut(
    rows: Sequence[Row],
    keys: Sequence[Key],
    cursor: Callable[[Row], str],
    known: Mapping[str, Row],
    arguments: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the page of the rows by any keys, with marks for cursors."""
    ordered = sorted(rows, key=place(keys))
    after, before = (known.get(end) for end in ("after", "before"))
    window = [
        row
        for row in ordered
        if (after is None or compare(row, after, keys) > 0) and (before is None or compare(row, before, keys) < 0)
    ]
    if arguments.get("last") is not None:
        start, end = max(len(window) - arguments["last"], 0), len(window)
    else:
        start, end = 0, min(20 if arguments.get("first") is None else arguments["first"], len(window))
    earlier = after is not None and any(compare(row, after, keys) <= 0 for row in ordered)
    later = before is not None and any(compare(row, before, keys) >= 0 for row in ordered)
    shown = window[start:end]
    return {
        "edges": [{"cursor": cursor(row), "node": row} for row in shown],
        "nodes": shown,
        "pageInfo": {
            "hasNextPage": later or end < len(window),
            "hasPreviousPage": earlier or start > 0,
            "startCursor": cursor(shown[0]) if shown else None,
            "endCursor": cursor(shown[-1]) if shown else None,
        },
        "totalCount": len(ordered),
    }
