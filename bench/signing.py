"""Signings recorded, by each contestant in turn, of which only Jumelage does all that a system of record must.

    jumelage      idempotency key, references resolved, rules checked, title made, rows written, change chained and
                  announced, payload read back; sent again, it is answered and not written
    handwritten   the same rows in one statement: key, agreement, parties, change; nothing is checked, nobody is told
    the others    an agreement and its two parties inserted; no key, no change, no rule but the tables' own

PostGraphile inserts by its own mutations, each of which is a transaction. Knows how signings are made that differ, and
what each contestant is sent. All write to a copy of the registry, one after the other.
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

from bench.contestants import CONTESTANTS, HERE
from bench.load import Request, ask, load
from bench.peers import Asked, Effort, Round, detail
from bench.report import save
from bench.servers import cpu_s, memory_mb
from service.keys import Scope, create_key
from service.models.columns import new_id

MOST_PER_S = 4_000
"""More signings than any contestant records, so that each load has enough that are new."""
MUTATION = """
mutation Record($input: RecordSigningInput!) {
  recordSigning(input: $input) { agreement { id title } replayed cursor userErrors { code message path } }
}
"""
PLAIN_MUTATION = """
mutation Record($input: RecordSigningInput!) { recordSigning(input: $input) { agreement { id title } } }
"""
POSTGRAPHILE_MUTATION = (HERE / "postgraphile" / "operations" / "signing.graphql").read_text()
KIND = "FRIENDSHIP_CITY"
FIRST = date(1950, 1, 1)


@dataclass(frozen=True)
class Signing:
    """A signing of two cities, unlike any other."""

    key: str
    signed_on: str
    cities: tuple[str, str]

    @property
    def title(self) -> str:
        """Return a title, for those who make none."""
        return f"Friendship agreement {self.key}"


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
    given = {"idempotencyKey": signing.key, "kind": KIND, "signedOn": signing.signed_on, "parties": parties}
    return _post(MUTATION, {"input": given})


def ask_handwritten(signing: Signing) -> Request:
    """Post the values that the fixed statement takes."""
    return Request("/record-signing", json.dumps([signing.key, signing.signed_on, *signing.cities]))


def ask_plain(signing: Signing) -> Request:
    """Post what is inserted as it is."""
    given = {"kind": KIND, "signedOn": signing.signed_on, "cities": signing.cities}
    return _post(PLAIN_MUTATION, {"input": {"id": new_id("agr"), "title": signing.title, **given}})


def ask_postgraphile(signing: Signing) -> Request:
    """Post the rows, each for a mutation that creates one."""
    id_ = new_id("agr")
    title = {"title": signing.title, "titleFolded": signing.title.lower()}
    more = {"kind": KIND, "status": "IN_FORCE", "signedOn": signing.signed_on}
    agreement = {"rowId": id_, **title, **more, "partiesComplete": True, "recordedBy": "bench"}
    first, second = (
        {"agreementId": id_, "position": position, "cityId": city} for position, city in enumerate(signing.cities, 1)
    )
    return _post(POSTGRAPHILE_MUTATION, {"agreement": agreement, "first": first, "second": second})


def _post(document: str, variables: Mapping[str, Any]) -> Request:
    return Request("/graphql", json.dumps({"query": document, "variables": variables}))


ASK: Mapping[str, Callable[[Signing], Request]] = {
    "jumelage": ask_ours,
    "jumelage-2": ask_ours,
    "handwritten": ask_handwritten,
    "postgraphile": ask_postgraphile,
    "yoga": ask_plain,
    "strawberry": ask_plain,
}


def compare(url: str, postmaster: int, contestants: Sequence[str], effort: Effort) -> None:
    """Measure, print and save the table."""
    key, cities = asyncio.run(_prepared(url))
    headers = {"authorization": f"Bearer {key}"}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(CONTESTANTS[name].start(url)) for name in contestants}
        asked = [Asked(CONTESTANTS[name], started, []) for name, started in servers.items()]
        for each in asked:
            before = asyncio.run(_recorded(url))
            name = each.contestant.name
            answer = ask(each.server.port, ASK[name](next(signings(cities, f"{name}-check"))), headers)
            if asyncio.run(_recorded(url)) != before + 1:
                raise RuntimeError(f"{each.contestant.title} recorded nothing: {answer!r}")
        for turn in range(-1, effort.rounds):  # the first warms up
            for each in asked:
                one = record(url, postmaster, each, cities, f"{each.contestant.name}-{turn}", headers, effort)
                if turn >= 0:
                    each.rounds.append(one)
    text = f"recordSigning of two known cities, {effort.connections} connections\n\n{detail(asked)}"
    save("signing", text, {each.contestant.name: each.medians for each in asked})


def record(
    url: str,
    postmaster: int,
    asked: Asked,
    cities: Sequence[str],
    run: str,
    headers: Mapping[str, str],
    effort: Effort,
) -> Round:
    """Have a contestant record signings for a while. Raises RuntimeError where it recorded fewer than it says."""
    many = int(MOST_PER_S * effort.seconds)
    drawn = zip(signings(cities, run), range(many), strict=False)
    requests = [ASK[asked.contestant.name](signing) for signing, _ in drawn]
    recorded = asyncio.run(_recorded(url))
    service, database = cpu_s(asked.server.pid), cpu_s(postmaster)
    outcome = load(asked.server.port, requests, effort.connections, effort.seconds, headers)
    thousands = outcome.requests / 1000
    service = (cpu_s(asked.server.pid) - service) / thousands
    database = (cpu_s(postmaster) - database) / thousands
    recorded = asyncio.run(_recorded(url)) - recorded
    if recorded < outcome.requests:
        raise RuntimeError(f"{asked.contestant.title} answered {outcome.requests} signings and recorded {recorded}")
    return Round(outcome, service, database, memory_mb(asked.server.pid))


async def _recorded(url: str) -> int:
    """Return how many agreements there are."""
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM agreement"))
    finally:
        await connection.close()


async def _prepared(url: str) -> tuple[str, list[str]]:
    """Return a key that may record, and the cities."""
    connection = await asyncpg.connect(url)
    try:
        key = await create_key(connection, "bench", (Scope.SIGNINGS_WRITE,), "")
        rows = await connection.fetch("SELECT id FROM city WHERE merged_into_id IS NULL ORDER BY id")
    finally:
        await connection.close()
    return key, [row["id"] for row in rows]
