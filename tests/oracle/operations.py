"""Random operations over the whole schema, generically from its SDL, with values that the data hold.

An operation is valid by construction: under one response key, the same field with the same arguments is asked
for, or of types that exclude each other, fields of one shape.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value
from hypothesis import strategies as st

from tests.oracle.answers import SCHEMA
from tests.oracle.lists import order_name
from tests.oracle.search import search_name
from tests.oracle.trial import Operation
from tests.oracle.values import Values

Fielded = GraphQLObjectType | GraphQLInterfaceType
Composite = Fielded | GraphQLUnionType
MAX_TOKENS = 1_800  # the service reads 2,000
MAX_DEPTH = 8
MAX_FIELDS = 24
MAX_ROWS = 4_000  # an estimate: what the answer of one list may hold by its page sizes
LIST_ROWS = 10
ALIASES = ("a", "b", "id", "name", "nodes", "_", "x" * 63)


@dataclass
class Scope:
    """What is selected under one path of the answer, by response key."""

    keys: dict[str, list["Chosen"]] = field(default_factory=dict)


@dataclass
class Chosen:
    """A field as it was selected once: of which type, with which arguments, and what is selected below it."""

    parent: Fielded
    name: str
    arguments: str
    rows: int
    scope: Scope

    @property
    def definition(self) -> GraphQLField:
        """Return the field's definition."""
        found: GraphQLField = self.parent.fields[self.name]
        return found


