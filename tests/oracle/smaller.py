"""Makes a failing operation smaller, as long as it fails: what is left shows what matters."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)

from tests.oracle.answers import SCHEMA
from tests.oracle.trial import Operation

REMOVABLE = (ArgumentNode, DirectiveNode, FieldNode, FragmentSpreadNode, InlineFragmentNode, ObjectFieldNode)


class Without(Visitor):
    """Takes out the n-th node that can be taken out."""

    def __init__(self, number: int) -> None:
        """Count from 0."""
        super().__init__()
        self.left = number

    def enter(self, node: Node, *_: Any) -> Any:
        """Take the node out if it is its turn."""
        if not isinstance(node, REMOVABLE):
            return None
        self.left -= 1
        return REMOVE if self.left == -1 else None


class Unused(Visitor):
    """Takes out variables and fragments that nothing names."""

    def __init__(self, document: DocumentNode) -> None:
        """Note what is named."""
        super().__init__()
        self.named: set[str] = set()
        visit(document, _Names(self.named))

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> Any:
        """Take out a variable that is declared and never read."""
        return None if f"${node.variable.name.value}" in self.named else REMOVE

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> Any:
        """Take out a fragment that is never spread."""
        return None if node.name.value in self.named else REMOVE


class _Names(Visitor):
    def __init__(self, named: set[str]) -> None:
        super().__init__()
        self.named = named

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        self.named.add(node.name.value)

    def enter_variable(self, node: VariableNode, _key: Any, parent: Any, *_: Any) -> None:
        if not isinstance(parent, VariableDefinitionNode):
            self.named.add(f"${node.name.value}")


def _smaller(operation: Operation) -> Iterator[Operation]:
    """Yield valid operations that lack one thing each."""
    document = parse(operation.document)
    number = 0
    while True:
        visitor = Without(number)
        without = visit(document, visitor)
        if visitor.left >= 0:
            return
        number += 1
        for _ in range(3):  # what a fragment names is unused once the fragment is
            without = visit(without, Unused(without))
        try:
            text = print_ast(without)
            if validate(SCHEMA, parse(text)):
                continue
        except GraphQLSyntaxError:  # nothing was left between braces
            continue
        yield Operation(text, {name: value for name, value in operation.variables.items() if f"${name}" in text})


async def smallest(operation: Operation, fails: Callable[[Operation], Awaitable[str | None]]) -> Operation:
    """Return an operation that fails as well, and of which nothing can be left out."""
    while True:
        for smaller in _smaller(operation):
            if await fails(smaller):
                operation = smaller
                break
        else:
            return operation
