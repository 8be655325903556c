"""What each field answers, over plain rows; graphql-core executes the operation.

A field is answered by what FIELDS holds for its type, or for an interface of it; else by the row's column of
its name. fields.py fills FIELDS.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from graphql import GraphQLObjectType, GraphQLResolveInfo, build_schema, execute_sync, parse

from tests.oracle.days import latest
from tests.oracle.filters import keeps
from tests.oracle.lists import Key, column, first_day, page, place
from tests.oracle.registry import Registry, Row

SCHEMA = build_schema((Path(__file__).parents[2] / "schema" / "schema.graphql").read_text())
# Which table holds the records of a type, and by which letters their identifiers start.
RECORDS = {
    "cty": "city",
    "org": "organization",
    "per": "person",
    "agr": "agreement",
    "evt": "event",
    "del": "delegation",
    "con": "contribution",
    "prg": "programme",
    "are": "area",
    "src": "source",
}
Field = Callable[..., Any]
FIELDS: dict[str, Field] = {}


class Reference:
    """Answers operations over the rows of a registry."""

    def __init__(self, registry: Registry, cursors: Mapping[str, str]) -> None:
        """Take the rows, and for cursors that were answered before the marks that stood in their place."""
        self.registry, self.cursors = registry, cursors
        self.today = date.min
        self.negated = False
        self.negations: set[tuple[str, str]] = set()
        """Fields of filters that were judged under a negation, with what came of it: True, False or unknown."""
        self.by_key = {name: {key(row): row for row in rows} for name, rows in registry.items()}

    def answer(self, document: str, variables: dict[str, Any], today: date) -> tuple[dict[str, Any] | None, list[str]]:
        """Return the operation's data on that day, with marks for cursors, and its errors' codes."""
        self.today = today
        result = execute_sync(
            SCHEMA,
            parse(document),
            context_value=self,
            variable_values=variables,
            field_resolver=resolve,
            type_resolver=lambda row, *_: type_name(row.table),
        )
        for error in result.errors or ():
            if not error.extensions:
                raise AssertionError(f"the reference fails: {error}") from error.original_error
        return result.data, [(error.extensions or {})["code"] for error in result.errors or ()]

    # ── rows ──────────────────────────────────────────────────────────────────────────────────────────────

    def row(self, table: str, key: Any) -> Row | None:
        """Return a row by its identifier or code."""
        return None if key is None else self.by_key[table].get(key)

    def rows(self, table: str, **columns: Any) -> list[Row]:
        """Return the rows whose columns have the values."""
        return [row for row in self.registry[table] if all(row[name] == value for name, value in columns.items())]

    def find(self, identifier: str, table: str | None = None) -> Row | None:
        """Return the record that an identifier names, of the table if one is given; a duplicate's is its survivor."""
        named = RECORDS.get(identifier.partition("_")[0])
        if named is None or (table is not None and named != table):
            return None
        found = self.row(named, identifier)
        if found is not None and found.get("merged_into_id"):
            found = self.row(named, found["merged_into_id"])
        return None if found is None or found.get("retracted_at") else found

    def party(self, row: Row, prefix: str = "") -> Row | None:
        """Return the city or organization that two columns name."""
        return self.row("city", row[f"{prefix}city_id"]) or self.row("organization", row[f"{prefix}organization_id"])

    def status(self, agreement: Row) -> str:
        """Return where an agreement stands today: a term that ended before today has run out."""
        expires = agreement["expires_on"]
        over = expires is not None and latest(expires) < self.today
        status: str = agreement["status"]
        return "EXPIRED" if over and status in ("IN_FORCE", "SUSPENDED") else status

    def page(self, table: str, rows: Sequence[Row], arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the page of those rows that stand in lists and that the filter keeps."""
        kind = f"{type_name(table)}Filter"
        kept = [row for row in rows if visible(row) and keeps(self, kind, arguments.get("filter"), row)]
        ends = {end: arguments[end] for end in ("after", "before") if arguments.get(end) is not None}
        known = {end: self.by_key[table][self.cursors[cursor].split()[-1]] for end, cursor in ends.items()}
        return page(table, kept, known, arguments)


def key(row: Row) -> Any:
    """Return what other rows name the row by; none where no other names it."""
    return row.get("id", row.get("code"))


def visible(row: Row) -> bool:
    """Tell whether a record stands in lists: neither taken back nor a duplicate."""
    return row.get("retracted_at") is None and row.get("merged_into_id") is None


def type_name(table: str) -> str:
    """Return the type of a table's rows."""
    return table.title().replace("_", "")


def oldest_first(rows: Sequence[Row], name: str) -> list[Row]:
    """Order rows by a partial date, unknown last."""
    keys = [Key(name, first_day(name), False), Key("id", column("id"), False)]
    return sorted(rows, key=place(keys))


# ── any field ─────────────────────────────────────────────────────────────────────────────────────────────


def resolver(type_: GraphQLObjectType, field: str) -> Field | None:
    """Return what answers the field of the type, or of an interface of it."""
    names = (type_.name, *(interface.name for interface in type_.interfaces))
    return next((FIELDS[f"{name}.{field}"] for name in names if f"{name}.{field}" in FIELDS), None)


def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """Answer a field."""
    found = resolver(info.parent_type, info.field_name)
    if found:
        return found(info.context, source, **arguments)
    return written(source[column_name(info.field_name)] if isinstance(source, Row) else source[info.field_name])


def column_name(field: str) -> str:
    """Return the column of a field's name: signed_on for signedOn."""
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), field)


