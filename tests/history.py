"""Whether a history is in order: what was answered before something else was sent comes before it in the feed.

Knows instants of one clock and numbers of changes. Knows nothing of what was written.
"""

from collections.abc import Iterable
from typing import NamedTuple


class Write(NamedTuple):
    """A write as its caller saw it: when it was sent, when it was answered, and the number of its change."""

    sent: float
    answered: float
    seq: int


def disordered(writes: Iterable[Write]) -> list[tuple[Write, Write]]:
    """Return writes that were answered before another was sent, and yet come after it; the first for each."""
    by_answer = sorted(writes, key=lambda write: write.answered)
    found, newest, at = [], None, 0
    for write in sorted(by_answer, key=lambda write: write.sent):
        while at < len(by_answer) and by_answer[at].answered < write.sent:
            newest = max(newest or by_answer[at], by_answer[at], key=lambda one: one.seq)
            at += 1
        if newest is not None and newest.seq > write.seq:
            found.append((newest, write))
    return found
