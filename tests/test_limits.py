"""What a document and an operation may ask for: hostile ones are refused for little, before the database is asked."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

import orjson
import pytest

from schema.build import build
from schema.execution import Answer, Executor, GraphQLRequest
from schema.limits import Limits
from service.keys import Caller, Scope
from service.plan import Statement
from tests.bombs import BOMBS, Bomb

# Calls of Python functions while the largest of them is refused: the work that it makes, whatever the machine.
MOST_CALLS = 130_000


class Unasked:
    """Takes the database's place, and must not be asked."""

    async def fetch(self, statement: Statement) -> bytes:
        raise AssertionError(f"the database was asked: {statement.text[:100]}")


@dataclass
class Refusing:
    """An executor that refuses, and what it says."""

    executor: Executor

    def refused(self, document: str, **given: Any) -> dict[str, Any]:
        """Return the first error of an operation that must be refused before it is executed."""
        answer = self.run(GraphQLRequest(document, **given))
        assert not answer.executed
        error: dict[str, Any] = orjson.loads(answer.body)["errors"][0]
        return error

    def run(self, request: GraphQLRequest) -> Answer:
        """Answer without an event loop: nothing is waited for."""
        answering = self.executor.answer(request)
        try:
            answering.send(None)
        except StopIteration as done:
            answer: Answer = done.value
            return answer
        raise AssertionError("something was waited for")


def refusing(limits: Limits | None = None) -> Refusing:
    """Return an executor over no database."""
    return Refusing(Executor(build(), Unasked(), None, limits))  # type: ignore[arg-type]  # see Unasked


@pytest.fixture(scope="module")
def edge() -> Refusing:
    """An executor with the usual limits, which has answered before."""
    made = refusing()
    made.refused("{ nothing }")
    return made


