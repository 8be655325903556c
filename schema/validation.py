"""Validation: graphql-core's rules, those that can speak of a document at all, in one walk.

A rule about variables has nothing to say where no $ stands, nor one about directives without an @. Looking for the
sign costs nothing; a rule that finds nothing visits every node all the same. The walk calls, at each node, what some
rule has to say of its kind and no more, and leaves names and descriptions out, of which no rule speaks: a document
that was never seen before is checked in half of the time. Knows graphql-core's rules by name.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from graphql import (
    BREAK,
    SKIP,
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    TypeInfo,
    ValidationContext,
    Visitor,
    specified_rules,
)
from graphql.language.ast import QUERY_DOCUMENT_KEYS
from graphql.pyutils import RefMap
from graphql.validation.validate import FragmentNestingVisitor, ValidationAbortedError
from graphql.validation.validation_context import VariableUsage, VariableUsageVisitor

# The sign without which none of these rules can find anything; a sign inside a text only keeps a rule in.
SIGNS = {
    "$": {
        "UniqueVariableNamesRule",
        "VariablesAreInputTypesRule",
        "NoUndefinedVariablesRule",
        "NoUnusedVariablesRule",
        "VariablesInAllowedPositionRule",
    },
    "@": {
        "KnownDirectivesRule",
        "UniqueDirectivesPerLocationRule",
        "DeferStreamDirectiveOnRootField",
        "DeferStreamDirectiveOnValidOperationsRule",
        "DeferStreamDirectiveLabel",
        "StreamDirectiveOnListField",
    },
    "...": {"KnownFragmentNamesRule", "PossibleFragmentSpreadsRule"},
    "fragment": {"UniqueFragmentNamesRule", "NoUnusedFragmentsRule", "NoFragmentCyclesRule"},
    "subscription": {"SingleFieldSubscriptionsRule"},
    "__": {"MaxIntrospectionDepthRule"},
}
_SIGN = {rule: sign for sign, rules in SIGNS.items() for rule in rules}


def rules_for(text: str) -> list[type[ASTValidationRule]]:
    """Return the rules that a document is to be checked by."""
    absent = {sign for sign in SIGNS if sign not in text}
    return [rule for rule in specified_rules if _SIGN.get(rule.__name__) not in absent]


BELOW = {
    kind: tuple(key for key in keys if key not in ("name", "alias", "description"))
    for kind, keys in QUERY_DOCUMENT_KEYS.items()
}
ABORTED = "Validation aborted."


def validated(
    schema: GraphQLSchema, document: DocumentNode, text: str, most: int, *, hints: bool = True
) -> list[GraphQLError]:
    """Return what the rules find wrong with the document; the last error tells where they gave up.

    Hints say what a misspelt name may have meant.
    """
    errors: list[GraphQLError] = []

    def note(error: GraphQLError) -> None:
        if len(errors) == most:
            raise ValidationAbortedError(f"Too many validation errors, error limit reached. {ABORTED}")
        errors.append(error)

    context = Context(schema, document, TypeInfo(schema), note, not hints)
    visitors: list[Visitor] = [rule(context) for rule in rules_for(text)]
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    try:
        if fragments:
            visitors.insert(0, FragmentNestingVisitor(fragments))
        Walk(context.types, visitors).walk(document)
    except ValidationAbortedError as error:
        errors.append(error.with_traceback(None))
    except RecursionError:
        errors.append(GraphQLError(ABORTED))
    return errors


class Context(ValidationContext):
    """What the rules share: it remembers by the node itself, where comparing nodes would look through all of it."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, types: TypeInfo, *given: Any) -> None:
        """Remember nothing yet."""
        super().__init__(schema, document, types, *given)
        self.types = types
        self._fragment_spreads = RefMap()  # type: ignore[assignment]  # used as a dict is
        self._variable_usages = RefMap()  # type: ignore[assignment]
        self._recursive_variable_usages = RefMap()  # type: ignore[assignment]

    def get_variable_usages(self, node: Any) -> list[VariableUsage]:
        """Return where an operation or a fragment uses variables."""
        usages: list[VariableUsage] | None = self._variable_usages.get(node)
        if usages is None:
            visitor = VariableUsageVisitor(self.types, node if isinstance(node, FragmentDefinitionNode) else None)
            Walk(self.types, [visitor]).walk(node)
            usages = self._variable_usages[node] = visitor.usages
        return usages


Call = Callable[..., Any]


@cache
def methods(visitors: tuple[type[Visitor], ...], kind: str) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Return which visitors, by their places, have something to say where a node is entered and left, and by what."""

    def named(way: str) -> list[tuple[int, str]]:
        first = (next((name for name in (f"{way}_{kind}", way) if hasattr(of, name)), "") for of in visitors)
        return [(at, name) for at, name in enumerate(first) if name]

    return named("enter"), named("leave")


class Calls(NamedTuple):
    """What is called at a node of some kind, each visitor's by its place among them, and where nodes lie below."""

    enter: list[tuple[int, Call]]
    leave: list[tuple[int, Call]]
    enter_type: Call | None
    leave_type: Call | None
    below: tuple[str, ...]


class Walk:
    """Leads visitors through a tree that they do not change; each may skip what is below a node, or stop."""

    def __init__(self, types: TypeInfo, visitors: Sequence[Visitor]) -> None:
        """Start above the tree."""
        self.types, self.visitors = types, visitors
        self.kinds: dict[str, Calls] = {}
        self.absent: dict[int, Node | None] = {}
        """Visitors that do not look, until the node is left again; None until the end."""
        self.ancestors: list[Any] = []

    def calls(self, kind: str) -> Calls:
        """Return what is called at nodes of a kind."""
        enter, leave = (
            [(at, getattr(self.visitors[at], name)) for at, name in named]
            for named in methods(tuple(map(type, self.visitors)), kind)
        )
        enter_type, leave_type = (getattr(self.types, f"{way}_{kind}", None) for way in ("enter", "leave"))
        return self.kinds.setdefault(kind, Calls(enter, leave, enter_type, leave_type, BELOW.get(kind, ())))

    def walk(self, node: Node, key: Any = None, parent: Any = None) -> None:
        """Enter a node, walk what is below, and leave it."""
        calls, absent, ancestors = self.kinds.get(node.kind) or self.calls(node.kind), self.absent, self.ancestors
        if calls.enter_type:
            calls.enter_type(node)
        skipped = False
        for at, call in calls.enter:
            if at not in absent and (answer := call(node, key, parent, [], ancestors)) is not None:
                absent[at] = node if answer is SKIP or answer is False else None
                skipped = True
        if calls.below:
            self.walk_below(node, parent, calls.below)
        for at, call in calls.leave:
            if at not in absent and call(node, key, parent, [], ancestors) in (BREAK, True):
                absent[at] = None
        if skipped:
            for at in [at for at, until in absent.items() if until is node]:
                del absent[at]
        if calls.leave_type:
            calls.leave_type()

    def walk_below(self, node: Node, parent: Any, keys: tuple[str, ...]) -> None:
        """Walk what the attributes of a node hold: nodes, or lists of nodes."""
        ancestors = self.ancestors
        if parent is not None:
            ancestors.append(parent)
        for key in keys:
            below = getattr(node, key)
            if isinstance(below, tuple):
                ancestors.append(node)
                for at, each in enumerate(below):
                    self.walk(each, at, below)
                ancestors.pop()
            elif below is not None:
                self.walk(below, key, node)
        if parent is not None:
            ancestors.pop()
