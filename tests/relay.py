"""A way to a PostgreSQL server over TCP: one that can fall silent, or that takes encrypted connections only."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit

CHUNK = 65_536
# What a client sends first where it wants encryption: its length, and a number that is no version.
SSL_REQUEST = bytes.fromhex("0000000804d2162f")


class Relay:
    """Passes bytes on, or keeps them."""

    def __init__(self, socket_path: str, database: str, tls: ssl.SSLContext | None) -> None:
        self.socket_path, self.database, self.tls = socket_path, database, tls
        self.encrypted = 0
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
        if self.tls and not await self.encrypt(self.tls, reader, writer):
            writer.close()
            return
        there, here = await asyncio.open_unix_connection(self.socket_path)
        for source, sink in ((reader, here), (there, writer)):
            task = asyncio.create_task(self.pass_on(source, sink))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def encrypt(self, tls: ssl.SSLContext, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Do as PostgreSQL does where a client asks for encryption; tell whether it did."""
        if await reader.readexactly(8) != SSL_REQUEST:
            return False
        writer.write(b"S")
        with suppress(OSError):
            await writer.start_tls(tls)
            self.encrypted += 1
            return True
        return False

    async def pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await self.open.wait()
                sink.write(data)
        sink.close()


@asynccontextmanager
async def relaying(url: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Relay]:
    """Relay to a server that is reached by a Unix socket."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    relay = Relay(f"{query['host'][0]}/.s.PGSQL.{query['port'][0]}", parts.path.strip("/"), tls)
    server = await asyncio.start_server(relay.accept, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        relay.speak()
        for task in [*relay.tasks]:
            task.cancel()
