"""The API without a socket: operations answered in this process, on a registry of the test's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from schema.build import build
from schema.execution import Executor, GraphQLRequest
from service.changes import Feed
from service.database import Database
from service.keys import Caller, Scope

WRITER = Caller("writer", "city", frozenset({Scope.SIGNINGS_WRITE, Scope.REGISTRY_WRITE}))
PAYLOAD = "replayed cursor userErrors { code path message candidates { id } }"


class Api:
    """Answers operations for a caller that may write."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor

    async def answer(
        self, query: str, variables: dict[str, Any] | None = None, caller: Caller | None = WRITER
    ) -> dict[str, Any]:
        """Return the whole response."""
        answer = await self.executor.answer(GraphQLRequest(query, None, variables or {}, caller))
        response: dict[str, Any] = orjson.loads(answer.body)
        return response

    async def ask(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the data of a response without errors."""
        response = await self.answer(query, variables)
        assert "errors" not in response, response["errors"]
        data: dict[str, Any] = response["data"]
        return data

    async def mutate(self, name: str, given: dict[str, Any], selection: str = "") -> dict[str, Any]:
        """Perform a mutation whose one argument is input, and return its payload with what is selected beside."""
        type_ = self.executor.schema.mutation_type
        assert type_ is not None
        query = (
            f"mutation ($input: {type_.fields[name].args['input'].type}) "
            f"{{ {name}(input: $input) {{ {selection} {PAYLOAD} }} }}"
        )
        payload: dict[str, Any] = (await self.ask(query, {"input": given}))[name]
        return payload

    async def written(self, name: str, given: dict[str, Any], selection: str = "") -> dict[str, Any]:
        """Perform a mutation that must not be refused, and return its payload."""
        payload = await self.mutate(name, given, selection)
        assert payload["userErrors"] == []
        assert payload["cursor"]
        return payload

    async def refused(self, name: str, given: dict[str, Any]) -> list[tuple[str, str]]:
        """Perform a mutation that must be refused, and return codes and paths."""
        payload = await self.mutate(name, given)
        assert payload["cursor"] is None
        assert all(error["message"] for error in payload["userErrors"])
        return [(error["code"], ".".join(error["path"])) for error in payload["userErrors"]]


@asynccontextmanager
async def answering(url: str) -> AsyncIterator[Api]:
    """Answer operations on the database for as long as the context lasts."""
    # Patience, because the machine may be busy with other tests; what a service does without it is tested by itself.
    async with Database.connect(url, connect_timeout_ms=60_000) as database:
        yield Api(Executor(build(), database, Feed(database)))
