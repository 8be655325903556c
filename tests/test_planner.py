"""What exceeds the limits, or asks for no page that there is, is refused before anything is asked of the database."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from schema.execution import Executor, GraphQLRequest
from schema.planner import Limits
from service.database import Database
from tests.planning import SCHEMA, refused, statement


def nested(depth: int) -> str:
    """Return a query so many fields deep."""
    return '{ event(id: "evt_1") ' + "{ partOf " * (depth - 2) + "{ id }" + " }" * (depth - 1)


def test_refuses_what_is_nested_too_deeply() -> None:
    assert refused(nested(12)) == ("", "")
    assert refused(nested(13))[0] == "TOO_DEEP"


def test_counts_depth_through_fragments() -> None:
    spread = "{ partOf " * 6 + "{ ...F }" + " }" * 6
    document = f'{{ event(id: "evt_1") {{ partOf {spread} }} }} fragment F on Event {spread.replace("...F", "id")}'
    assert refused(document)[0] == "TOO_DEEP"


def test_refuses_too_many_fields() -> None:
    fields = " ".join(f"f{number}: id" for number in range(9))
    assert refused(f"{{ countries {{ code }} people {{ nodes {{ {fields} }} }} }}", limits=Limits(fields=13)) == (
        "",
        "",
    )
    assert refused(f"{{ countries {{ code }} people {{ nodes {{ {fields} }} }} }}", limits=Limits(fields=12))[0] == (
        "TOO_COSTLY"
    )


def test_refuses_fragments_that_multiply() -> None:
    fragments = [
        f"fragment F{n} on Event {{ a: partOf {{ ...F{n + 1} }} b: partOf {{ ...F{n + 1} }} }}" for n in range(9)
    ]
    deepest = "fragment F9 on Event { a: id b: id c: id d: id }"
    document = '{ event(id: "evt_1") { ...F0 } }' + "".join(fragments) + deepest
    assert refused(document)[0] == "TOO_COSTLY"


def test_counts_merged_fields_once() -> None:
    assert refused("{ people { nodes { " + "id " * 50 + "} } }", limits=Limits(fields=3)) == ("", "")


def test_refuses_what_may_return_too_many_rows() -> None:
    document = "{ cities(first: 100) { nodes { agreements(first: %d) { nodes { id } } } } }"
    assert refused(document % 49, limits=Limits(rows=5_000)) == ("", "")
    assert refused(document % 50, limits=Limits(rows=5_000))[0] == "TOO_COSTLY"


@pytest.mark.parametrize(
    "arguments",
    ["first: 1, last: 1", "first: -1", "last: -1", "first: 101", "last: 101", "first: 2147483647", "first: 0, last: 0"],
)
def test_refuses_a_page_that_there_is_not(arguments: str) -> None:
    assert refused(f"{{ people({arguments}) {{ totalCount }} }}")[0] == "INVALID"


@pytest.mark.parametrize("arguments", ["first: 0", "last: 0", "first: 100", "last: 100", "first: null, last: 1"])
def test_takes_a_page_at_the_bounds(arguments: str) -> None:
    assert refused(f"{{ people({arguments}) {{ totalCount }} }}") == ("", "")


# ── cursors ───────────────────────────────────────────────────────────────────────────────────────────────

CITIES = (
    "query ($at: String!) { cities(orderBy: [{field: POPULATION}, {field: CREATED_AT}], after: $at) { nodes { id } } }"
)
TAG = "City:population+,created_at+,id+"
PLACE = [TAG, 17_000, "2024-03-22T08:30:00.5+00:00", "cty_1"]
LISTS = {
    "City": "{ cities(AFTER) { totalCount } }",
    "Event": "{ events(orderBy: {field: NAME} AFTER) { totalCount } }",
    "Person": "{ people(AFTER) { totalCount } }",
    "Organization": "{ organizations(AFTER) { totalCount } }",
    "Programme": "{ programmes(AFTER) { totalCount } }",
}


def cursor(place: Any) -> str:
    """Return a cursor as the database writes it."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def test_takes_a_cursor_of_the_list() -> None:
    assert refused(CITIES, {"at": cursor(PLACE)}) == ("", "")
    assert refused(CITIES, {"at": cursor([TAG, 2147483647, *PLACE[2:]])}) == ("", "")


@given(st.text(max_size=60))
@example("")
@example("ünï")
@example("WyJ")
@example("-" * 60)
def test_refuses_a_text_that_is_no_cursor(text: str) -> None:
    assert refused(CITIES, {"at": text})[0] == "CURSOR_INVALID"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@given(JSON)
def test_refuses_a_cursor_that_holds_something_else(value: Any) -> None:
    assert refused(CITIES, {"at": cursor(value)})[0] == "CURSOR_INVALID"


