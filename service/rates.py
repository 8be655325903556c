"""How much each caller may ask for: a bucket of cost that fills with time.

Knows costs and callers as names. What an operation costs is counted where it is planned; a point is about a
microsecond of the database's work.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

CALLERS = 100_000


class RateExceeded(Exception):  # noqa: N818 (an answer, not a fault)
    """The caller has asked for more than its share; it may go on after so many seconds."""

    def __init__(self, cost: int, retry_after_s: int) -> None:
        """Take what was asked for, and how long to wait."""
        self.cost, self.retry_after_s = cost, retry_after_s
        super().__init__(f"This costs {cost} more than you may ask for now; wait {retry_after_s} s.")


class Bucket:
    """What one caller has left."""

    __slots__ = ("at", "left", "rates")

    def __init__(self, rates: "Rates") -> None:
        """Start full."""
        self.rates, self.left, self.at = rates, float(rates.burst), rates.clock()

    def spend(self, cost: int) -> None:
        """Take a cost out. Raises RateExceeded, and takes nothing, where there is less left.

        A cost above the whole bucket is let through when the bucket is full, or it could never be asked for.
        """
        now = self.rates.clock()
        self.left = min(self.rates.burst, self.left + (now - self.at) * self.rates.per_s)
        self.at = now
        needed = min(cost, self.rates.burst)
        if self.left < needed:
            raise RateExceeded(cost, max(1, -int((self.left - needed) // self.rates.per_s)))
        self.left -= needed

    @property
    def reset_s(self) -> int:
        """In how many seconds the bucket is full again."""
        return max(0, -int((self.left - self.rates.burst) // self.rates.per_s))


class Rates:
    """The buckets of all callers of this process; those unseen for longest are forgotten, and start full again."""

    def __init__(self, per_s: int, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Let each caller ask for so much a second, and for so much after a rest."""
        self.per_s, self.burst, self.clock = per_s, max(burst, per_s), clock
        self.buckets: OrderedDict[str, Bucket] = OrderedDict()
        # The header RateLimit-Policy: what a bucket holds, and in how many seconds it fills.
        self.policy = b'"cost";q=%d;w=%d' % (self.burst, -(-self.burst // per_s))

    def bucket(self, caller: str) -> Bucket:
        """Return the caller's bucket."""
        found = self.buckets.get(caller)
        if found is None:
            found = self.buckets[caller] = Bucket(self)
            if len(self.buckets) > CALLERS:
                self.buckets.popitem(last=False)
        else:
            self.buckets.move_to_end(caller)
        return found


def remaining(bucket: Bucket) -> bytes:
    """Return the header RateLimit: what is left, and in how many seconds all is."""
    return b'"cost";r=%d;t=%d' % (bucket.left, bucket.reset_s)
