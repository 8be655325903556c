"""The endpoint beside which Jumelage is measured: bare ASGI over one fixed statement.

Written as one would for speed alone: no framework, no routing, prepared statements, no reset between uses of a
connection, and the database's JSON passed on undecoded. It answers one question and nothing else.
"""

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import uvicorn

from bench.page import STATEMENT

Message = dict[str, Any]


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
        settings = {"plan_cache_mode": "force_generic_plan", "jit": "off"}
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
        async with pool.acquire() as connection:
            body = await connection.fetchval(STATEMENT)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def main() -> None:
    """Serve on a port of this machine: PORT URL."""
    port, url = sys.argv[1:]
    config = uvicorn.Config(
        application(url),
        host="127.0.0.1",
        port=int(port),
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
