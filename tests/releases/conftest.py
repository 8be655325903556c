"""Fixtures of the readings: the five releases, loaded once into a registry that is asked through the API."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
import pytest

from schema.build import build
from schema.execution import Executor, GraphQLRequest
from service.changes import Feed
from service.database import Database
from service.release import load_files
from tests.conftest import sibling
from tests.releases.reading import Ask

NAME = "test_releases"


@pytest.fixture(scope="session")
def ask(postgres_url: str, template: str) -> Iterator[Ask]:
    """Ask the loaded registry; the tests only read, so that one registry and one loop serve all of them."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        executor = _asking(postgres_url, template)
        answer = runner.run(executor.__aenter__())
        try:
            yield lambda query, **variables: _data(runner.run(answer(query, variables)))
        finally:
            runner.run(executor.__aexit__(None, None, None))


@asynccontextmanager
async def _asking(postgres_url: str, template: str) -> AsyncIterator[Callable[[str, dict[str, Any]], Any]]:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {NAME} TEMPLATE {template}")
    url = sibling(postgres_url, NAME)
    await load_files(url)
    async with Database.connect(url, pool_min=1, pool_max=4) as database, Feed(database).run():
        executor = Executor(build(), database, Feed(database))

        async def answer(query: str, variables: dict[str, Any]) -> bytes:
            return (await executor.answer(GraphQLRequest(query, variables=variables))).body

        yield answer
    await connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
    await connection.close()


def _data(body: bytes) -> Any:
    answer = orjson.loads(body)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]
