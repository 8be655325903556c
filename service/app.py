"""Puts the service together: one database, one feed, one executor, and the addresses under which they answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from schema.build import build
from schema.execution import Executor
from service.access import Access
from service.changes import Feed
from service.connecting import connected, reading
from service.explorer import mount_explorer
from service.http import GraphQLEndpoint
from service.probes import mount_probes, watched
from service.recording import settle
from service.settings import Settings
from service.sse import EventStream
from service.streams import Streams
from service.websocket import Session

PATH = "/graphql"


def create_app(settings: Settings, database_url: str) -> FastAPI:
    """Return the application; it connects when it is started."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with connected(settings, database_url) as database:
            feed = Feed(database, checkpoint_s=settings.checkpoint_interval_ms / 1000)
            access = Access(database, settings.key_pepper.get_secret_value())
            streams = app.state.streams = Streams(access, settings)
            async with (
                feed.run(),
                streams.run(),
                reading(settings, database, feed) as reads,
                watched(app, database, feed, reads),
            ):
                app.state.executor = Executor(build(), database, feed, reads=reads)
                app.state.endpoint = GraphQLEndpoint(app.state.executor, access, streams)
                yield
                await settle()  # transactions whose callers have gone still run to their end

    # FastAPI's own telemetry would put addresses with the documents of GET into its spans; see tracing.py.
    telemetry: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
    app = FastAPI(
        title="Jumelage", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None, telemetry=telemetry
    )

    async def graphql(request: Request) -> Response | EventStream:
        response: Response | EventStream = await app.state.endpoint(request)
        return response

    async def follow(socket: WebSocket) -> None:
        await Session(socket, app.state.executor, app.state.streams).run()

    app.router.routes.append(Route(PATH, graphql, methods=["GET", "POST"]))
    app.router.routes.append(WebSocketRoute(PATH, follow))
    mount_probes(app, metrics=settings.metrics_port == 0 and settings.workers == 1)
    if settings.explorer:
        mount_explorer(app)
    return app
