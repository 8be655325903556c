"""What a process does again and again while it runs.

A fault that nobody foresaw costs a round, not the watch: whoever ended with it would leave what it watched as it was.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def repeating(act: Callable[[], Awaitable[None]], pause_s: Callable[[], float]) -> AsyncIterator[None]:
    """Do something after each pause, for as long as the context lasts."""
    task = asyncio.create_task(repeat(act, pause_s))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def repeat(act: Callable[[], Awaitable[None]], pause_s: Callable[[], float]) -> None:
    """Do something after each pause."""
    while True:
        await asyncio.sleep(pause_s())
        try:
            await act()
        except Exception:
            log.exception("what is done again and again failed")
