"""Bringing a database to the schema of this release.

Knows the revisions in `alembic/versions` and how to apply them. Knows no table but the one in
which Alembic notes the revision.
"""

import ast
import asyncio
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from service.failure import OperatorError

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCRIPTS = Path(__file__).parent.parent / "alembic"
# Any number will do that no other program takes: the first eight letters of the name, as bytes.
LOCK = int.from_bytes(b"jumelage", "big")
# A change of a table waits behind long reads, and every later read behind it: rather give up and be run again.
LOCK_TIMEOUT = "2s"

_ASSIGNMENT = re.compile(r"^(revision|down_revision)\b[^=\n]*=(.+)$", re.MULTILINE)


class MigrationError(OperatorError):
    """Say why the database cannot be brought to this release's schema."""


class NewerDatabaseError(MigrationError):
    """Say that a newer release has already migrated the database.

    The older one may go on beside it: a revision removes nothing that the release before it uses.
    """


def upgrade(database_url: str) -> None:
    """Bring the database to the newest revision; safe when several processes do it at once.

    All pending revisions are one transaction, under an advisory lock. A database that is there
    already costs one connection and one statement, and Alembic is not imported. Raises
    NewerDatabaseError if it is at a revision that this release does not know.
    """
    found = asyncio.run(_current(database_url))
    revisions, heads = _revisions()
    unknown = sorted(found - revisions)
    if unknown:
        raise NewerDatabaseError(
            f"the database is at revision {', '.join(unknown)}, which this release does not know: a newer release "
            "migrated it; run that one, or use another database"
        )
    if found != heads:
        asyncio.run(_upgrade(database_url))


async def _current(database_url: str) -> set[str]:
    """Read the revision of the database; empty before the first.

    SELECT version_num FROM alembic_version
    """
    import asyncpg  # here, because it takes longer than starting the command line

    connection = await asyncpg.connect(database_url)
    try:
        return {row["version_num"] for row in await connection.fetch("SELECT version_num FROM alembic_version")}
    except asyncpg.UndefinedTableError:
        return set()
    finally:
        await connection.close()


def behind(found: set[str]) -> str | None:
    """Say what is missing in a database at these revisions; None where this release can work with it.

    A revision that this release does not know was made by a newer one, which removes nothing that this one uses.
    """
    revisions, heads = _revisions()
    if found - revisions or found == heads:
        return None
    at, needed = (", ".join(sorted(each)) or "none" for each in (found, heads))
    return f"the database is at revision {at}, and this release needs {needed}: run the command `migrate`"


@cache
def _revisions() -> tuple[set[str], set[str]]:
    """Read all revisions and the newest from the scripts, without importing them."""
    names: set[str] = set()
    followed: set[str] = set()
    for script in (SCRIPTS / "versions").glob("*.py"):
        for name, value in _ASSIGNMENT.findall(script.read_text()):
            given = ast.literal_eval(value.strip())
            values = {given} if isinstance(given, str) else set(given or ())
            (names if name == "revision" else followed).update(values)
    return names, names - followed


async def _upgrade(database_url: str) -> None:
    import asyncpg
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    # The driver reads the address itself, so that it is understood as everywhere else in the service.
    engine = create_async_engine(
        "postgresql+asyncpg://", poolclass=NullPool, async_creator=lambda: asyncpg.connect(database_url)
    )
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade_connection)
    except DBAPIError as error:
        cause = getattr(error, "driver_exception", None) or error.orig
        if isinstance(cause, asyncpg.LockNotAvailableError):
            raise MigrationError(
                f"the migration waited {LOCK_TIMEOUT} for a table that is in use, and changed nothing: run it again"
            ) from None
        raise MigrationError(f"the migration failed and changed nothing: {cause}") from error
    finally:
        await engine.dispose()


def _upgrade_connection(connection: "Connection") -> None:
    """Upgrade inside the connection's transaction.

    SELECT pg_advisory_xact_lock($1)
    SET LOCAL lock_timeout = '2s'
    """
    from alembic.config import Config

    from alembic import command

    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    command.upgrade(config, "head")
