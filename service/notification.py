"""Waking whoever follows the feed.

Knows that a notification is only a hint: followers poll as well, so one that is lost costs latency and never
data. Many commits in flight therefore share few notifications.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

CHANNEL = "jumelage_changes"
APART_S = 0.01
"""Commits that follow one another faster than this share a notification: each is a transaction of its own."""
SETTLE_S = 1.0

log = logging.getLogger(__name__)


class ConnectionSource(Protocol):
    """Whatever lends connections, as asyncpg's pool does."""

    def acquire(self) -> AbstractAsyncContextManager[Any]:
        """Lend a connection for the length of a with statement."""
        ...


class _Waking:
    """One notification under way, and whether another must follow it."""

    def __init__(self) -> None:
        self.again = True
        self.task: asyncio.Task[None] | None = None


_under_way: dict[int, _Waking] = {}
here: set[Callable[[], None]] = set()
"""Followers in this process, who are woken at once."""


def wake(pool: ConnectionSource) -> None:
    """Notify followers soon, once for all the commits that happen meanwhile; return at once.

    It runs outside the transaction: NOTIFY inside would make all commits wait for one another.
    """
    for woken in here:
        woken()
    waking = _under_way.get(id(pool))
    if waking is not None:
        waking.again = True
        return
    waking = _under_way[id(pool)] = _Waking()
    waking.task = asyncio.get_running_loop().create_task(_notify(waking, pool))
    waking.task.add_done_callback(lambda _: _forget(waking, pool))  # a task that is cancelled early never begins


async def settle_wakes() -> None:
    """Wait a moment for the notifications that are under way, before their connections are closed."""
    if under_way := [waking.task for waking in _under_way.values() if waking.task]:
        await asyncio.wait(under_way, timeout=SETTLE_S)


def _forget(waking: _Waking, pool: ConnectionSource) -> None:
    if _under_way.get(id(pool)) is waking:
        del _under_way[id(pool)]


async def _notify(waking: _Waking, pool: ConnectionSource) -> None:
    try:
        while waking.again:
            async with pool.acquire() as connection:
                waking.again = False
                await connection.execute("NOTIFY jumelage_changes")
            await asyncio.sleep(APART_S)
    except Exception as error:
        log.warning("followers of the feed were not woken: %s", type(error).__name__)
    finally:
        _forget(waking, pool)
