"""How Alembic reaches the database and the models.

A caller gives its connection in the configuration's attributes. Without one (`alembic revision`,
`alembic check`) the settings say which database; with `--sql` none is needed.
"""

import asyncio
from contextlib import ExitStack
from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, Text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import AutoString, SQLModel

import service.models  # noqa: F401  (fills the metadata)
from alembic import context
from service.migration import SESSION
from service.servers import connect

target_metadata = SQLModel.metadata


def render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Write every kind of text as SQLAlchemy's own, so that no revision depends on today's models."""
    if kind == "type" and isinstance(item, Text):
        return f"sa.Text(collation={item.collation!r})" if item.collation else "sa.Text()"
    return "sa.Text()" if kind == "type" and isinstance(item, AutoString) else False


def migrate(connection: Connection) -> None:
    """Run the migrations, each in a transaction of its own."""
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        render_item=render_item,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate_offline() -> None:
    """Print the migrations as SQL."""
    context.configure(
        dialect_name="postgresql",
        target_metadata=target_metadata,
        literal_binds=True,
        transaction_per_migration=True,
    )
    for statement in SESSION:
        context.execute(statement)
    with context.begin_transaction():
        context.run_migrations()


async def migrate_database(url: str) -> None:
    """Connect as the service does, and migrate."""
    engine = create_async_engine("postgresql+asyncpg://", poolclass=NullPool, async_creator=lambda: connect(url))
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


def migrate_configured() -> None:
    """Migrate the database of the settings, embedded or not."""
    from service.embedded import start_embedded
    from service.settings import read_settings

    settings = read_settings()
    with ExitStack() as stack:
        url = settings.database_url or stack.enter_context(start_embedded(settings.data_dir)).url
        asyncio.run(migrate_database(url))


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
elif context.is_offline_mode():
    migrate_offline()
else:
    migrate_configured()
