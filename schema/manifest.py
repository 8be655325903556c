"""A manifest of trusted documents, made of the files that an application keeps its documents in.

Knows files' texts and fragments that one file borrows from another. What a document may say is known by document.py.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    Visitor,
    VisitorAction,
    parse,
    visit,
)

from schema.document import Documents, RequestRefused


class ManifestError(Exception):
    """A file's text is no document that can be trusted; says where."""


@dataclass
class Fragment:
    """A fragment, its text, and the fragments that it spreads."""

    file: str
    text: str
    spreads: set[str] = field(default_factory=set)


def make_manifest(files: Mapping[str, str], documents: Documents) -> dict[str, str]:
    """Return the documents of files by their SHA-256, each whole: with the fragments that other files define.

    A file without an operation only lends its fragments. A document that needs none of another file is its file's
    text as it stands, which is what a client sends. Raises ManifestError.
    """
    trees = {file: _parsed(file, text) for file, text in files.items()}
    fragments: dict[str, Fragment] = {}
    for file, tree in trees.items():
        for definition in tree.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                name = definition.name.value
                if name in fragments:
                    raise ManifestError(f"{file}: the fragment {name} is defined in {fragments[name].file} as well")
                fragments[name] = Fragment(file, _text(definition, files[file]), spread_in(definition))
    manifest: dict[str, str] = {}
    for file, tree in trees.items():
        if any(isinstance(definition, OperationDefinitionNode) for definition in tree.definitions):
            borrowed = sorted(name for name in reached(spread_in(tree), fragments) if fragments[name].file != file)
            text = "\n\n".join((files[file], *(fragments[name].text for name in borrowed)))
            try:
                documents.read(text)
            except RequestRefused as refused:
                raise ManifestError(_located(file, refused.errors[0])) from None
            manifest[hashlib.sha256(text.encode()).hexdigest()] = text
    return manifest


def spread_in(node: Node) -> set[str]:
    """Return the names of the fragments that are spread in a syntax tree."""
    names: set[str] = set()

    class Spreads(Visitor):
        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: object) -> VisitorAction:
            names.add(spread.name.value)
            return None

    visit(node, Spreads())
    return names


def reached(names: set[str], fragments: Mapping[str, Fragment]) -> Iterator[str]:
    """Yield the fragments that are known, of those named and of those that they spread."""
    seen: set[str] = set()
    waiting = [*names]
    while waiting:
        name = waiting.pop()
        if name in fragments and name not in seen:
            seen.add(name)
            waiting += fragments[name].spreads
            yield name


def _parsed(file: str, text: str) -> DocumentNode:
    try:
        return parse(text)
    except GraphQLError as error:
        raise ManifestError(_located(file, error)) from None


def _text(node: FragmentDefinitionNode, text: str) -> str:
    return text[node.loc.start : node.loc.end] if node.loc else ""


def _located(file: str, error: GraphQLError) -> str:
    line = f":{error.locations[0].line}" if error.locations else ""
    return f"{file}{line}: {error.message}"