def written(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, datetime):
        text = value.astimezone(UTC).isoformat()
        return re.sub(r"(\.[0-9]*?)0+\+", r"\1+", text) if "." in text else text
    return format(value, "f") if isinstance(value, Decimal) else value


def answers(*fields: str) -> Callable[[Field], Field]:
    """Let the function answer the fields, each given as Type.field."""

    def register(function: Field) -> Field:
        FIELDS.update(dict.fromkeys(fields, function))
        return function

    return register


def follow(field: str, table: str, name: str) -> None:
    """Let the field answer the row that a column names; one that was taken back is no longer named.

    Cities, organizations and people cannot be taken back while something names them.
    """

    def named(reference: Reference, row: Row) -> Row | None:
        found = reference.row(table, row[name])
        if found is None or "merged_into_id" in found:
            return found
        return None if found.get("retracted_at") else found

    FIELDS[field] = named


def follow_party(field: str, prefix: str) -> None:
    """Let the field answer the party that two columns name."""
    FIELDS[field] = lambda reference, row: reference.party(row, prefix)


def belonging(field: str, table: str, name: str, **wanted: Any) -> None:
    """Let the field answer the rows that name the row at hand, by position; arguments narrow them."""

    def rows(reference: Reference, row: Row, **arguments: Any) -> list[Row]:
        narrowed = {asked: value for asked, value in arguments.items() if value is not None}
        found = reference.rows(table, **{name: row["id"]}, **wanted, **narrowed)
        return sorted(found, key=column("position"))

    FIELDS[field] = rows


def parties_of(field: str, table: str, name: str) -> None:
    """Let the field answer the parties that the rows of a table name, by position."""
    belonging(field, table, name)
    rows = FIELDS[field]
    FIELDS[field] = lambda reference, row: [reference.party(each) for each in rows(reference, row)]


def page_of(field: str, table: str, *keys: str, link: tuple[str, str, str] | None = None, **wanted: str) -> None:
    """Let the field answer a page of the rows that name the row at hand by one of the keys, or through a link.

    A link is its table, its column that names the listed row, and its column that names the row at hand. With
    neither keys nor link, all rows are listed.
    """

    def answer(reference: Reference, row: Row | None, **arguments: Any) -> dict[str, Any]:
        rows = reference.registry[table]
        if row is not None:
            linked = (
                {each[link[1]] for each in reference.rows(link[0], **{link[2]: key(row)}, **wanted)} if link else ()
            )
            rows = [each for each in rows if each["id"] in linked or any(each[name] == key(row) for name in keys)]
        return reference.page(table, rows, arguments)

    FIELDS[field] = answer
