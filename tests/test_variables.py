"""Variables are read as graphql-core reads them, and what is wrong is told with its place."""

import random
from typing import Any

import pytest
from graphql import Undefined, get_variable_values, parse
from graphql.language import OperationDefinitionNode
from hypothesis import given, settings
from hypothesis.strategies import integers

from schema.build import build
from schema.variables import MAX_DEPTH, MAX_ERRORS, Variables
from tests.input_values import InputValues, spoilt

SCHEMA = build()._schema
READER = Variables(SCHEMA)
VALUES = InputValues(
    {prefix: [f"{prefix}_0"] for prefix in ("cty", "org", "per", "agr", "evt", "del", "con", "prg", "src")}
)
DECLARED = (
    *("RecordSigningInput!", "[RecordSigningInput!]!", "UpdateCityInput", "MergeInput!", "RecordDelegationInput!"),
    *("AgreementFilter", "[AgreementOrder!]", "CityRef!", "ErrorPolicy = ALL", "Int! = 3", "[String]", "Boolean!"),
)


def read_both(declared: str, variables: dict[str, Any]) -> tuple[Any, Any]:
    """Return what the service and what graphql-core makes of the variables."""
    (operation,) = parse(f"query ($v: {declared}) {{ __typename }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    definitions = operation.variable_definitions or ()
    theirs = get_variable_values(SCHEMA, definitions, variables, hide_suggestions=True)
    return READER.read(definitions, variables, hints=False), theirs


@settings(max_examples=400, deadline=None, database=None, derandomize=True)
@given(integers(0, 2**32))
def test_reads_as_graphql_core_does(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (invents, keeps no secret)
    declared = chance.choice(DECLARED)
    definition = parse(f"query ($v: {declared}) {{ __typename }}").definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    signature = READER._signature((definition.variable_definitions or ())[0])
    variables = {"v": VALUES.sound(signature.type, chance)} if chance.random() < 0.9 else {}
    for _ in range(chance.randrange(3)):
        variables = spoilt(variables, chance) if variables else variables
    ours, theirs = read_both(declared, variables)
    if isinstance(theirs, list):
        assert sorted(error.message for error in ours) == sorted(error.message for error in theirs)[:MAX_ERRORS]
    else:
        assert ours.coerced == theirs.coerced
        assert [(name, source.value) for name, source in ours.sources.items()] == [
            (name, source.value) for name, source in theirs.sources.items()
        ]


@pytest.mark.parametrize(
    ("declared", "value", "path", "told"),
    [
        ("RecordSigningInput!", {"kind": "SISTER", "parties": [], "idempotencyKey": "k"}, "v.kind", "'SISTER'"),
        ("RecordSigningInput!", {"kind": "OTHER", "parties": []}, "v", "idempotencyKey"),
        ("CityRef!", {"id": "cty_0", "geonamesId": 5}, "v", "exactly one field"),
        ("CityRef!", {"named": {"name": "X", "country": "tw"}}, "v.named.country", "two capital letters"),
        ("[String!]", ["a", None], "v.1", "non-null"),
        ("Int!", Undefined, "v", "non-null"),
        ("Int", 2**31, "v", "2147483648"),
        ("RecordSigningInput", {"signedOff": 1}, "v", "signedOff"),
    ],
)
def test_tells_where_something_is_wrong(declared: str, value: Any, path: str, told: str) -> None:
    errors, _ = read_both(declared, {} if value is Undefined else {"v": value})
    found = [(".".join(error.extensions["path"]), error.message) for error in errors]
    assert any(where == path and told in message for where, message in found), found


def test_enough_errors_are_enough() -> None:
    errors, _ = read_both("[Int!]", {"v": ["x"] * 500})
    assert len(errors) == MAX_ERRORS


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 50_000])
def test_refuses_what_is_nested_too_deeply(levels: int) -> None:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"not": value}
    errors, theirs = read_both("AgreementFilter", {"v": value})
    assert [error.message for error in errors] == ["Variable values are nested too deeply."]
    assert [error.message for error in errors] == [error.message for error in theirs]
