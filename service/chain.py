"""The chain of hashes through the changes, and the cursor that names a place in it.

Knows how a change is written for hashing and how a cursor is written. Knows no SQL.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from service.models.enums import ChangeKind

PREFIX = 8
"""How many hex digits of a change's hash a cursor carries."""

_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_CURSOR = re.compile(rf"([0-9a-z]{{1,32}})\.(0|[1-9][0-9]{{0,17}})\.([0-9a-f]{{{PREFIX}}})")


class CursorRefused(Exception):  # noqa: N818 (an answer, not a fault)
    """The feed cannot go on from a cursor; the code says why."""

    def __init__(self, code: str, message: str) -> None:
        """Take the code and what to do."""
        self.code = code
        super().__init__(message)


def cursor_reset() -> CursorRefused:
    """Return the refusal of a cursor that names no place in this history."""
    return CursorRefused("CURSOR_RESET", "The cursor is of another history of the registry; list again.")


def cursor_expired() -> CursorRefused:
    """Return the refusal of a cursor behind which changes were pruned."""
    return CursorRefused("CURSOR_EXPIRED", "The feed no longer holds what came after the cursor; list again.")


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """A place in the feed: just after the change of this number in this history. Callers treat its text as opaque."""

    epoch: str
    seq: int
    hash_prefix: str

    @classmethod
    def of(cls, epoch: str, seq: int, digest: bytes) -> "FeedCursor":
        """Name the place just after the change that has the hash."""
        return cls(epoch, seq, digest.hex()[:PREFIX])

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}.{self.hash_prefix}"

    def fits(self, digest: bytes) -> bool:
        """Tell whether the change at this place has the hash that the cursor saw."""
        return digest.hex().startswith(self.hash_prefix)


def change_hash(
    previous: bytes,
    seq: int,
    at: datetime,
    actor: str,
    kind: ChangeKind | str,
    subject_id: str,
    version: int,
    fields: Sequence[str],
    signing: bool,
) -> bytes:
    """Return SHA-256 over the previous change's hash and this change as a JSON array, its instant in UTC."""
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    row = [seq, instant, actor, str(kind), subject_id, version, list(fields), signing]
    return sha256(previous + _written(row).encode()).digest()


def feed_cursor(epoch: str, seq: int, digest: bytes) -> str:
    """Return the text of the cursor that names the place just after the change that has the hash."""
    return str(FeedCursor.of(epoch, seq, digest))


def parse_feed_cursor(text: str) -> FeedCursor:
    """Read a cursor's text; raise ValueError where it is none."""
    if (match := _CURSOR.fullmatch(text)) is None:
        raise ValueError("is no cursor of this feed: give one exactly as an earlier answer did")
    return FeedCursor(match[1], int(match[2]), match[3])


def position_of(cursor: object) -> int:
    """Return the position of a cursor that may be missing; raise ValueError where it is none."""
    return 0 if cursor is None else parse_feed_cursor(str(cursor)).seq
