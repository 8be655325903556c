"""What a registry's size costs: the same questions asked of a small and a large one, in turn.

Knows the questions and how they are timed: the statement that the service writes is run over one connection, so
the time is the database's and one round trip over its socket. Its plan is kept where it grew by too much.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import asyncpg

from bench.report import RESULTS, save, table
from bench.workloads import DOCUMENT
from schema.build import build
from schema.execution import Executor, GraphQLRequest, written
from service.changes import Feed
from service.database import Database
from service.plan import Statement

ALLOWED = 1.3
MOST_MS = 60_000
RUNS = 300
"""So many that the least of them tells what the work costs: what other programs take only ever adds to it."""

_NODES = "nodes { id title signedOn parties { party { name } } }"
_CHINA = 'party: {city: {country: {equals: "CN"}}}'
_ALL_THREE = f'kind: {{equals: SISTER_CITY}}, signedOn: {{from: "2010-01-01", to: "2014-12-31"}}, {_CHINA}'
_BY_TITLE = "orderBy: [{field: TITLE}]"
_PARTNERS = "query ($id: ID!) { node(id: $id) { ... on City { partners(first: 5) { nodes { name } } } } }"


def filtered(condition: str, declared: str = "", arguments: str = "") -> str:
    """Return a document for a page of what fulfils a filter."""
    return f"query {declared} {{ agreements(filter: {{{condition}}} {arguments}) {{ {_NODES} }} }}"


# Each with the name of the cursor or the record that it is asked with, if it is.
QUESTIONS: dict[str, tuple[str, str]] = {
    "first page, all of it": (DOCUMENT, ""),
    "first page, titles": (f"{{ agreements {{ {_NODES} }} }}", ""),
    "page deep inside": (f"query ($after: String!) {{ agreements(after: $after) {{ {_NODES} }} }}", "after"),
    "country": (filtered(_CHINA), ""),
    "country, deep inside": (filtered(_CHINA, "($after: String!)", "after: $after"), "after"),
    "country, from the end": (filtered(_CHINA, arguments="last: 20"), ""),
    "rare country": (filtered('party: {city: {country: {equals: "ZW"}}}'), ""),
    "kind": (filtered("kind: {equals: PROJECT}"), ""),
    "dates": (filtered('signedOn: {from: "1990-01-01", to: "1990-12-31"}'), ""),
    "kind, dates and country": (filtered(_ALL_THREE), ""),
    "country, by title": (filtered(_CHINA, arguments=_BY_TITLE), ""),
    "rare country, by title": (filtered('party: {city: {country: {equals: "ZW"}}}', arguments=_BY_TITLE), ""),
    "kind, dates and country, by title": (filtered(_ALL_THREE, arguments=_BY_TITLE), ""),
    "status ENDED": (filtered("status: {equals: ENDED}"), ""),
    "status EXPIRED": (filtered("status: {equals: EXPIRED}"), ""),
    "agreements of a city": (
        f"query ($id: ID!) {{ node(id: $id) {{ ... on City {{ agreements {{ {_NODES} }} }} }} }}",
        "city",
    ),
    "agreements of the busiest city": (
        f"query ($id: ID!) {{ node(id: $id) {{ ... on City {{ agreements {{ {_NODES} }} }} }} }}",
        "busiest",
    ),
    "partners of a city": (_PARTNERS, "city"),
    "partners of the busiest city": (_PARTNERS, "busiest"),
    "node by id": (
        "query ($id: ID!) { node(id: $id) { ... on Agreement { title parties { party { name } } } } }",
        "agreement",
    ),
    "totalCount": ("{ agreements(first: 1) { totalCount } }", ""),
    "totalCount of a kind": ("{ agreements(first: 1, filter: {kind: {equals: PROJECT}}) { totalCount } }", ""),
}
# What is proportional to what is counted, by its nature.
PROPORTIONAL = {"totalCount", "totalCount of a kind"}


async def variables(executor: Executor, connection: Any) -> dict[str, str]:
    """Return an agreement in the middle of the list, its cursor, a city with a dozen agreements, and the busiest."""
    middle = await connection.fetchval(
        "SELECT id FROM agreement ORDER BY coalesce(signed_on_earliest, '-infinity') DESC, id DESC"
        " OFFSET (SELECT count(*) / 2 FROM agreement) LIMIT 1"
    )
    city = await connection.fetchval(
        "SELECT city_id FROM agreement_party WHERE city_id IS NOT NULL GROUP BY city_id"
        " ORDER BY abs(count(*) - 12), city_id LIMIT 1"
    )
    busiest = await connection.fetchval(
        "SELECT city_id FROM agreement_party WHERE city_id IS NOT NULL GROUP BY city_id"
        " ORDER BY count(*) DESC, city_id LIMIT 1"
    )
    asked = "query ($id: ID!) { agreements(first: 1, filter: {id: {equals: $id}}) { pageInfo { endCursor } } }"
    answer = (await executor.answer(GraphQLRequest(asked, None, {"id": middle}))).body.decode()
    cursor = answer.rpartition('"endCursor":"')[2].partition('"')[0]
    return {"agreement": middle, "after": cursor, "city": city, "busiest": busiest}


def statement(executor: Executor, document: str, given: Mapping[str, str]) -> Statement:
    """Return the statement that the service writes for a document."""
    read = executor.documents.read(document)
    operation = read.operation(None)
    planner = executor.planner(read, operation, GraphQLRequest(document, None, dict(given)))
    return written(planner.operation(operation))


def compare_sizes(urls: Mapping[int, str]) -> dict[str, float]:
    """Measure, print and save the table, and return how many times as much each question costs when large."""
    return asyncio.run(_compare(urls))


async def _compare(urls: Mapping[int, str]) -> dict[str, float]:
    small, large = urls
    asked: dict[int, dict[str, Statement]] = {}
    times: dict[int, dict[str, float]] = {}
    async with Database.connect(urls[small]) as first, Database.connect(urls[large]) as second:
        databases = {small: first, large: second}
        for size, database in databases.items():
            asked[size] = await _statements(database)
        for name in QUESTIONS:
            for size, took in (await _time(name, databases, asked)).items():
                times.setdefault(size, {})[name] = took
        ratios = {name: times[large][name] / times[small][name] for name in QUESTIONS}
        for name in (name for name, ratio in ratios.items() if ratio > ALLOWED and name not in PROPORTIONAL):
            await _explain(databases, asked, name)
    rows = [
        [
            name,
            *(f"{times[size][name]:.2f}" for size in (small, large)),
            f"{ratio:.2f}{mark(name, ratio)}",
        ]
        for name, ratio in ratios.items()
    ]
    head = [f"least of {RUNS}, ms", f"{small:,} agreements", f"{large:,} agreements", "ratio"]
    save("growth", table(head, rows) + f"\n\n* more than {ALLOWED}; the plans are beside this file", times)
    return ratios


def mark(name: str, ratio: float) -> str:
    """Return what a ratio that is too large is marked with."""
    return " *" if ratio > ALLOWED and name not in PROPORTIONAL else ""


async def _statements(database: Database) -> dict[str, Statement]:
    executor = Executor(build(), database, Feed(database))
    async with database.pool.acquire() as connection:
        given = await variables(executor, connection)
    return {
        name: statement(executor, document, {"after" if asked == "after" else "id": given[asked]} if asked else {})
        for name, (document, asked) in QUESTIONS.items()
    }


async def _time(
    name: str, databases: Mapping[int, Database], asked: Mapping[int, Mapping[str, Statement]]
) -> dict[int, float]:
    """Return the least times, the runs taken in turn, on connections that plan as the service's do."""
    took: dict[int, list[float]] = {size: [] for size in databases}
    for _ in range(RUNS):
        for size, database in databases.items():
            wanted = asked[size][name]
            async with database.pool_of(wanted).acquire() as connection:
                began = time.perf_counter()
                await connection.fetchval(wanted.text, *wanted.parameters)
                took[size].append((time.perf_counter() - began) * 1e3)
        if sum(map(sum, took.values())) > MOST_MS:
            break
    return {size: min(each) for size, each in took.items()}


async def _explain(databases: Mapping[int, Database], asked: Mapping[int, Mapping[str, Statement]], name: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    for size, database in databases.items():
        wanted = asked[size][name]
        async with database.pool_of(wanted).acquire() as connection:
            # Prepared as the driver does, so that the plan shown is the generic one that requests meet.
            await connection.execute(f"PREPARE asked AS {wanted.text}")
            given = f"({', '.join(map(literal, wanted.parameters))})" if wanted.parameters else ""
            rows: list[asyncpg.Record] = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS) EXECUTE asked{given}")
            await connection.execute("DEALLOCATE asked")
        stem = "".join(letter if letter.isalnum() else "-" for letter in name)
        path = RESULTS / f"plan-{stem}-{size}.txt"
        path.write_text("\n".join([wanted.text, repr(wanted.parameters), "", *(row[0] for row in rows)]) + "\n")


def literal(value: object) -> str:
    """Write a parameter into a statement; the statement says its type."""
    if isinstance(value, tuple):
        value = "{" + ",".join(str(each) for each in value) + "}"
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"
