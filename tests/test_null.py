"""Null stands for the default, wherever there is one: as a literal, by a variable, and within inputs."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLNonNull,
    GraphQLObjectType,
    Undefined,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from tests.planning import SCHEMA, statement


def places() -> Iterator[tuple[str, str, str, str]]:
    """Yield each type and field with an argument that has a default and may be null, and the argument's type."""
    for type_ in SCHEMA.type_map.values():
        if isinstance(type_, GraphQLObjectType) and type_ not in (SCHEMA.mutation_type, SCHEMA.subscription_type):
            for name, field in type_.fields.items():
                for key, argument in field.args.items():
                    if has_default(argument) and not isinstance(argument.type, GraphQLNonNull):
                        yield type_.name, name, key, str(argument.type)


def has_default(argument: GraphQLArgument) -> bool:
    return argument.default is not None or argument.default_value is not Undefined


PLACES = [place for place in places() if not place[0].startswith("__")]


def document(type_name: str, field: str, given: str, declared: str = "") -> str:
    """Return a query that asks for the field, by way of a record's identifier where it is none of the query's."""
    named = SCHEMA.type_map[type_name]
    assert isinstance(named, GraphQLObjectType)
    below = "" if is_leaf_type(get_named_type(named.fields[field].type)) else " { __typename }"
    required = [name for name, one in named.fields[field].args.items() if is_required_argument(one)]
    arguments = ", ".join([*(f'{name}: "a"' for name in required), *([given] if given else [])])
    asked = f"{field}{f'({arguments})' if arguments else ''}{below}"
    if type_name == "Country":
        asked = f"countries {{ {asked} }}"
    elif type_name != "Query":
        asked = f'node(id: "cty_1") {{ ... on {type_name} {{ {asked} }} }} city(ref: {{id: "cty_1"}}) {{ id }}'
    return f"query {declared} {{ {asked} }}"


def test_the_places_are_found() -> None:
    assert {("Query", "changes", "first", "Int"), ("City", "history", "first", "Int")} <= set(PLACES)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(place[:3]))
def test_null_for_an_argument_is_its_default(place: tuple[str, str, str, str]) -> None:
    type_name, field, argument, type_ = place
    usual = statement(document(type_name, field, ""))
    assert statement(document(type_name, field, f"{argument}: null")) == usual
    by_variable = document(type_name, field, f"{argument}: $given", f"($given: {type_})")
    assert statement(by_variable, {"given": None}) == usual
    assert statement(by_variable) == usual


@pytest.mark.parametrize(
    ("given", "without"),
    [
        ("orderBy: [{field: TITLE, direction: null}]", "orderBy: [{field: TITLE}]"),
        ('filter: {signedOn: {from: "2024-01-01", certainty: null}}', 'filter: {signedOn: {from: "2024-01-01"}}'),
    ],
)
def test_null_for_a_field_of_an_input_is_its_default(given: str, without: str) -> None:
    asked = "{ agreements(%s) { nodes { id } } }"
    assert statement(asked % given) == statement(asked % without)
