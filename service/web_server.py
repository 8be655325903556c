"""The web server in which the application runs: uvicorn, as we set it up, and the order in which it stops.

At SIGTERM the process says that it is not ready and goes on answering for as long as balancers need to notice, telling
clients to connect anew; then it accepts no more, ends the streams, and finishes what it began. Meanwhile it shows its
supervisor, if it has one, that its event loop runs. Knows sockets' options and seconds, and nothing of what is
answered.
"""

import asyncio
import signal
import socket
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

import structlog
import uvicorn
from fastapi import FastAPI

from service.accepting import Acceptor
from service.http.protocol import protocol_of
from service.settings import Settings
from service.websocket_protocol import BoundedWebSocket

if TYPE_CHECKING:
    from service.health import Health
    from service.streams import Streams

# What is being answered may finish; PostgreSQL and orchestrators wait as long, and not much longer.
SHUTDOWN_S = 10
# Of these, so long for those who follow to take note that it ends.
FAREWELL_S = 2
# And of these, so long for what is left when the others are over.
RESERVE_S = 2

CLOSE = (b"connection", b"close")
TICKS_PER_S = 10

log = structlog.get_logger()


class WebServer(uvicorn.Server):
    """A server that tells when it is ready, and stops in order."""

    def __init__(
        self,
        config: uvicorn.Config,
        app: FastAPI,
        ready: Callable[[], None],
        drain_s: float = 0,
        beat: Callable[[], bool] | None = None,
    ) -> None:
        """Take the application again, whose streams and health are known once it runs.

        `beat` is called every second while the event loop runs; it returns False once nobody listens to it.
        """
        super().__init__(config)
        self.application, self.ready, self.drain_s, self.beat = app, ready, drain_s, beat
        self.drained_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections, and tell; one of several workers takes them one at a time."""
        if self.beat is None:
            await super().startup(sockets)
        else:
            await super().startup([])
            self.servers += [Acceptor(listener, self.connection) for listener in sockets or ()]  # type: ignore[misc]  # as far as it is used
        self.ready()

    def connection(self) -> asyncio.Protocol:
        """Return the protocol of a new connection, made as uvicorn makes it."""
        state = {"server_state": self.server_state, "app_state": self.lifespan.state}
        protocol: asyncio.Protocol = self.config.http_protocol_class(config=self.config, **state)  # type: ignore[call-arg]  # as there
        return protocol

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; a second signal does not wait for the drain."""
        first = self.drained_at is None
        self.drained_at = time.monotonic() + (self.drain_s if sig == signal.SIGTERM else 0)
        health: Health | None = getattr(self.application.state, "health", None)
        if health is not None:
            health.draining = True
        if not first or time.monotonic() >= self.drained_at:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Beat, and stop once the drain is over."""
        if counter % TICKS_PER_S == 0 and self.beat is not None and not self.beat():
            self.handle_exit(signal.SIGTERM, None)  # the supervisor is gone, and nobody would end this process
        ends = await super().on_tick(counter)
        if self.drained_at is None or ends:
            return ends
        if CLOSE not in self.server_state.default_headers:
            self.server_state.default_headers = [*self.server_state.default_headers, CLOSE]
        if time.monotonic() >= self.drained_at:
            super().handle_exit(signal.SIGTERM, None)
        return self.should_exit

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, end the streams, which would not end by themselves, and wait for the rest."""
        log.info("stopping", requests=len(self.server_state.tasks), connections=len(self.server_state.connections))
        for server in self.servers:
            server.close()
        streams: Streams | None = getattr(self.application.state, "streams", None)
        if streams is not None:
            await streams.stop(FAREWELL_S)
        await super().shutdown(sockets)
        log.info("stopped")


def web_server(
    app: FastAPI, settings: Settings, ready: Callable[[], None], beat: Callable[[], bool] | None = None
) -> WebServer:
    """Set up the server of an application; it calls `ready` once connections are accepted."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol_of(settings),
        ws=partial(BoundedWebSocket, messages_per_s=settings.socket_messages_per_s),  # type: ignore[arg-type]  # it is called
        ws_max_size=settings.socket_message_max_bytes,
        ws_ping_interval=settings.socket_ping_interval_ms / 1000,
        ws_ping_timeout=settings.socket_ping_timeout_ms / 1000,
        ws_per_message_deflate=False,
        timeout_keep_alive=settings.idle_timeout_ms / 1000,  # type: ignore[arg-type]  # a part of a second as well
        timeout_graceful_shutdown=SHUTDOWN_S - FAREWELL_S - RESERVE_S,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    return WebServer(config, app, ready, settings.drain_ms / 1000, beat)
