"""The whole application within the test's own process, asked over ASGI: for what no socket is needed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from service.app import create_app
from service.settings import Settings

MODERN = "application/graphql-response+json"
PLAIN = "application/json"


class Edge:
    """The application, and a client of it."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        self.app, self.client = app, client

    async def post(self, query: str, accept: str = MODERN, **given: Any) -> httpx.Response:
        """Post an operation, with headers and whatever else goes beside it in the body."""
        headers = {"accept": accept, **given.pop("headers", {})}
        return await self.client.post("/graphql", json={"query": query, **given}, headers=headers)

    async def get(self, query: str, accept: str = MODERN, **given: Any) -> httpx.Response:
        """Ask by GET, with headers and whatever else goes beside it in the address."""
        headers = {"accept": accept, **given.pop("headers", {})}
        return await self.client.get("/graphql", params={"query": query, **given}, headers=headers)


@asynccontextmanager
async def edge(database: str, **settings: Any) -> AsyncIterator[Edge]:
    """Run the application on a database for as long as the context lasts."""
    app = create_app(Settings(**settings), database)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://jumelage.test") as client:
            yield Edge(app, client)


def codes(response: httpx.Response) -> list[str]:
    """Return the codes of a response's errors."""
    return [error["extensions"]["code"] for error in response.json().get("errors", ())]
