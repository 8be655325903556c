"""What is drawn by chance and yet the same for the same seed: identifiers, instants, dates and picks.

Knows how new identifiers look and how precise dates are. Knows no record.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from random import Random
from typing import TypeVar

FIRST_RECORDED = datetime(2020, 1, 1, tzinfo=UTC)
LAST_YEAR = 2024
DAYS = 28  # every month has so many

_RECORDED_FOR_MS = 5 * 365 * 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]  # ten bits each

T = TypeVar("T")


class Identifiers:
    """Makes identifiers of the same form as new_id(), each from the seed, its kind and its number."""

    def __init__(self, seed: int) -> None:
        """Take the seed."""
        self.key = str(seed).encode()[:64]

    def make(self, prefix: str, number: int, at: datetime) -> str:
        """Return the identifier of the kind's record of this number: 48 bits of the instant, then 80 of the seed."""
        digest = blake2b(f"{prefix}{number}".encode(), digest_size=10, key=self.key).digest()
        chance = int.from_bytes(digest, "big")
        return f"{prefix}_{_time(at)}{''.join([_PAIRS[chance >> shift & 1023] for shift in range(70, -1, -10)])}"


@lru_cache(64)
def _time(at: datetime) -> str:
    milliseconds = (at - _EPOCH) // _MILLISECOND
    return "".join(_PAIRS[milliseconds >> shift & 1023] for shift in range(40, -1, -10))


class Clock:
    """Spreads the recording of all records over five years, in their order."""

    def __init__(self, records: int) -> None:
        """Take how many records there will be."""
        self.records = max(records, 1)
        self.at = lru_cache(64)(self._at)

    def _at(self, number: int) -> datetime:
        """Return when the record of this number was recorded, to the millisecond."""
        return FIRST_RECORDED + _MILLISECOND * (_RECORDED_FOR_MS * number // self.records)


def hub(rng: Random, count: int) -> int:
    """Pick a number below count by a power law: a few are picked very often, most seldom."""
    return int(count * rng.random() ** 2)


def one_of(rng: Random, choices: Sequence[T]) -> T:
    """Pick one of the choices."""
    return choices[int(rng.random() * len(choices))]


def past_year(rng: Random) -> int:
    """Pick a year between 1955 and the last, recent ones more often."""
    return LAST_YEAR - int(70 * rng.random() ** 2.5)


def partial_date(rng: Random, year: int) -> str:
    """Write a date of the year: mostly to the day, else to the month or the year, now and then approximate."""
    precision = rng.random()
    text = f"{year:04}"
    if precision < 0.9:
        text += f"-{int(rng.random() * 12) + 1:02}"
    if precision < 0.8:
        text += f"-{int(rng.random() * DAYS) + 1:02}"
    doubt = rng.random()
    return text + ("~" if doubt < 0.03 else "?" if doubt < 0.05 else "%" if doubt < 0.06 else "")
