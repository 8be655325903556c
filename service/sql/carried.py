"""Lists found by what their links carry: copies of the columns by which lists are narrowed and ordered.

What is asked of a row beside a link is asked of the link itself, where an index holds the copies in the list's order.
Knows plans and the declared copies, and writes no SQL.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any

from service.models import TABLES
from service.plan import (
    Among,
    And,
    AnyOf,
    Column,
    Compare,
    Condition,
    Exists,
    Known,
    Lookup,
    Not,
    Or,
    OrderKey,
    Sortable,
    Value,
    both,
    linked,
)

# Columns of a link that begin the indexes which hold a list in its order. One that names a party names few rows, and
# is best whatever else is asked for; of a country there are many.
PARTIES = ("city_id", "organization_id")
COUNTRY = "party_country_code"
# Conditions on these are looked at row by row, whichever way the rows are found. The copies say nearly all of what is
# asked of days; a status may be that of a few among very many.
DAYS = ("signed_on", "signed_on_latest")
LOOKED_AT = (*DAYS, "status")


@dataclass(frozen=True, slots=True)
class Walk:
    """A list read along a link: the table, which of its rows, and their order, which ends with the listed row's key.

    The condition stands two rows inside what is around the list, as it did under the listed row, and speaks of that
    one no more. It is made of what is asked of the link, and of what is to be looked at in the listed row. A list that
    is not sorted has another order than its links, of which only the key is given.
    """

    link: str
    where: Condition
    order: tuple[OrderKey, ...]
    asked: Condition
    looked_at: Condition
    is_sorted: bool


def conjuncts(condition: Condition) -> Iterator[Condition]:
    """Yield the conditions that must all hold."""
    if isinstance(condition, And):
        for each in condition.conditions:
            yield from conjuncts(each)
    else:
        yield condition


def stands(condition: Condition) -> bool:
    """Tell whether a condition says that a record is not retracted or not merged, as the indexes of lists do."""
    match condition:
        case Not(Known(Column("retracted_at" | "merged_into_id", 0))):
            return True
    return False


def narrowed(table: str, where: Condition) -> Condition:
    """Return the condition on a table's rows with as much as possible of it asked of the links as well."""
    parts = list(conjuncts(where))
    return both(*(_narrowed(table, part, parts) for part in parts))


def walk(table: str, where: Condition, order: tuple[OrderKey, ...]) -> Walk | None:
    """Return how to read the list along the one link by which it is narrowed; None where another way may be better."""
    parts = list(conjuncts(where))
    found = [(part, lead) for part in parts if isinstance(part, Exists) and (lead := _lead(table, part))]
    found = [(part, lead) for part, lead in found if lead in PARTIES] or found
    if len(found) != 1:
        return None
    link, copies = found[0][0], _copies(found[0][0].table, table)
    is_sorted = all(key.column in copies for key in order)
    asked = [part for part in _asked_of_link(link) if part != linked(copies["id"])]
    looked_at: list[Condition] = []
    same = {name: name for name in (*(LOOKED_AT if is_sorted else DAYS), *copies)}
    inside: list[Condition] = []
    for part in parts:
        if part is link:
            continue
        if (moved := _moved(part, copies, inward=True)) is not None:
            asked.append(moved)
        elif (moved := _moved(_moved(part, same, inward=True), same, inward=True)) is not None:
            looked_at.append(part)
            inside.append(moved)
        else:
            return None
    whole = [*asked, Exists(table, both(linked("id", copies["id"]), *inside))] if inside else asked
    keys = tuple(replace(key, column=copies[key.column]) for key in (order if is_sorted else order[-1:]))
    return Walk(link.table, both(*whole), keys, both(*asked), both(*looked_at), is_sorted)


@cache
def _copies(link: str, table: str) -> Mapping[str, str]:
    """Return the columns of a table that a link has, under the names that they have there."""
    found = {}
    for column in TABLES[link].c:
        named = [key.target_fullname for key in column.foreign_keys]
        for origin in (*named, *column.info.get("carried", ())):
            of, _, name = origin.partition(".")
            if of == table:
                found[name] = column.name
    return found