class Generator:
    """Makes one operation."""

    def __init__(self, random: Random, values: Values) -> None:
        """Start with nothing declared."""
        self.random, self.values = random, values
        self.declared: list[str] = []
        self.variables: dict[str, Any] = {}
        self.fragments: dict[str, tuple[Composite, str]] = {}
        self.fields = 0
        self.aliases = 0

    def operation(self) -> Operation:
        """Return the operation."""
        assert SCHEMA.query_type
        selected = self.selection(SCHEMA.query_type, Scope(), 1, 1)
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        fragments = [f"fragment {name} on {type_.name} {text}" for name, (type_, text) in self.fragments.items()]
        self.random.shuffle(parts := [f"query Q{declared} {selected}", *fragments])
        return Operation("\n".join(parts), self.variables)

    def chance(self, share: float) -> bool:
        """Tell, at random, yes for this share."""
        return self.random.random() < share

    # ── selections ────────────────────────────────────────────────────────────────────────────────────────

    def selection(self, type_: Composite, scope: Scope, depth: int, rows: int) -> str:
        """Return a selection set on the type."""
        most = 4 if self.fields < MAX_FIELDS else 1
        parts = [self.selected(type_, scope, depth, rows) for _ in range(self.random.randint(1, most))]
        return "{ " + " ".join(parts) + " }"

    def selected(self, type_: Composite, scope: Scope, depth: int, rows: int) -> str:
        """Return one selection on the type."""
        way = self.random.random()
        if isinstance(type_, GraphQLUnionType):  # has no fields of its own
            return (
                self.fragment(type_, scope, depth, rows)
                if way < 0.9 and depth < MAX_DEPTH
                else self.typename(type_, scope)
            )
        if way < 0.06:
            return self.typename(type_, scope)
        if way < 0.16 and scope.keys:
            return self.again(type_, scope, depth, rows)
        if way < 0.30 and depth < MAX_DEPTH:
            return self.fragment(type_, scope, depth, rows)
        return self.new(type_, scope, depth, rows)

    def typename(self, type_: Composite, scope: Scope) -> str:
        """Return __typename, or of the root the schema as well."""
        if type_ is SCHEMA.query_type and self.chance(0.2):
            self.aliases += 1
            return f"s{self.aliases}: __schema {{ queryType {{ name kind }} }}"
        if "__typename" not in scope.keys and self.chance(0.8):
            return f"__typename{self.directives()}"
        self.aliases += 1
        return f"t{self.aliases}: __typename"

    def new(self, type_: Fielded, scope: Scope, depth: int, rows: int) -> str:
        """Return a field of the type under a key that does not clash with those already chosen."""
        self.fields += 1
        name = self.random.choice(self.offered(type_, depth, rows))
        definition = type_.fields[name]
        arguments, inside = self.arguments(definition, rows)
        made = Chosen(type_, name, arguments, inside, Scope())
        key = name if self.chance(0.75) else self.random.choice(ALIASES)
        if not all(_agree(made, other) for other in scope.keys.get(key, ())):
            self.aliases += 1
            key = f"k{self.aliases}"
        for other in scope.keys.get(key, ()):
            made.scope = other.scope
        scope.keys.setdefault(key, []).append(made)
        return self.field(key, made, depth)

    def offered(self, type_: Fielded, depth: int, rows: int) -> list[str]:
        """Return the fields to choose from: fewer of those that have fields, and none where it would be too much."""
        names = list(type_.fields)
        leaves = [name for name in names if is_leaf_type(get_named_type(type_.fields[name].type))]
        composite = [name for name in names if name not in leaves]
        if type_ is SCHEMA.query_type:
            return names
        if depth >= MAX_DEPTH or self.fields >= MAX_FIELDS:
            return leaves or composite
        if rows > MAX_ROWS:
            composite = [n for n in composite if not _is_list(type_.fields[n])] or composite[: not leaves]
        if type_.name.endswith(("Connection", "Edge")) and composite:
            return composite if self.chance(0.7) else names
        return self.random.choice([leaves or composite, composite or leaves])

    def again(self, type_: Fielded, scope: Scope, depth: int, rows: int) -> str:
        """Return a field that was chosen before under its key, with another selection below."""
        key = self.random.choice(list(scope.keys))
        chosen = self.random.choice(scope.keys[key])
        same = type_.fields.get(chosen.name)
        if same is None or str(same.type) != str(chosen.definition.type):
            return self.new(type_, scope, depth, rows)
        self.fields += 1
        return self.field(key, chosen, depth)

    def field(self, key: str, chosen: Chosen, depth: int) -> str:
        """Return the field as text."""
        named = get_named_type(chosen.definition.type)
        written = chosen.name if key == chosen.name else f"{key}: {chosen.name}"
        below = ""
        if isinstance(named, Composite):
            below = " " + self.selection(named, chosen.scope, depth + 1, chosen.rows)
        return f"{written}{chosen.arguments}{self.directives()}{below}"

    # ── fragments ─────────────────────────────────────────────────────────────────────────────────────────

    def fragment(self, type_: Composite, scope: Scope, depth: int, rows: int) -> str:
        """Return a fragment on the type or on one that it shares objects with."""
        on = self.random.choice(_overlapping(type_))
        way = self.random.random()
        if way < 0.5:
            condition = f" on {on.name}" if on is not type_ or self.chance(0.7) else ""
            return f"...{condition}{self.directives()} {self.selection(on, scope, depth + 1, rows)}"
        fitting = [name for name, (of, _) in self.fragments.items() if of in _overlapping(type_)]
        if way < 0.8 or not fitting:
            # Its own scope, with keys of its own, so that it clashes with nothing wherever it is spread.
            members = [each for each in _overlapping(type_) if not isinstance(each, GraphQLUnionType)]
            fitting = [self.shared(self.random.choice(members) if isinstance(on, GraphQLUnionType) else on)]
        return f"...{self.random.choice(fitting)}{self.directives()}"

    def shared(self, type_: Fielded) -> str:
        """Make a named fragment that can be spread anywhere, and return its name."""
        parts, name = [], f"F{self.aliases}"
        for _ in range(self.random.randint(1, 3)):
            self.fields += 1
            leaves = [n for n, f in type_.fields.items() if is_leaf_type(get_named_type(f.type))]
            offered = leaves or list(type_.fields)
            if type_ is SCHEMA.query_type or not self.chance(0.8):
                offered = self.offered(type_, MAX_DEPTH - 1, MAX_ROWS)
            self.aliases += 1
            chosen_name = self.random.choice(offered)
            arguments, inside = self.arguments(type_.fields[chosen_name], MAX_ROWS)
            chosen = Chosen(type_, chosen_name, arguments, inside, Scope())
            parts.append(self.field(f"f{self.aliases}", chosen, MAX_DEPTH - 1))
        self.fragments[name] = (type_, "{ " + " ".join(parts) + " }")
        return name

    def directives(self) -> str:
        """Return @include or @skip, now and then."""
        if not self.chance(0.1):
            return ""
        stays = self.chance(0.7)
        way, asked = self.random.choice((("include", stays), ("skip", not stays)))
        return f" @{way}(if: {self.written(asked, GraphQLNonNull(SCHEMA.type_map['Boolean']))})"

    # ── arguments ─────────────────────────────────────────────────────────────────────────────────────────

    def arguments(self, definition: GraphQLField, rows: int) -> tuple[str, int]:
        """Return a field's arguments as text, and how many rows there may be inside it."""
        given: dict[str, Any] = {}
        table = _table(definition)
        for name, argument in definition.args.items():
            if name in ("first", "last", "after", "before"):
                continue
            if isinstance(argument.type, GraphQLNonNull) or self.chance(0.4):
                given[name] = self.values.make(self.random, argument.type, table, name)
        size = LIST_ROWS if _is_list(definition) else 1
        if "first" in definition.args:
            size = self.page(given, definition, table)
        parts = [f"{name}: {self.written(value, definition.args[name].type)}" for name, value in given.items()]
        self.random.shuffle(parts)
        return (f"({', '.join(parts)})" if parts else ""), rows * max(size, 1)

    def page(self, given: dict[str, Any], definition: GraphQLField, table: str) -> int:
        """Add the arguments of a page, and return its size."""
        way, size = self.random.random(), self.random.choice((0, 1, 2, 2, 3, 3, 5, 7))
        if way < 0.55:
            given["first"] = size
        elif way < 0.85 and "last" in definition.args:
            given["last"] = size
        elif way < 0.9:
            given["first"] = None
        for end in ("after", "before"):
            if end in definition.args and self.chance(0.25):
                order = search_name(given["text"]) if "text" in given else order_name(table, given.get("orderBy"))
                known = self.values.cursors.get(order, [])
                given[end] = self.random.choice(known) if known else None
        usual: int = coerce_default_value(definition.args["first"]) or 20
        return usual if way >= 0.85 or not given.keys() & {"first", "last"} else size

    def written(self, value: Any, type_: Any, *, strict: bool = False) -> str:
        """Return a value as a literal, or as a variable, or as a literal that holds variables.

        Where the place is strict, as in an input of one field, the variable cannot be null, default or not.
        """
        if self.chance(0.2):
            return self.variable(value, type_, strict=strict)
        return self.literal(value, type_)

    def literal(self, value: Any, type_: Any, *, plain: bool = False) -> str:
        """Return a value as a literal; a plain one holds no variables."""
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        write = self.literal_plain if plain else self.written
        if value is None:
            return "null"
        if isinstance(inner, GraphQLList):
            return f"[{', '.join(write(one, inner.of_type) for one in value)}]"
        if isinstance(inner, GraphQLInputObjectType):
            one_of = inner.is_one_of
            types = {k: GraphQLNonNull(f.type) if one_of else f.type for k, f in inner.fields.items()}
            return (
                "{" + ", ".join(f"{key}: {write(one, types[key], strict=one_of)}" for key, one in value.items()) + "}"
            )
        return str(value) if isinstance(inner, GraphQLEnumType) else json.dumps(value, ensure_ascii=self.chance(0.5))

    def literal_plain(self, value: Any, type_: Any, *, strict: bool = False) -> str:
        """Return a value as a literal without variables."""
        return self.literal(value, type_, plain=True)

    def variable(self, value: Any, type_: Any, *, strict: bool = False) -> str:
        """Return a new variable that has the value: given, by its default, or as null by being left out."""
        name = f"v{len(self.declared)}"
        required = isinstance(type_, GraphQLNonNull)
        way = self.random.random()
        if way < 0.25 and value is not None:
            declared = type_.of_type if required and not strict and self.chance(0.5) else type_
            self.declared.append(f"${name}: {declared} = {self.literal_plain(value, type_)}")
            return f"${name}"
        self.declared.append(f"${name}: {type_}")
        if value is not None or way < 0.7:
            self.variables[name] = value
        return f"${name}"


