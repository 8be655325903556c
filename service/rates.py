"""How much each caller may ask for: a bucket of cost that fills with time, and how much it may be refused.

Knows costs and callers as names. What an operation costs is counted where it is planned; a point is about a
microsecond of the database's work. What is refused has no cost that could be counted before: it takes the time of all
others, who wait meanwhile, so its time is measured, and each caller may take a small share.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

CALLERS = 100_000
# So many seconds' worth of refusals may come at once: whoever writes a document is wrong more often than usual.
REFUSALS_AT_ONCE_S = 25


class RateExceeded(Exception):  # noqa: N818 (an answer, not a fault)
    """The caller has asked for more than its share; it may go on after so many seconds."""

    def __init__(self, why: str, retry_after_s: int) -> None:
        """Take why, and how long to wait."""
        self.retry_after_s = retry_after_s
        super().__init__(f"{why}; wait {retry_after_s} s.")


class Bucket:
    """What one caller has left."""

    __slots__ = ("at", "left", "patience_s", "rates", "refused_at")

    def __init__(self, rates: "Rates") -> None:
        """Start full."""
        self.rates, self.left, self.at = rates, float(rates.burst), rates.clock()
        self.patience_s, self.refused_at = rates.patience_s, self.at

    def spend(self, cost: int) -> None:
        """Take a cost out. Raises RateExceeded, and takes nothing, where there is less left.

        A cost above the whole bucket is let through when the bucket is full, or it could never be asked for.
        """
        now = self.rates.clock()
        self.left = min(self.rates.burst, self.left + (now - self.at) * self.rates.per_s)
        self.at = now
        needed = min(cost, self.rates.burst)
        if self.left < needed:
            wait_s = max(1, -int((self.left - needed) // self.rates.per_s))
            raise RateExceeded(f"This costs {cost}, more than you may ask for now", wait_s)
        self.left -= needed

    def heed(self) -> None:
        """Raise RateExceeded where refusals have taken more than the caller's share of time."""
        if self.patience_s < 0:
            self.refused(0)
            if self.patience_s < 0:
                wait_s = max(1, -int(self.patience_s // self.rates.refusals))
                raise RateExceeded("Too much of what you sent had to be refused", wait_s)

    def refused(self, took_s: float) -> None:
        """Note how long it took to refuse something."""
        now, share = self.rates.clock(), self.rates.refusals
        if share:
            regained_s = self.patience_s + (now - self.refused_at) * share
            self.patience_s, self.refused_at = min(self.rates.patience_s, regained_s) - took_s, now

    @property
    def reset_s(self) -> int:
        """In how many seconds the bucket is full again."""
        return max(0, -int((self.left - self.rates.burst) // self.rates.per_s))


class Rates:
    """The buckets of all callers of this process; those unseen for longest are forgotten, and start full again."""

    def __init__(
        self, per_s: int, burst: int, clock: Callable[[], float] = time.monotonic, refusals: float = 0
    ) -> None:
        """Let each caller ask for so much a second, for so much after a rest, and be refused a share of the time."""
        self.per_s, self.burst, self.clock = per_s, max(burst, per_s), clock
        self.refusals, self.patience_s = refusals, refusals * REFUSALS_AT_ONCE_S
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
