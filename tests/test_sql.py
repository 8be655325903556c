"""Text from outside reaches a statement by three doors only: as a quoted name or constant, and as a bound value."""

import json
from random import Random
from typing import Any

import asyncpg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service import plan
from service.models import TABLES
from service.plan import And, Column, Compare, Many, Object, OrderKey, StartsWith, Value
from service.sql import name, quoted, write
from tests.oracle.draws import Values as Row
from tests.oracle.operations import generate
from tests.oracle.sample import Sample
from tests.oracle.values import Values
from tests.planning import statement

ANY_TEXT = st.text(st.characters(codec=None), max_size=80)
MARK = "zq'\"\\$1;--"


def identifier_of(text: str) -> str | None:
    """Return the text as an identifier, or none where it is refused."""
    try:
        return name(text)
    except ValueError:
        return None


@given(ANY_TEXT)
@example("\ud800")
@example('"')
@example("a\0b")
@example("")
def test_an_identifier_is_one_token_or_refused(text: str) -> None:
    identifier = identifier_of(text)
    if identifier is None:
        assert not text or "\0" in text or len(text.encode(errors="surrogatepass")) > 63 or has_surrogate(text)
    else:
        assert identifier[0] == identifier[-1] == '"'
        assert identifier[1:-1].replace('""', "") == text.replace('"', "")
        assert identifier[1:-1].replace('""', '"') == text


def has_surrogate(text: str) -> bool:
    """Tell whether the text holds half of a surrogate pair."""
    return any("\ud800" <= character <= "\udfff" for character in text)


async def test_an_identifier_comes_back_from_the_database_as_it_was_given(
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    texts = ['"', '""', "a b", "SELECT", "é" * 31, "a" * 63, "\U0001f91d", "\n", "--", "/*", "$1", "';"]
    chosen = Random(1)  # noqa: S311
    texts += ["".join(chosen.choices("\"\\'$;-/*\n aé高", k=20)) for _ in range(200)]
    row = await pool.fetchrow("SELECT " + ", ".join(f"{number} AS {name(text)}" for number, text in enumerate(texts)))
    assert row is not None
    assert list(row.keys()) == texts


async def test_a_constant_comes_back_from_the_database_as_it_was_given(
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    texts = ["", "'", "''", '"', "\\", "\\'", "$1", "--", "\n", "%s", "陳其邁", "\U0001f91d"]
    chosen = Random(1)  # noqa: S311
    texts += ["".join(chosen.choices("'\"\\$;-/*\n aé高", k=20)) for _ in range(200)]
    row = await pool.fetchrow(f"SELECT {', '.join(map(quoted, texts))}")
    assert row is not None
    assert list(row.values()) == texts


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_refuses_a_constant_that_the_database_cannot_hold(text: str) -> None:
    with pytest.raises(ValueError, match="NUL character or half of a surrogate pair"):
        quoted(text)


async def test_a_response_key_is_json_whatever_it_holds(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    keys = ['"', "\\", "'", "a b", "\n", "é", "key"]
    written = write(Object(tuple((key, plan.Constant(number)) for number, key in enumerate(keys))))
    answer = await pool.fetchval(written.text, *written.parameters)
    assert list(json.loads(answer).items()) == [(key, number) for number, key in enumerate(keys)]


@given(st.text(min_size=64, max_size=200))
def test_refuses_an_identifier_that_would_be_cut(text: str) -> None:
    with pytest.raises(ValueError, match="1 to 63 bytes"):
        name(text)


class Marked(Values):
    """Values of which every free text and identifier bears a mark."""

    def scalar(self, random: Random, type_: str, table: str, name: str) -> Any:
        """Return a marked text, or what else is asked for."""
        value = super().scalar(random, type_, table, name)
        return f"{value}{MARK}" if type_ in ("String", "ID") else value

    def city(self, random: Random) -> dict[str, Any]:
        """Return a reference to a city, marked where it can be."""
        marked = {"id": f"cty_{MARK}"}, {"wikidataId": MARK}, {"named": {"name": MARK, "country": "TW", "region": MARK}}
        return random.choice(marked)


@pytest.fixture(scope="module")
def marked() -> Marked:
    rows: dict[str, list[Row]] = Sample(1).rows
    return Marked(rows, {})


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_text_of_a_request_stands_in_the_statement(marked: Marked, seed: int) -> None:
    operation = generate(Random(seed), marked)  # noqa: S311
    written = statement(operation.document, operation.variables)
    assert "zq" not in written.text.lower()


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_equal_requests_give_equal_text(marked: Marked, seed: int) -> None:
    operation = generate(Random(seed), marked)  # noqa: S311
    once, again = (statement(operation.document, operation.variables) for _ in range(2))
    assert once == again


@given(st.text(min_size=1), st.text(min_size=1))
def test_other_values_give_equal_text(one: str, other: str) -> None:
    document = """query ($id: ID!, $text: String!) { agreements(filter: {
        id: {in: [$id]}, title: {contains: $text}, externalReference: {equals: $text} }) { nodes { id } } }"""
    kept = [text for text in (one, other) if "\0" not in text and not has_surrogate(text)]
    assert len({statement(document, {"id": text, "text": text}).text for text in (*kept, "a")}) == 1


def rows_of(table: str, where: plan.Condition, column: str = "id") -> Object:
    """Return a plan that lists a column of a table's rows."""
    return Object((("rows", Many(table, where, (OrderKey("id"),), Object((("value", Column(column)),)))),))


@given(ANY_TEXT)
def test_refuses_a_table_or_a_column_that_does_not_exist(text: str) -> None:
    if text not in TABLES:
        with pytest.raises(KeyError):
            write(rows_of(text, And()))
    if text not in TABLES["city"].c:
        with pytest.raises(KeyError):
            write(rows_of("city", And(), text))


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x\udfff"])
def test_refuses_a_value_that_the_database_cannot_hold(text: str) -> None:
    with pytest.raises(ValueError, match="NUL character or half of a surrogate pair"):
        write(rows_of("city", Compare(Column("name"), "=", Value(text))))
    with pytest.raises(ValueError, match="NUL character or half of a surrogate pair"):
        write(rows_of("city", plan.AnyOf(Column("name"), ("a", text))))


def test_compares_beginnings_by_code_point_whatever_the_collation() -> None:
    assert write(rows_of("city", StartsWith(Column("region"), "New"))).text.count('COLLATE "C"') == 2
