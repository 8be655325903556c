"""A database that several servers stand for is found, whichever of them is away, silent or takes no writes."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from service.addresses import for_writing, servers_of
from service.pool import Pool
from service.servers import NoneSuitable, connect
from tests.conftest import execute
from tests.relay import Relay, relaying
from trials.programs import free_port


def several(*ports: int, database: str = "jumelage") -> str:
    """Return an address that names these servers."""
    return for_writing(f"postgresql://jumelage@{','.join(f'127.0.0.1:{port}' for port in ports)}/{database}")


@asynccontextmanager
async def silent_server() -> AsyncIterator[tuple[int, list[str]]]:
    """Listen and never answer; yields the port, and a list that grows with each who came."""
    came: list[str] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append("somebody")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], came
    finally:
        server.close()


@pytest.fixture
async def relay(database: str) -> AsyncIterator[Relay]:
    """A server that is reached over TCP."""
    async with relaying(database) as relay:
        yield relay


@pytest.mark.parametrize(
    ("url", "servers"),
    [
        ("postgresql://u:p@one/x", ["postgresql://u:p@one/x"]),
        ("postgresql://one,two:5433/x?a=b,c", ["postgresql://one/x?a=b,c", "postgresql://two:5433/x?a=b,c"]),
        ("postgresql://u:p,@[::1]:1,h", ["postgresql://u:p,@[::1]:1", "postgresql://u:p,@h"]),
        ("postgresql:///x?host=/run", ["postgresql:///x?host=/run"]),
    ],
)
def test_an_address_names_servers(url: str, servers: list[str]) -> None:
    assert servers_of(url) == servers


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("postgresql://one/x", "postgresql://one/x"),
        ("postgresql://a,b/x?ssl=require", "postgresql://a,b/x?ssl=require&target_session_attrs=read-write"),
        ("postgresql:///x?host=a,b", "postgresql:///x?host=a,b&target_session_attrs=read-write"),
        ("postgresql://a,b/x?target_session_attrs=any", "postgresql://a,b/x?target_session_attrs=any"),
    ],
)
def test_of_several_the_primary_is_asked_for(url: str, asked: str) -> None:
    assert for_writing(url) == asked


async def test_passes_by_a_server_that_is_away(relay: Relay) -> None:
    connection = await connect(several(free_port(), relay.port, database=relay.database))
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()


async def test_passes_by_a_server_that_is_silent_and_asks_it_last_from_then_on(relay: Relay) -> None:
    async with silent_server() as (port, came):
        for _ in range(3):
            connection = await connect(several(port, relay.port, database=relay.database), timeout=30)
            await connection.close()
        assert came == ["somebody"]


async def test_goes_back_to_a_server_when_the_one_that_answered_falls_silent(relay: Relay, database: str) -> None:
    async with relaying(database) as other:
        url = several(relay.port, other.port, database=relay.database)
        for silent in (relay, other, relay):
            silent.silence()
            connection = await connect(url, timeout=30)
            assert await connection.fetchval("SELECT 1") == 1
            connection.terminate()
            silent.speak()


async def test_tells_when_no_server_takes_writes(relay: Relay, database: str) -> None:
    await execute(database, f"ALTER DATABASE {relay.database} SET default_transaction_read_only = on")
    with pytest.raises(NoneSuitable):
        await connect(several(relay.port, relay.port, database=relay.database))


async def test_tells_why_none_can_be_reached(relay: Relay) -> None:
    with pytest.raises(ConnectionRefusedError):
        await connect(several(free_port(), free_port()))
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await connect(several(relay.port, relay.port, database=f"missing_{secrets.token_hex(4)}"))


async def test_a_pool_passes_by_a_server_that_is_away(relay: Relay) -> None:
    url = several(free_port(), relay.port, database=relay.database)
    async with Pool("general", url, lifetime_s=0, min_size=2, max_size=2) as pool, pool.acquire() as connection:
        assert await connection.fetchval("SELECT current_database()") == relay.database
