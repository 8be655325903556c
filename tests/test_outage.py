"""What callers are told while the database is away, and that the service recovers by itself."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.embedded import EmbeddedServer, start_embedded
from tests.conftest import NOT_DURABLE, execute, open_folder
from tests.server import PATIENCE_S, Server, serving


@pytest.fixture
def database_folder() -> Iterator[Path]:
    """A folder for a database server that the test may stop."""
    with open_folder() as folder:
        yield folder / "database"


def answered(server: Server, query: str, key: str | None = None) -> tuple[int, str]:
    """Return the status and the code, or no code where the request was answered."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    response = httpx.post(server.url, json={"query": query}, headers=headers, timeout=PATIENCE_S)
    answer = json.loads(response.text)
    return response.status_code, answer["errors"][0]["extensions"]["code"] if "errors" in answer else ""


def until_answered(server: Server) -> None:
    """Ask until the service answers again."""
    for _ in range(300):
        if answered(server, "{ feedCursor }") == (200, ""):
            return
    raise AssertionError("the service did not recover")


def test_tells_that_the_database_is_away_and_recovers(database_folder: Path) -> None:
    with open_folder() as folder:
        database: EmbeddedServer = start_embedded(database_folder, NOT_DURABLE)
        with serving(folder / "data", DATABASE_URL=database.url, JUMELAGE_LOAD_RELEASES="false") as server:
            assert answered(server, "{ feedCursor }") == (200, "")
            database.release()
            assert answered(server, "{ agreements { totalCount } }") == (200, "UNAVAILABLE")
            assert answered(server, "{ agreements { totalCount } }", "jml_some_key") == (200, "UNAVAILABLE")
            database = start_embedded(database_folder, NOT_DURABLE)
            until_answered(server)
        database.release()


def test_no_text_of_an_exception_reaches_a_caller(database_folder: Path) -> None:
    with open_folder() as folder, start_embedded(database_folder, NOT_DURABLE) as database:  # noqa: SIM117
        with serving(folder / "data", DATABASE_URL=database.url, JUMELAGE_LOAD_RELEASES="false") as server:
            # A table that is gone is the plainest fault inside.
            asyncio.run(execute(database.url, "DROP TABLE citation CASCADE"))
            response = httpx.post(server.url, json={"query": "{ cities { nodes { citations { field } } } }"})
            assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
            assert "citation" not in response.json()["errors"][0]["message"]
