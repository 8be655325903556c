"""Taking connections from a socket that several processes share.

The event loop's own server takes all that wait whenever it wakes: of sixteen that come at once, one process may get
all. Here each takes one and looks again, while the others do the same. Knows no protocol.
"""

import asyncio
import socket
from collections.abc import Callable

import structlog

log = structlog.get_logger()

BACKLOG = 2048
PAUSE_S = 0.5
"""For how long nothing is taken where a process may open no more files."""


class Acceptor:
    """Takes connections one at a time; stands where the web server expects a server of the event loop."""

    def __init__(self, listener: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        """Begin to listen."""
        self.listener, self.protocol = listener, protocol
        self.loop = asyncio.get_running_loop()
        self.greeting: set[asyncio.Task[object]] = set()
        self.closed = False
        listener.setblocking(False)
        listener.listen(BACKLOG)
        self.begin()

    def begin(self) -> None:
        """Take what comes from now on."""
        if not self.closed:
            self.loop.add_reader(self.listener, self.take)

    def take(self) -> None:
        """Take one connection, unless another process was faster."""
        try:
            connection, _ = self.listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:
            log.error("no connection can be taken", exc_info=error)
            self.loop.remove_reader(self.listener)
            self.loop.call_later(PAUSE_S, self.begin)
            return
        connection.setblocking(False)
        task = self.loop.create_task(self.greet(connection))
        self.greeting.add(task)
        task.add_done_callback(self.greeting.discard)

    async def greet(self, connection: socket.socket) -> None:
        """Hand a connection over to its protocol."""
        try:
            await self.loop.connect_accepted_socket(self.protocol, connection)
        except OSError:
            connection.close()  # the client has left

    def close(self) -> None:
        """Take no more."""
        self.closed = True
        self.loop.remove_reader(self.listener)

    async def wait_closed(self) -> None:
        """Wait until what was taken is handed over."""
        await asyncio.gather(*self.greeting)
