"""Many inputs of one kind recorded together: all or none, or each for itself.

Knows how inputs share a transaction, and that each has a key and an answer of its own. A round is one
transaction; where an input is refused the round is taken back and run again without it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from service.errors import Refusal, Refused, UserErrorCode
from service.fingerprint import fingerprint
from service.inputs import Input
from service.models.columns import Described
from service.notification import ConnectionSource, wake
from service.recording import (
    BY_INDEX,
    WRITING,
    Outcome,
    Transaction,
    commit,
    number_changes,
    persist,
    record,
    replays,
    roll_back,
    uncut,
)

if TYPE_CHECKING:
    from service.recording import Connection

AS_IT_IS_NOW = "set_config('plan_cache_mode', 'force_custom_plan', true) AS plans"
"""A batch is worth planning anew; see rows."""
Given = Mapping[int, Any]
"""Inputs by their position in the call."""
Outcomes = dict[int, Outcome]
BatchRule = Callable[[Transaction, Sequence[tuple[Transaction, Any]]], Awaitable[list[str]]]
"""Writes what the inputs say, each given with its own share of the transaction; returns their subjects."""


class ErrorPolicy(Described):
    """What a refusal means for the other inputs of the same call."""

    EACH = "EACH", "Each input stands or falls alone."
    ALL = "ALL", "One refusal refuses all: either everything is recorded or nothing."


@dataclass(frozen=True)
class Batch:
    """What became of the inputs of one call, in their order."""

    results: tuple[Outcome, ...]

    @property
    def recorded(self) -> int:
        """How many stand in the registry, now or since an earlier call."""
        return sum(outcome.subject_id is not None for outcome in self.results)

    @property
    def refused(self) -> int:
        """How many were refused."""
        return sum(bool(outcome.refusals) for outcome in self.results)


async def record_batch(
    pool: ConnectionSource, caller: str, inputs: Sequence[Input | Refused], rules: "Rules", policy: ErrorPolicy
) -> Batch:
    """Record the inputs under their own keys; one that could not even be read is given as its refusal.

    With the policy ALL, and any refusal, those that are not refused themselves are answered with neither a
    subject nor a refusal. Raises UnknownOutcome when the connection is lost during COMMIT.
    """
    outcomes = {at: Outcome(refusals=one.refusals) for at, one in enumerate(inputs) if isinstance(one, Refused)}
    given = {at: one for at, one in enumerate(inputs) if not isinstance(one, Refused)}
    writing = _Writing(pool, caller, rules)
    if policy is ErrorPolicy.ALL:
        outcomes |= await uncut(writing.all(given, doomed=bool(outcomes)))
    else:
        outcomes |= await uncut(writing.each(given))
    return Batch(tuple(outcomes[at] for at in range(len(inputs))))


@dataclass(frozen=True)
class Rules:
    """How one input is recorded, and how many are; both with the same result."""

    one: Callable[[Transaction, Any], Awaitable[str]]
    many: BatchRule


@dataclass(frozen=True)
class _Round:
    """What one transaction made of its inputs: those that are settled, and those to be looked at later."""

    settled: Outcomes
    postponed: Outcomes


@dataclass(frozen=True)
class _Writing:
    pool: ConnectionSource
    caller: str
    rules: Rules

    async def each(self, given: Given) -> Outcomes:
        """Record each input for itself, as many as possible in one transaction."""
        outcomes = {at: await self._checked(one) for at, one in given.items() if one.validate_only}
        while waiting := {at: one for at, one in given.items() if at not in outcomes}:
            group = _without_twins(waiting)
            while group:
                done = await self._round(group, keep=True)
                outcomes |= done.settled
                group = {at: one for at, one in group.items() if at not in {*done.settled, *done.postponed}}
        return outcomes

    async def _checked(self, one: Any) -> Outcome:
        return await record(self.pool, self.caller, one.idempotency_key, one, self.rules.one)

    async def all(self, given: Given, *, doomed: bool) -> Outcomes:
        """Record all inputs in one transaction or none; the doomed are checked only, to find all refusals."""
        refused = _disagreeing(given)
        checking = any(one.validate_only for one in given.values())
        kept = _without_twins(given)
        for at in given.keys() - kept.keys():
            message = "is the key of an earlier input of the same call: give each input a key of its own"
            refused[at] = Outcome(refusals=(Refusal(UserErrorCode.INVALID, message, ("idempotencyKey",)),))
        done = await self._round(kept, keep=not (checking or doomed or refused))
        refused |= done.postponed | {at: outcome for at, outcome in done.settled.items() if outcome.refusals}
        if doomed or refused:
            return {at: refused.get(at, Outcome()) for at in given}
        return done.settled

    async def _round(self, group: Given, *, keep: bool) -> _Round:
        """Try to record the group in one transaction, and keep it only if nothing is refused."""
        if not group:
            return _Round({}, {})
        marks = {one.idempotency_key: fingerprint(type(one).__name__, one) for one in group.values()}

        async def transact(connection: "Connection") -> _Round:
            return await self._transact(connection, group, marks, keep=keep)

        return await persist(self.pool, transact)

    async def _transact(self, connection: "Connection", group: Given, marks: dict[str, bytes], *, keep: bool) -> _Round:
        transaction = connection.transaction()
        await transaction.start()
        try:
            now, fresh = await _claim_keys(connection, self.caller, marks)
            old = {key: mark for key, mark in marks.items() if key not in fresh}
            answered = await replays(connection, self.caller, old) if old else {}
            settled = {at: answered[key] for at, one in group.items() if (key := one.idempotency_key) in answered}
            new = {at: one for at, one in group.items() if at not in settled}
            tx = Transaction(connection, self.caller, now)
            parts = {at: tx.part() for at in new}
            subjects = await self._apply(tx, parts, new) if new else []
            if subjects is None or not new or not keep or any(one.refusals for one in settled.values()):
                await transaction.rollback()
                return _undone(settled, parts, whole=subjects is not None and not keep)
            keyed = [(one.idempotency_key, subject) for one, subject in zip(new.values(), subjects, strict=True)]
            cursors = await number_changes(tx, keyed)
        except BaseException:
            await roll_back(connection, transaction)
            raise
        await commit(transaction, connection)
        wake(self.pool)
        written = {at: Outcome(subject, cursors[subject]) for at, subject in zip(new, subjects, strict=True)}
        return _Round(settled | written, {})

    async def _apply(self, tx: Transaction, parts: dict[int, Transaction], new: Given) -> list[str] | None:
        """Run the rule over the inputs; return None where it refuses any."""
        try:
            return await self.rules.many(tx, [(parts[at], one) for at, one in new.items()])
        except Refused:
            return None


def _undone(settled: Outcomes, parts: dict[int, Transaction], *, whole: bool) -> _Round:
    """Return what is known although the transaction was taken back; `whole` says that nothing was refused."""
    refused = {at: Outcome(refusals=tuple(part.refusals)) for at, part in parts.items() if part.refusals or whole}
    postponed = {at: Outcome(refusals=tuple(part.postponed)) for at, part in parts.items() if part.postponed}
    return _Round(settled | refused, {at: one for at, one in postponed.items() if at not in refused})


def _without_twins(given: Given) -> dict[int, Any]:
    """Return the first input of each key."""
    first: dict[str, int] = {}
    for at, one in given.items():
        first.setdefault(one.idempotency_key, at)
    return {at: given[at] for at in first.values()}


def _disagreeing(given: Given) -> Outcomes:
    """Refuse inputs that are to be checked only beside inputs that are to be recorded."""
    wanted = [one.validate_only for one in given.values()]
    if all(wanted) or not any(wanted):
        return {}
    message = "must be the same for all inputs where one refusal refuses all"
    refusal = Refusal(UserErrorCode.INVALID, message, ("validateOnly",))
    return {at: Outcome(refusals=(refusal,)) for at, one in given.items() if one.validate_only}


async def _claim_keys(connection: "Connection", caller: str, marks: Mapping[str, bytes]) -> tuple[datetime, set[str]]:
    """Write the keys and return the database's time and those that are new.

    They are written in one order for all, so that twins wait for each other instead of deadlocking.
    """
    rows = await connection.fetch(
        f"""
        WITH claimed AS (
            INSERT INTO idempotency_key (caller, key, fingerprint)
            SELECT $1, key, fingerprint
            FROM pg_advisory_xact_lock_shared({WRITING}), {BY_INDEX}, {AS_IT_IS_NOW},
                unnest($2::text[], $3::bytea[]) AS given (key, fingerprint)
            ORDER BY key COLLATE "C"
            ON CONFLICT DO NOTHING
            RETURNING key
        )
        SELECT now() AS now, claimed.key FROM (SELECT) AS one LEFT JOIN claimed ON true
        """,
        caller,
        list(marks),
        list(marks.values()),
    )
    return rows[0]["now"], {row["key"] for row in rows if row["key"] is not None}