@given(st.integers(0, 3), JSON)
@example(1, 2**31)
@example(1, True)
@example(2, "2024-03-22T08:30:00")
@example(2, "0001-01-01T00:00:00+14:00")
@example(2, "9999-12-31T23:59:59-14:00")
@example(3, "\ud800")
@example(3, "a\0")
@example(0, "city:name_folded+,id+")
def test_refuses_a_cursor_that_was_changed(position: int, value: Any) -> None:
    changed = [*PLACE[:position], value, *PLACE[position + 1 :]]
    assume(changed != PLACE)
    fits = {1: isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31, 3: isinstance(value, str)}
    if fits.get(position) and value not in ("\ud800", "a\0"):
        assume("\0" not in str(value))
        assert refused(CITIES, {"at": cursor(changed)}) == ("", "")
    else:
        assert refused(CITIES, {"at": cursor(changed)})[0] == "CURSOR_INVALID"


@pytest.mark.parametrize("taken", LISTS)
@pytest.mark.parametrize("given_to", LISTS)
def test_refuses_the_cursor_of_another_list(taken: str, given_to: str) -> None:
    at = cursor([f"{taken}:name_folded+,id+", "a", "x_1"])
    expected = "" if taken == given_to else "CURSOR_INVALID"
    assert refused(LISTS[given_to].replace("AFTER", f'after: "{at}"'))[0] == expected
    assert refused(LISTS[given_to].replace("AFTER", f'before: "{at}"'))[0] == expected


@pytest.mark.parametrize(
    "order", ["{field: NAME, direction: DESC}", "{field: CREATED_AT}", "[{field: NAME}, {field: COUNTRY}]"]
)
def test_refuses_the_cursor_of_another_order(order: str) -> None:
    at = cursor(["City:name_folded+,id+", "a", "cty_1"])
    assert refused(f'{{ cities(after: "{at}") {{ totalCount }} }}') == ("", "")
    assert refused(f'{{ cities(after: "{at}", orderBy: {order}) {{ totalCount }} }}')[0] == "CURSOR_INVALID"


# ── texts that no database holds, and answers end to end ──────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
@pytest.mark.parametrize(
    "document",
    [
        "query ($text: String!) { cities(filter: {region: {equals: $text}}) { totalCount } }",
        "query ($text: String!) { cities(filter: {region: {in: [$text]}}) { totalCount } }",
        "query ($text: String!) { cities(filter: {region: {contains: $text}}) { totalCount } }",
        "query ($text: String!) { cities(filter: {region: {startsWith: $text}}) { totalCount } }",
        "query ($text: String!) { city(ref: {wikidataId: $text}) { id } }",
    ],
)
def test_refuses_a_text_that_the_database_cannot_hold(document: str, text: str) -> None:
    code, message = refused(document, {"text": text})
    assert code == "INVALID"
    assert "NUL" in message


def test_orders_by_the_first_mention_of_a_field() -> None:
    twice = "[{field: NAME}, {field: CREATED_AT}, {field: NAME, direction: DESC}]"
    once = "[{field: NAME}, {field: CREATED_AT}]"
    document = "{ cities(orderBy: %s) { nodes { id } } }"
    assert statement(document % twice) == statement(document % once)


@pytest.fixture
async def executor(database: str) -> AsyncIterator[Executor]:
    """Answers over an empty registry."""
    async with Database.connect(database, pool_min=1, pool_max=1) as connected:
        schema = type("Built", (), {"_schema": SCHEMA})()
        yield Executor(schema, connected, None)  # type: ignore[arg-type]  # no query follows the feed


@pytest.mark.parametrize(
    ("selection", "answered"),
    [
        ("__typename", '{"__typename":"PersonConnection"}'),
        ("totalCount", '{"totalCount":0}'),
        ("pageInfo { __typename }", '{"pageInfo":{"__typename":"PageInfo"}}'),
        ("pageInfo { endCursor }", '{"pageInfo":{"endCursor":null}}'),
        ("... @skip(if: true) { totalCount }", "{}"),
    ],
)
async def test_answers_an_empty_page_once(executor: Executor, selection: str, answered: str) -> None:
    found = await executor.answer(GraphQLRequest(f"{{ people {{ {selection} }} }}"))
    assert found.body.decode() == f'{{"data":{{"people":{answered}}}}}'


async def test_reads_a_day_once_beside_introspection(executor: Executor) -> None:
    document = """query ($day: Date) { __schema { queryType { name } }
        agreements(filter: {signedOn: {from: $day}}) { totalCount } }"""
    found = await executor.answer(GraphQLRequest(document, variables={"day": "2024-03-22"}))
    assert json.loads(found.body) == {
        "data": {"__schema": {"queryType": {"name": "Query"}}, "agreements": {"totalCount": 0}}
    }


async def test_answers_any_cursor_that_it_takes(executor: Executor) -> None:
    for number in (-(2**31), 2**31 - 1):
        for instant in ("0001-01-02T00:00:00+14:00", "9999-12-31T23:59:59+00:00", "2024-03-22T00:00:00.000001-03:00"):
            place = cursor([TAG, number, instant, "'"])
            found = await executor.answer(GraphQLRequest(CITIES, variables={"at": place}))
            assert found.body == b'{"data":{"cities":{"nodes":[]}}}'
