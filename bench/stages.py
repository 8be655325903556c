"""Where a request's time goes in the service: each stage run alone, over and over, in one process.

Knows the stages. What the operating system and the network cost is not in it: see peers for the whole.
"""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

from bench.report import save, table
from bench.workloads import DOCUMENT
from schema.execution import GraphQLRequest
from service.app import create_app
from service.plan import Statement
from service.settings import Settings

RUNS, REPEATS = 1_000, 7
BODY = json.dumps({"query": DOCUMENT}).encode()
HEADERS = {"host": "127.0.0.1", "content-type": "application/json", "content-length": str(len(BODY))}
SCOPE: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "path": "/graphql",
    "raw_path": b"/graphql",
    "query_string": b"",
    "root_path": "",
    "headers": [(name.encode(), value.encode()) for name, value in HEADERS.items()],
    "server": ("127.0.0.1", 8000),
    "client": ("127.0.0.1", 9000),
}
CONSTANT = Statement("SELECT '{}'::json", ())


async def receive() -> dict[str, Any]:
    """Give the request's body."""
    return {"type": "http.request", "body": BODY, "more_body": False}


async def send(message: Any) -> None:
    """Take a part of the answer."""


def measure_stages(url: str) -> None:
    """Measure, print and save the table."""
    uvloop.run(_measure(url))


async def _measure(url: str) -> None:
    app = create_app(Settings(), url)
    async with app.router.lifespan_context(app):
        executor, endpoint = app.state.executor, app.state.endpoint
        database, request = executor.database, GraphQLRequest(DOCUMENT)
        body: bytes = (await executor.answer(request)).body.removeprefix(b'{"data":')[:-1]
        statement = next(iter(executor.statements.templates.values.values())).statement

        async def lend() -> None:
            async with database.pool.acquire():
                pass

        async def respond() -> None:
            await endpoint(dict(SCOPE), receive, send)

        async def answered(_: Statement, request: GraphQLRequest | None = None) -> bytes:
            return body

        figures = {
            "the database, and the driver": await _microseconds(lambda: database.fetch(statement)),
            "a statement that answers {}": await _microseconds(lambda: database.fetch(CONSTANT)),
            "of it, a connection lent and taken back": await _microseconds(lend),
        }
        executor.fetch = answered  # from here on, the database answers at once
        if codes := (await executor.answer(request)).codes:
            raise RuntimeError(f"the page is answered with errors: {codes}")
        figures |= {
            "the application, without the database": await _microseconds(lambda: app(dict(SCOPE), receive, send)),
            "of it, the endpoint": await _microseconds(respond),
            "of that, the executor": await _microseconds(lambda: executor.answer(request)),
        }
    rows = [[name, f"{took:.0f}"] for name, took in figures.items()]
    save("stages", table(["stage", "microseconds"], rows), figures)


async def _microseconds(run: Callable[[], Awaitable[Any]]) -> float:
    """Return the least mean of several repeats: what else the machine does only ever adds."""
    least = float("inf")
    for _ in range(REPEATS):
        began = time.perf_counter()
        for _ in range(RUNS):
            await run()
        least = min(least, (time.perf_counter() - began) / RUNS)
    return least * 1e6
