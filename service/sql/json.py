"""JSON put together as text.

PostgreSQL's own functions for objects look up the type of each key and value every time; joining texts costs a third
of that. Only a value that may hold what JSON escapes is given to to_json. Every text written here holds JSON and is
never null: a null among them would make the whole answer null. Knows columns' types, and no plan.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cache

from sqlalchemy import Boolean, Float, Integer, Numeric
from sqlalchemy import Column as Declared

from service.models.columns import Edtf
from service.sql.names import quoted

json_text = json.JSONEncoder(ensure_ascii=False).encode
"""Writes a value as JSON, by an encoder that is made once."""
NULL = "'null'::text"
EMPTY = "'{}'::text"


def object_(fields: Iterable[tuple[str, str]]) -> str:
    """Write an object: '{"key":' || ... || ',"key":' || ... || '}'."""
    parts: list[str] = []
    for key, value in fields:
        parts += [quoted(("," if parts else "{") + json_text(key) + ":"), value]
    return joined([*parts, quoted("}")]) if parts else EMPTY


def array(elements: Sequence[str]) -> str:
    """Write a list of so many elements: '[' || ... || ',' || ... || ']'."""
    parts = [part for element in elements for part in (quoted(","), element)][1:]
    return joined([quoted("["), *parts, quoted("]")])


def list_(element: str, order: str) -> str:
    """Write a list of rows: '[' || coalesce(string_agg(... ORDER BY ...), '') || ']'."""
    return joined([quoted("["), f"coalesce(string_agg({element}, ',' ORDER BY {order}), '')", quoted("]")])


def joined(parts: Sequence[str]) -> str:
    """Join texts, halves of them first: one after the other, the first would be copied as often as there are others."""
    if len(parts) < 3:  # most often
        return parts[0] if len(parts) == 1 else f"({parts[0]} || {parts[1]})"
    half = len(parts) // 2
    return f"({joined(parts[:half])} || {joined(parts[half:])})"


def encoded(text: str) -> str:
    """Write a text as its bytes, which the driver hands on as they are."""
    return f"convert_to({text}, 'UTF8')"


def value(expression: str, column: "Declared[object] | None" = None) -> str:
    """Write an expression's value, as the declared column holds it; what is not declared may be anything.

    A decimal travels as text: a client's JSON parser would read a number as binary floating point.
    """
    before, after = _around(column)
    return f"{before}{expression}{after}"


@cache
def _around(column: "Declared[object] | None") -> tuple[str, str]:
    """Return what stands before and after an expression that is written as JSON."""
    type_ = None if column is None else column.type
    if isinstance(type_, Numeric) and not isinstance(type_, Float):
        before, after = "to_json(", "::text)::text"
    elif isinstance(type_, Integer | Boolean):
        before, after = "", "::text"
    elif column is not None and ("members" in column.info or isinstance(type_, Edtf)):
        # Names by a CHECK; dates by what computes their bounds.
        before, after = """('"' || """, """ || '"')"""
    else:
        before, after = "to_json(", ")::text"
    known = column is not None and not column.nullable
    return (before, after) if known else (f"coalesce({before}", f"{after}, 'null')")
