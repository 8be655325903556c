"""A release migrates while the one before it serves: nobody is kept waiting, and nothing is missed."""

import asyncio
import re
import secrets
import subprocess
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from alembic import command
from service.embedded_files import locate
from service.export import export_lines, restore_lines
from service.generation import Size, generate
from service.migration import SCRIPTS, Revision, pending, revisions, upgrade
from tests.api import answering
from tests.conftest import execute, sibling
from tests.factories import parties
from tests.previous_release import known_tables, working

# The first revision that can hold a record, and all after it that were ever the newest.
EARLIER = revisions()[1:-1]


@pytest.fixture(scope="module")
def filled(postgres_url: str, template: str) -> str:
    """The name of a generated registry that others are copied from."""
    name = f"filled_{secrets.token_hex(4)}"
    asyncio.run(execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    asyncio.run(generate(sibling(postgres_url, name), Size.of(200), 1, lambda made: None))
    return name


@pytest.fixture
async def registry(postgres_url: str, filled: str) -> AsyncIterator[str]:
    """The address of a generated registry that only this test uses."""
    name = f"test_{secrets.token_hex(6)}"
    await execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {filled}")
    yield sibling(postgres_url, name)
    await execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


def downgrade(url: str, name: str) -> None:
    """Take a database back to a revision."""

    def migrate(connection: Connection) -> None:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(SCRIPTS))
        command.downgrade(config, name)

    async def connect() -> None:
        made = partial(asyncpg.connect, url)
        engine = create_async_engine("postgresql+asyncpg://", poolclass=NullPool, async_creator=made)
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
        await engine.dispose()

    asyncio.run(connect())


def schema(url: str) -> str:
    """Return a database's schema as SQL."""
    dump: list[str | Path] = [locate(Path(), create=False).binaries / "pg_dump", "--schema-only", "--dbname", url]
    text = subprocess.run(dump, capture_output=True, text=True, check=True).stdout
    return re.sub(r"^\\(un)?restrict .*$", "", text, flags=re.MULTILINE)


async def rows(url: str) -> dict[str, list[str]]:
    """Return everything that stands in a database, also what follows from the rest."""
    connection = await asyncpg.connect(url)
    found = {}
    for table in await known_tables(url):
        lines = await connection.fetch(f"SELECT t::text FROM {table.name} AS t ORDER BY 1")
        found[table.name] = [line[0] for line in lines]
    await connection.close()
    return found


@pytest.mark.parametrize("earlier", EARLIER, ids=lambda revision: revision.name)
async def test_upgrades_while_the_release_before_serves(registry: str, database: str, earlier: Revision) -> None:
    await asyncio.to_thread(downgrade, registry, earlier.name)
    async with working(registry) as load:
        await load.goes_on()
        await asyncio.to_thread(upgrade, registry)
        await load.goes_on()
    assert not await asyncio.to_thread(pending, registry)
    assert schema(registry) == schema(database)
    # An export holds what was recorded and no more; what follows from it is made anew where it is restored.
    lines = [line.encode() async for line in export_lines(registry)]
    await restore_lines(database, lines)
    assert await rows(registry) == await rows(database)


async def test_serves_on_what_was_upgraded(registry: str) -> None:
    await asyncio.to_thread(downgrade, registry, EARLIER[0].name)
    await asyncio.to_thread(upgrade, registry)
    async with answering(registry) as api:
        given = {"idempotencyKey": "k", "kind": "SISTER_CITY", "signedOn": "2024-03-22", "parties": parties()}
        await api.written("recordSigning", given)
        found = await api.ask('{ search(text: "Kaohsiung") { nodes { __typename } } }')
        assert found["search"]["nodes"]
