"""Bare ASGI over fixed statements: serves DATABASE_URL on PORT.

Written as one would for speed alone: no framework, no routing, prepared statements, no reset between uses of a
connection, and the database's JSON passed on undecoded.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import asyncpg
import orjson
import uvicorn

from bench.contestants.handwritten import statements
from service.models.columns import new_id

Message = dict[str, Any]
# Each question's statement, and the parameters that it takes from the query string.
QUESTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "/by-id": (statements.BY_ID, ("id",)),
    "/page-20": (statements.page(20), ()),
    "/page-100": (statements.page(100), ()),
    "/filtered": (statements.FILTERED, ("kind", "country", "from", "to")),
    "/deep": (statements.DEEP, ("id",)),
    "/statistics": (statements.STATISTICS, ()),
    "/search": (statements.SEARCH, ("text",)),
}
RECORD_SIGNING = "/record-signing"


async def whole(receive: Callable[[], Awaitable[Message]]) -> bytes:
    """Return a request's body."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    return bytes(body)


async def keep(connection: Any) -> None:
    """Give a connection back as it is."""


async def take_bytes(connection: asyncpg.Connection) -> None:
    """Have JSON come as the bytes that the database sends."""
    await connection.set_type_codec(
        "json", encoder=lambda value: value, decoder=lambda value: value, schema="pg_catalog", format="binary"
    )


def application(url: str) -> Callable[..., Awaitable[None]]:
    """Return the ASGI application over a database."""
    pool: Any = None

    async def lifespan(receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
        nonlocal pool
        await receive()
        settings = {
            "jit": "off",
            "max_parallel_workers_per_gather": "0",
            "random_page_cost": "1.1",
            "plan_cache_mode": "force_generic_plan",
        }
        pool = await asyncpg.create_pool(
            url, min_size=2, max_size=10, init=take_bytes, reset=keep, server_settings=settings
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await pool.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def app(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        if scope["path"] == RECORD_SIGNING:
            statement, values = statements.RECORD_SIGNING, [*orjson.loads(await whole(receive)), new_id("agr")]
        else:
            statement, names = QUESTIONS[scope["path"]]
            asked = parse_qs(scope["query_string"].decode())
            values = [asked[name][0] for name in names]
        async with pool.acquire() as connection:
            body = await connection.fetchval(statement, *values)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def main() -> None:
    """Serve on a port of this machine."""
    config = uvicorn.Config(
        application(os.environ["DATABASE_URL"]),
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
