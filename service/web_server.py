"""The web server in which the application runs: uvicorn, as we set it up, and the order in which it stops.

Knows sockets' options and seconds, and nothing of what is answered.
"""

import socket
from collections.abc import Callable
from functools import partial

import uvicorn
from fastapi import FastAPI

from service.settings import Settings
from service.streams import Streams
from service.websocket_protocol import BoundedWebSocket

# What is being answered may finish; PostgreSQL and orchestrators wait as long, and not much longer.
SHUTDOWN_S = 10
# Of these, so long for those who follow to take note that it ends.
FAREWELL_S = 2
# And of these, so long for what is left when the others are over.
RESERVE_S = 2


class WebServer(uvicorn.Server):
    """A server that tells when it is ready, and ends streams before it waits for the rest."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, ready: Callable[[], None]) -> None:
        """Take the application again, whose streams are known once it runs."""
        super().__init__(config)
        self.application, self.ready = app, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections, and tell."""
        await super().startup(sockets)
        self.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, end the streams, which would not end by themselves, and wait for the rest."""
        for server in self.servers:
            server.close()
        streams: Streams | None = getattr(self.application.state, "streams", None)
        if streams is not None:
            await streams.stop(FAREWELL_S)
        await super().shutdown(sockets)


def web_server(app: FastAPI, settings: Settings, ready: Callable[[], None]) -> WebServer:
    """Set up the server of an application; it calls `ready` once connections are accepted."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws=partial(BoundedWebSocket, messages_per_s=settings.socket_messages_per_s),  # type: ignore[arg-type]  # it is called
        ws_max_size=settings.socket_message_max_bytes,
        ws_ping_interval=settings.socket_ping_interval_ms / 1000,
        ws_ping_timeout=settings.socket_ping_timeout_ms / 1000,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=SHUTDOWN_S - FAREWELL_S - RESERVE_S,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    return WebServer(config, app, ready)
