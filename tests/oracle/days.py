"""What a partial date can mean: its first and its last day."""

from calendar import monthrange
from datetime import date


def earliest(text: str) -> date:
    """Return the first day that the date can mean."""
    year, month, day = _parts(text)
    return date(year, month or 1, day or 1)


def latest(text: str) -> date:
    """Return the last day that the date can mean."""
    year, month, day = _parts(text)
    month = month or 12
    return date(year, month, day or monthrange(year, month)[1])


def _parts(text: str) -> tuple[int, int, int]:
    """Return year, month and day; what is not known is 0."""
    year, month, day = (*(int(part) for part in text.rstrip("~?%").split("-")), 0, 0)[:3]
    return year, month, day
