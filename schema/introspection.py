"""The schema asked about itself: who may, how much, and the answer, which graphql-core gives and which is kept.

Knows that a process's schema never changes.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    execute_sync,
    is_abstract_type,
    is_composite_type,
)

from schema.document import Kept, RequestRefused
from schema.errors import ErrorCode, coded, refusal
from schema.limits import exceeded
from schema.planner import Groups, Planner
from service.keys import Caller

INTROSPECTION = ("__schema", "__type")
Disclosure: TypeAlias = Literal["everyone", "keys", "nobody"]
# What tools ask for comes to less than two thirds of it.
MAX_VALUES = 30_000
# What a value costs, beside a row of the registry.
POINTS = 5
ANSWERS_KEPT = 32


class Sizes:
    """How many elements each list of the introspection has, on average."""

    def __init__(self, schema: GraphQLSchema) -> None:
        """Count the schema's types, fields and values."""
        types = list(schema.type_map.values())
        fields = [list(getattr(t, "fields", {}).values()) if is_composite_type(t) else [] for t in types]
        self.usual = {
            "types": len(types),
            "directives": len(schema.directives),
            "fields": _mean([len(each) for each in fields]),
            "args": _mean([len(field.args) for each in fields for field in each]),
            "inputFields": _mean([len(t.fields) if isinstance(t, GraphQLInputObjectType) else 0 for t in types]),
            "enumValues": _mean([len(t.values) if isinstance(t, GraphQLEnumType) else 0 for t in types]),
            "possibleTypes": _mean([len(schema.get_possible_types(t)) if is_abstract_type(t) else 0 for t in types]),
            "interfaces": _mean([len(getattr(t, "interfaces", ())) for t in types]),
            "ofType": 0.6,  # of the types of fields; inmost there is none
        }
        # Whoever names a type may name the largest.
        self.largest = {**self.usual, "fields": max(len(each) for each in fields)}


class Introspector:
    """Answers __schema and __type."""

    def __init__(self, schema: GraphQLSchema, disclosure: Disclosure) -> None:
        """Disclose the schema to those."""
        self.schema, self.disclosure = schema, disclosure
        self.sizes = Sizes(schema)
        self.kept: Kept[tuple[str, str, str], dict[str, Any]] = Kept(ANSWERS_KEPT)

    def permits(self, caller: Caller | None) -> bool:
        """Tell whether the caller may learn of the schema by asking."""
        return self.disclosure == "everyone" or (self.disclosure == "keys" and caller is not None)

    def check(self, caller: Caller | None, own: Groups, planner: Planner) -> None:
        """Raise RequestRefused where the caller may not ask, or asks for too much."""
        if not self.permits(caller):
            if self.disclosure == "keys":
                raise RequestRefused(refusal("Asking for the schema needs a key.", ErrorCode.UNAUTHENTICATED))
            raise RequestRefused(refusal("The schema cannot be asked for here.", ErrorCode.FORBIDDEN))
        planner.rows += POINTS * self.count(own, planner)

    def count(self, own: Groups, planner: Planner) -> int:
        """Return about how many values are asked for. Raises RequestRefused where they are too many."""
        total = 0.0
        stack: list[tuple[SelectionSetNode, float, Mapping[str, float]]] = [
            (node.selection_set, 1, self.sizes.largest if node.name.value == "__type" else self.sizes.usual)
            for nodes in own.values()
            for node in nodes
            if node.selection_set
        ]
        while stack:
            selection_set, times, sizes = stack.pop()
            for node in selection_set.selections:
                total += times
                if total > MAX_VALUES:
                    message = "The schema is asked for at least {value} values; {limit} are allowed."
                    raise RequestRefused(exceeded(message, round(total), MAX_VALUES))
                if isinstance(node, FragmentSpreadNode):
                    stack.append((planner.fragments[node.name.value].selection_set, times, sizes))
                elif isinstance(node, FieldNode):
                    if node.selection_set:
                        size = sizes.get(node.name.value, 1)
                        stack.append((node.selection_set, times * size, self.sizes.usual))
                else:
                    stack.append((node.selection_set, times, sizes))  # type: ignore[attr-defined]  # an inline fragment
        return round(total)

    async def answer(
        self, operation: OperationDefinitionNode, own: Groups, planner: Planner, text: str
    ) -> dict[str, Any]:
        """Return the answers by response key; a thread makes them, so that others go on. Raises RequestRefused."""
        # As they were sent: read once more, a value that has been read, such as a day, would be refused.
        sent = {name: source.value for name, source in planner.variables.sources.items()}
        variables = {name: value for name, value in sent.items() if value is not Undefined}
        key = (text, operation.name.value if operation.name else "", repr(variables))
        if known := self.kept.get(key):
            return dict(known)
        asked = OperationDefinitionNode(
            operation=OperationType.QUERY,
            variable_definitions=operation.variable_definitions,
            selection_set=SelectionSetNode(selections=tuple(node for nodes in own.values() for node in nodes)),
        )
        document = DocumentNode(definitions=(asked, *planner.fragments.values()))
        result = await asyncio.to_thread(execute_sync, self.schema, document, variable_values=variables)
        if result.errors:
            raise RequestRefused(*(coded(error, ErrorCode.INVALID) for error in result.errors))
        data = result.data or {}
        if not variables:
            self.kept.put(key, data)
        return dict(data)


def _mean(numbers: list[int]) -> float:
    return sum(numbers) / max(1, len(numbers))
