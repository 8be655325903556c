"""What a page is asked for within is checked before anything is answered: cursors, sizes, keys and limits."""

import asyncio
import base64
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schema.build import build
from schema.execution import Executor, GraphQLRequest
from schema.limits import Limits
from service.database import Database
from tests.conftest import execute, sibling
from tests.oracle import registry, sample
from tests.oracle.values import pairs

Ask = Callable[..., tuple[list[str], Any]]
PAGE = "(first: 5, after: $after, before: $before%s) { edges { cursor } pageInfo { hasNextPage } }"
# Lists whose cursors differ; %s stands for an order or for nothing.
LISTS = {
    "agreements": "agreements" + PAGE % "",
    "agreements by title": "agreements" + PAGE % ", orderBy: [{field: TITLE}]",
    "agreements from the last title": "agreements" + PAGE % ", orderBy: [{field: TITLE, direction: DESC}]",
    "agreements by instant": "agreements" + PAGE % ", orderBy: [{field: CREATED_AT}, {field: EXPIRES_ON}]",
    "cities": "cities" + PAGE % "",
    "cities by population": "cities" + PAGE % ", orderBy: [{field: POPULATION}]",
    "people": "people" + PAGE % "",
    "organizations": "organizations" + PAGE % "",
    "partners": "city(ref: {id: $one}) { partners" + PAGE % ", statuses: [IN_FORCE, EXPIRED]" + " }",
    "timeline": "relationship(between: [{id: $one}, {id: $other}]) { timeline" + PAGE % "" + " }",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
INSTANTS = st.datetimes(timezones=st.timezones()).map(lambda instant: instant.isoformat())
KEYS = JSON | INSTANTS | st.dates().map(str) | st.sampled_from(["infinity", "0001-01-01T00:00:00+14:00", "9999-12-31"])
quick = settings(deadline=None, max_examples=60, database=None, suppress_health_check=list(HealthCheck))


class Bench:
    """A registry filled at random, and two cities of it that have something together."""

    def __init__(self, url: str) -> None:
        """Fill the registry and connect to it."""
        self.runner, self.stack = asyncio.Runner(), AsyncExitStack()
        self.executor = self.runner.run(self.start(url))
        rows = self.runner.run(registry.load(url))
        met = {row["agreement_id"] for row in rows["agreement_party"] if row["city_id"]}
        assert met
        shown = {row["id"] for row in rows["city"] if not row["retracted_at"]}
        self.cities = next(pair for pair in pairs(rows) if set(pair) <= shown)

    async def start(self, url: str) -> Executor:
        """Return an executor over the filled registry."""
        await sample.fill(url, 1)
        database = await self.stack.enter_async_context(Database.connect(url, pool_min=1, pool_max=1))
        return Executor(build(), database, None)  # type: ignore[arg-type]  # no query follows the feed

    def ask(self, document: str, limits: Limits | None = None, /, **variables: Any) -> tuple[list[str], Any]:
        """Return the codes of the answer's errors, and its data."""
        self.executor.limits = limits or Limits()
        self.executor.statements.templates.clear()  # planned within other limits
        request = GraphQLRequest(document, variables=variables)
        answer = json.loads(self.runner.run(self.executor.answer(request)).body)
        return [error["extensions"]["code"] for error in answer.get("errors", ())], answer.get("data")

    def page(self, name: str, after: str | None = None, before: str | None = None) -> tuple[list[str], Any]:
        """Ask for a page of one of the lists."""
        one, other = self.cities
        declared = '$after: String, $before: String, $one: ID! = "", $other: ID! = ""'
        used = ", ".join(part for part in declared.split(", ") if part.split(":")[0] in LISTS[name])
        given: dict[str, Any] = {"after": after, "before": before, "one": one, "other": other}
        return self.ask(f"query({used}) {{ {LISTS[name]} }}", **given)

    def cursors(self, name: str) -> list[str]:
        """Return cursors of one of the lists."""
        codes, found = self.page(name)
        assert not codes
        while "edges" not in found:
            (found,) = found.values()
        return [edge["cursor"] for edge in found["edges"]]

    def close(self) -> None:
        """Disconnect."""
        self.runner.run(self.stack.aclose())
        self.runner.close()


@pytest.fixture(scope="module")
def bench(postgres_url: str, template: str) -> Iterator[Bench]:
    """A registry for this module."""
    name = f"cursors_{secrets.token_hex(6)}"
    asyncio.run(execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    bench = Bench(sibling(postgres_url, name))
    yield bench
    bench.close()
    asyncio.run(execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


def decoded(cursor: str) -> list[Any]:
    """Return what a cursor holds."""
    found: list[Any] = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return found


def encoded(values: object) -> str:
    """Return a cursor that holds the values."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


# ── cursors ───────────────────────────────────────────────────────────────────────────────────────────────


def test_refuses_any_text_as_a_cursor(bench: Bench) -> None:
    @quick
    @given(st.sampled_from(list(LISTS)), st.sampled_from(["after", "before"]), st.text() | JSON.map(encoded))
    def refused(name: str, end: str, text: str) -> None:
        assert bench.page(name, **{end: text})[0] == ["CURSOR_INVALID"]
        assert bench.ask("query($after: String) { changes(after: $after) { nodes { at } } }", after=text)[0] == [
            "CURSOR_INVALID"
        ]

    refused()


@pytest.mark.parametrize("name", LISTS)
def test_takes_a_cursor_in_its_own_list_and_order_only(bench: Bench, name: str) -> None:
    cursors = bench.cursors(name)
    assert cursors
    for other in LISTS:
        expected = [] if other == name else ["CURSOR_INVALID"]
        assert bench.page(other, after=cursors[0])[0] == expected, other
        assert bench.page(other, before=cursors[-1])[0] == expected, other


def test_a_damaged_cursor_is_refused_or_names_another_place(bench: Bench) -> None:
    cursors = {name: bench.cursors(name) for name in LISTS}

    @quick
    @given(st.data())
    def never_fails(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(list(LISTS)))
        cursor = data.draw(st.sampled_from(cursors[name]))
        start = data.draw(st.integers(0, len(cursor)))
        end = data.draw(st.integers(start, min(start + 3, len(cursor))))
        damaged = cursor[:start] + data.draw(st.text("aZ0-_=.é", max_size=3)) + cursor[end:]
        assert bench.page(name, after=damaged)[0] in ([], ["CURSOR_INVALID"])

    never_fails()


def test_a_cursor_with_another_key_is_refused_or_names_another_place(bench: Bench) -> None:
    cursors = {name: decoded(bench.cursors(name)[0]) for name in LISTS}

    @quick
    @given(st.sampled_from(list(LISTS)), st.integers(1, 2), KEYS)
    @example("agreements by instant", 1, "0001-01-01T00:00:00+14:00")  # before the first instant there is
    def never_fails(name: str, at: int, key: Any) -> None:
        values = [*cursors[name]]
        values[at] = key
        codes = bench.page(name, before=encoded(values))[0]
        assert codes in ([], ["CURSOR_INVALID"])
        if key is None or isinstance(key, bool | float | list | dict):
            assert codes == ["CURSOR_INVALID"]

    never_fails()


def test_refuses_a_cursor_with_a_key_too_few_or_too_many(bench: Bench) -> None:
    for name in LISTS:
        values = decoded(bench.cursors(name)[0])
        for damaged in (values[:-1], [*values, "x"], values[:1], []):
            assert bench.page(name, after=encoded(damaged))[0] == ["CURSOR_INVALID"]


# ── sizes, keys and limits ────────────────────────────────────────────────────────────────────────────────


@quick
@given(st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 103), st.sampled_from(["first", "last"]))
def test_refuses_a_page_size_out_of_range(bench: Bench, size: int, end: str) -> None:
    expected = [] if 0 <= size <= 100 else ["INVALID"]
    written = bench.ask(f"{{ cities({end}: {size}) {{ totalCount }} }}")[0]
    assert written == (expected if -(2**31) <= size < 2**31 else ["VALIDATION_FAILED"])
    assert bench.ask(f"query($size: Int) {{ cities({end}: $size) {{ totalCount }} }}", size=size)[0] == expected


def test_refuses_first_and_last_together(bench: Bench) -> None:
    assert bench.ask("{ cities(first: 1, last: 1) { totalCount } }")[0] == ["INVALID"]


@quick
@given(st.from_regex("[_A-Za-z][_0-9A-Za-z]{,300}", fullmatch=True).filter(lambda key: key[:2] != "__"))
def test_answers_under_response_keys_of_any_length(bench: Bench, key: str) -> None:
    assert list(bench.ask(f"{{ {key}: feedCursor }}")[1]) == [key]
    codes, data = bench.ask(f"{{ cities {{ {key}: nodes {{ {key}: name }} }} }}")
    assert codes == []
    assert list(data["cities"][key][0]) == [key]


@quick
@given(st.integers(0, 5), st.integers(1, 14))
def test_refuses_a_selection_deeper_than_the_limit(bench: Bench, pairs: int, depth: int) -> None:
    document = "{ countries { cities(first: 1) { nodes " + "{ country { cities(first: 1) { nodes " * pairs
    document += "{ id }" + " } }" * (pairs + 1) + " }" * pairs + " }"
    expected = [] if 4 + 3 * pairs <= depth else ["TOO_DEEP"]
    assert bench.ask(document, Limits(depth=depth))[0] == expected


@quick
@given(st.integers(1, 30), st.integers(1, 30))
def test_refuses_more_fields_than_the_limit(bench: Bench, fields: int, most: int) -> None:
    document = "{ " + " ".join(f"k{number}: feedCursor" for number in range(fields)) + " }"
    assert bench.ask(document, Limits(fields=most))[0] == ([] if fields <= most else ["TOO_COSTLY"])


@quick
@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 500))
def test_refuses_more_rows_than_the_limit(bench: Bench, outer: int, inner: int, most: int) -> None:
    document = f"{{ cities(first: {outer}) {{ nodes {{ events(first: {inner}) {{ nodes {{ id }} }} }} }} }}"
    rows = outer + max(outer, 1) * inner
    assert bench.ask(document, Limits(rows=most))[0] == ([] if rows <= most else ["TOO_COSTLY"])


def test_refuses_pages_of_pages_within_its_usual_limits(bench: Bench) -> None:
    inner = "agreements(first: 100) { nodes { event { agreements(first: 100) { nodes { id } } } } }"
    assert bench.ask(f"{{ cities(first: 100) {{ nodes {{ {inner} }} }} }}")[0] == ["TOO_COSTLY"]
