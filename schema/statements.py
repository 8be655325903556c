"""Statements kept for queries that are asked again, or asked of another record.

A variable of type ID decides a plan by its prefix alone, which names the table; the rest of it is bound. So one
statement serves every record of a table, and is not written anew for each. Knows no plan and writes no SQL.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson
from graphql import NamedTypeNode, NonNullTypeNode, OperationDefinitionNode

from schema.document import Kept
from service.plan import Statement

LONGEST = 8_000
"""Characters of a document with its variables, beyond which no statement is kept."""

Asked: TypeAlias = tuple[str, str | None, bytes, str | None]
"""A document, its operation's name, the variables but the identifier, and the identifier's prefix."""


class Identifier(str):
    """The value of a variable of type ID, told apart from other text among a statement's parameters."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A query that was asked: its statement, where in that the identifier stands, its name and what it costs."""

    statement: Statement
    places: tuple[int, ...]
    name: str | None
    cost: int

    def of(self, identifier: str) -> "Template":
        """Return the query that asks the same of another record."""
        parameters = list(self.statement.parameters)
        for place in self.places:
            parameters[place] = identifier
        held = self.statement
        statement = Statement(held.text, tuple(parameters), held.particular, held.fresh)
        return Template(statement, self.places, self.name, self.cost)


class Statements:
    """The statements of the queries that were asked most recently."""

    def __init__(self, size: int) -> None:
        """Keep so many characters of them."""
        self.templates: Kept[Asked, Template] = Kept(size, _characters)
        self.identifiers: Kept[tuple[str, str | None], str] = Kept(size, lambda asked, _: len(asked[0]))

    def get(self, query: str, operation_name: str | None, variables: Mapping[str, Any]) -> Template | None:
        """Return a query with its statement, if it is kept."""
        if not variables:
            return self.templates.get((query, operation_name, b"", None))
        name = self.identifiers.get((query, operation_name))
        asked = _asked(query, operation_name, variables, name)
        template = self.templates.get(asked) if asked else None
        if asked is None or template is None:
            return None
        if asked[3] is None:
            return template
        identifier = variables[name or ""]
        # What the database cannot hold is refused where statements are written.
        return template.of(identifier) if identifier.isascii() and "\0" not in identifier else None

    def put(
        self,
        query: str,
        operation_name: str | None,
        variables: Mapping[str, Any],
        statement: Statement,
        identifier: str | None = None,
        *,
        name: str | None = None,
        cost: int = 0,
    ) -> None:
        """Keep the statement of a query, and which of the variables was marked as its identifier."""
        if identifier and _derived(statement, variables.get(identifier)):
            identifier = None  # the statement serves this one record
        asked = _asked(query, operation_name, variables, identifier)
        if asked is None or len(query) + len(asked[2]) > LONGEST:
            return
        if identifier:
            self.identifiers.put((query, operation_name), identifier)
        places = tuple(at for at, value in enumerate(statement.parameters) if isinstance(value, Identifier))
        self.templates.put(asked, Template(statement, places, name, cost))


def _characters(asked: Asked, template: Template) -> int:
    return len(asked[0]) + len(asked[2]) + len(template.statement.text)


def mark(operation: OperationDefinitionNode, values: dict[str, Any]) -> str | None:
    """Mark the value of the operation's variable of type ID, and return the variable's name.

    None where there is no such variable, or more than one: two of them may be compared with each other.
    """
    names = [each.variable.name.value for each in operation.variable_definitions or () if _is_identifier(each.type)]
    if len(names) != 1 or not isinstance(values.get(names[0]), str):
        return None
    values[names[0]] = Identifier(values[names[0]])
    return names[0]


def _is_identifier(type_: Any) -> bool:
    named = type_.type if isinstance(type_, NonNullTypeNode) else type_
    return isinstance(named, NamedTypeNode) and named.name.value == "ID"


def _asked(
    query: str, operation_name: str | None, variables: Mapping[str, Any], identifier: str | None
) -> Asked | None:
    value = variables.get(identifier) if identifier else None
    prefix = value.partition("_")[0] if isinstance(value, str) else None
    rest = without(variables, identifier if prefix is not None else None)
    return None if rest is None else (query, operation_name, rest, prefix)


def without(variables: Mapping[str, Any], name: str | None) -> bytes | None:
    """Return the variables but one as JSON; None if they are nested more deeply than is written, though it was read."""
    others = {key: each for key, each in variables.items() if key != name} if name else variables
    try:
        return orjson.dumps(others) if others else b""
    except TypeError:
        return None


def _derived(statement: Statement, identifier: Any) -> bool:
    """Tell whether a parameter holds the identifier otherwise than whole: made of it, or among others."""
    if not isinstance(identifier, str):
        return True
    for value in statement.parameters:
        for text in value if isinstance(value, tuple | list) else (value,):
            if isinstance(text, str) and identifier in text and not (text is value and isinstance(text, Identifier)):
                return True
    return False
