"""Documents that cost the most that their size allows, each of a kind; every one must be refused for little."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Bomb:
    """A kind of document that grows with a number: how it is written, how large it must be, and what it is told."""

    name: str
    write: Callable[[int], str]
    size: int
    code: str
    told: str
    grows: bool = True
    """Whether it can be made half as large and still be refused for the same reason."""


def repeated(part: str, times: int) -> str:
    return part * times


def fragment_fan_out(depth: int) -> str:
    """Fragments that each spread the next one twice: two to the power of the depth, if they were followed."""
    each = "".join(
        f" fragment F{n} on Event {{ a{n % 2}: partOf {{ ...F{n + 1} }} b{n % 2}: partOf {{ ...F{n + 1} }} }}"
        for n in range(depth)
    )
    return f'{{ event(id: "evt_1") {{ ...F0 }} }}{each} fragment F{depth} on Event {{ id }}'


def unaliased_fan_out(depth: int) -> str:
    """The same without aliases: every spread merges with the others."""
    each = "".join(
        f" fragment F{n} on Event {{ partOf {{ ...F{n + 1} }} parts {{ ...F{n + 1} }} }}" for n in range(depth)
    )
    return f'{{ event(id: "evt_1") {{ ...F0 }} }}{each} fragment F{depth} on Event {{ id }}'


def fragment_pairs(number: int) -> str:
    """Fragments that all select the same, spread side by side: every pair is compared."""
    spreads = " ".join(f"...F{n}" for n in range(number))
    return f'{{ node(id: "a") {{ {spreads} }} }}' + "".join(
        f" fragment F{n} on City {{ id name }}" for n in range(number)
    )


def fragment_chain(length: int) -> str:
    """Fragments that each spread the next one, beside a field of theirs."""
    each = "".join(f" fragment F{n} on City {{ id ...F{n + 1} }}" for n in range(length))
    return f'{{ node(id: "a") {{ ...F0 }} }}{each} fragment F{length} on City {{ id }}'


def merged_below(width: int) -> str:
    """Many fields of one response key, each with many below."""
    inner = "id " * width
    return "{ " + f'node(id: "a") {{ {inner}}} ' * width + "}"


def deep(depth: int) -> str:
    return '{ event(id: "evt_1") ' + "{ partOf " * depth + "{ id }" + " }" * (depth + 1)


def pages_of_pages(depth: int) -> str:
    inner = "agreements(first: 100) { nodes { event { " * depth + "id" + " } } }" * depth
    return f"{{ cities(first: 100) {{ nodes {{ {inner} }} }} }}"


def many_fields(depth: int) -> str:
    """Fields that fragments multiply beyond what a document could hold, within the aliases and the depth allowed."""
    names = "id name kind status startsOn endsOn mode venue description version"
    fragments = "".join(
        f" fragment F{n} on Event {{ a: partOf {{ ...F{n + 1} }} b: partOf {{ ...F{n + 1} }} }}" for n in range(depth)
    )
    return f'{{ event(id: "evt_1") {{ ...F0 }} }}{fragments} fragment F{depth} on Event {{ {names} }}'


def introspection(width: int) -> str:
    """The schema's types over and over, under other names."""
    part = "types { name fields { name type { name kind ofType { name } } args { name type { name } } } }"
    return "{ __schema { " + " ".join(f"a{n}: {part}" for n in range(width)) + " } }"


def aliases(number: int) -> str:
    return "{ " + " ".join(f"a{n}: feedCursor" for n in range(number)) + " }"


def strings(number: int) -> str:
    return '{ search(text: "' + "a b " * number + '") { edges { cursor } } }'


def conditions(number: int) -> str:
    some = '{party: {city: {name: {equals: "a"}}}} ' * number
    return f"{{ agreements(filter: {{or: [{some}]}}) {{ totalCount }} }}"


def suggestions(number: int) -> str:
    fragments = " ".join(f"... on AgreementConnectio{n:03} {{ id }}" for n in range(number))
    return f'{{ node(id: "a") {{ {fragments} }} }}'


