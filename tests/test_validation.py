"""The walk of our own finds what graphql-core finds, by the rules that can speak of a document and by all."""

import re
from random import Random

import pytest
from graphql import GraphQLError, GraphQLSyntaxError, parse, specified_rules, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.validation import SIGNS, rules_for, validated
from tests.examples import EXAMPLES
from tests.oracle.operations import generate
from tests.oracle.registry import Row
from tests.oracle.sample import Sample
from tests.oracle.values import Values
from tests.planning import SCHEMA

VALUES = Values({table: [Row(table, row) for row in rows] for table, rows in Sample(1).rows.items()}, {})

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
    assert walked(text) == core(text)


def walked(text: str, most: int = 20) -> list[str]:
    """Return what our own walk finds, with the places."""
    return [str(error) for error in validated(SCHEMA, parse(text), text, most)]


def core(text: str, most: int = 20) -> list[str]:
    """Return what graphql-core finds, with the places."""
    return [str(error) for error in validate(SCHEMA, parse(text), max_errors=most)]


def broken(random: Random) -> str:
    """Return a generated document in which a few words stand in others' places; most are still documents."""
    while True:
        text = generate(random, VALUES).document
        parts = re.split(r"(\w+)", text)
        for _ in range(random.randint(0, 4)):
            one, other = random.choices(range(1, len(parts), 2), k=2)
            parts[one] = parts[other]
        try:
            parse(mixed := "".join(parts))
        except GraphQLSyntaxError:
            continue
        return mixed


def test_finds_in_broken_documents_what_graphql_core_finds() -> None:
    refused: list[str] = []

    @settings(max_examples=150, deadline=None, database=None, derandomize=True)
    @given(st.integers(0, 2**64 - 1))
    def finds_the_same(seed: int) -> None:
        text = broken(Random(seed))  # noqa: S311  # to be had again, not to be unguessable
        for most in (20, 1):
            errors = walked(text, most)
            assert errors == core(text, most)
        refused.extend(errors)

    finds_the_same()
    assert len(refused) > 75


def test_gives_up_where_graphql_core_does() -> None:
    deep = "{ a: node(id: 1) " * 150 + "{ id }" + " }" * 150
    spread = "{ ...F0 } " + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(250))
    wide = "{ " + " ".join(f"f{n}: missing" for n in range(50)) + " }"
    for text in (deep, spread, wide):
        assert walked(text) == core(text)
        assert walked(text)


def test_every_rule_that_may_be_left_out_finds_something_here() -> None:
    silent = {name for names in SIGNS.values() for name in names}
    for rule in specified_rules:
        if any(found(text, [rule]) for text in REFUSED):
            silent.discard(rule.__name__)
    assert silent <= {each for each in SIGNS["@"] if each.startswith(("Defer", "Stream"))}  # the schema has neither


def test_names_rules_that_there_are() -> None:
    assert {name for names in SIGNS.values() for name in names} <= {rule.__name__ for rule in specified_rules}
