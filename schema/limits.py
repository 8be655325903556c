"""What a document and an operation may ask for, and how it is told that one asks for more.

Everything here is counted in one pass, before anything costs more than that. Knows syntax trees and no schema.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)

from schema.errors import ErrorCode, refusal


@dataclass(frozen=True)
class Limits:
    """What may be asked for. Each is a setting; a page's size is bounded by the page itself."""

    characters: int = 15_000
    tokens: int = 2_000
    operations: int = 5
    aliases: int = 30
    directives: int = 8
    depth: int = 12
    fields: int = 2_000
    selections: int = 20_000
    rows: int = 500_000
    list_rows: int = 10
    page_size: int = 20
    page_size_max: int = 100
    conditions: int = 200
    values: int = 10_000
    nesting: int = 50
    repeated: int = 300


def exceeded(
    message: str, value: int, limit: int, code: ErrorCode = ErrorCode.TOO_COSTLY, nodes: list[FieldNode] | None = None
) -> GraphQLError:
    """Return the error of a limit that is exceeded, with the value and the limit for the client's machine."""
    return refusal(
        message.format(value=value, limit=limit), code, nodes or (), figures={"value": value, "limit": limit}
    )


def check_document(document: DocumentNode, limits: Limits) -> None:
    """Count a document's operations, aliases, directives, and fields that it selects twice in one place.

    Raises GraphQLError where they are too many.
    """
    operations = aliases = directives = repeated = 0
    sets: list[SelectionSetNode] = []
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            continue
        operations += isinstance(definition, OperationDefinitionNode)
        directives += len(definition.directives or ())
        directives += sum(len(variable.directives or ()) for variable in definition.variable_definitions or ())
        sets.append(definition.selection_set)
    while sets:
        keys: set[str] = set()
        for node in sets.pop().selections:
            directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                aliases += node.alias is not None
                key = (node.alias or node.name).value
                repeated += key in keys
                keys.add(key)
            below = getattr(node, "selection_set", None)
            if below is not None:
                sets.append(below)
    for what, value, limit in (
        ("operations", operations, limits.operations),
        ("aliases", aliases, limits.aliases),
        ("directives", directives, limits.directives),
        ("fields that it selects again in the same place", repeated, limits.repeated),
    ):
        if value > limit:
            raise exceeded(f"The document has {{value}} {what}; {{limit}} are allowed.", value, limit)


def check_values(variables: Mapping[str, Any], most: int, nesting: int) -> None:
    """Count the values in a request's variables, however nested. Raises GraphQLError where they are too many."""
    total = len(variables)
    level: list[Any] = [*variables.values()]
    depth = 0
    while level and total <= most:
        depth += 1
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += value.values()
            elif isinstance(value, list):
                below += value
        total += len(below)
        level = below
        if depth > nesting:
            message = "The variables are nested at least {value} levels deep; {limit} are allowed."
            raise exceeded(message, depth, nesting, ErrorCode.TOO_DEEP)
    if total > most:
        raise exceeded("The variables hold at least {value} values; {limit} are allowed.", total, most)


def count_conditions(filter_: Any) -> int:
    """Return how many conditions a filter holds, at every level."""
    total = 0
    level = [filter_]
    while level:
        value = level.pop()
        if isinstance(value, dict):
            total += len(value)
            level += value.values()
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            level += value
    return total
