"""Generated registries on an embedded server of the benchmark's own, made once and kept.

Knows how a registry is made and found again. The operator's data folder is never touched.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from service.embedded import start_embedded
from service.generation import Size
from service.generation.command import run
from service.migration import upgrade

SEED = 1


@contextmanager
def server(data_dir: Path) -> Iterator[str]:
    """Run the embedded server for as long as the context lasts, and give its address."""
    with start_embedded(data_dir) as embedded:
        yield embedded.url


def registry(server_url: str, agreements: int) -> str:
    """Return the address of a registry with so many agreements; it is generated if it is not there."""
    path, _, query = server_url.partition("?")
    url = f"{path.rpartition('/')[0]}/bench_{agreements}?{query}"
    asyncio.run(_make(server_url, f"bench_{agreements}"))
    upgrade(url)
    if not asyncio.run(_filled(url)):
        print(f"generating {agreements:,} agreements ...", flush=True)
        print(run(url, Size.of(agreements), SEED), flush=True)
    return url


async def _make(server_url: str, name: str) -> None:
    connection = await asyncpg.connect(server_url)
    try:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
            await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()


async def _filled(url: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM agreement)"))
    finally:
        await connection.close()
