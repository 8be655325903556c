"""A validated operation, with its variables, becomes a plan; what exceeds the limits is refused.

All of GraphQL's execution semantics end here: fragments, aliases, directives, interfaces, merged fields. Each
field's own share is its source's, see source.py. Pure: no connection, no clock. Knows GraphQL and no SQL.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLSkipDirective,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    get_argument_values,
    get_directive_values,
    get_named_type,
    is_composite_type,
)
from graphql.execution.values import VariableValues
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema.entity import NODES
from schema.errors import ErrorCode, refusal
from schema.gathering import Gathering
from schema.limits import Limits, count_conditions, exceeded
from schema.source import Source, node_condition
from service import plan
from service.plan import Column

Groups = dict[str, list[FieldNode]]


@dataclass
class Planner:
    """Plans one operation: its fragments and variables, and what it has cost so far."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues
    limits: Limits = field(default_factory=Limits)
    planned: int = 0
    rows: int = 0
    collected: int = 0
    conditions: int = 0
    gathering: Gathering | None = None

    def operation(self, operation: OperationDefinitionNode, only: Sequence[str] | None = None) -> plan.Object:
        """Plan the query's root fields, or only those of some response keys."""
        roots = self.root_fields(operation)
        keys = roots if only is None else only
        return plan.Object(tuple((key, self.root(operation, roots[key])) for key in keys))

    def root(
        self, operation: OperationDefinitionNode, nodes: list[FieldNode], given: Any = None, multiplier: int = 1
    ) -> Any:
        """Plan one root field, a mutation's over its outcome; a subscription's gives what it follows."""
        return Request(self, self.root_type(operation), nodes, depth=1, multiplier=multiplier, given=given).planned()

    def begin(self) -> None:
        """Count anew, for another plan of the same operation."""
        self.planned = self.rows = self.collected = self.conditions = 0

    @property
    def cost(self) -> int:
        """What has been planned so far costs: a point for each field and each row that it may return."""
        return self.planned + self.rows

    def root_type(self, operation: OperationDefinitionNode) -> GraphQLObjectType:
        """Return the type that the operation starts from."""
        root = self.schema.get_root_type(operation.operation)
        assert root is not None  # noqa: S101  # validation has seen to it
        return root

    def source(self, operation: OperationDefinitionNode, name: str) -> Any:
        """Return the source of a root field."""
        return source_of(self.root_type(operation).fields[name])

    def arguments(self, operation: OperationDefinitionNode, node: FieldNode) -> dict[str, Any]:
        """Return the arguments of a root field."""
        return given_arguments(self.root_type(operation).fields[node.name.value], node, self.variables)

    def root_fields(self, operation: OperationDefinitionNode) -> Groups:
        """Return the operation's root fields by response key, merged and in order."""
        return self.collect(self.root_type(operation), [operation.selection_set])

    def collect(self, type_: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> Groups:
        """Group the fields that the selection sets ask of an object type by response key."""
        groups: Groups = {}
        visited: set[str] = set()
        for selection_set in sets:
            self._collect(type_, selection_set, groups, visited)
        return groups

    def _collect(
        self, type_: GraphQLObjectType, selection_set: SelectionSetNode, groups: Groups, visited: set[str]
    ) -> None:
        self.collected += len(selection_set.selections)
        if self.collected > self.limits.selections:
            message = (
                "The operation selects the same fields and fragments too often: at least {value} selections are to be "
                "merged; {limit} are allowed."
            )
            raise exceeded(message, self.collected, self.limits.selections)
        for node in selection_set.selections:
            if not self.included(node):
                continue
            if isinstance(node, FieldNode):
                groups.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
                continue
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in visited:
                    continue
                visited.add(node.name.value)
                fragment: FragmentDefinitionNode | InlineFragmentNode = self.fragments[node.name.value]
            else:
                assert isinstance(node, InlineFragmentNode)  # noqa: S101  # the only kind left
                fragment = node
            condition = fragment.type_condition
            if condition is None or self.applies(condition.name.value, type_):
                self._collect(type_, fragment.selection_set, groups, visited)

    def is_a(self, type_name: str, condition: str) -> bool:
        """Tell whether the named object type is, or implements, the other named type."""
        type_ = self.schema.type_map[type_name]
        return isinstance(type_, GraphQLObjectType) and self.applies(condition, type_)

    def applies(self, condition: str, type_: GraphQLObjectType) -> bool:
        """Tell whether a fragment on the named type speaks of the object type."""
        named = self.schema.type_map[condition]
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            return self.schema.is_sub_type(named, type_)
        return named is type_

    def included(self, node: SelectionNode) -> bool:
        """Tell whether @skip and @include leave the node in."""
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        if skip and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not include or bool(include["if"])


@dataclass(slots=True)
class Request:
    """One field as it was asked for, under one response key; its type and arguments are known once it is looked up."""

    planner: Planner
    parent: GraphQLObjectType
    nodes: list[FieldNode]
    depth: int
    multiplier: int
    given: Any = None
    type: GraphQLOutputType = None  # type: ignore[assignment]  # known once the field is looked up
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def limits(self) -> Limits:
        """Return the operation's limits."""
        return self.planner.limits

    @property
    def composite(self) -> bool:
        """Tell whether the field has a selection of its own."""
        return is_composite_type(get_named_type(self.type))

    def planned(self) -> plan.Node:
        """Plan the field by its source."""
        name = self.nodes[0].name.value
        if name == "__typename":
            return plan.Constant(self.parent.name)
        self.planner.planned += 1
        if self.planner.planned > self.limits.fields:
            message = "The operation selects at least {value} fields; {limit} are allowed. Ask for fewer at a time."
            raise exceeded(message, self.planner.planned, self.limits.fields, nodes=self.nodes[:1])
        if self.depth > self.limits.depth:
            message = "The selection is at least {value} fields deep; {limit} are allowed. Ask for less at a time."
            raise exceeded(message, self.depth, self.limits.depth, ErrorCode.TOO_DEEP, self.nodes[:1])
        definition = self.parent.fields[name]
        self.type = definition.type
        if definition.args:
            self.arguments = given_arguments(definition, self.nodes[0], self.planner.variables)
            if self.arguments.get("filter"):
                self.count_conditions(self.arguments["filter"])
        return source_of(definition).plan(self)

    def select(self, type_name: str | None = None, *, given: Any = None) -> plan.Object:
        """Plan what is selected below, asked of the named type or else of the field's own."""
        return next(self.select_each([given], type_name))

    def select_each(self, given: Iterable[Any], type_name: str | None = None) -> Iterator[plan.Object]:
        """Plan what is selected below over each of the objects given."""
        named = self.planner.schema.type_map[type_name] if type_name else get_named_type(self.type)
        if not isinstance(named, GraphQLObjectType):
            raise TypeError(f"{named} needs a choice of types")
        groups = self.planner.collect(named, [node.selection_set for node in self.nodes if node.selection_set])
        place = (self.depth + 1, self.multiplier)
        for each in given:
            fields = ((key, Request(self.planner, named, nodes, *place, each)) for key, nodes in groups.items())
            yield plan.Object(tuple((key, request.planned()) for key, request in fields))

    def node(self, identifier: str) -> plan.Node:
        """Plan the record that an identifier names, from the identifier alone; null if there is none."""
        type_name, table = NODES.get(identifier.partition("_")[0], (None, None))
        named = get_named_type(self.type)
        if type_name is None or table is None or not self.planner.is_a(type_name, named.name):
            return plan.Constant(None)
        if gathering := self.planner.gathering:
            return gathering.named(self.nodes, table, identifier, lambda: self.select(type_name))
        return plan.One(table, node_condition(table, plan.Value(identifier)), self.select(type_name))

    def referred(self, type_name: str, table: str, column: str) -> plan.Node:
        """Plan the record of the type that a column of the row at hand names; null if it is not visible."""
        return plan.One(table, node_condition(table, Column(column, up=1)), self.select(type_name))

    def messages(self, where: plan.Condition) -> plan.Messages:
        """Plan a subscription's messages, each a whole response, over the changes that fulfil the condition."""
        return plan.Messages(where, self.response(self.select()))

    def response(self, answer: plan.Object) -> plan.Object:
        """Plan the whole response around the answer of a root field."""
        return plan.Object((("data", plan.Object(((self.key, answer),))),))

    @property
    def key(self) -> str:
        """Return the response key."""
        node = self.nodes[0]
        return node.alias.value if node.alias else node.name.value

    def refusal(self, message: str, code: ErrorCode) -> GraphQLError:
        """Return an error at this field."""
        return refusal(message, code, self.nodes[:1])

    def count_rows(self, size: int) -> None:
        """Count the rows that a list may hold, once for each row around it; too many are refused."""
        self.planner.rows += self.multiplier * size
        if self.planner.rows > self.limits.rows:
            message = (
                "The operation may return at least {value} rows by its page sizes; {limit} are allowed. "
                "Ask for smaller pages."
            )
            raise exceeded(message, self.planner.rows, self.limits.rows, nodes=self.nodes[:1])

    def count_conditions(self, filter_: Any) -> None:
        """Count the conditions of a filter; too many in all of the operation are refused."""
        self.planner.conditions += count_conditions(filter_)
        if self.planner.conditions > self.limits.conditions:
            message = "The operation's filters hold at least {value} conditions; {limit} are allowed."
            raise exceeded(message, self.planner.conditions, self.limits.conditions, nodes=self.nodes[:1])

    def inside(self, size: int) -> "Request":
        """Return the request for what is selected in each of so many rows."""
        return replace(self, multiplier=self.multiplier * max(size, 1))


def given_arguments(definition: GraphQLField, node: FieldNode, variables: VariableValues) -> dict[str, Any]:
    """Return a field's arguments; null stands for the default, as it does in inputs."""
    given = get_argument_values(definition, node, variables)
    for name, value in given.items():
        if value is None and (default := coerce_default_value(definition.args[name])) is not Undefined:
            given[name] = default
    return given


def source_of(definition: GraphQLField) -> Source:
    """Return where the field's value comes from."""
    source: Source = definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].metadata["source"]
    return source
