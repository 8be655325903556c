"""A mutation's payload planned before anything is written: nothing is written whose answer would then be refused.

Knows what an outcome looks like, and makes one up. What was rehearsed once is not rehearsed again.
"""

from typing import Any

from graphql import GraphQLObjectType, OperationDefinitionNode, get_named_type

from schema.document import Kept
from schema.entity import NODES
from schema.mutation import BatchSource
from schema.planner import Groups, Planner, source_of
from schema.source import GivenRecordSource
from service.batch import Batch
from service.errors import Refusal, UserErrorCode
from service.plan import Object
from service.recording import Outcome
from service.sql import write

KEPT = 1_000
ANY_RECORD = "agr_0"


class Rehearsals:
    """Plans the payloads of mutations."""

    def __init__(self) -> None:
        """Remember which were planned, and what they cost."""
        self.kept: Kept[tuple[str, str | None, int], int] = Kept(KEPT)

    def rehearse(
        self,
        planner: Planner,
        operation: OperationDefinitionNode,
        roots: Groups,
        arguments: dict[str, dict[str, Any]],
        text: str,
    ) -> int:
        """Return what the payloads cost. Raises GraphQLError where one would be refused, as if it were asked for."""
        inputs = sum(count_inputs(given) for given in arguments.values())
        key = (text, operation.name.value if operation.name else None, inputs)
        if (known := self.kept.get(key)) is not None:
            return known
        planner.begin()
        for response_key, nodes in roots.items():
            if response_key in arguments:
                source, times = planner.source(operation, nodes[0].name.value), count_inputs(arguments[response_key])
                outcome = _made_up(planner, operation, nodes[0].name.value)
                given = Batch((outcome,)) if isinstance(source, BatchSource) else outcome
                payload = planner.root(operation, nodes, given=given, multiplier=times)
                write(Object(((response_key, payload),)))
        if not _depends_on_variables(planner, roots, text):
            self.kept.put(key, planner.cost)
        return planner.cost


def count_inputs(arguments: dict[str, Any]) -> int:
    """Return how many inputs a mutation is given."""
    inputs = arguments.get("inputs")
    return max(1, len(inputs)) if isinstance(inputs, list) else 1


def _made_up(planner: Planner, operation: OperationDefinitionNode, name: str) -> Outcome:
    """Return an outcome that has everything that an outcome can have."""
    payload = get_named_type(planner.root_type(operation).fields[name].type)
    subject = ANY_RECORD
    if isinstance(payload, GraphQLObjectType):
        for field in payload.fields.values():
            if isinstance(source_of(field), GivenRecordSource):
                named = get_named_type(field.type).name
                subject = next((f"{prefix}_0" for prefix, (type_, _) in NODES.items() if type_ == named), ANY_RECORD)
    refusal = Refusal(UserErrorCode.INVALID, "", (), (ANY_RECORD,))
    return Outcome(subject, "", refusals=(refusal,))


def _depends_on_variables(planner: Planner, roots: Groups, text: str) -> bool:
    """Tell whether what is selected may differ from one request of the document to the next."""
    sets = [node.selection_set for nodes in roots.values() for node in nodes]
    sets += [fragment.selection_set for fragment in planner.fragments.values()]
    return any("$" in _written(each, text) for each in sets if each is not None) or any(
        node.directives for nodes in roots.values() for node in nodes
    )


def _written(node: Any, text: str) -> str:
    return text[node.loc.start : node.loc.end] if node.loc else "$"
