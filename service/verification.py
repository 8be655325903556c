"""Whether the history is whole: every change that is kept fits the one before, and the records fit their changes.

Knows the chain of hashes and what else follows from it. It shows that somebody changed the feed's rows, and where. Who
replaces the whole chain with another is found out by a head that was noted elsewhere: see `known`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from service.chain import FeedCursor, change_hash
from service.failure import OperatorError
from service.progress_bar import Advance, bar
from service.referring import RECORDS
from service.servers import connect

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

ROWS_A_STATEMENT = 10_000
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_HEAD = re.compile(r"([0-9a-z]{1,32})\.(0|[1-9][0-9]{0,17})\.([0-9a-f]{8}|[0-9a-f]{64})")


class BrokenHistoryError(OperatorError):
    """Name the first thing that does not fit."""

    advice = "restore the database from before that"


class StaleCopyError(BrokenHistoryError):
    """Name the first row that does not say what it was copied from; the history fits."""

    advice = "UPDATE agreement_party SET agreement_id = agreement_id copies everything anew"


@dataclass(frozen=True)
class Verified:
    """What was found whole: the changes after the floor, and the head that they lead to."""

    floor: int
    head: FeedCursor
    digest: bytes

    def __str__(self) -> str:
        kept = f"{self.head.seq - self.floor:,} changes fit, {self.floor + 1} to {self.head.seq}"
        pruned = ", those before were pruned" if self.floor else ""
        return f"{kept}{pruned}\nhead {self.head.epoch}.{self.head.seq}.{self.digest.hex()}"


def parse_head(text: str) -> FeedCursor:
    """Read a head as verifying prints it, or any cursor of the feed. Raises ValueError."""
    if (match := _HEAD.fullmatch(text)) is None:
        raise ValueError("must be a head as `verify` printed it, or a cursor of the feed")
    return FeedCursor(match[1], int(match[2]), match[3])


async def verify(url: str, known: FeedCursor | None = None) -> Verified:
    """Prove the history as it stands at one moment; see prove."""
    connection = await connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await prove(connection, known)
    finally:
        await connection.close()


async def prove(connection: "Connection", known: FeedCursor | None = None) -> Verified:
    """Walk the whole chain in the caller's transaction, and return what was found whole.

    Raises BrokenHistoryError at the first change that does not fit, where the feed does not lead to its head, where
    the head that is known from elsewhere is none of this history, and where a record's version is not what its
    changes made it; StaleCopyError where all of that fits, and what agreements are listed by is not what they say.
    """
    await connection.set_type_codec("timestamptz", schema="pg_catalog", encoder=tuple, decoder=_instant, format="tuple")
    head = await connection.fetchrow("SELECT epoch, seq, hash, floor, floor_hash FROM feed_head")
    if head is None:
        raise BrokenHistoryError("feed_head has lost its one row")
    with bar("changes", head["seq"] - head["floor"]) as advance:
        await _walk(connection, head, advance)
    if known is not None:
        await _find(connection, head, known)
    await _compare_versions(connection, head["floor"])
    await _compare_copies(connection)
    return Verified(head["floor"], FeedCursor.of(head["epoch"], head["seq"], head["hash"]), head["hash"])


async def _walk(connection: "Connection", head: Any, advance: Advance) -> None:
    """Follow the chain from the floor to the head."""
    seq, digest = head["floor"], head["floor_hash"]
    if seq == 0 and any(digest):
        raise BrokenHistoryError("nothing was pruned, and yet feed_head holds the hash of a change that was")
    if (first := await connection.fetchval("SELECT min(seq) FROM change WHERE seq <= $1", seq)) is not None:
        raise BrokenHistoryError(f"change {first} stands below the floor, {seq}: run `prune` again if it was cut short")
    while rows := await connection.fetch(
        """
        SELECT seq, at, actor, kind, subject_id, version, fields, signing, hash
        FROM change WHERE seq > $1 ORDER BY seq LIMIT $2
        """,
        seq,
        ROWS_A_STATEMENT,
    ):
        for row in rows:
            *content, stored = row
            if content[0] != seq + 1:
                raise BrokenHistoryError(f"change {seq + 1} is missing: change {seq} is followed by {content[0]}")
            if (digest := _hash(digest, content)) != stored:
                raise BrokenHistoryError(
                    f"change {seq + 1} does not fit its hash: it, or the hash before it, was changed"
                )
            seq += 1
        advance(len(rows))
    if seq != head["seq"]:
        raise BrokenHistoryError(f"change {seq} is the last one, and feed_head says that change {head['seq']} is")
    if digest != head["hash"]:
        raise BrokenHistoryError(f"feed_head holds another hash than change {seq}, the last one")


def _instant(given: tuple[int]) -> datetime | None:
    """Read an instant; None for one beyond the calendar, which the service never writes."""
    try:
        return _EPOCH + timedelta(microseconds=given[0])
    except OverflowError:
        return None


def _hash(digest: bytes, content: list[Any]) -> bytes | None:
    return None if content[1] is None else change_hash(digest, *content)


async def _find(connection: "Connection", head: Any, known: FeedCursor) -> None:
    """Check that the history went through a head that was noted before."""
    if known.epoch != head["epoch"]:
        raise BrokenHistoryError(f"the history is of epoch {head['epoch']}, and the head given of {known.epoch}")
    if known.seq < head["floor"]:
        raise BrokenHistoryError(
            f"the head given is change {known.seq}, and the history was pruned up to {head['floor']}"
        )
    digest = head["floor_hash"]
    if known.seq > head["floor"]:
        digest = await connection.fetchval("SELECT hash FROM change WHERE seq = $1", known.seq)
    if digest is None or not known.fits(digest):
        raise BrokenHistoryError(
            f"the history did not go through the head given: change {known.seq} is another or missing"
        )


async def _compare_versions(connection: "Connection", floor: int) -> None:
    """Check that each record's changes made one version after the other, and the last one the version that stands."""
    row = await connection.fetchrow(
        """
        SELECT seq, subject_id, version, before FROM (
            SELECT seq, subject_id, version, lag(version) OVER (PARTITION BY subject_id ORDER BY seq) AS before
            FROM change WHERE seq > $1
        ) AS made
        WHERE version <> before + 1 OR (before IS NULL AND $1 = 0 AND version <> 1)
        ORDER BY seq LIMIT 1
        """,
        floor,
    )
    if row is not None:
        after = f"after {row['before']}" if row["before"] else "as its first"
        raise BrokenHistoryError(f"change {row['seq']} made version {row['version']} of {row['subject_id']} {after}")
    records = " UNION ALL ".join(f"SELECT id, version FROM {table}" for table in RECORDS)
    row = await connection.fetchrow(
        f"""
        SELECT id, record.version AS stands, made.version AS made
        FROM ({records}) AS record FULL JOIN (
            SELECT subject_id AS id, max(version) AS version FROM change WHERE seq > $1 GROUP BY subject_id
        ) AS made USING (id)
        WHERE record.version IS DISTINCT FROM made.version AND ($1 = 0 OR made.version IS NOT NULL)
        ORDER BY id LIMIT 1
        """,
        floor,
    )
    if row is not None:
        stands = f"stands at version {row['stands']}" if row["stands"] else "is gone"
        made = f"its changes made version {row['made']}" if row["made"] else "no change made it"
        raise BrokenHistoryError(f"{row['id']} {stands}, and {made}")


async def _compare_copies(connection: "Connection") -> None:
    """Check that each party carries what stands in its agreement, and the country of whom it names."""
    row = await connection.fetchrow(
        """
        SELECT agreement_id, position FROM agreement_party
            JOIN agreement ON agreement.id = agreement_id
            LEFT JOIN city ON city.id = city_id LEFT JOIN organization ON organization.id = organization_id
        WHERE (agreement_kind, agreement_signed_on_earliest, agreement_retracted_at, party_country_code)
            IS DISTINCT FROM (agreement.kind, agreement.signed_on_earliest, agreement.retracted_at,
                coalesce(city.country_code, organization.country_code))
        ORDER BY agreement_id, position LIMIT 1
        """
    )
    if row is not None:
        party = f"party {row['position']} of {row['agreement_id']}"
        raise StaleCopyError(f"{party} carries other facts than its agreement and its own record hold")
