"""A process of writers whose clock is wrong: python -m tests.writers URL NAME SKEW_S STEPS.

Each step is recorded, refused, checked only, or broken off. Printed is what was recorded, as lines of JSON: when it
was sent and answered by the machine's own clock, which no skew moves, and the number of its change.
"""

import asyncio
import contextlib
import json
import random
import sys
import time
from typing import Any
from unittest.mock import patch

import asyncpg

from service.chain import parse_feed_cursor
from service.event import RecordEventInput, record_event
from service.recording import Transaction, record
from service.signing import record_signing
from tests.factories import city_party, event, parties, signing

WRITERS = 4


async def fail(tx: Transaction, payload: RecordEventInput) -> str:
    await record_event(tx, payload)
    raise ZeroDivisionError


async def step(pool: Any, name: str, chance: random.Random) -> str | None:
    """Write something, or do not; return its cursor."""
    towns = [city_party(f"Town {chance.randrange(40)}", "US"), city_party(f"{chance.choice('abc')}{name[0]}", "DE")]
    agreed = {"parties": parties(*towns), "signedOn": None}
    match chance.randrange(5):
        case 0:
            outcome = await record(pool, name, name, signing(name, **agreed), record_signing)
        case 1:
            outcome = await record(pool, name, name, signing(name, parties=parties(towns[0])), record_signing)
        case 2:
            outcome = await record(pool, name, name, signing(name, **agreed, validateOnly=True), record_signing)
        case 3:
            with contextlib.suppress(ZeroDivisionError):
                await record(pool, name, name, event(name, city=towns[0]["city"]), fail)
            return None
        case _:
            outcome = await record(pool, name, name, event(name, city=towns[0]["city"]), record_event)
    return outcome.cursor


async def main(url: str, name: str, skew_s: int, steps: int) -> None:
    chance = random.Random(name)  # noqa: S311 (chooses what to write, keeps no secret)
    now = time.time_ns

    async def write(writer: int) -> None:
        for number in range(steps):
            sent = time.monotonic()
            cursor = await step(pool, f"{name}-{writer}-{number}", chance)
            if cursor:
                print(json.dumps([sent, time.monotonic(), parse_feed_cursor(cursor).seq]))  # noqa: T201 (the result)

    with patch("time.time_ns", lambda: now() + skew_s * 10**9):
        async with asyncpg.create_pool(url, min_size=WRITERS, max_size=WRITERS) as pool:
            await asyncio.gather(*(write(writer) for writer in range(WRITERS)))


if __name__ == "__main__":
    url_, name_, skew_, steps_ = sys.argv[1:]
    asyncio.run(main(url_, name_, int(skew_), int(steps_)))