BOMBS = [
    Bomb("characters", lambda n: "{ feedCursor }" + " " * n, 16_000, "TOO_COSTLY", "characters", grows=False),
    Bomb("comments", lambda n: "{ feedCursor } " + "#\n" * n, 4_000, "TOO_COSTLY", "tokens"),
    Bomb("tokens", lambda n: "{ " + "feedCursor " * n + "}", 20_000, "TOO_COSTLY", "characters", grows=False),
    Bomb("fields of one name", lambda n: "{ " + "countries { code } " * n + "}", 480, "TOO_COSTLY", "again"),
    Bomb("leaves of one name", lambda n: "{ countries { " + "code " * n + "} }", 1_900, "TOO_COSTLY", "again"),
    Bomb("type names", lambda n: "{ " + "__typename " * n + "}", 1_300, "TOO_COSTLY", "again"),
    Bomb("merged below", merged_below, 36, "TOO_COSTLY", "again", grows=False),
    Bomb("fragment pairs", fragment_pairs, 150, "TOO_COSTLY", "merges"),
    Bomb("fragment chain", fragment_chain, 220, "TOO_COSTLY", "nests"),
    Bomb("fragment fan-out", fragment_fan_out, 15, "TOO_DEEP", "deep"),
    Bomb("fan-out without aliases", unaliased_fan_out, 80, "TOO_DEEP", "deep"),
    Bomb("fields by fragments", many_fields, 9, "TOO_COSTLY", "fields", grows=False),
    Bomb(
        "aliases", lambda n: "{ " + " ".join(f"a{k}: feedCursor" for k in range(n)) + " }", 600, "TOO_COSTLY", "alias"
    ),
    Bomb("directives", lambda n: "{ feedCursor " + "@include(if: true) " * n + "}", 270, "TOO_COSTLY", "directives"),
    Bomb(
        "operations", lambda n: " ".join(f"query Q{k} {{ feedCursor }}" for k in range(n)), 390, "TOO_COSTLY", "operat"
    ),
    Bomb("depth", deep, 190, "TOO_DEEP", "deep"),
    Bomb("nesting", lambda n: "{ " + "a { " * n + "b" + " }" * (n + 1), 900, "TOO_DEEP", "nested"),
    Bomb("nested lists", lambda n: "{ nodes(ids: " + "[" * n + "]" * n + ") { id } }", 900, "TOO_DEEP", "nested"),
    Bomb("rows", pages_of_pages, 2, "TOO_COSTLY", "rows", grows=False),
    Bomb("introspection", introspection, 30, "TOO_COSTLY", "values"),
    Bomb("conditions", conditions, 110, "TOO_COSTLY", "conditions", grows=False),
    Bomb("unknown types", suggestions, 60, "VALIDATION_FAILED", "Unknown type"),
    Bomb("suggestions", suggestions, 1, "VALIDATION_FAILED", "Did you mean", grows=False),
    Bomb(
        "unknown fields",
        lambda n: "{ " + " ".join(f"agreementz{k}" for k in range(n)) + " }",
        900,
        "VALIDATION_FAILED",
        "Cannot query",
    ),
    Bomb(
        "unknown arguments",
        lambda n: "{ cities(" + " ".join(f"filtez{k}: 1" for k in range(n)) + ") { totalCount } }",
        600,
        "VALIDATION_FAILED",
        "Unknown argument",
    ),
    Bomb(
        "variables",
        lambda n: "query(" + " ".join(f"$v{k}: Int" for k in range(n)) + ") { feedCursor }",
        480,
        "VALIDATION_FAILED",
        "never used",
    ),
    Bomb(
        "strings", lambda n: '{ search(text: "' + "a b " * n + '") { edges { cursor } } }', 3_600, "INVALID", "allowed"
    ),
]


@dataclass(frozen=True)
class Body:
    """A body that is hostile by what stands beside its document, or before it is one: what it is told."""

    name: str
    write: Callable[[], bytes]
    code: str


NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
FILTERED = "query ($f: AgreementFilter) { agreements(filter: $f) { totalCount } }"
SEARCHED = "query ($t: String!) { search(text: $t) { edges { cursor } } }"


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"not": value}
    return value


def with_variables(name: str, document: str, variables: Any, code: str = "TOO_COSTLY") -> Body:
    """Return a body with variables; they are made when it is written."""
    return Body(f"variables: {name}", lambda: json.dumps({"query": document, "variables": variables}).encode(), code)


BODIES = [
    with_variables("a long list", NODES, {"ids": ["a"] * 10_001}),
    with_variables("lists of lists", NODES, {"ids": [["a"] * 100] * 400}),
    with_variables("many", NODES, {f"v{n}": 1 for n in range(15_000)}),
    with_variables("nested deeply", FILTERED, {"f": nested(900)}, "TOO_DEEP"),
    with_variables("conditions", FILTERED, {"f": {"or": [{"title": {"equals": "a"}}] * 1_000}}),
    with_variables("conditions of conditions", FILTERED, {"f": {"or": [{"and": [{"title": {}}] * 10}] * 300}}),
    with_variables("wrong values", NODES, {"ids": [{}] * 4_900}, "INVALID"),
    with_variables("a long text", SEARCHED, {"t": "a b " * 60_000}, "INVALID"),
    Body("body: too long", lambda: b" " * 300_000, "TOO_LARGE"),
    Body("body: nested JSON", lambda: b'{"query": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "BAD_REQUEST"),
    Body("body: a long number", lambda: b'{"query": ' + b"9" * 200_000 + b"}", "BAD_REQUEST"),
    Body("body: many keys", lambda: json.dumps({f"k{n}": n for n in range(14_000)}).encode(), "BAD_REQUEST"),
]
