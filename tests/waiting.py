"""Waiting for what others do."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE_S = 30.0


async def until(condition: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Wait until the condition, which may have to be awaited, holds."""
    deadline = time.monotonic() + patience_s
    while True:
        held = condition()
        if isinstance(held, Awaitable):
            held = await held
        if held:
            return
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.02)
