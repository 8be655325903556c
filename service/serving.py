"""Running the service: the database made ready, then the web server.

Knows the order of a start and what is told to the operator. Knows nothing of requests.
"""

import asyncio
import errno
import gc
import importlib
import os
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import structlog
import typer

from service.embedded import start_embedded
from service.failure import OperatorError
from service.first_key import FILE, first_key
from service.logs import configure_logs
from service.migration import NewerDatabaseError, upgrade
from service.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

# What is being answered may finish; PostgreSQL and orchestrators wait as long, and not much longer.
SHUTDOWN_S = 10
# Of these, so long for those who follow to take note that it ends.
FAREWELL_S = 2

log = structlog.get_logger()

EXAMPLE = "{ agreements(first: 3) { nodes { title signedOn parties { party { name } } } } }"


def serve(settings: Settings) -> None:
    """Make the database ready, serve until Ctrl-C or SIGTERM, and let go of everything in order."""
    configure_logs(settings.log_format, settings.log_level)
    with ExitStack() as stack:
        listener = stack.enter_context(listen(settings.host, settings.port))
        if settings.metrics_port:
            expose_metrics(settings.host, settings.metrics_port)
        # PostgreSQL starts while Python imports the application: each takes about half of a start. What else is
        # imported waits for that: a package that two threads import at once can be seen half made.
        imports = stack.enter_context(ThreadPoolExecutor(1))
        application = imports.submit(importlib.import_module, "service.app")
        url = settings.database_url or stack.enter_context(start_embedded(settings.data_dir)).url
        create_app = application.result().create_app
        key = prepare(url, settings)
        app = create_app(settings, url)
        run(app, settings, listener, lambda: tell_ready(settings, listener, key))


def prepare(url: str, settings: Settings) -> str | None:
    """Migrate, load the releases, and give the first key where the database is the embedded one."""
    try:
        upgrade(url)
    except NewerDatabaseError as newer:  # an older replica that restarts while a release is rolled out
        log.warning(f"{newer}; going on, because releases beside each other share a schema")
    if settings.load_releases:
        from service.release import LoadError, load_files

        try:
            asyncio.run(load_files(url))
        except LoadError as changed:  # a later release words a record otherwise; what was recorded first stands
            log.warning(f"the releases were not loaded again: {changed}")
    if settings.database_url is not None:
        return None
    return asyncio.run(first_key(url, settings.data_dir, settings.key_pepper.get_secret_value()))


def listen(host: str, port: int) -> socket.socket:
    """Take the port, before anything that takes time; refuse one that is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise OperatorError(f"HOST is {host!r}, which is no address of this machine: {error.strerror}") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise _not_listening(host, port, error) from None
    return listener


def expose_metrics(host: str, port: int) -> None:
    """Answer Prometheus on a port of its own, from a thread, so that a blocked event loop can be seen."""
    from prometheus_client import start_http_server

    from service.metrics import REGISTRY

    try:
        start_http_server(port, host, REGISTRY)
    except OSError as error:
        raise _not_listening(host, port, error, "JUMELAGE_METRICS_PORT") from None


def run(app: "FastAPI", settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve on a socket until a signal says stop; call `ready` once connections are accepted."""
    import uvicorn

    from service.websocket_protocol import BoundedWebSocket

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            # What stands by now stays; looking through it for garbage took a third of the time of recording.
            gc.collect()
            gc.freeze()
            ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # uvicorn would wait for streams, which do not end by themselves; they end before it counts its seconds.
            for server in self.servers:
                server.close()
            if streams := getattr(app.state, "streams", None):
                await streams.stop(FAREWELL_S)
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws=partial(BoundedWebSocket, messages_per_s=settings.socket_messages_per_s),  # type: ignore[arg-type]  # it is called
        ws_max_size=settings.socket_message_max_bytes,
        ws_ping_interval=settings.socket_ping_interval_ms / 1000,
        ws_ping_timeout=settings.socket_ping_timeout_ms / 1000,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=SHUTDOWN_S - FAREWELL_S - 1,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    server = Server(config)
    try:
        server.run([listener])
    except KeyboardInterrupt:
        if not server.started:
            raise
    except OSError as error:  # two that started at once both took the port, and one of them listens first
        if error.errno != errno.EADDRINUSE:
            raise
        host, port, *_ = listener.getsockname()
        raise _not_listening(host, port, error) from None


def tell_ready(settings: Settings, listener: socket.socket, key: str | None) -> None:
    """Tell that requests are answered: people by a banner on stdout, machines by a line of the log without the key."""
    if settings.log_format == "json":
        log.info("ready", url=f"{address(settings, listener)}/graphql")
    else:
        typer.echo(banner(settings, listener, key))


def address(settings: Settings, listener: socket.socket) -> str:
    """Write the address at which the service can be asked from this machine."""
    port = listener.getsockname()[1]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  (not bound here)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def banner(settings: Settings, listener: socket.socket, key: str | None) -> str:
    """Tell where everything is, with a request that can be pasted."""
    here = address(settings, listener)
    lines = ["Jumelage is ready.", f"  API       {here}/graphql"]
    if settings.explorer:
        lines.append(f"  Explorer  {here}/")
    if key is not None:
        lines.append(f"  API key   {key}")
        lines.append(f"            for writing; reading needs none; kept in {settings.data_dir / FILE}")
    else:
        lines.append(f"  API key   {program()} keys create --name NAME --scope signings:write")
        lines.append("            makes one for writing; reading needs none")
    request = f"curl -s {here}/graphql -H 'content-type: application/json' -d '{{\"query\": \"{EXAMPLE}\"}}'"
    return "\n".join([*lines, "", "Try it:", f"  {request}", "", "Ctrl-C stops it."])


def program() -> str:
    """Write this program as it can be typed in the current folder."""
    python = os.path.relpath(sys.executable)
    return f"{sys.executable if python.startswith('..') else python} -m service"


def _not_listening(host: str, port: int, error: OSError, setting: str = "PORT") -> OperatorError:
    if error.errno == errno.EADDRINUSE:
        return OperatorError(f"port {port} on {host} is taken: stop what uses it, or set {setting} to another")
    if error.errno == errno.EACCES:
        return OperatorError(f"port {port} may not be used without more rights: set {setting} to one above 1023")
    return OperatorError(f"cannot listen on HOST {host!r}, {setting} {port}: {error.strerror}")
