"""Keys are recognised as long as they are valid, and cannot be had from what is stored."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from service.first_key import first_key
from service.keys import Caller, Scope, create_key, find_caller, list_keys, mark_used, revoke_key
from tests.stand_in import API_KEY

Connection = asyncpg.Connection


@pytest.fixture
async def connection(postgres_url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(postgres_url, server_settings={"search_path": "pg_temp"})
    await connection.execute(API_KEY.replace("CREATE TABLE", "CREATE TEMPORARY TABLE"))
    yield connection
    await connection.close()


async def test_recognises_a_key(connection: Connection) -> None:
    key = await create_key(connection, " Anna ", [Scope.SIGNINGS_WRITE, Scope.ADMIN], "pepper")
    caller = await find_caller(connection, key, "pepper")
    assert caller == Caller(key.split("_")[1], "Anna", frozenset({Scope.SIGNINGS_WRITE, Scope.ADMIN}))


async def test_makes_keys_of_one_form_and_never_the_same(connection: Connection) -> None:
    made = [await create_key(connection, f"caller {n}", [Scope.ADMIN], "") for n in range(50)]
    assert len({key.split("_")[1] for key in made}) == len({key.split("_")[2] for key in made}) == 50
    assert {tuple(map(len, key.split("_"))) for key in made} == {(3, 10, 64)}


async def test_stores_nothing_from_which_the_key_can_be_had(connection: Connection) -> None:
    key = await create_key(connection, "Anna", [Scope.ADMIN], "pepper")
    stored = await connection.fetchval("SELECT api_key::text FROM api_key")
    assert key.split("_")[2] not in stored
    assert bytes.fromhex(key.split("_")[2]) not in bytes(await connection.fetchval("SELECT secret_hmac FROM api_key"))


@pytest.mark.parametrize("form", ["{0}_{1}", "{0}_{1}_{2}\n", " {0}_{1}_{2}", "{1}_{2}", "{0}_{1}_{2}0", ""])
async def test_refuses_a_malformed_key(connection: Connection, form: str) -> None:
    key = await create_key(connection, "Anna", [Scope.ADMIN], "")
    assert await find_caller(connection, form.format(*key.split("_")), "") is None
    assert await find_caller(connection, key.upper(), "") is None


async def test_refuses_another_secret_another_id_and_another_pepper(connection: Connection) -> None:
    key = await create_key(connection, "Anna", [Scope.ADMIN], "pepper")
    prefix, key_id, secret = key.split("_")
    other = "0" if secret[-1] != "0" else "1"
    assert await find_caller(connection, f"{prefix}_{key_id}_{secret[:-1]}{other}", "pepper") is None
    assert await find_caller(connection, f"{prefix}_aaaaaaaaaa_{secret}", "pepper") is None
    assert await find_caller(connection, key, "salt") is None


async def test_refuses_an_expired_key(connection: Connection) -> None:
    now = datetime.now(UTC)
    late = await create_key(connection, "late", [Scope.ADMIN], "", now - timedelta(seconds=5))
    early = await create_key(connection, "early", [Scope.ADMIN], "", now + timedelta(hours=1))
    assert await find_caller(connection, late, "") is None
    assert await find_caller(connection, early, "") is not None
    assert [row.state for row in await list_keys(connection)] == ["expired", "valid"]


async def test_revokes_a_key_once_and_for_good(connection: Connection) -> None:
    key = await create_key(connection, "Anna", [Scope.ADMIN], "")
    key_id = key.split("_")[1]
    assert await revoke_key(connection, key_id)
    assert await find_caller(connection, key, "") is None
    assert not await revoke_key(connection, key_id)
    assert not await revoke_key(connection, "nobody")
    assert [row.state for row in await list_keys(connection)] == ["revoked"]


async def test_permits_nothing_for_a_scope_of_a_newer_release(connection: Connection) -> None:
    key = await create_key(connection, "Anna", [Scope.ADMIN], "")
    await connection.execute("UPDATE api_key SET scopes = '{admin,moon:land}'")
    caller = await find_caller(connection, key, "")
    assert caller is not None
    assert caller.scopes == {Scope.ADMIN}


@pytest.mark.parametrize(("name", "scopes"), [(" ", [Scope.ADMIN]), ("Anna", [])])
async def test_makes_no_key_without_a_name_or_a_scope(connection: Connection, name: str, scopes: list[Scope]) -> None:
    with pytest.raises(ValueError, match="a key needs"):
        await create_key(connection, name, scopes, "")


async def test_notes_the_use_of_a_key_to_the_hour(connection: Connection) -> None:
    key = await create_key(connection, "Anna", [Scope.ADMIN], "")
    await mark_used(connection, key.split("_")[1])
    first = (await list_keys(connection))[0].last_used_at
    await mark_used(connection, key.split("_")[1])
    assert first is not None
    assert (await list_keys(connection))[0].last_used_at == first


@pytest.fixture
async def own_database(postgres_url: str) -> AsyncIterator[str]:
    """A database with an empty table of keys, which is gone after the test."""
    server = await asyncpg.connect(postgres_url)
    await server.execute("CREATE DATABASE keys")
    url = postgres_url.replace("/jumelage?", "/keys?")
    connection = await asyncpg.connect(url)
    await connection.execute(API_KEY)
    await connection.close()
    yield url
    await server.execute("DROP DATABASE keys")
    await server.close()


async def test_makes_the_first_key_once_and_keeps_it_from_others(own_database: str, tmp_path: Path) -> None:
    key = await first_key(own_database, tmp_path, "")
    assert key is not None
    assert (tmp_path / "first-key").read_text() == f"{key}\n"
    assert (tmp_path / "first-key").stat().st_mode & 0o777 == 0o600
    assert await first_key(own_database, tmp_path, "") == key


async def test_gives_no_first_key_again_after_it_was_revoked(own_database: str, tmp_path: Path) -> None:
    key = await first_key(own_database, tmp_path, "")
    assert key is not None
    connection = await asyncpg.connect(own_database)
    await revoke_key(connection, key.split("_")[1])
    await connection.close()
    assert await first_key(own_database, tmp_path, "") is None


async def test_makes_no_first_key_where_there_was_another(own_database: str, tmp_path: Path) -> None:
    connection = await asyncpg.connect(own_database)
    await create_key(connection, "Anna", [Scope.ADMIN], "")
    await connection.close()
    assert await first_key(own_database, tmp_path, "") is None
    assert not (tmp_path / "first-key").exists()
