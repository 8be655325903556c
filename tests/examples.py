"""The example operations: each a document with its answer on the five releases and its SQL beside it.

    tests/operations/city.graphql         the document, opened by a comment that says what it shows
    tests/operations/city.variables.json  its variables, where it has any: an identifier as the query that finds it
    tests/operations/city.json            the answer
    tests/operations/city.sql             the one statement, and its parameters
    tests/operations/writing/cite...      the same for mutations, performed in the order of their names, without SQL
    tests/operations/following/changes... and for subscriptions: what they tell first of what the mutations changed

`make examples` writes answers and statements anew. Identifiers, cursors, instants and positions differ from one
registry to the next, so they are replaced by what stays the same.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import OperationType

from schema.build import build
from schema.execution import Executor, GraphQLRequest
from service.changes import Feed
from service.database import Database
from service.plan import Statement
from service.release import load_files
from tests.followers import follow, position, replica

FOLDER = Path(__file__).parent / "operations"
WIDTH = 110
CLAUSES = re.compile(r" (?=(?:FROM|WHERE|UNION ALL)\b)")


@dataclass(frozen=True)
class Example:
    """An example document and what is found beside it."""

    name: str

    def path(self, ending: str) -> Path:
        return FOLDER / f"{self.name}.{ending}"

    @property
    def document(self) -> str:
        return self.path("graphql").read_text()

    @property
    def variables(self) -> dict[str, str]:
        path = self.path("variables.json")
        found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return found


EXAMPLES = [Example(path.stem) for path in sorted(FOLDER.glob("*.graphql"))]
WRITING = [Example(f"writing/{path.stem}") for path in sorted(FOLDER.glob("writing/*.graphql"))]
FOLLOWING = [Example(f"following/{path.stem}") for path in sorted(FOLDER.glob("following/*.graphql"))]


class Watched(Executor):
    """An executor that remembers the statements that it ran."""

    ran: list[Statement]

    async def fetch(self, statement: Statement, request: GraphQLRequest | None = None) -> bytes:
        self.ran.append(statement)
        return await super().fetch(statement, request)


@asynccontextmanager
async def executor(url: str) -> AsyncIterator[Watched]:
    """Load the releases into a registry and answer from it."""
    await load_files(url)
    async with Database.connect(url) as database:
        watched = Watched(build(), database, Feed(database))
        watched.ran = []
        yield watched


async def shown(executor: Watched, example: Example) -> tuple[str, str]:
    """Return the example's answer and its statement, as they are kept."""
    variables = {name: await identifier(executor, query) for name, query in example.variables.items()}
    executor.ran.clear()
    answer = await executor.answer(GraphQLRequest(example.document, None, variables))
    data = json.loads(answer.body)
    assert "errors" not in data, data
    (statement,) = executor.ran
    return stable(dump(data["data"])) + "\n", stable(written(statement)) + "\n"


async def told(url: str) -> AsyncIterator[tuple[Example, str]]:
    """Yield what each mutation answers on the five releases, then what each subscription tells first of that."""
    await load_files(url)
    async with replica(url) as here:
        start = await position(here.api)
        for example in WRITING:
            named = {name: await identifier(here.api.executor, query) for name, query in example.variables.items()}
            yield example, stable(dump(await here.api.ask(example.document, named))) + "\n"
        for example in FOLLOWING:
            reader = await follow(here, example.document, after=start)
            yield example, stable(dump(await reader.take())) + "\n"


async def identifier(executor: Executor, query: str) -> str:
    """Return the identifier of the first record that a list finds."""
    answer = json.loads((await executor.answer(GraphQLRequest("{ found: %s { nodes { id } } }" % query))).body)  # noqa: UP031
    found: str = answer["data"]["found"]["nodes"][0]["id"]
    return found


def written(statement: Statement) -> str:
    """Return a statement with a line for each clause, and its parameters below."""
    parameters = "\n".join(f"-- ${at}: {value!r}" for at, value in enumerate(statement.parameters, 1))
    return CLAUSES.sub("\n", statement.text) + (f"\n{parameters}" if parameters else "")


def dump(value: Any, indent: int = 0) -> str:
    """Write JSON with whatever fits on a line on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{inner}{json.dumps(key)}: {dump(part, indent + 2)}" for key, part in value.items()]
        return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(inner + dump(part, indent + 2) for part in value) + "\n" + " " * indent + "]"


def stable(text: str) -> str:
    """Replace what differs from one registry to the next."""
    text = re.sub(r"\b([a-z]{3})_[0-9a-z]{26}\b", r"\1_...", text)
    text = re.sub(r"\b[0-9a-f]{8}\.(\d+)\.[0-9a-f]{8}\b", r"....\1....", text)
    text = re.sub(r"\"WyJ[\w-]+\"", '"..."', text)
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*\+00:00", "...", text)


def operation_type(executor: Watched, example: Example) -> OperationType:
    """Return what kind of operation the document holds."""
    return executor.documents.read(example.document).operation(None).operation


async def write_all(url: str) -> None:
    """Write every example's answer and statement anew."""
    async with executor(url) as watched:
        for example in EXAMPLES:
            answer, statement = await shown(watched, example)
            example.path("json").write_text(answer)
            example.path("sql").write_text(statement)
    async for example, answer in told(url):
        example.path("json").write_text(answer)


if __name__ == "__main__":
    from service.embedded import start_embedded
    from service.migration import upgrade
    from tests.conftest import NOT_DURABLE, open_folder

    with open_folder() as folder, start_embedded(folder / "data", NOT_DURABLE) as server:
        upgrade(server.url)
        asyncio.run(write_all(server.url))