def operations(values: Values, size: int) -> st.SearchStrategy[list[Operation]]:
    """Return the strategy of so many operations; what fails is made smaller by smaller.py, which knows what is valid.

    Each lot is grown from one number: of many draws, hypothesis would make most alike, to look for coincidences.
    """

    def grow(seed: int) -> list[Operation]:
        random = Random(f"{seed} {values.ids[0]}")  # noqa: S311  # to be had again, not to be unguessable
        return [generate(random, values) for _ in range(size)]

    return st.integers(0, 2**64 - 1).map(grow)


def generate(random: Random, values: Values) -> Operation:
    """Return a random operation within the service's limits."""
    while True:
        made = Generator(random, values).operation()
        if (
            len(re.findall(r'"(?:[^"\\]|\\.)*"|\w+|[^\s\w,]', made.document)) <= MAX_TOKENS
            and len(made.document) < 14_000
        ):
            return made


def by_party(random: Random, values: Values, order: str = "") -> Operation:
    """Return an operation that lists agreements by a party, by a filter or as what belongs to a party.

    With an order, always by a filter.
    """
    generator = Generator(random, values)
    party = random.choice(values.registry["agreement_party"])
    around = random.choice(("", "", f'node(id: "{party["city_id"] or party["organization_id"]}")'))
    assert SCHEMA.query_type
    definition = SCHEMA.query_type.fields["agreements"]
    given: dict[str, Any] = {}
    if order or not around or random.random() < 0.5:
        given["filter"] = values.listed(random)
    if order:
        given["orderBy"] = [{"field": order, "direction": random.choice(("ASC", "DESC"))}]
    elif random.random() < 0.3:
        given["orderBy"] = [{"field": random.choice(("SIGNED_ON", "SIGNED_ON", "TITLE")), "direction": "ASC"}]
    generator.page(given, definition, "agreement")
    parts = [f"{name}: {generator.literal_plain(value, definition.args[name].type)}" for name, value in given.items()]
    page = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount"
    arguments = f"({', '.join(parts)})" if parts else ""
    listed = f"agreements{arguments} {{ edges {{ cursor node {{ id title }} }} {page} }}"
    return Operation(f"{{ {around} {{ ... on Party {{ {listed} }} }} }}" if around else f"{{ {listed} }}")


