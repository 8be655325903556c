"""Signings recorded: Jumelage beside a hand-written endpoint that writes the same rows and checks nothing.

Knows how signings are made that differ, and what each contestant is sent. Both write to a copy of the registry.
"""

import asyncio
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

import asyncpg

from bench.contestants import CONTESTANTS
from bench.load import Request, ask, load
from bench.peers import Asked, Effort, Round, detail
from bench.report import save
from bench.servers import cpu_s, memory_mb
from service.keys import Scope, create_key

MOST_PER_S = 2_000
"""More signings than any contestant records, so that each load has enough that are new."""
MUTATION = """
mutation Record($input: RecordSigningInput!) {
  recordSigning(input: $input) { agreement { id title } replayed cursor userErrors { code message path } }
}
"""
FIRST = date(1950, 1, 1)


@dataclass(frozen=True)
class Signing:
    """A signing of two cities, unlike any other."""

    key: str
    signed_on: str
    cities: tuple[str, str]


def signings(cities: Sequence[str], run: str) -> Iterator[Signing]:
    """Yield signings without end."""
    drawn = random.Random(run)  # noqa: S311 (draws cities, keeps no secret)
    for number in count():
        day = FIRST + timedelta(days=drawn.randrange(27_000))
        first, second = drawn.sample(cities, 2)
        yield Signing(f"{run}-{number}", day.isoformat(), (first, second))


def ask_ours(signing: Signing) -> Request:
    """Post the mutation."""
    parties = [{"party": {"city": {"id": city}}} for city in signing.cities]
    given = {"idempotencyKey": signing.key, "kind": "FRIENDSHIP_CITY", "signedOn": signing.signed_on}
    return Request("/graphql", json.dumps({"query": MUTATION, "variables": {"input": {**given, "parties": parties}}}))


def ask_handwritten(signing: Signing) -> Request:
    """Post the values that the fixed statement takes."""
    return Request("/record-signing", json.dumps([signing.key, signing.signed_on, *signing.cities]))


ASK: Mapping[str, Callable[[Signing], Request]] = {"jumelage": ask_ours, "handwritten": ask_handwritten}


def compare(url: str, postmaster: int, effort: Effort) -> None:
    """Measure, print and save the table."""
    key, cities = asyncio.run(_prepared(url))
    headers = {"authorization": f"Bearer {key}"}
    with ExitStack() as stack:
        asked = [Asked(CONTESTANTS[name], stack.enter_context(CONTESTANTS[name].start(url)), []) for name in ASK]
        for each in asked:
            _check(each, headers, cities)
        for turn in range(-1, effort.rounds):  # the first warms up
            for each in asked:
                name = each.contestant.name
                drawn = signings(cities, f"{name}-{turn}")
                many = int(MOST_PER_S * effort.seconds)
                requests = [ASK[name](signing) for signing, _ in zip(drawn, range(many), strict=False)]
                service, database = cpu_s(each.server.pid), cpu_s(postmaster)
                outcome = load(each.server.port, requests, effort.connections, effort.seconds, headers)
                thousands = outcome.requests / 1000
                service = (cpu_s(each.server.pid) - service) / thousands
                database = (cpu_s(postmaster) - database) / thousands
                if turn >= 0:
                    each.rounds.append(Round(outcome, service, database, memory_mb(each.server.pid)))
    text = f"recordSigning of two known cities, {effort.connections} connections\n\n{detail(asked)}"
    save("signing", text, {each.contestant.name: each.medians for each in asked})


def _check(asked: Asked, headers: Mapping[str, str], cities: Sequence[str]) -> None:
    """Raise RuntimeError where a signing is not recorded."""
    name = asked.contestant.name
    answer: Any = json.loads(ask(asked.server.port, ASK[name](next(signings(cities, f"{name}-check"))), headers))
    recorded = answer["data"]["recordSigning"]
    if recorded["userErrors"] or not recorded["agreement"]:
        raise RuntimeError(f"{asked.contestant.title} recorded nothing: {answer}")


async def _prepared(url: str) -> tuple[str, list[str]]:
    """Return a key that may record, and the cities."""
    connection = await asyncpg.connect(url)
    try:
        key = await create_key(connection, "bench", (Scope.SIGNINGS_WRITE,), "")
        rows = await connection.fetch("SELECT id FROM city WHERE merged_into_id IS NULL ORDER BY id")
    finally:
        await connection.close()
    return key, [row["id"] for row in rows]
