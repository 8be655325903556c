"""Reading a registry back in tests: what stands in it, and whether its feed is whole."""

import asyncio
from typing import Any

import asyncpg

from service.chain import change_hash
from service.errors import UserErrorCode
from service.recording import Outcome

Pool = asyncpg.Pool

TABLES = (
    *("agreement", "agreement_area", "agreement_party", "area", "change", "citation", "city", "city_name"),
    *("contribution", "delegation", "delegation_event", "delegation_host", "delegation_inviter"),
    *("delegation_member", "event", "event_host", "feed_head", "idempotency_key", "membership", "office"),
    *("ordinal_claim", "organization", "participation", "person", "programme", "programme_partner"),
    *("programme_target", "retraction", "search_word", "signatory", "source", "spelling"),
)


async def contents(pool: "Pool[asyncpg.Record]") -> dict[str, list[str]]:
    """Return every row of every table that writing touches."""
    return {
        table: sorted(str(tuple(row.items())) for row in await pool.fetch(f"SELECT * FROM {table}")) for table in TABLES
    }


async def count(pool: "Pool[asyncpg.Record]", table: str) -> int:
    """Return how many rows the table has."""
    number: int = await pool.fetchval(f"SELECT count(*) FROM {table}")
    return number


async def rows(pool: "Pool[asyncpg.Record]", statement: str, *values: object) -> list[dict[str, Any]]:
    """Return the statement's rows as dictionaries."""
    return [dict(row) for row in await pool.fetch(statement, *values)]


async def feed(pool: "Pool[asyncpg.Record]") -> list[dict[str, Any]]:
    """Return the changes in order, having checked that numbers are dense and the chain of hashes is whole."""
    changes = await rows(pool, "SELECT * FROM change ORDER BY seq")
    assert [change["seq"] for change in changes] == list(range(1, len(changes) + 1))
    digest = bytes(32)
    for change in changes:
        stored = change.pop("hash")
        digest = change_hash(digest, **change)
        assert digest == stored
        change["hash"] = stored
    assert [change["at"] for change in changes] == sorted(change["at"] for change in changes)
    head = await pool.fetchrow("SELECT seq, hash FROM feed_head")
    assert head is not None
    assert (head["seq"], head["hash"]) == (len(changes), digest)
    return changes


async def until_somebody_waits(pool: "Pool[asyncpg.Record]") -> None:
    """Wait until a transaction waits for a lock that another one holds."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while not await pool.fetchval(waiting):  # noqa: ASYNC110 (it waits for the server, not for a task)
        await asyncio.sleep(0.001)


def refusals(outcome: Outcome) -> list[tuple[UserErrorCode, str]]:
    """Return the codes and paths of a refused outcome, having checked that it says nothing else."""
    assert outcome.subject_id is None
    assert outcome.cursor is None
    assert not outcome.replayed
    assert all(refusal.message for refusal in outcome.refusals)
    return [(refusal.code, ".".join(refusal.path)) for refusal in outcome.refusals]


def subject(outcome: Outcome) -> str:
    """Return the identifier of what was recorded."""
    assert outcome.refusals == ()
    assert outcome.subject_id is not None
    return outcome.subject_id