def filtered(random: Random, values: Values, asked: str, times: int) -> Operation:
    """Return an operation that asks by one field of a filter for so many values, and as often for what they leave."""
    kind, key = asked.split(".")
    filter_ = SCHEMA.type_map[kind]
    assert SCHEMA.query_type
    assert isinstance(filter_, GraphQLInputObjectType)
    lists = [name for name, of in SCHEMA.query_type.fields.items() if "filter" in of.args]
    plural = next(name for name in lists if SCHEMA.query_type.fields[name].args["filter"].type is filter_)
    generator, wanted = Generator(random, values), GraphQLNonNull(filter_.fields[key].type)
    parts: list[str] = []
    for _ in range(times):
        given = {key: values.make(random, wanted, kind.removesuffix("Filter").lower(), key)}
        for each in [given, {"not": given}] if "not" in filter_.fields else [given]:
            written = generator.literal_plain(each, filter_)
            parts.append(f"a{len(parts)}: {plural}(first: 100, filter: {written}) {{ edges {{ cursor }} }}")
    return Operation("{ " + " ".join(parts) + " }")


def _agree(one: Chosen, other: Chosen) -> bool:
    """Tell whether two fields can stand under one key."""
    if str(one.definition.type) != str(other.definition.type):
        return False
    apart = one.parent is not other.parent and not isinstance(one.parent, GraphQLInterfaceType | None)
    if apart and isinstance(other.parent, GraphQLObjectType):
        return True
    return one.name == other.name and one.arguments == other.arguments


@cache
def _overlapping(type_: Composite) -> list[Composite]:
    """Return the types whose fragments may speak of an object of the type."""
    possible = _possible(type_)
    composite = [each for each in SCHEMA.type_map.values() if isinstance(each, Composite)]
    return [each for each in composite if possible & _possible(each)]


def _possible(type_: Composite) -> set[str]:
    if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
        return {each.name for each in SCHEMA.get_possible_types(type_)}
    return {type_.name}


def _is_list(definition: GraphQLField) -> bool:
    return "[" in str(definition.type) or "first" in definition.args


def _table(definition: GraphQLField) -> str:
    """Return the table of what a field lists or finds."""
    return get_named_type(definition.type).name.removesuffix("Connection").lower()
