"""A database reaches the newest revision, whoever else is at it, and a finished one costs next to nothing."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import execute
from tests.server import PATIENCE_S
from tests.stand_in import add_revision, command, environment, make_release

UPGRADE = """
import sys
from service.migration import MigrationError, upgrade
try:
    upgrade(sys.argv[1], attempts=int(sys.argv[2]))
except MigrationError as error:
    print(type(error).__name__, error)
print("alembic" in sys.modules, "sqlalchemy" in sys.modules)
"""


@pytest.fixture
async def empty_database(postgres_url: str) -> AsyncIterator[str]:
    server = await asyncpg.connect(postgres_url)
    await server.execute("CREATE DATABASE migrated")
    yield postgres_url.replace("/jumelage?", "/migrated?")
    await server.execute("DROP DATABASE migrated WITH (FORCE)")
    await server.close()


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return make_release(tmp_path)


def start(release: Path, url: str, attempts: int = 2) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", UPGRADE, url, str(attempts)]
    return subprocess.Popen(arguments, cwd=release, env=environment(), stdout=subprocess.PIPE, text=True)


def upgrade(release: Path, url: str) -> str:
    said, _ = start(release, url).communicate()
    return said.strip()


async def revisions(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT version_num FROM alembic_version")
        return [row["version_num"] for row in rows]
    finally:
        await connection.close()


async def test_brings_an_empty_database_to_the_newest_revision(release: Path, empty_database: str) -> None:
    assert upgrade(release, empty_database) == "True True"
    assert await revisions(empty_database) == ["0002"]


async def test_imports_nothing_heavy_when_there_is_nothing_to_do(release: Path, empty_database: str) -> None:
    upgrade(release, empty_database)
    assert upgrade(release, empty_database) == "False False"


async def test_three_processes_at_once_migrate_once(release: Path, empty_database: str) -> None:
    started = [start(release, empty_database) for _ in range(3)]
    assert [process.communicate()[0].strip()[-4:] for process in started] == ["True"] * 3
    assert [process.returncode for process in started] == [0, 0, 0]
    assert await revisions(empty_database) == ["0002"]


async def test_applies_what_a_new_release_adds(release: Path, empty_database: str) -> None:
    upgrade(release, empty_database)
    add_revision(release, "0003", "0002", "ALTER TABLE town ADD country text")
    upgrade(release, empty_database)
    assert await revisions(empty_database) == ["0003"]


async def test_a_failing_revision_leaves_those_before_it(release: Path, empty_database: str) -> None:
    add_revision(release, "0003", "0002", "CREATE TABLE village (); ALTER TABLE hamlet ADD country text")
    assert upgrade(release, empty_database).startswith(
        'MigrationError the migration failed, and what it had finished stands: relation "hamlet" does not exist'
    )
    assert await revisions(empty_database) == ["0002"]
    with pytest.raises(asyncpg.UndefinedTableError):
        await execute(empty_database, "TABLE village")


async def test_gives_up_rather_than_block_readers(release: Path, empty_database: str) -> None:
    upgrade(release, empty_database)
    add_revision(release, "0003", "0002", "ALTER TABLE town ADD country text")
    reader = await asyncpg.connect(empty_database)
    async with reader.transaction():
        await reader.fetch("SELECT FROM town")
        assert upgrade(release, empty_database).startswith("MigrationError the migration waits for a table")
    await reader.close()
    assert await revisions(empty_database) == ["0002"]


async def test_tries_again_when_a_table_was_in_use(release: Path, empty_database: str) -> None:
    upgrade(release, empty_database)
    add_revision(release, "0003", "0002", "ALTER TABLE town ADD country text")
    reader = await asyncpg.connect(empty_database)
    async with reader.transaction():
        await reader.fetch("SELECT FROM town")
        migrating = start(release, empty_database, attempts=30)
        await until_given_up(empty_database)
    await reader.close()
    assert migrating.communicate()[0].strip() == "True True"
    assert await revisions(empty_database) == ["0003"]


async def until_given_up(url: str) -> None:
    """Return when somebody has waited for a table and waits no more."""
    waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'migrated')"
    observer = await asyncpg.connect(url)
    for expected in (True, False):
        async with asyncio.timeout(PATIENCE_S):
            while await observer.fetchval(waiting) is not expected:
                await observer.execute("SELECT pg_sleep(0.02)")
    await observer.close()


async def test_builds_an_index_beside_others_that_wait_to_migrate(release: Path, empty_database: str) -> None:
    upgrade(release, empty_database)
    add_revision(release, "0003", "0002", "CREATE INDEX CONCURRENTLY by_name ON town (name)", alone=True)
    started = [start(release, empty_database) for _ in range(3)]
    assert [process.communicate()[0].strip()[-4:] for process in started] == ["True"] * 3
    assert await revisions(empty_database) == ["0003"]


async def test_check_tells_what_is_pending_and_changes_nothing(release: Path, empty_database: str) -> None:
    checked = command(release, "migrate", "--check", DATABASE_URL=empty_database)
    assert (checked.returncode, checked.stdout) == (1, "0001  Stand in for 0001\n0002  Stand in for 0002\n")
    assert checked.stderr == "jumelage: 2 revisions are pending: run the command `migrate`\n"
    assert command(release, "migrate", DATABASE_URL=empty_database).returncode == 0
    checked = command(release, "migrate", "--check", DATABASE_URL=empty_database)
    assert (checked.returncode, checked.stdout) == (0, "the database is at this release's revision\n")
    (release / "alembic" / "versions" / "0002_stand_in.py").unlink()
    checked = command(release, "migrate", "--check", DATABASE_URL=empty_database)
    assert (checked.returncode, checked.stdout[:31]) == (0, "the database is at revision 000")


async def test_tells_that_a_newer_release_has_migrated(release: Path, empty_database: str) -> None:
    upgrade(release, empty_database)
    (release / "alembic" / "versions" / "0002_stand_in.py").unlink()
    assert upgrade(release, empty_database).startswith("NewerDatabaseError the database is at revision 0002")


async def test_serves_no_schema_but_its_own_where_it_may_not_migrate(release: Path, empty_database: str) -> None:
    refused = command(release, "serve", DATABASE_URL=empty_database, JUMELAGE_MIGRATE="false", PORT="0")
    assert refused.returncode == 1
    assert refused.stderr.endswith("jumelage: 2 revisions are pending: run the command `migrate` first\n")
    with pytest.raises(asyncpg.UndefinedTableError):
        await revisions(empty_database)


def alembic(release: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=release,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )


async def test_prints_the_migration_as_sql_without_a_database(release: Path) -> None:
    printed = alembic(release, "upgrade", "head", "--sql")
    assert printed.returncode == 0, printed.stderr
    first, second, rest = printed.stdout.split("COMMIT;")
    assert "CREATE TABLE api_key" in first
    assert "CREATE TABLE town" in second
    assert rest.strip() == ""


def test_writes_a_revision_that_does_not_depend_on_sqlmodel(release: Path, empty_database: str) -> None:
    upgrade(release, empty_database)
    models = release / "service" / "models" / "__init__.py"
    models.write_text(models.read_text() + "    motto: str | None = Field(default=None, max_length=80)\n")
    made = alembic(
        release, "revision", "--autogenerate", "-m", "motto", "--rev-id", "0003", DATABASE_URL=empty_database
    )
    assert made.returncode == 0, made.stderr
    script = (release / "alembic" / "versions" / "0003_motto.py").read_text()
    assert "sa.Column('motto', sa.Text(), nullable=True)" in script
    assert "sqlmodel" not in script
    assert upgrade(release, empty_database) == "True True"
