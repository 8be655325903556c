"""Filters on partial dates, compared with the same question asked of each date in Python."""

from collections.abc import Iterator
from datetime import date, timedelta

import asyncpg
import orjson
import pytest

from schema.build import build
from schema.execution import Executor, GraphQLRequest
from service.changes import Feed
from service.database import Database
from service.dates import PartialDate
from service.generation import Size, generate

DOCUMENT = """
query ($from: Date, $to: Date, $certainty: Certainty) {
  agreements(first: 1, filter: {signedOn: {from: $from, to: $to, certainty: $certainty}}) { totalCount nodes { id } }
}
"""
WINDOWS = (
    (date(2015, 1, 1), date(2015, 12, 31)),
    (date(2015, 6, 15), date(2016, 6, 14)),
    (date(2020, 2, 29), date(2020, 2, 29)),
    (date(2020, 12, 31), None),
    (None, date(2020, 1, 1)),
    (date.min, date.max),
    (date(2021, 1, 1), date(2020, 1, 1)),
)


def cases() -> Iterator[tuple[date | None, date | None, str]]:
    """Yield every window with either certainty."""
    for start, end in WINDOWS:
        for certainty in ("CERTAIN", "POSSIBLE"):
            yield start, end, certainty


def holds(text: str | None, start: date | None, end: date | None, certainty: str) -> bool:
    """Tell whether a date lies within the bounds, or may do so."""
    if text is None:
        return False
    known = PartialDate.parse(text)
    first, last = start or date.min, end or date.max
    if certainty == "CERTAIN":
        return first <= known.earliest and known.latest <= last
    return known.latest >= first and known.earliest <= last


@pytest.fixture
async def registry(database: str) -> str:
    """A registry with dates of every precision, among them the edges of the windows."""
    await generate(database, Size.of(400), 1, lambda made: None)
    edges = ["2015", "2016~", "2015-06", "2020-02-29", "2020-02", "2020", "2020-12-31", "2020-01-01", "2016-06-14"]
    connection = await asyncpg.connect(database)
    await connection.execute(
        """
        UPDATE agreement SET signed_on = edge, expires_on = NULL, ended_on = NULL
        FROM (SELECT id, (SELECT $1::text[])[row_number() OVER (ORDER BY id)] AS edge FROM agreement
              WHERE status = 'IN_FORCE') chosen
        WHERE agreement.id = chosen.id AND edge IS NOT NULL
        """,
        edges,
    )
    await connection.close()
    return database


async def test_window_of_dates_holds_what_lies_or_may_lie_in_it(registry: str) -> None:
    async with Database.connect(registry) as connected:
        executor = Executor(build(), connected, Feed(connected))
        async with connected.pool.acquire() as connection:
            rows = await connection.fetch("SELECT signed_on FROM agreement")
        for start, end, certainty in cases():
            given = {"from": start and start.isoformat(), "to": end and end.isoformat(), "certainty": certainty}
            answer = await executor.answer(GraphQLRequest(DOCUMENT, None, given))
            assert answer.codes == (), answer.body
            count = orjson.loads(answer.body)["data"]["agreements"]["totalCount"]
            assert count == sum(holds(row["signed_on"], start, end, certainty) for row in rows), given


async def test_window_of_dates_is_a_range_of_the_index(registry: str) -> None:
    async with Database.connect(registry) as connected:
        executor = Executor(build(), connected, Feed(connected))
        document = """{ agreements(filter: {signedOn: {from: "2000-01-01", to: "2000-12-31"}}) { nodes { id } } }"""
        await executor.answer(GraphQLRequest(document))
        (template,) = executor.statements.templates.values.values()
        statement = template.statement
        async with connected.pool.acquire() as connection:
            await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
            rows = await connection.fetch(f"EXPLAIN {statement.text}", *statement.parameters)
    plan = " ".join(row[0] for row in rows)
    assert "ix_agreement_by_signed_on_desc" in plan
    assert "Index Cond: ((COALESCE(signed_on_earliest, '-infinity'::date) >= '2000-01-01'::date)" in plan


def test_widest_partial_date_is_a_leap_year() -> None:
    leap = PartialDate.parse("2024")
    assert leap.latest - leap.earliest == timedelta(days=365)
