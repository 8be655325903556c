"""Connections to the database are as secure as its address asks for."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import trustme

from service.database import Database
from service.failure import describe
from service.migration import upgrade
from tests.relay import Relay, relaying


@dataclass(frozen=True)
class Secured:
    """A way to the test's registry that takes encrypted connections only, and who vouches for it."""

    relay: Relay
    authority: Path
    stranger: Path

    def url(self, host: str = "localhost", **options: object) -> str:
        """Return the address with options of libpq."""
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return f"{self.relay.url.replace('127.0.0.1', host)}?{query}"


@pytest.fixture
async def server(database: str, tmp_path: Path) -> AsyncIterator[Secured]:
    """The way to the server, with a certificate for localhost."""
    authority, stranger = trustme.CA(), trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    paths = tmp_path / "authority.pem", tmp_path / "stranger.pem"
    for each, path in zip((authority, stranger), paths, strict=True):
        each.cert_pem.write_to_path(str(path))
    async with relaying(database, context) as relay:
        yield Secured(relay, *paths)


async def connect(url: str) -> int:
    """Connect as the service does, in each of its ways, and return how many these are."""
    async with Database.connect(url, pool_min=1) as database:
        own = await database.open()
        await own.close()
        for pool in database.pools:
            async with pool.acquire() as connection:
                assert await connection.fetchval("SELECT 1") == 1
        return 1 + len(database.pools)


async def refusal(url: str) -> str:
    """Return what an operator is told of an address that cannot be connected to."""
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)) as caught:
        await connect(url)
    told = describe(caught.value)
    assert told and "\n" not in told
    return told


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
async def test_encrypts_and_checks_the_server_as_the_address_asks(server: Secured, mode: str) -> None:
    ways = await connect(server.url(sslmode=mode, sslrootcert=server.authority))
    assert server.relay.encrypted == ways


async def test_migrates_over_an_encrypted_connection(server: Secured) -> None:
    await asyncio.to_thread(upgrade, server.url(sslmode="verify-full", sslrootcert=server.authority))
    assert server.relay.encrypted == 1


async def test_refuses_a_server_that_a_stranger_vouches_for(server: Secured) -> None:
    told = await refusal(server.url(sslmode="verify-full", sslrootcert=server.stranger))
    assert told.startswith("the database's certificate is not trusted (")
    assert told.endswith("; check sslrootcert and sslmode in DATABASE_URL")


async def test_refuses_a_server_of_another_name(server: Secured) -> None:
    told = await refusal(server.url("127.0.0.1", sslmode="verify-full", sslrootcert=server.authority))
    assert told.startswith("the database's certificate is not trusted (")


async def test_sends_nothing_in_clear_to_a_server_that_wants_encryption(server: Secured) -> None:
    assert await refusal(server.url(sslmode="disable"))
    assert server.relay.encrypted == 0


async def test_tells_that_a_file_of_certificates_is_missing(server: Secured) -> None:
    told = await refusal(server.url(sslmode="verify-full", sslrootcert="/nowhere.pem"))
    assert "No such file" in told
    assert "DATABASE_URL" in told
