"""A small balancer: passes connections to servers in turn, and asks each whether it is ready."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHECK_EVERY_S = 0.1


class Balancer:
    """Servers by their ports, and which of them are ready."""

    def __init__(self) -> None:
        self.servers: list[int] = []
        self.ready: list[int] = []
        self.silent: set[int] = set()
        self.turns = itertools.count()
        self.port = 0

    async def check(self) -> None:
        """Ask all servers again and again."""
        while True:
            answers = await asyncio.gather(*(self.is_ready(port) for port in self.servers))
            self.ready = [port for port, ready in zip(self.servers, answers, strict=False) if ready]
            await asyncio.sleep(CHECK_EVERY_S)

    async def is_ready(self, port: int) -> bool:
        """Ask one server, as an orchestrator would."""
        try:
            async with asyncio.timeout(2):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET /health/ready HTTP/1.1\r\nhost: balancer\r\nconnection: close\r\n\r\n")
                status = await reader.readline()
                writer.close()
        except (OSError, TimeoutError):
            return False
        return b" 200 " in status

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass a connection on to the server whose turn it is; where there is none, close it."""
        port = self.ready[next(self.turns) % len(self.ready)] if self.ready else 0
        try:
            there, here = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self.pass_on(port, reader, here), self.pass_on(port, there, writer))

    async def pass_on(self, port: int, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Pass on what comes from one side; of a silent server nothing passes any more."""
        with suppress(OSError):
            while data := await source.read(65_536):
                if port not in self.silent:
                    sink.write(data)
        sink.close()

    def leave_out(self, port: int) -> None:
        """Send no more clients to a server."""
        self.servers.remove(port)
        self.ready = [*self.servers]


@asynccontextmanager
async def balancing(*ports: int) -> AsyncIterator[Balancer]:
    """Balance over servers of this machine."""
    balancer = Balancer()
    balancer.servers = balancer.ready = [*ports]
    checking = asyncio.create_task(balancer.check())
    server = await asyncio.start_server(balancer.accept, "127.0.0.1", 0)
    balancer.port = server.sockets[0].getsockname()[1]
    try:
        yield balancer
    finally:
        server.close()
        checking.cancel()
        await asyncio.gather(checking, return_exceptions=True)
