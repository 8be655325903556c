"""What the benchmark compares is the same: the statements written by hand answer, and write, as the service does."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import orjson
import pytest

from bench.contestants import FUNCTIONS, NotOffered, ask_handwritten
from bench.contestants.handwritten.__main__ import QUESTIONS, RECORD_SIGNING
from bench.contestants.handwritten.statements import RECORD_SIGNING as RECORD
from bench.peers import without_cursors
from bench.replay import noted
from bench.signing import ask_handwritten as ask_signing
from bench.signing import ask_ours, signings
from bench.signings import signings as invented
from bench.workloads import Workload, draw
from bench.writing import ONE
from service.generation import Size, generate
from service.models.columns import new_id
from tests.api import Api, answering
from tests.registry import TABLES

ANSWERS_COMPARED = 40


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a small generated registry, in which the peers find what they need."""
    await generate(database, Size.of(400), 1, lambda _: None)
    connection = await asyncpg.connect(database)
    await connection.execute(FUNCTIONS)
    yield connection
    await connection.close()


async def ours(api: Api, document: str, variables: Any) -> Any:
    """Return what the service answers."""
    answer = await api.answer(document, dict(variables))
    assert "errors" not in answer
    return without_cursors(answer)


async def by_hand(connection: asyncpg.Connection, workload: Workload, variables: Any) -> Any:
    """Return what the hand-written statement answers."""
    asked = urlsplit(ask_handwritten(workload, variables).path)
    statement, names = QUESTIONS[asked.path]
    given = parse_qs(asked.query)
    answer = await connection.fetchval(statement, *(given[name][0] for name in names))
    return without_cursors(orjson.loads(answer))


async def test_statements_by_hand_answer_as_the_service_does(connection: asyncpg.Connection, database: str) -> None:
    workloads = await draw(database)
    compared = set()
    async with answering(database) as api:
        for workload in workloads.values():
            assert workload.variables, f"nothing is drawn for {workload.name}"
            for variables in workload.variables[:ANSWERS_COMPARED]:
                try:
                    expected = await by_hand(connection, workload, variables)
                except NotOffered:
                    assert workload.unchanged
                    continue
                assert await ours(api, workload.document, variables) == expected
                compared.add(f"/{workload.name}")
    assert compared == set(QUESTIONS)


async def test_the_peers_search_finds_what_the_service_finds(connection: asyncpg.Connection, database: str) -> None:
    search = (await draw(database))["search"]
    within_names = 0
    async with answering(database) as api:
        for variables in search.variables:
            rows = await connection.fetch("SELECT id, name FROM search_cities($1, 20)", variables["text"])
            answer = await ours(api, search.document, variables)
            found = [(node["id"], node["name"]) for node in answer["data"]["search"]["nodes"]]
            assert found == [tuple(row) for row in rows]
            spellings = "SELECT count(*) FROM spelling WHERE subject_id = $1 AND starts_with(folded, $2)"
            for id_, _ in found:
                within_names += not await connection.fetchval(spellings, id_, variables["text"])
    assert within_names, "no text is found within a name"


async def test_the_signing_by_hand_leaves_as_many_rows(connection: asyncpg.Connection, database: str) -> None:
    async def rows() -> dict[str, int]:
        return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}

    cities = [row["id"] for row in await connection.fetch("SELECT id FROM city ORDER BY id LIMIT 2")]
    first, second = next(signings(cities, "first")), next(signings(cities, "second"))
    before = await rows()
    request = orjson.loads(ask_ours(first).body)
    async with answering(database) as api:
        ours = (await api.ask(request["query"], request["variables"]))["recordSigning"]
    between = await rows()
    asked = ask_signing(second)
    assert asked.path == RECORD_SIGNING
    answer = orjson.loads(await connection.fetchval(RECORD, *orjson.loads(asked.body), new_id("agr")))
    after = await rows()
    assert {table: between[table] - before[table] for table in TABLES} == {
        table: after[table] - between[table] for table in TABLES
    }
    theirs = answer["data"]["recordSigning"]
    assert ours["agreement"].keys() == theirs["agreement"].keys()
    assert sorted(ours["agreement"]["title"].split()) == sorted(theirs["agreement"]["title"].split())
    assert (ours["userErrors"], ours["replayed"]) == (theirs["userErrors"], theirs["replayed"]) == ([], False)
    assert ours["cursor"].count(".") == theirs["cursor"].count(".")


async def test_what_recording_asks_of_the_database_is_noted(database: str) -> None:
    (asked,) = await noted(database, ONE, [{"input": one} for one in invented(1, 2)])
    methods = [method for method, _ in asked]
    assert methods[0] == "start"
    assert methods[-2] == "commit"
    assert "INSERT INTO idempotency_key" in asked[1][1][0]
    assert "agreement" in asked[-1][1][0]  # the payload is read back
    kept = await asyncpg.connect(database)
    assert await kept.fetchval("SELECT count(*) FROM agreement") == 1
    await kept.close()
