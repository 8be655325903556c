"""The published schema: it is what the code builds, it keeps the promises made, and it explains itself."""

import re
from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    build_schema,
    get_named_type,
)
from graphql.type import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    is_introspection_type,
    is_specified_scalar_type,
)

from schema.build import build

SDL = Path(__file__).parent.parent / "schema" / "schema.graphql"
CONTRACT = Path(__file__).parent.parent.parent / "shared" / "contract.graphql"


def test_the_committed_schema_is_what_the_code_builds() -> None:
    assert SDL.read_text() == str(build()) + "\n", "run make schema"


def test_everything_published_is_described() -> None:
    schema = build_schema(SDL.read_text())
    silent = []
    for name, kind in schema.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        if not kind.description:
            silent.append(name)
        if isinstance(kind, GraphQLEnumType):
            silent += [f"{name}.{value}" for value, member in kind.values.items() if not member.description]
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            silent += [f"{name}.{key}" for key, field in kind.fields.items() if not field.description]
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            silent += [
                f"{name}.{key}({argument})"
                for key, field in kind.fields.items()
                for argument, given in field.args.items()
                if not given.description
            ]
    assert not silent


# What says nothing by itself: of "The event's name." on Event.name, nothing is left.
FILLING = (
    "a all an are by each element for identifier in is it its itself item of one page record that the their this value "
    "which whose with"
)


def test_no_description_only_repeats_a_name() -> None:
    empty = [
        f"{place}: {field.description}"
        for place, field in described()
        if not words(field.description or "") - words(FILLING) - words(place) - type_words(field)
    ]
    assert not empty, "say what a newcomer cannot see from the name"


def described() -> Iterator[tuple[str, GraphQLField | GraphQLInputField | GraphQLArgument]]:
    """Yield everything that is published below types, with its place."""
    for name, kind in build_schema(SDL.read_text()).type_map.items():
        if name.startswith("__") or not isinstance(
            kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType
        ):
            continue
        for key, field in kind.fields.items():
            yield f"{name}.{key}", field
            for argument, given in getattr(field, "args", {}).items():
                yield f"{name}.{key}.{argument}", given


def words(text: str) -> set[str]:
    """Return the words of a text or of a name like startsOn, each in the singular."""
    found = re.findall("[a-z]+", re.sub("([a-z])([A-Z])", r"\1 \2", text).replace("'s", "").lower())
    return {re.sub("(?<=[^s])s$", "", re.sub("ies$", "y", re.sub("^people$", "person", word))) for word in found}


def type_words(field: GraphQLField | GraphQLInputField | GraphQLArgument) -> set[str]:
    """Return the words of a field's type."""
    return words(get_named_type(field.type).name)
