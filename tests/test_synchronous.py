"""A primary that waits for its standby: nothing is acknowledged that the standby has not got."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from service import recording
from service.embedded import start_embedded
from service.errors import UnknownOutcome
from service.event import record_event
from service.migration import upgrade
from service.recording import record
from tests.conftest import NOT_DURABLE, execute, open_folder
from tests.factories import event
from tests.registry import count, feed

WAITS = {"synchronous_commit": "on"}
# A commit may take longer than a statement, so that it is not by chance that it is not answered.
TIMEOUT_MS, COMMIT_S = 200, 1.0


@pytest.fixture(scope="module")
def primary() -> Iterator[str]:
    """The address of a server of its own, because all of its databases have the same standbys."""
    with open_folder() as folder, start_embedded(folder / "data", {**NOT_DURABLE, **WAITS}) as server:
        upgrade(server.url)
        yield server.url


@pytest.fixture
async def pool(primary: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """A pool whose statements may not take long."""
    settings = {"statement_timeout": str(TIMEOUT_MS)}
    async with asyncpg.create_pool(primary, min_size=1, max_size=4, server_settings=settings) as pool:
        yield pool


async def wait_for(primary: str, standby: str) -> None:
    """Have commits wait for a standby; for none where the name is empty."""
    await execute(primary, f"ALTER SYSTEM SET synchronous_standby_names = '{standby}'")
    await execute(primary, "SELECT pg_reload_conf()")


async def test_a_commit_that_the_standby_has_not_got_is_of_unknown_outcome_until_it_has(
    pool: "asyncpg.Pool[asyncpg.Record]", primary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "COMMIT_S", COMMIT_S)
    await wait_for(primary, "absent")
    with pytest.raises(UnknownOutcome):
        await record(pool, "city", "key", event("key"), record_event)
    assert await count(pool, "event") == 0  # nobody sees it either
    with pytest.raises(asyncpg.QueryCanceledError):
        await record(pool, "city", "key", event("key"), record_event)
    await wait_for(primary, "")
    again = await record(pool, "city", "key", event("key"), record_event)
    assert again.replayed
    assert await count(pool, "event") == 1
    assert len(await feed(pool)) == 1
