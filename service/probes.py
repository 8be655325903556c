"""What orchestrators and Prometheus ask: /health/live, /health/ready, /health/startup and /metrics.

Knows addresses and statuses. What is looked at is known by health.py and gauges.py.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import orjson
from fastapi import FastAPI
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.changes import Feed
from service.database import Database
from service.gauges import Gauges, exported
from service.health import Health, Report
from service.metrics import REGISTRY, settle
from service.observing import telling
from service.replica import Reads
from service.streams import Streams

NOT_HERE = "The metrics have a port of their own, one for each worker: JUMELAGE_METRICS_PORT says which.\n"
# What is the case now is never what was a moment ago.
FRESH = {"Cache-Control": "no-store"}


@asynccontextmanager
async def watched(
    app: FastAPI, database: Database, feed: Feed, streams: Streams, reads: Reads
) -> AsyncIterator[Health]:
    """Watch over the process, and answer probes, for as long as the context lasts."""
    health = app.state.health = Health(database, feed)
    with exported(Gauges(feed, streams, reads, health)):
        async with health.run():
            yield health


def mount_probes(app: FastAPI, *, metrics: bool) -> None:
    """Add the addresses; without metrics theirs says where they are."""
    for name, ask in (("live", Health.live), ("ready", Health.ready), ("startup", Health.startup)):
        app.router.routes.append(Route(f"/health/{name}", _answering(app, ask), methods=["GET"]))
    app.router.routes.append(Route("/metrics", expose if metrics else _elsewhere, methods=["GET"]))


def _answering(app: FastAPI, ask: Callable[[Health], Report]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        report = ask(app.state.health)
        return Response(orjson.dumps(report.body), 200 if report.passes else 503, FRESH, "application/json")

    return answer


async def expose(request: Request) -> Response:
    """Answer with all metrics of this process, in the format that the client takes."""
    telling.settle()
    settle()
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    text = await asyncio.to_thread(encode, REGISTRY)
    return Response(text, headers={**FRESH, "Content-Type": media_type})


async def _elsewhere(request: Request) -> Response:
    return Response(NOT_HERE, 404, media_type="text/plain")
