"""Dates that are as precise as their source.

Knows the texts that a PartialDate may have and the days that each can mean. Knows no table: the functions
edtf_earliest and edtf_latest of the database say the same, and a test holds the two together.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_SHAPE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?[~?%]?")
_ALLOWED = (
    "is no partial date: write 2024-03-22, 2024-03 or 2024, and after it ~ when approximate, "
    "? when uncertain or % when both"
)
# The clocks that are furthest ahead, those of the Line Islands, show UTC+14.
_FIRST_TIME_ZONE = timedelta(hours=14)


@dataclass(frozen=True)
class PartialDate:
    """A date known to the day, the month or the year, and the first and last day that it can mean."""

    text: str
    earliest: date
    latest: date

    @classmethod
    def parse(cls, text: str) -> "PartialDate":
        """Read EDTF such as 2024-03-22, 2024-03 or 2024~; raise ValueError that says what is allowed."""
        if (match := _SHAPE.fullmatch(text)) is None:
            raise ValueError(_ALLOWED)
        year, month, day = (int(part) if part else None for part in match.groups())
        try:
            earliest = date(year or 0, 1 if month is None else month, 1 if day is None else day)
        except ValueError:
            raise ValueError(f"is no date of the calendar; it {_ALLOWED}") from None
        if day is not None:
            return cls(text, earliest, earliest)
        last_month = earliest.month if month is not None else 12
        return cls(text, earliest, date(earliest.year, last_month, monthrange(earliest.year, last_month)[1]))


def is_ahead(text: str | None, now: datetime) -> bool:
    """Tell whether the date lies in the future wherever on earth one stands; unknown does not."""
    if text is None:
        return False
    return PartialDate.parse(text).earliest > (now.astimezone(UTC) + _FIRST_TIME_ZONE).date()


def out_of_order(first: str | None, then: str | None) -> bool:
    """Tell whether a period ends before it begins, whatever days the two dates mean; unknown does not."""
    if first is None or then is None:
        return False
    return PartialDate.parse(first).earliest > PartialDate.parse(then).latest
