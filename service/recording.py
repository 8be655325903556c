"""The order in which everything is written: key, rule, last lock, commit.

Knows idempotency, the numbering of changes and what a lost connection means. Knows no rule: a rule is given,
resolves references, writes rows and announces what it changed.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
from pydantic import BaseModel

from service.chain import change_hash, feed_cursor
from service.errors import Path, Refusal, Refused, UnknownOutcome, UserErrorCode
from service.fingerprint import fingerprint
from service.metrics import COMMIT, TRANSACTION_RETRIES, timed
from service.models.enums import ChangeKind
from service.notification import ConnectionSource, wake
from service.tracing import span

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[asyncpg.Record]

Payload = TypeVar("Payload", bound=BaseModel)
Result = TypeVar("Result")
WRITING = -3
"""The lock that every writer shares, and that a merge takes alone."""
BY_INDEX = "set_config('enable_seqscan', 'off', true) AS scans"
"""What writing looks up has an index; a plan made while tables were small would read them whole ever after."""
AS_IT_PAYS = "set_config('plan_cache_mode', 'auto', true) AS plans"
"""What is written is planned anew where that is estimated to pay, unlike what the connection otherwise reads."""
ATTEMPTS = 6
"""How often a transaction is tried that others got in the way of."""


class Contention(Exception):  # noqa: N818 (it is retried, not reported)
    """Another transaction wrote first what this one was about to write: look again."""


@dataclass(frozen=True)
class Announcement:
    """A change to be numbered when the transaction is about to commit."""

    kind: ChangeKind
    subject_id: str
    version: int
    fields: tuple[str, ...]
    signing: bool


@dataclass
class Transaction:
    """A transaction in which a rule writes: its connection, what it refuses, and what it announces."""

    connection: "Connection"
    caller: str
    now: datetime
    refusals: list[Refusal] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)
    postponed: list[Refusal] = field(default_factory=list)

    def refuse(self, code: UserErrorCode, message: str, path: Path, candidates: tuple[str, ...] = ()) -> None:
        """Note a reason against the input; the rule goes on to find the others."""
        self.refusals.append(Refusal(code, message, path, candidates))

    def check(self) -> None:
        """Raise Refused if anything was refused so far."""
        if self.refusals:
            raise Refused(self.refusals)

    def announce(
        self, kind: ChangeKind, subject_id: str, fields: tuple[str, ...], *, version: int = 1, signing: bool = False
    ) -> None:
        """Put a change into the feed, should the transaction commit; fields are published names."""
        self.announcements.append(Announcement(kind, subject_id, version, fields, signing))

    def part(self) -> "Transaction":
        """Return the share of one input among several: it refuses for itself and writes with the others."""
        return Transaction(self.connection, self.caller, self.now, announcements=self.announcements)

    def postpone(self, message: str, path: Path) -> None:
        """Note that an earlier input of the same transaction may stand in the way: look again once it is settled."""
        self.postponed.append(Refusal(UserErrorCode.ALREADY_RECORDED, message, path))


def check_all(parts: Sequence[Transaction]) -> None:
    """Raise Refused if anything was refused to any of the parts, or postponed."""
    if refusals := [refusal for part in parts for refusal in (*part.refusals, *part.postponed)]:
        raise Refused(refusals)


Rule = Callable[[Transaction, Payload], Awaitable[str]]
"""Writes what the payload says and returns the identifier of the record that it is about, announced last."""


@dataclass(frozen=True)
class Outcome:
    """What became of an input: a subject and its place in the feed, or refusals."""

    subject_id: str | None = None
    cursor: str | None = None
    replayed: bool = False
    refusals: tuple[Refusal, ...] = ()


_running: set[asyncio.Task[Any]] = set()


async def record(
    pool: ConnectionSource,
    caller: str,
    key: str,
    payload: Payload,
    rule: Rule[Payload],
    *,
    operation: str | None = None,
    alone: bool = False,
) -> Outcome:
    """Record the payload once, however often it is given with this key; a refusal writes nothing.

    The operation's name defaults to the payload's class: give it where several operations share an input. A rule
    that moves what other rules refer to runs alone: it waits for all writing under way, and is waited for.
    A caller that is cancelled leaves the transaction running to its end. Raises UnknownOutcome when the
    connection is lost during COMMIT.
    """
    attempt = _Attempt(caller, key, fingerprint(operation or type(payload).__name__, payload), alone)

    async def transact(connection: "Connection") -> Outcome:
        try:
            outcome = await _transact(connection, attempt, payload, rule)
        except Refused as refused:
            return Outcome(refusals=refused.refusals)
        if outcome.cursor and not outcome.replayed:
            wake(pool)
        return outcome

    return await uncut(persist(pool, transact))


async def uncut(writing: Coroutine[Any, Any, Result]) -> Result:
    """Run what writes to its end, also when the caller is cancelled meanwhile."""
    task = asyncio.create_task(writing)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return await asyncio.shield(task)


async def settle() -> None:
    """Wait for the transactions that still run, also those whose callers have gone."""
    await asyncio.gather(*_running, return_exceptions=True)


@dataclass(frozen=True)
class _Attempt:
    caller: str
    key: str
    fingerprint: bytes
    alone: bool = False


async def persist(pool: ConnectionSource, transact: Callable[["Connection"], Awaitable[Result]]) -> Result:
    """Run a transaction, and run it again where others got in its way."""
    for remaining in reversed(range(ATTEMPTS)):
        try:
            async with pool.acquire() as connection:
                result = await transact(connection)
        except (
            Contention,
            asyncpg.SerializationError,
            asyncpg.DeadlockDetectedError,
            asyncpg.UniqueViolationError,
        ):
            # A unique value that was free when the rule looked was taken by a twin: the next look finds it.
            if not remaining:
                raise
            TRANSACTION_RETRIES.inc()
            await asyncio.sleep(random.uniform(0.001, 0.02))  # noqa: S311 (spreads retries, keeps no secret)
            continue
        return result
    raise AssertionError("the last attempt returns or raises")


async def _transact(connection: "Connection", attempt: _Attempt, payload: Payload, rule: Rule[Payload]) -> Outcome:
    transaction = connection.transaction()
    await transaction.start()
    try:
        now = await _claim_key(connection, attempt)
        if now is None:
            outcome = await _replay(connection, attempt)
            await transaction.rollback()
            return outcome
        tx = Transaction(connection, attempt.caller, now)
        subject_id = await rule(tx, payload)
        tx.check()
        if getattr(payload, "validate_only", False):
            await transaction.rollback()
            return Outcome()
        cursors = await number_changes(tx, [(attempt.key, subject_id)])
    except BaseException:
        if not connection.is_closed():
            await transaction.rollback()
        raise
    await commit(transaction)
    return Outcome(subject_id, cursors[subject_id])


async def commit(transaction: Any) -> None:
    """Commit; raise UnknownOutcome unless the server said in so many words that it did not."""
    try:
        with span("commit"), timed(COMMIT):
            await transaction.commit()
    except asyncpg.PostgresError as error:
        if getattr(error, "severity_en", None) == "ERROR":
            raise
        raise UnknownOutcome("the database ended the connection during COMMIT") from error
    except (asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise UnknownOutcome("the connection was lost during COMMIT") from error


async def _claim_key(connection: "Connection", attempt: _Attempt) -> datetime | None:
    """Write the key and return the database's time; None where it was used before.

    Waits for a twin that is writing the same key, until it has committed or rolled back.
    """
    lock = "pg_advisory_xact_lock" if attempt.alone else "pg_advisory_xact_lock_shared"
    now: datetime | None = await connection.fetchval(
        f"""
        INSERT INTO idempotency_key (caller, key, fingerprint) SELECT $1, $2, $3
        FROM {lock}({WRITING}), {BY_INDEX}, {AS_IT_PAYS}
        ON CONFLICT DO NOTHING
        RETURNING created_at
        """,
        attempt.caller,
        attempt.key,
        attempt.fingerprint,
    )
    return now


async def _replay(connection: "Connection", attempt: _Attempt) -> Outcome:
    return (await replays(connection, attempt.caller, {attempt.key: attempt.fingerprint}))[attempt.key]


async def replays(connection: "Connection", caller: str, used: Mapping[str, bytes]) -> dict[str, Outcome]:
    """Return what was answered to keys that were used before, given with the fingerprints of their inputs now."""
    rows = await connection.fetch(
        """
        SELECT used.key, used.fingerprint, used.subject_id, used.seq, change.hash, feed_head.epoch
        FROM idempotency_key AS used CROSS JOIN feed_head LEFT JOIN change ON change.seq = used.seq
        WHERE used.caller = $1 AND used.key = ANY($2)
        """,
        caller,
        list(used),
    )
    if len(rows) < len(used):
        raise Contention("a key was there and is gone")
    return {row["key"]: _replayed(row, used[row["key"]]) for row in rows}


def _replayed(row: "asyncpg.Record", given: bytes) -> Outcome:
    if row["fingerprint"] != given:
        message = "was used before with another input: choose a new key, or send the first input again"
        return Outcome(refusals=(Refusal(UserErrorCode.IDEMPOTENCY_KEY_REUSED, message, ("idempotencyKey",)),))
    cursor = feed_cursor(row["epoch"], row["seq"], row["hash"]) if row["hash"] else None
    return Outcome(row["subject_id"], cursor, replayed=True)


async def number_changes(tx: Transaction, subjects: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Take the last lock, number and chain the changes, and note for each key what it was answered.

    The subjects are given with their keys; returned is each subject's cursor, that of its last change. The head's
    lock is held until the commit, so numbers run without gaps in the order of commits.
    """
    head = await tx.connection.fetchrow(
        """
        UPDATE feed_head SET seq = seq + $1 WHERE id = 1
        RETURNING epoch, seq - $1 AS seq, hash, clock_timestamp() AS at
        """,
        len(tx.announcements),
    )
    assert head is not None, "the first migration makes the one row of feed_head"  # noqa: S101
    digest, numbered, places = head["hash"], [], {}
    for seq, made in enumerate(tx.announcements, head["seq"] + 1):
        content = (made.kind.value, made.subject_id, made.version, made.fields, made.signing)
        digest = change_hash(digest, seq, head["at"], tx.caller, *content)
        numbered.append((seq, *content[:3], ",".join(made.fields), made.signing, digest))
        places[made.subject_id] = (seq, digest)
    if not all(subject_id in places for _, subject_id in subjects):
        raise AssertionError("a rule announces its subject")
    await tx.connection.execute(
        """
        WITH head AS (
            UPDATE feed_head SET hash = $10 WHERE id = 1
        ), changes AS (
            INSERT INTO change (seq, kind, subject_id, version, fields, signing, hash, at, actor)
            SELECT seq, kind, subject_id, version, string_to_array(fields, ','), signing, hash, $8, $9
            FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::text[], $6::bool[], $7::bytea[])
                AS numbered (seq, kind, subject_id, version, fields, signing, hash)
        )
        UPDATE idempotency_key SET subject_id = answered.subject_id, seq = answered.seq
        FROM unnest($11::text[], $12::text[], $13::bigint[]) AS answered (key, subject_id, seq)
        WHERE idempotency_key.caller = $9 AND idempotency_key.key = answered.key
        """,
        *zip(*numbered, strict=True),
        head["at"],
        tx.caller,
        digest,
        [key for key, _ in subjects],
        [subject_id for _, subject_id in subjects],
        [places[subject_id][0] for _, subject_id in subjects],
    )
    return {subject_id: feed_cursor(head["epoch"], *places[subject_id]) for _, subject_id in subjects}
