"""Documents: parsed and validated once, and kept for as long as they are asked for again.

Knows GraphQL's syntax and rules, and no plan. What is kept is bounded, and holds valid documents only.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
)
from graphql.execution.values import VariableValues
from graphql.validation.rules import overlapping_fields_can_be_merged as merging

from schema.errors import ErrorCode, coded, refusal
from schema.limits import Limits, check_document, exceeded
from schema.validation import ABORTED, validated
from schema.variables import MAX_ERRORS, MAX_HINTED_ERRORS, Variables

# Whether fields of one response key can be merged is found by comparing pairs, and pairs of what is below them.
# What people write takes some hundreds; the rule gives up, by the switch that it offers for this, beyond:
merging.MAX_COMPLEXITY_BUDGET = 4_000
# A syntax tree takes a hundred bytes a character.
KEPT_CHARACTERS = 300_000
# Documents of which is remembered that they were read, at a hundred bytes each.
REMEMBERED = 10_000

K = TypeVar("K")
V = TypeVar("V")


def _one(key: Any, value: Any) -> int:
    return 1


class Kept(Generic[K, V]):
    """The values used most recently, of so much weight at most; each weighs one unless told."""

    def __init__(self, size: int, weigh: Callable[[K, V], int] = _one) -> None:
        """Keep so much."""
        self.size, self.weigh = size, weigh
        self.weight = 0
        self.values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return the value kept under the key, which then counts as just used."""
        value = self.values.get(key)
        if value is not None:
            self.values.move_to_end(key)
        return value

    def clear(self) -> None:
        """Keep nothing."""
        self.values.clear()
        self.weight = 0

    def put(self, key: K, value: V) -> None:
        """Keep the value; those unused for longest make room."""
        if (before := self.values.pop(key, None)) is not None:
            self.weight -= self.weigh(key, before)
        self.values[key] = value
        self.weight += self.weigh(key, value)
        while self.weight > self.size:
            oldest, dropped = self.values.popitem(last=False)
            self.weight -= self.weigh(oldest, dropped)


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

    def __init__(self, schema: GraphQLSchema, limits: Limits | None = None, kept: int = KEPT_CHARACTERS) -> None:
        """Keep valid documents of so many characters together."""
        self.schema, self.limits, self.reader = schema, limits or Limits(), Variables(schema)
        self.kept: Kept[str, Document] = Kept(kept, lambda text, _: len(text))
        self.seen: Kept[int, bool] = Kept(REMEMBERED)
        self.last: tuple[str, Document] | None = None

    def knows(self, text: str) -> bool:
        """Tell whether the document was read before."""
        return text in self.kept.values or (self.last is not None and self.last[0] == text)

    def read(self, text: str, *, hints: bool = True) -> Document:
        """Return the document, valid. Raises RequestRefused; hints say what a misspelt name may have meant."""
        if known := self.kept.get(text):
            return known
        if self.last and self.last[0] == text:  # one request may have to read it twice
            return self.last[1]
        document = self.check(text, self.parse(text), hints=hints)
        # Kept from the second time on: a client that writes a document for each page would push out what others ask
        # again and again, and the collector of garbage would go through trees that nobody needs.
        if self.seen.get(hash(text)):
            self.kept.put(text, document)
        else:
            self.seen.put(hash(text), True)
            self.last = text, document
        return document

    def check(self, text: str, node: DocumentNode, *, hints: bool = True) -> Document:
        """Return the document that was parsed from the text, valid. Raises RequestRefused."""
        if errors := validated(self.schema, node, text, MAX_ERRORS, hints=False):
            if hints and len(errors) <= MAX_HINTED_ERRORS:
                errors = validated(self.schema, node, text, MAX_ERRORS)
            raise RequestRefused(*(_invalid(error) for error in errors))
        return Document(
            tuple(each for each in node.definitions if isinstance(each, OperationDefinitionNode)),
            {each.name.value: each for each in node.definitions if isinstance(each, FragmentDefinitionNode)},
        )

    def parse(self, text: str) -> DocumentNode:
        """Return the document's syntax tree, within the limits. Raises RequestRefused."""
        if len(text) > self.limits.characters:
            message = "The document has {value} characters; {limit} are allowed."
            raise RequestRefused(exceeded(message, len(text), self.limits.characters))
        try:
            node = parse(text, max_tokens=self.limits.tokens)
            check_document(node, self.limits)
        except GraphQLSyntaxError as error:
            if "tokens" in error.message and "Parsing aborted" in error.message:
                message = "The document has more than {limit} tokens."
                raise RequestRefused(exceeded(message, self.limits.tokens + 1, self.limits.tokens)) from None
            code = ErrorCode.TOO_DEEP if "nested too deeply" in error.message else ErrorCode.PARSE_FAILED
            raise RequestRefused(coded(error, code)) from None
        except GraphQLError as error:
            raise RequestRefused(error) from None
        _unlink(node)
        return node

    def variables(
        self, operation: OperationDefinitionNode, given: dict[str, Any], *, hints: bool = True
    ) -> VariableValues:
        """Return the operation's variables as the schema reads them. Raises RequestRefused."""
        values = self.reader.read(operation.variable_definitions or (), given, hints=hints)
        if isinstance(values, list):
            raise RequestRefused(*(coded(error, ErrorCode.INVALID) for error in values))
        return values


def _unlink(node: DocumentNode) -> None:
    """Take a document's tokens apart, which name each other: else the tree goes only when garbage is collected."""
    token = node.loc.start_token if node.loc else None
    while token:
        token.prev, token.next, token = None, None, token.next


def _invalid(error: GraphQLError) -> GraphQLError:
    """Give an error of validation its code; one that says that the rules gave up says what to do."""
    if error.message == ABORTED:
        message = "The document merges or nests too many fields and fragments to be checked; ask for less at a time."
        return refusal(message, ErrorCode.TOO_COSTLY)
    return coded(error, ErrorCode.VALIDATION_FAILED)
