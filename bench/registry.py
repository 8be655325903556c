"""Generated registries on an embedded server of the benchmark's own, made once and kept.

Knows how the server is set, and how a registry is made and found again. The operator's data folder is never touched.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from bench.contestants import FUNCTIONS
from service.embedded import start_embedded
from service.generation import Size
from service.generation.command import run
from service.keys import Scope, create_key
from service.migration import upgrade

SEED = 1
# One configuration for all, as a server of this size would be set up: durable, and with room for the whole registry.
SETTINGS = {
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "max_wal_size": "4GB",
    "max_connections": "200",
    "fsync": "on",
}


@contextmanager
def server(data_dir: Path) -> Iterator[str]:
    """Run the embedded server for as long as the context lasts, and give its address."""
    with start_embedded(data_dir, SETTINGS) as embedded:
        yield embedded.url


def registry(server_url: str, agreements: int) -> str:
    """Return the address of a registry with so many agreements; it is generated if it is not there."""
    name = f"bench_{agreements}"
    url = _named(server_url, name)
    asyncio.run(_make(server_url, name))
    upgrade(url)
    if not asyncio.run(_filled(url)):
        print(f"generating {agreements:,} agreements ...", flush=True)
        print(run(url, Size.of(agreements), SEED), flush=True)
    asyncio.run(_execute(url, FUNCTIONS))
    return url


@contextmanager
def copy(server_url: str, agreements: int) -> Iterator[str]:
    """Give the address of a copy of a registry, to be written to; it is dropped when the context ends."""
    name = f"bench_{agreements}_copy"
    asyncio.run(_execute(server_url, f"DROP DATABASE IF EXISTS {name}"))
    asyncio.run(_execute(server_url, f"CREATE DATABASE {name} TEMPLATE bench_{agreements}"))
    try:
        yield _named(server_url, name)
    finally:
        asyncio.run(_execute(server_url, f"DROP DATABASE {name}"))


def writer_key(url: str) -> str:
    """Create a key that may record signings."""

    async def create() -> str:
        connection = await asyncpg.connect(url)
        try:
            return await create_key(connection, "bench", (Scope.SIGNINGS_WRITE,), "")
        finally:
            await connection.close()

    return asyncio.run(create())


def _named(server_url: str, name: str) -> str:
    path, _, query = server_url.partition("?")
    return f"{path.rpartition('/')[0]}/{name}?{query}"


async def _make(server_url: str, name: str) -> None:
    connection = await asyncpg.connect(server_url)
    try:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
            await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _filled(url: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM agreement)"))
    finally:
        await connection.close()
