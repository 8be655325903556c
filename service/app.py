"""Puts the service together: one database, one feed, one executor, and the addresses under which they answer."""

from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from schema.build import build
from schema.document import Documents as DocumentReader
from schema.execution import Executor
from service.changes import Feed
from service.connecting import connected, reading
from service.explorer import mount_explorer
from service.http.answering import Send
from service.http.assembly import access_of, documents_of, endpoint_of, limits_of, tell_nothing_there
from service.http.caching import Freshness, KeptReads
from service.http.guard import answered, guarded, tell_failure
from service.http.reading import Receive
from service.http.sockets import Sockets
from service.probes import mount_probes, watched
from service.recording import settle
from service.settings import Settings
from service.streams import Streams
from service.websocket import Session

PATH = "/graphql"


class Application(FastAPI):
    """The application, in which what is asked at PATH takes the straight way.

    The endpoint answers whatever happens to it; the layers that FastAPI would lead through, which look for a route, a
    body's bound and exceptions, would cost a tenth of a record's answer and find nothing to do.
    """

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and scope["path"] == PATH:
            await answered(self.state.endpoint(scope, receive, send), scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings, database_url: str) -> FastAPI:
    """Return the application; it connects when it is started. Raises OperatorError where it could not be."""
    schema, limits = build(), limits_of(settings)
    documents = documents_of(settings, DocumentReader(schema._schema, limits))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with connected(settings, database_url) as database:
            feed = Feed(database, checkpoint_s=settings.checkpoint_interval_ms / 1000)
            freshness = Freshness(database, feed)
            access = access_of(settings, database)
            streams = app.state.streams = Streams(access, settings)
            async with (
                feed.run(),
                freshness.run(),
                streams.run(),
                reading(settings, database, feed) as reads,
                watched(app, database, feed, streams, reads),
            ):
                if most := settings.answers_kept_bytes:
                    reads = KeptReads(reads, freshness, most)
                executor = Executor(schema, database, feed, limits, settings.introspection, reads)
                executor.wrote = freshness.note_write
                app.state.executor = executor
                app.state.endpoint = endpoint_of(settings, executor, access, streams, freshness, documents)
                app.state.sockets = Sockets(app.state.endpoint)
                yield
                await settle()  # transactions whose callers have gone still run to their end

    # FastAPI's own telemetry would put addresses with the documents of GET into its spans; see tracing.py.
    telemetry: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
    app = Application(
        title="Jumelage", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None, telemetry=telemetry
    )

    async def follow(socket: WebSocket) -> None:
        await guarded(socket, Session(socket, app.state.executor, app.state.streams, app.state.sockets).run())

    app.router.routes.append(Route(PATH, app))  # for /graphql/, which is sent here
    app.router.routes.append(WebSocketRoute(PATH, follow))
    app.add_exception_handler(HTTPException, tell_nothing_there)
    app.add_exception_handler(Exception, tell_failure)
    mount_probes(app, metrics=settings.metrics_port == 0 and settings.workers == 1)
    if settings.explorer:
        mount_explorer(app)
    return app
