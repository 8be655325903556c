"""Fixtures that every test may use: the tests' own PostgreSQL server, and a registry for each test."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from service.embedded import start_embedded
from service.migration import upgrade
from tests.api import Api, answering
from tests.installed import running

# Trials of minutes, which `make test-long` runs.
LONG = ["test_rolling_restart.py", "test_silence.py"]
collect_ignore = [] if os.environ.get("TEST_LONG") == "1" else LONG
# Nothing needs to survive a power cut; without these the suite waits for the disk.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def memory_folder() -> Path | None:
    """Find a file system in memory with room for the tests' clusters: on a disk they take three times as long."""
    memory = Path("/dev/shm")  # noqa: S108  (mkdtemp makes a private folder in it)
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**31
    return memory if roomy and os.access(memory, os.W_OK) else None


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a folder with a short path that the server's user may enter; pytest's own is closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="jumelage-test-", dir=memory_folder()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder that does not exist yet."""
    with open_folder() as folder:
        yield folder / "data"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of the session's server: an embedded one, or an installed one whose programs are named."""
    programs = os.environ.get("TEST_POSTGRES")
    with open_folder() as folder:
        if programs:
            with running(Path(programs), folder) as url:
                yield url
        else:
            with start_embedded(folder / "data", NOT_DURABLE) as server:
                yield server.url


def sibling(url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    path, _, query = url.partition("?")
    return f"{path.rpartition('/')[0]}/{name}?{query}"


@pytest.fixture(scope="session")
def template(postgres_url: str) -> str:
    """The name of a migrated, empty registry that others are copied from."""
    asyncio.run(execute(postgres_url, "CREATE DATABASE template_registry"))
    upgrade(sibling(postgres_url, "template_registry"))
    return "template_registry"


async def execute(url: str, statement: str) -> None:
    """Run a statement on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def database(postgres_url: str, template: str) -> AsyncIterator[str]:
    """The address of an empty registry that only this test uses."""
    name = f"test_{secrets.token_hex(6)}"
    await execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield sibling(postgres_url, name)
    await execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def pool(database: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """A pool of connections to the test's registry."""
    async with asyncpg.create_pool(database, min_size=1, max_size=8) as pool:
        yield pool


@pytest.fixture
async def api(database: str) -> AsyncIterator[Api]:
    """The API on the test's registry, for a caller that may write."""
    async with answering(database) as api:
        yield api
