"""The service on a port of this process: real sockets, settings of the test's own, and nothing to wait for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from service.app import create_app
from service.changes import Feed
from service.serving import listen
from service.settings import Settings
from service.streams import Streams
from service.web_server import WebServer, web_server


@dataclass
class Listening:
    """A service that answers."""

    port: int
    server: WebServer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"

    @property
    def streams(self) -> Streams:
        streams: Streams = self.server.application.state.streams
        return streams

    @property
    def feed(self) -> Feed:
        feed: Feed = self.server.application.state.executor.feed
        return feed


@asynccontextmanager
async def listening(database_url: str, at_port: int = 0, **settings: Any) -> AsyncIterator[Listening]:
    """Serve a registry until the context ends, then stop as SIGTERM does."""
    ready = asyncio.Event()
    given = Settings(**settings)
    listener = listen("127.0.0.1", at_port)
    server = web_server(create_app(given, database_url), given, ready.set)
    task = asyncio.create_task(server._serve([listener]))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    try:
        yield Listening(listener.getsockname()[1], server)
    finally:
        waiting.cancel()
        server.should_exit = True
        await task
