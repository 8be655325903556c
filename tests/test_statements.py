"""A statement is kept for the records that it can serve, and for no others."""

from typing import Any

import pytest
from graphql import GraphQLObjectType

from schema.execution import written
from schema.limits import Limits
from schema.planner import Planner
from schema.statements import Statements, mark
from service.plan import Statement
from tests.planning import DOCUMENTS, SCHEMA, statement

FIRST, SECOND = "cty_00000000000000000000000001", "cty_00000000000000000000000002"
ROOTS = SCHEMA.query_type or GraphQLObjectType("Query", {})
BY_ID = [name for name, field in ROOTS.fields.items() if set(field.args) == {"id"}]
# Where an identifier may stand in a query, besides the root fields that take nothing else.
PLACES = [
    "query ($id: ID!) { city(ref: {id: $id}) { name partners(first: 2) { nodes { name } } } }",
    "query ($id: ID!) { changes(filter: {subject: $id}) { nodes { kind } } }",
    'query ($id: ID!) { relationship(between: [{id: $id}, {id: "cty_0"}]) { since } }',
    "query ($id: ID!, $first: Int!) { node(id: $id) { ... on Party { agreements(first: $first) { nodes { id } } } } }",
    "query ($id: ID!, $deep: Boolean!) { node(id: $id) { id ... on City @include(if: $deep) { region } } }",
]


def kept(document: str, variables: dict[str, Any], statements: Statements) -> Statement:
    """Plan and write as the service does, and keep what was written."""
    read = DOCUMENTS.read(document)
    operation = read.operation(None)
    values = DOCUMENTS.variables(operation, variables)
    identifier = mark(operation, values.coerced)
    made = written(Planner(SCHEMA, read.fragments, values, Limits()).operation(operation))
    statements.put(document, None, variables, made, identifier)
    return made


@pytest.mark.parametrize("document", [f"query ($id: ID!) {{ {name}(id: $id) {{ id }} }}" for name in BY_ID] + PLACES)
def test_asks_of_another_record_with_the_statement_that_is_kept(document: str) -> None:
    others = {name: value for name, value in {"first": 3, "deep": True}.items() if f"${name}" in document}
    statements = Statements(1_000_000)
    kept(document, {"id": FIRST, **others}, statements)
    again = statements.get(document, None, {"id": SECOND, **others})
    assert again is not None
    assert again.statement == statement(document, {"id": SECOND, **others})


def test_keeps_one_statement_for_each_table() -> None:
    document = "query ($id: ID!) { node(id: $id) { id } }"
    statements = Statements(1_000_000)
    kept(document, {"id": FIRST}, statements)
    assert statements.get(document, None, {"id": "org_00000000000000000000000001"}) is None
    kept(document, {"id": "org_00000000000000000000000001"}, statements)
    assert len(statements.templates.values) == 2


def test_tells_other_variables_apart() -> None:
    document = next(each for each in PLACES if "$first" in each)
    statements = Statements(1_000_000)
    kept(document, {"id": FIRST, "first": 3}, statements)
    assert statements.get(document, None, {"id": FIRST, "first": 4}) is None


@pytest.mark.parametrize(
    "document",
    [
        "query ($id: ID!) { cities(filter: {id: {equals: $id}}) { nodes { name } } }",
        "query ($id: ID!) { cities(filter: {id: {in: [$id]}}) { nodes { name } } }",
        "query ($id: ID!) { nodes(ids: [$id]) { id } }",
    ],
)
def test_what_is_made_of_an_identifier_serves_that_one_alone(document: str) -> None:
    statements = Statements(1_000_000)
    made = kept(document, {"id": FIRST}, statements)
    found = statements.get(document, None, {"id": FIRST})
    assert found is not None
    assert found.statement == made
    again = statements.get(document, None, {"id": SECOND})
    assert again is None or again.statement == statement(document, {"id": SECOND})


def test_two_identifiers_are_told_apart_by_their_whole_text() -> None:
    document = "query ($a: ID!, $b: ID!) { a: node(id: $a) { id } b: node(id: $b) { id } }"
    statements = Statements(1_000_000)
    kept(document, {"a": FIRST, "b": FIRST}, statements)
    assert statements.get(document, None, {"a": FIRST, "b": SECOND}) is None
    assert statements.get(document, None, {"a": FIRST, "b": FIRST}) is not None


@pytest.mark.parametrize("identifier", ["cty_\0", "cty_\ud800", "cty_é"])
def test_an_identifier_that_may_not_be_bound_is_left_to_the_writer(identifier: str) -> None:
    document = "query ($id: ID!) { node(id: $id) { id } }"
    statements = Statements(1_000_000)
    kept(document, {"id": FIRST}, statements)
    assert statements.get(document, None, {"id": identifier}) is None


def test_a_default_identifier_is_part_of_the_document() -> None:
    document = f'query ($id: ID! = "{FIRST}") {{ node(id: $id) {{ id }} }}'
    statements = Statements(1_000_000)
    made = kept(document, {}, statements)
    found = statements.get(document, None, {})
    assert found is not None
    assert found.statement == made
    assert statements.get(document, None, {"id": SECOND}) is None