def calls(work: Callable[[], object]) -> int:
    """Count the calls of Python functions that some work makes."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.name)
def test_refuses_a_bomb_and_says_why(edge: Refusing, bomb: Bomb) -> None:
    error = edge.refused(bomb.write(bomb.size))
    assert error["extensions"]["code"] == bomb.code
    assert bomb.told in error["message"]
    if bomb.code == "TOO_COSTLY" and "limit" in error["extensions"]:
        assert error["extensions"]["value"] > error["extensions"]["limit"]
        assert str(error["extensions"]["limit"]) in error["message"]


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.name)
def test_refuses_a_bomb_for_little_work_which_grows_no_faster_than_the_bomb(edge: Refusing, bomb: Bomb) -> None:
    whole = bomb.write(bomb.size)
    work = calls(lambda: edge.refused(whole))
    assert work < MOST_CALLS
    if bomb.grows:
        half = bomb.write(bomb.size * 3 // 4)
        assert work < 1.3 * len(whole) / len(half) * calls(lambda: edge.run(GraphQLRequest(half))) + 5_000


if os.environ.get("TEST_LONG") == "1":  # it measures time, which a busy machine spoils

    @pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.name)
    def test_refuses_a_bomb_within_50_ms(edge: Refusing, bomb: Bomb) -> None:
        document = bomb.write(bomb.size)
        took = []
        for _ in range(5):
            began = time.process_time()
            edge.refused(document)
            took.append(time.process_time() - began)
        assert min(took) < 0.05


def operations(number: int) -> str:
    return " ".join(f"query Q{k} {{ __typename }}" for k in range(number))


AT_BOUNDS = [
    pytest.param(lambda n: "{ " + " ".join(f"a{k}: __typename" for k in range(n)) + " }", 30, "aliases", id="aliases"),
    pytest.param(lambda n: "{ " + "... @include(if: true) { __typename } " * n + "}", 8, "directives", id="directives"),
    pytest.param(
        lambda n: " ".join(f"query Q{k} {{ __typename }}" for k in range(n)), 5, "operations", id="operations"
    ),
    pytest.param(lambda n: "{ __typename " + "#" * (n - 15) + "\n}", 15_000, "characters", id="characters"),
]


@pytest.mark.parametrize(("write", "most", "what"), AT_BOUNDS)
def test_allows_what_is_allowed_and_nothing_beyond(
    edge: Refusing, write: Callable[[int], str], most: int, what: str
) -> None:
    document, beyond = write(most), write(most + 1)
    edge.executor.documents.read(document)
    error = edge.refused(beyond)
    assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("TOO_COSTLY", most)
    assert error["extensions"]["value"] == most + 1
    assert what in error["message"]


def test_allows_so_many_tokens(edge: Refusing) -> None:
    # Three for the braces and the end of the text, four for each list.
    document = "{ nodes(ids: [%s]) { id } }"
    fits, beyond = document % ('"a" ' * 1_987), document % ('"a" ' * 1_990)
    edge.executor.documents.read(fits)
    assert edge.refused(beyond)["extensions"]["limit"] == 2_000


@pytest.mark.parametrize(
    "setting", ["characters", "tokens", "operations", "aliases", "directives", "depth", "conditions"]
)
def test_each_limit_can_be_set(setting: str) -> None:
    document = (
        'query A { a: event(id: "e") @include(if: true) { b: partOf @include(if: true) { id } } '
        "agreements(filter: {kind: {equals: OTHER}}) { totalCount } } query B { __typename }"
    )
    strict = refusing(Limits(**{setting: 1}))
    error = strict.refused(document, operation_name="A")
    assert error["extensions"]["limit"] == 1
    assert error["extensions"]["value"] > 1


# ── variables ─────────────────────────────────────────────────────────────────────────────────────────────

FILTERED = "query ($f: AgreementFilter) { agreements(filter: $f) { totalCount } }"


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"not": value}
    return value


VARIABLES = [
    pytest.param({"ids": ["a"] * 10_001}, "TOO_COSTLY", "values", id="a long list"),
    pytest.param({"ids": [["a"] * 100] * 101}, "TOO_COSTLY", "values", id="lists of lists"),
    pytest.param({f"v{n}": 1 for n in range(10_001)}, "TOO_COSTLY", "values", id="many variables"),
    pytest.param({"f": nested(60)}, "TOO_DEEP", "levels", id="nested deeply"),
    pytest.param({"f": nested(900)}, "TOO_DEEP", "levels", id="nested very deeply"),
    pytest.param({"f": {"or": [{"title": {"equals": "a"}}] * 101}}, "TOO_COSTLY", "conditions", id="many conditions"),
]


@pytest.mark.parametrize(("variables", "code", "told"), VARIABLES)
def test_refuses_variables_that_are_too_many_or_too_deep(
    edge: Refusing, variables: dict[str, Any], code: str, told: str
) -> None:
    document = FILTERED if "f" in variables else "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    error = edge.refused(document, variables=variables)
    assert error["extensions"]["code"] == code
    assert told in error["message"]


def test_looks_at_no_more_values_than_it_needs_to(edge: Refusing) -> None:
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    some, many = ({"ids": [["a"] * 100] * times} for times in (101, 10_000))
    edge.executor.documents.read(document)  # what is counted is what the values cost
    assert calls(lambda: edge.refused(document, variables=many)) <= calls(
        lambda: edge.refused(document, variables=some)
    )


def test_those_who_record_may_send_more_values(edge: Refusing) -> None:
    document = "mutation ($inputs: [RecordSigningInput!]!) { recordSignings(inputs: $inputs) { recorded } }"
    variables = {"inputs": [{"title": [1] * 10_000}]}
    writer = Caller("k", "city", frozenset({Scope.SIGNINGS_WRITE}))
    assert edge.refused(document, variables=variables)["extensions"]["code"] == "TOO_COSTLY"
    assert edge.refused(document, variables=variables, caller=writer)["extensions"]["code"] == "INVALID"


# ── what a mutation answers ───────────────────────────────────────────────────────────────────────────────

INPUT = '{idempotencyKey: "a", kind: OTHER, parties: []}'


PAGES = "agreements(first: 100) { nodes { parties { party { agreements(first: 100) { nodes { id } } } } } }"
PAYLOADS = [
    ("agreement { event { " + "partOf { " * 11 + "id" + " }" * 11 + " } }", "TOO_DEEP"),
    (f"agreement {{ parties {{ party {{ {PAGES} }} }} }}", "TOO_COSTLY"),
    ('agreement { history(after: "none") { pageInfo { endCursor } } }', "CURSOR_INVALID"),
    ("agreement { parties { party { agreements(first: -1) { totalCount } } } }", "INVALID"),
]


@pytest.mark.parametrize(("payload", "code"), PAYLOADS)
def test_writes_nothing_whose_answer_would_be_refused(edge: Refusing, payload: str, code: str) -> None:
    writer = Caller("k", "city", frozenset({Scope.SIGNINGS_WRITE}))
    document = f"mutation {{ recordSigning(input: {INPUT}) {{ replayed {payload} }} }}"
    assert edge.refused(document, caller=writer)["extensions"]["code"] == code


def test_counts_a_batch_s_answer_once_for_each_input(edge: Refusing) -> None:
    writer = Caller("k", "city", frozenset({Scope.SIGNINGS_WRITE}))
    selection = "results { agreement { parties { party { agreements(first: 100) { nodes { id } } } } } }"
    inputs = ", ".join([INPUT] * 90)
    document = f"mutation {{ recordSignings(inputs: [{inputs}]) {{ {selection} }} }}"
    strict = refusing(Limits(rows=80_000))
    assert strict.refused(document, caller=writer)["extensions"]["code"] == "TOO_COSTLY"
