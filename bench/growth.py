"""What a registry's size costs: the same questions asked of a small and a large one, in turn.

Knows the questions and how they are timed: the statement that the service writes is run over one connection, so
the time is the database's and one round trip over its socket. Its plan is kept where it grew by too much.
"""

import asyncio
import statistics
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
RUNS = 60

_NODES = "nodes { id title signedOn parties { party { name } } }"
_KOSOVO = '{city: {country: {equals: "XK"}}}'


def filtered(condition: str) -> str:
    """Return a document for the first page of what fulfils a filter."""
    return f"{{ agreements(filter: {{{condition}}}) {{ {_NODES} }} }}"


QUESTIONS = {
    "first page, all of it": DOCUMENT,
    "first page, titles": f"{{ agreements {{ {_NODES} }} }}",
    "page deep inside": f"query ($after: String!) {{ agreements(after: $after) {{ {_NODES} }} }}",
    "filter: country": filtered(f"party: {_KOSOVO}"),
    "filter: rare country": filtered('party: {city: {country: {equals: "ZW"}}}'),
    "filter: kind": filtered("kind: {equals: PROJECT}"),
    "filter: dates": filtered('signedOn: {from: "1990-01-01", to: "1990-12-31"}'),
    "filter: all three": filtered(
        f'kind: {{equals: SISTER_CITY}}, signedOn: {{from: "2010-01-01", to: "2014-12-31"}}, party: {_KOSOVO}'
    ),
    "agreements of a city": f"query ($id: ID!) {{ node(id: $id) {{ ... on City {{ agreements {{ {_NODES} }} }} }} }}",
    "node by id": "query ($id: ID!) { node(id: $id) { ... on Agreement { title parties { party { name } } } } }",
    "totalCount": "{ agreements(first: 1) { totalCount } }",
    "totalCount, filter: kind": "{ agreements(first: 1, filter: {kind: {equals: PROJECT}}) { totalCount } }",
}


async def variables(executor: Executor, connection: Any) -> dict[str, str]:
    """Return an agreement in the middle of the list, its cursor, and a city with about a dozen agreements."""
    middle = await connection.fetchval(
        "SELECT id FROM agreement ORDER BY coalesce(signed_on_earliest, '-infinity') DESC, id DESC"
        " OFFSET (SELECT count(*) / 2 FROM agreement) LIMIT 1"
    )
    city = await connection.fetchval(
        "SELECT city_id FROM agreement_party WHERE city_id IS NOT NULL GROUP BY city_id"
        " ORDER BY abs(count(*) - 12), city_id LIMIT 1"
    )
    asked = "query ($id: ID!) { agreements(first: 1, filter: {id: {equals: $id}}) { pageInfo { endCursor } } }"
    answer = (await executor.answer(GraphQLRequest(asked, None, {"id": middle}))).body.decode()
    cursor = answer.rpartition('"endCursor":"')[2].partition('"')[0]
    return {"id": middle, "after": cursor, "city": city}


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
        for name in (name for name, ratio in ratios.items() if ratio > ALLOWED):
            await _explain(databases, asked, name)
    rows = [
        [
            name,
            *(f"{times[size][name]:.2f}" for size in (small, large)),
            f"{ratio:.2f}{' *' if ratio > ALLOWED else ''}",
        ]
        for name, ratio in ratios.items()
    ]
    head = ["median, ms", f"{small:,} agreements", f"{large:,} agreements", "ratio"]
    save("growth", table(head, rows) + f"\n\n* more than {ALLOWED}; the plans are beside this file", times)
    return ratios


async def _statements(database: Database) -> dict[str, Statement]:
    executor = Executor(build(), database, Feed(database))
    async with database.pool.acquire() as connection:
        given = await variables(executor, connection)
    city = {**given, "id": given["city"]}
    return {
        name: statement(executor, document, city if "City" in document else given)
        for name, document in QUESTIONS.items()
    }


async def _time(
    name: str, databases: Mapping[int, Database], asked: Mapping[int, Mapping[str, Statement]]
) -> dict[int, float]:
    """Return the median times, the runs taken in turn."""
    took: dict[int, list[float]] = {size: [] for size in databases}
    for _ in range(RUNS):
        for size, database in databases.items():
            wanted = asked[size][name]
            async with database.pool.acquire() as connection:
                began = time.perf_counter()
                await connection.fetchval(wanted.text, *wanted.parameters)
                took[size].append((time.perf_counter() - began) * 1e3)
            if sum(took[size]) > 20_000:
                return {size: statistics.median(each) for size, each in took.items() if each}
    return {size: statistics.median(each[5:]) for size, each in took.items()}


async def _explain(databases: Mapping[int, Database], asked: Mapping[int, Mapping[str, Statement]], name: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    for size, database in databases.items():
        wanted = asked[size][name]
        async with database.pool.acquire() as connection:
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
