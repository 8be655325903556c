"""Subscriptions kept for those who come back: after a restart, thousands begin the same again within seconds.

Each comes with a cursor of its own, so a variable that gives nothing but that is left out of what is compared. Knows no
plan; what is followed is made elsewhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from graphql import FieldNode, VariableNode

from schema.document import Kept
from schema.statements import LONGEST, without
from service.following import Subscription

# As of documents, whose trees are named here.
KEPT_CHARACTERS = 300_000

Operation: TypeAlias = tuple[str, str | None]
Asked: TypeAlias = tuple[str, str | None, bytes, bool]
"""A document, its operation's name, the variables but the cursor, and whether that is given by a variable."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What is followed, by which root field, behind which cursor, and what it cost to plan."""

    subscription: Subscription
    field: FieldNode
    after: str | None
    cost: int


class Subscriptions:
    """What was begun most recently."""

    def __init__(self, size: int = KEPT_CHARACTERS) -> None:
        """Keep so many characters of it."""
        self.begun: Kept[Asked, Begun] = Kept(size, _characters)
        self.cursors: Kept[Operation, str] = Kept(size, lambda asked, _: len(asked[0]))

    def get(self, query: str, operation_name: str | None, variables: Mapping[str, Any]) -> Begun | None:
        """Return what was begun, behind the cursor that is given now."""
        cursor = self.cursors.get((query, operation_name))
        asked = _asked(query, operation_name, variables, cursor)
        begun = self.begun.get(asked) if asked else None
        return replace(begun, after=variables[cursor]) if begun and asked and asked[3] and cursor else begun

    def put(self, query: str, operation_name: str | None, variables: Mapping[str, Any], begun: Begun) -> None:
        """Keep what was begun."""
        cursor = _cursor(query, begun.field)
        asked = _asked(query, operation_name, variables, cursor)
        if asked is None or len(query) + len(asked[2]) > LONGEST:
            return
        if cursor:
            self.cursors.put((query, operation_name), cursor)
        self.begun.put(asked, begun)


def _characters(asked: Asked, begun: Begun) -> int:
    return len(asked[0]) + len(asked[2]) + len(begun.subscription.statement.text)


def _cursor(query: str, field: FieldNode) -> str | None:
    """Return the variable that gives the field's cursor and nothing else; it stands in the document twice."""
    given = next((each.value for each in field.arguments or () if each.name.value == "after"), None)
    if not isinstance(given, VariableNode):
        return None
    name = given.name.value
    return name if len(re.findall(rf"\$\s*{name}\b", query)) == 2 else None


def _asked(query: str, operation_name: str | None, variables: Mapping[str, Any], cursor: str | None) -> Asked | None:
    # Null may stand for a default or be refused, and what is no text is refused: they are compared as others are.
    by_variable = cursor is not None and isinstance(variables.get(cursor), str)
    rest = without(variables, cursor if by_variable else None)
    return None if rest is None else (query, operation_name, rest, by_variable)
