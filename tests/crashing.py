"""A process that records one input and is killed at a point on the way: python -m tests.crashing URL POINT."""

import asyncio
import os
import signal
import sys
from typing import Any
from unittest.mock import patch

import asyncpg

from service import notification, recording
from service.recording import record
from service.signing import record_signing
from tests.factories import signing

POINTS = ("before commit", "after commit", "before NOTIFY", "after the answer")


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, point: str) -> None:
    commit = recording.commit

    async def dying(transaction: Any, connection: Any) -> None:
        if point == "before commit":
            die()
        await commit(transaction, connection)
        if point == "after commit":
            die()

    wake = die if point == "before NOTIFY" else notification.wake
    with patch.object(recording, "commit", dying), patch.object(recording, "wake", wake):
        await record_and_die(url)


async def record_and_die(url: str) -> None:
    async with asyncpg.create_pool(url, min_size=1, max_size=2) as pool:
        await record(pool, "city", "key", signing("key"), record_signing)
        die()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
