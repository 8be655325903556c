"""Documents: parsed and validated once, and kept for as long as they are asked for again.

Knows GraphQL's syntax and rules, and no plan. What is kept is bounded, and holds valid documents only.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    validate,
)
from graphql.execution.values import VariableValues

from schema.errors import ErrorCode, coded, refusal
from schema.validation import rules_for
from schema.variables import Variables

MAX_CHARACTERS = 15_000
MAX_TOKENS = 2_000
MAX_ERRORS = 20

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The values used most recently, so many at most."""

    def __init__(self, size: int) -> None:
        """Keep so many."""
        self.size = size
        self.values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return the value kept under the key, which then counts as just used."""
        value = self.values.get(key)
        if value is not None:
            self.values.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep the value; the one unused for longest makes room."""
        self.values[key] = value
        if len(self.values) > self.size:
            self.values.popitem(last=False)


class RequestRefused(Exception):  # noqa: N818 (an answer, not a fault)
    """The request is refused before anything is executed."""

    def __init__(self, *errors: GraphQLError) -> None:
        """Keep the errors in the order in which they were found."""
        self.errors = errors
        super().__init__("; ".join(error.message for error in errors))


@dataclass(frozen=True)
class Document:
    """A valid document: its operations by name, in order, and its fragments."""

    operations: tuple[OperationDefinitionNode, ...]
    fragments: dict[str, FragmentDefinitionNode]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation of the name; without a name, the only one. Raises RequestRefused."""
        if name is None:
            if len(self.operations) == 1:
                return self.operations[0]
            raise RequestRefused(
                refusal("Give operationName: the document holds several operations.", ErrorCode.OPERATION_UNKNOWN)
                if self.operations
                else refusal("The document holds no operation.", ErrorCode.OPERATION_UNKNOWN)
            )
        for operation in self.operations:
            if operation.name and operation.name.value == name:
                return operation
        raise RequestRefused(refusal(f'The document holds no operation "{name}".', ErrorCode.OPERATION_UNKNOWN))


class Documents:
    """Reads documents against a schema."""

    def __init__(self, schema: GraphQLSchema, kept: int = 1_000) -> None:
        """Keep so many valid documents."""
        self.schema, self.reader = schema, Variables(schema)
        self.kept: Kept[str, Document] = Kept(kept)

    def read(self, text: str) -> Document:
        """Return the document, valid. Raises RequestRefused."""
        if known := self.kept.get(text):
            return known
        if len(text) > MAX_CHARACTERS:
            message = f"The document has {len(text)} characters; {MAX_CHARACTERS} are allowed."
            raise RequestRefused(refusal(message, ErrorCode.TOO_COSTLY))
        try:
            node = parse(text, max_tokens=MAX_TOKENS)
        except GraphQLSyntaxError as error:
            raise RequestRefused(coded(error, ErrorCode.PARSE_FAILED)) from None
        except RecursionError:
            raise RequestRefused(refusal("The document is nested too deeply.", ErrorCode.TOO_DEEP)) from None
        if errors := validate(self.schema, node, rules_for(text), max_errors=MAX_ERRORS):
            raise RequestRefused(*(coded(error, ErrorCode.VALIDATION_FAILED) for error in errors))
        document = Document(
            tuple(each for each in node.definitions if isinstance(each, OperationDefinitionNode)),
            {each.name.value: each for each in node.definitions if isinstance(each, FragmentDefinitionNode)},
        )
        self.kept.put(text, document)
        return document

    def variables(self, operation: OperationDefinitionNode, given: dict[str, Any]) -> VariableValues:
        """Return the operation's variables as the schema reads them. Raises RequestRefused."""
        values = self.reader.read(operation.variable_definitions or (), given)
        if isinstance(values, list):
            raise RequestRefused(*(coded(error, ErrorCode.INVALID) for error in values))
        return values
