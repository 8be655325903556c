"""Leaving out the rules that cannot speak of a document changes nothing of what is refused."""

import pytest
from graphql import GraphQLError, parse, specified_rules, validate

from schema.validation import SIGNS, rules_for
from tests.examples import EXAMPLES
from tests.planning import SCHEMA

# One for each rule that may be left out, and some that hold signs where they mean nothing.
REFUSED = [
    "{ city(ref: {id: $id}) { id } }",
    "query ($id: ID!) { countries { code } }",
    "query ($id: ID!, $id: ID!) { node(id: $id) { id } }",
    "query ($id: City) { node(id: $id) { id } }",
    "query ($id: String) { node(id: $id) { id } }",
    "{ countries @unknown { code } }",
    "{ countries @skip(if: true) @skip(if: true) { code } }",
    "{ countries @include { code } }",
    "{ countries { ...Missing } }",
    "{ countries { ... on City { id } } }",
    "{ countries { ...A } } fragment A on Country { code } fragment A on Country { code }",
    "{ countries { code } } fragment A on Country { code }",
    "{ countries { ...A } } fragment A on Country { ...A }",
    "{ countries { ...A } } fragment A on Missing { code }",
    "{ countries { ... on Missing { code } } }",
    "subscription { signingRecorded { cursor } changes { cursor } }",
    "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }",
    "{ countries { missing } }",
    '{ search(text: "$ @ ... __ fragment", first: "x") { nodes { __typename } } }',
    "query A { countries { code } } query A { countries { code } }",
    "{ countries } ",
    "{ node { id } }",
    "{ countries { code(x: 1) } }",
]


def found(text: str, rules: list[type] | None) -> list[str]:
    """Return what is wrong with a document."""
    errors: list[GraphQLError] = validate(SCHEMA, parse(text), rules)
    return [error.message for error in errors]


@pytest.mark.parametrize("text", [*REFUSED, *(example.document for example in EXAMPLES)])
def test_finds_what_all_rules_find(text: str) -> None:
    assert found(text, rules_for(text)) == found(text, None)


def test_every_rule_that_may_be_left_out_finds_something_here() -> None:
    silent = {name for names in SIGNS.values() for name in names}
    for rule in specified_rules:
        if any(found(text, [rule]) for text in REFUSED):
            silent.discard(rule.__name__)
    assert silent <= {each for each in SIGNS["@"] if each.startswith(("Defer", "Stream"))}  # the schema has neither


def test_names_rules_that_there_are() -> None:
    assert {name for names in SIGNS.values() for name in names} <= {rule.__name__ for rule in specified_rules}
