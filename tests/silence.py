"""A way to a PostgreSQL server over TCP that can fall silent: connections stay open and nothing passes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit

CHUNK = 65_536


class Relay:
    """Passes bytes on, or keeps them."""

    def __init__(self, socket_path: str, database: str) -> None:
        self.socket_path, self.database = socket_path, database
        self.open = asyncio.Event()
        self.open.set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"postgresql://jumelage@127.0.0.1:{self.port}/{self.database}"

    def silence(self) -> None:
        self.open.clear()

    def speak(self) -> None:
        self.open.set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.open.wait()
        there, here = await asyncio.open_unix_connection(self.socket_path)
        for source, sink in ((reader, here), (there, writer)):
            task = asyncio.create_task(self.pass_on(source, sink))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await self.open.wait()
                sink.write(data)
        sink.close()


@asynccontextmanager
async def relaying(url: str) -> AsyncIterator[Relay]:
    """Relay to a server that is reached by a Unix socket."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    relay = Relay(f"{query['host'][0]}/.s.PGSQL.{query['port'][0]}", parts.path.strip("/"))
    server = await asyncio.start_server(relay.accept, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        relay.speak()
        for task in [*relay.tasks]:
            task.cancel()
