"""How far something that follows is behind what it follows, in changes and in time.

Knows numbers and this process's clock alone: clocks of different machines are never compared.
"""

import time


class Progress:
    """Compares where a follower stands with where the other stood when it was last caught up with."""

    def __init__(self) -> None:
        """Start where nothing is to be caught up with."""
        self.target, self.reached = 0, 0
        self.since = time.monotonic()

    def note(self, reached: int, aim: int) -> None:
        """Take in where the follower stands, and where the other does now."""
        self.reached = reached
        if reached >= self.target:  # else the older target is still to be reached, and its age is the lag
            self.target, self.since = aim, time.monotonic()

    @property
    def behind(self) -> int:
        """Return how many changes are missing at least."""
        return max(0, self.target - self.reached)

    @property
    def lag_s(self) -> float:
        """Return for how long some have been missing."""
        return time.monotonic() - self.since if self.behind else 0.0