def _narrowed(table: str, part: Condition, parts: Iterable[Condition]) -> Condition:
    if not isinstance(part, Exists) or _lead(table, part) is None:
        return part
    copies = _copies(part.table, table)
    carried = [moved for other in parts if (moved := _moved(other, copies, inward=True))]
    return Exists(part.table, both(*_asked_of_link(part), *carried))


def _asked_of_link(link: Exists) -> list[Condition]:
    """Return what a link's row must fulfil, asked of the link alone where it has copies of what is asked for."""
    asked: list[Condition] = []
    for part in conjuncts(link.where):
        moved = _asked_of_copies(link.table, part)
        asked += [part] if moved is None else moved
    return asked


def _asked_of_copies(link: str, part: Condition) -> list[Condition] | None:
    """Return what is asked of the row that a key of the link names, asked of the copies."""
    if not isinstance(part, Exists):
        return None
    copies = _copies(link, part.table)
    asked: list[Condition] = []
    for one in conjuncts(part.where):
        match one:
            case Compare(Column("id", 0), "=", Column(key, 1)) if key == copies.get("id"):
                asked.append(Known(Column(key)))
            case _ if (moved := _moved(one, copies, inward=False)) is not None:
                asked.append(moved)
            case _:
                return None
    return asked if any(isinstance(one, Known) for one in asked) else None


def _lead(table: str, link: Exists) -> str | None:
    """Return the column of a link's index whose one value is asked for."""
    copies = _copies(link.table, table)
    asked = _asked_of_link(link) if len(copies) > 1 else []
    inside = [one for one in asked if one != linked(copies["id"])]
    if len(inside) == len(asked) or any(_speaks_of(one, 1) for one in inside):
        return None
    for lead in (*PARTIES, COUNTRY):
        for one in inside:
            match one:
                case Compare(Column(name, 0), "=", value) if name == lead and not _speaks_of(value, 0):
                    return lead
    return None


def _speaks_of(wanted: Any, up: int) -> bool:
    """Tell whether a condition or an expression speaks of the row so far up."""
    match wanted:
        case Column(_, at):
            return at == up
        case Sortable():
            return up == 0
        case Exists(_, where):
            return _speaks_of(where, up + 1)
        case Lookup(_, expression, where):
            return _speaks_of((expression, where), up + 1)
        case Among(expression, columns):
            return _speaks_of(expression, up) or any(_speaks_of(where, up + 1) for _, _, where in columns)
        case tuple():
            return any(_speaks_of(each, up) for each in wanted)
    return is_dataclass(wanted) and any(_speaks_of(getattr(wanted, field.name), up) for field in fields(wanted))


def _moved(wanted: Any, copies: Mapping[str, str], *, inward: bool) -> Any:
    """Return what is asked of a row, asked of the copies in a link; None where they do not hold all of it.

    Inward, from the row that the link hangs on; outward, from a row that the link names.
    """

    def move(each: Any) -> Any:
        return _moved(each, copies, inward=inward)

    match wanted:
        case Column(name, 0):
            return Column(copies[name]) if name in copies else None
        case Column(name, up):
            return Column(name, up + (1 if inward else -1))
        case Sortable(key):
            return Sortable(replace(key, column=copies[key.column])) if key.column in copies else None
        case Value():
            return wanted
        case Compare(left, operator, right):
            sides = move(left), move(right)
            return None if None in sides else Compare(sides[0], operator, sides[1])
        case AnyOf(expression) | Known(expression):
            moved = move(expression)
            return None if moved is None else replace(wanted, expression=moved)
        case Not(condition):
            moved = move(condition)
            return None if moved is None else Not(moved)
        case And(conditions) | Or(conditions):
            each_moved = tuple(map(move, conditions))
            return None if None in each_moved else replace(wanted, conditions=each_moved)
    return None
