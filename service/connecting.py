"""Connects to the databases that the settings name. Knows which setting goes where."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from service.changes import Feed
from service.database import Database, Limits
from service.replica import Reads, ReplicaReads
from service.settings import Settings


def connected(settings: Settings, url: str) -> AbstractAsyncContextManager[Database]:
    """Connect to the registry's database for as long as the context lasts."""
    return Database.connect(url, limits_of(settings))


@asynccontextmanager
async def reading(settings: Settings, database: Database, feed: Feed) -> AsyncIterator[Reads]:
    """Give where reads go, for as long as the context lasts."""
    if settings.read_database_url is None:
        yield Reads(database)
        return
    most_lag_s = settings.read_max_lag_ms / 1000
    standby = ReplicaReads.connect(database, feed, settings.read_database_url, limits_of(settings), most_lag_s)
    async with standby as reads:
        yield reads


def limits_of(settings: Settings) -> Limits:
    """Return what the service may ask of a database's server."""
    return Limits(
        pool_min=settings.pool_min,
        pool_max=settings.pool_max,
        statement_timeout_ms=settings.statement_timeout_ms,
        connect_timeout_ms=settings.connect_timeout_ms,
        lifetime_s=settings.pool_lifetime_s,
    )
