"""Bringing a database to the schema of this release.

Knows the revisions in `alembic/versions` and how to apply them while the release before them serves. Knows no table
but the one in which Alembic notes the revision.
"""

import ast
import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.failure import OperatorError

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

SCRIPTS = Path(__file__).parent.parent / "alembic"
# Any number will do that no other program takes: the first eight letters of the name, as bytes.
LOCK = int.from_bytes(b"jumelage", "big")
# A change of a table waits behind long reads, and every later read behind it: rather give up and try again, and so
# soon that it is never a writer whom PostgreSQL picks to end a deadlock. What is begun holds its own locks for as long
# as it runs, so that is bounded too.
SESSION = ("SET lock_timeout = '500ms'", "SET statement_timeout = '30s'")
ATTEMPTS = 30
"""How often a revision is tried that found a table in use: for about a minute."""


class MigrationError(OperatorError):
    """Say why the database cannot be brought to this release's schema."""


class NewerDatabaseError(MigrationError):
    """Say that a newer release has already migrated the database.

    The older one may go on beside it: a revision removes nothing that the release before it uses.
    """


@dataclass(frozen=True)
class Revision:
    """One step of the schema: its name, the one before it, and what it does."""

    name: str
    before: str | None
    title: str


def upgrade(database_url: str, attempts: int = ATTEMPTS) -> None:
    """Bring the database to the newest revision; safe when several processes do it at once, and while others serve.

    Each revision is a transaction, under a lock that one process holds for all of them. A database that is there
    already costs one connection and one statement, and Alembic is not imported. Raises NewerDatabaseError if it is
    at a revision that this release does not know.
    """
    if pending(database_url):
        asyncio.run(_upgrade(database_url, attempts))


def pending(database_url: str) -> Sequence[Revision]:
    """Return the revisions that the database lacks, in order. Raises NewerDatabaseError."""
    return after(asyncio.run(_current(database_url)))


def behind(found: set[str]) -> str | None:
    """Say what is missing in a database at these revisions; None where this release can work with it.

    A revision that this release does not know was made by a newer one, which removes nothing that this one uses.
    """
    at = next(iter(found), None)
    try:
        missing = after(at)
    except NewerDatabaseError:
        return None
    if not missing:
        return None
    at, needed = at or "none", missing[-1].name
    return f"the database is at revision {at}, and this release needs {needed}: run the command `migrate`"


def after(found: str | None) -> Sequence[Revision]:
    """Return the revisions that follow one, all of them after None. Raises NewerDatabaseError."""
    names = [None, *(revision.name for revision in revisions())]
    if found not in names:
        raise NewerDatabaseError(
            f"the database is at revision {found}, which this release does not know: a newer release migrated it; "
            "run that one, or use another database"
        )
    return revisions()[names.index(found) :]


@cache
def revisions() -> tuple[Revision, ...]:
    """Read the revisions from the scripts, in order, without importing them."""
    known = {revision.before: revision for revision in map(_read, (SCRIPTS / "versions").glob("*.py"))}
    ordered: list[Revision] = []
    while (following := known.get(ordered[-1].name if ordered else None)) is not None:
        ordered.append(following)
    return tuple(ordered)


def _read(script: Path) -> Revision:
    tree = ast.parse(script.read_text())
    values = {
        target.id: statement.value.value
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Constant)
        for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
        if isinstance(target, ast.Name)
    }
    title = (ast.get_docstring(tree) or script.stem).splitlines()[0].rstrip(".")
    return Revision(str(values["revision"]), values["down_revision"], title)  # type: ignore[arg-type]  # text or None


async def _current(database_url: str) -> str | None:
    """Read the revision of the database; None before the first.

    SELECT version_num FROM alembic_version
    """
    import asyncpg  # here, because it takes longer than starting the command line

    from service.servers import connect

    connection = await connect(database_url)
    try:
        found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()
    return found


async def _upgrade(database_url: str, attempts: int) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    from service.servers import connect

    # The driver reads the address itself, so that it is understood as everywhere else in the service.
    engine = create_async_engine(
        "postgresql+asyncpg://", poolclass=NullPool, async_creator=lambda: connect(database_url)
    )
    try:
        async with engine.connect() as connection:
            await _lock(connection)
            for remaining in reversed(range(attempts)):
                if await _applied(connection, last=not remaining):
                    return
                await asyncio.sleep(random.uniform(0.5, 1.5))  # noqa: S311 (spreads attempts, keeps no secret)
    finally:
        await engine.dispose()


async def _lock(connection: "AsyncConnection") -> None:
    """Be the one who migrates, until the connection is closed.

    Asked for again and again, and not waited for: an index that is built without keeping writers out waits for every
    statement that has begun, and so would for those who wait here.

    SELECT pg_try_advisory_lock($1)
    """
    while not (await connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({LOCK})")).scalar():
        await connection.rollback()
        await asyncio.sleep(0.2)
    for statement in SESSION:
        await connection.exec_driver_sql(statement)
    await connection.commit()


async def _applied(connection: "AsyncConnection", *, last: bool) -> bool:
    """Apply what is pending; return False where a table was in use, unless that was the last attempt.

    Raises MigrationError.
    """
    import asyncpg
    from sqlalchemy.exc import DBAPIError

    try:
        await connection.run_sync(_upgrade_connection)
    except DBAPIError as error:
        cause: Any = getattr(error, "driver_exception", None) or error.orig
        in_use = isinstance(cause, asyncpg.LockNotAvailableError | asyncpg.DeadlockDetectedError)
        if in_use and not last:
            await connection.rollback()
            return False
        if in_use:
            raise MigrationError("the migration waits for a table that is in use all the time: run it again") from None
        raise MigrationError(f"the migration failed, and what it had finished stands: {cause}") from error
    return True


def _upgrade_connection(connection: "Connection") -> None:
    """Upgrade, one transaction a revision."""
    from alembic.config import Config

    from alembic import command

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    command.upgrade(config, "head")
