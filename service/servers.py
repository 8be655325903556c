"""Connecting to a database that several servers may stand for: a primary, and standbys that may take its place.

Finds the one that is wanted, however long the others keep silent. Knows nothing of what is asked there.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from service.addresses import servers_of

# How long a server may keep the next one waiting: one that vanished answers nothing at all.
HEAD_START_S = 0.3

_answered_last: dict[str | None, int] = {}


class NoneSuitable(ConnectionError):  # noqa: N818 (a state of the cluster, which passes)
    """No server is what the address asks for, such as one that takes writes."""


async def connect(dsn: str | None = None, **options: Any) -> Any:
    """Connect as asyncpg.connect does; of several servers to the first that is what the address asks for.

    The server that answered last is asked first, and the next one soon after it. Raises what asyncpg raises, and
    NoneSuitable.
    """
    servers: Sequence[str | None] = servers_of(dsn) if dsn else [None]
    last = _answered_last.get(dsn, 0)
    order = [*range(last, len(servers)), *range(last)]
    attempts: list[asyncio.Task[Any]] = []
    try:
        for place in order:
            attempts.append(asyncio.create_task(_attempt(servers[place], options)))
            await asyncio.wait(attempts[-1:], timeout=HEAD_START_S)
            if (found := _successful(attempts)) is not None:
                break
        else:
            found = await _first(attempts)
        _answered_last[dsn] = order[found]
        return attempts.pop(found).result()
    finally:
        for attempt in attempts:
            attempt.add_done_callback(_let_go)
            attempt.cancel()


async def _attempt(dsn: str | None, options: dict[str, Any]) -> Any:
    try:
        return await asyncpg.connect(dsn, **options)
    except asyncpg.TargetServerAttributeNotMatched as error:
        raise NoneSuitable("no server of the database takes writes") from error


def _successful(attempts: Sequence["asyncio.Task[Any]"]) -> int | None:
    """Return the place of an attempt that succeeded."""
    done = (place for place, attempt in enumerate(attempts) if attempt.done() and not attempt.exception())
    return next(done, None)


async def _first(attempts: Sequence["asyncio.Task[Any]"]) -> int:
    """Wait for an attempt that succeeds; raise what is most to the point where none does."""
    remaining = set(attempts)
    while (found := _successful(attempts)) is None:
        if not remaining:
            errors = [error for attempt in attempts if (error := attempt.exception()) is not None]
            raise next((error for error in errors if not isinstance(error, NoneSuitable)), errors[0])
        _, remaining = await asyncio.wait(remaining, return_when=asyncio.FIRST_COMPLETED)
    return found


def _let_go(attempt: "asyncio.Task[Any]") -> None:
    """Close a connection that came too late."""
    if not attempt.cancelled() and not attempt.exception():
        attempt.result().terminate()
