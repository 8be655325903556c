"""What is counted, for Prometheus: the metrics that code adds to where something happens.

Knows names, labels and buckets, each label of a bounded set. What is only looked at when Prometheus asks, such as
pools and the feed, is in gauges.py. Every name is documented in docs/operating.md.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

# A second series for every one, which nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's function has no annotations

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

# From a kept statement's half millisecond to the longest that one may take.
DURATIONS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

OPERATION_SECONDS = Histogram(
    "jumelage_operation_duration_seconds",
    "How long operations took, from the request read to the answer made.",
    ["operation", "kind"],
    buckets=DURATIONS,
    registry=REGISTRY,
)
OPERATION_ERRORS = Counter(
    "jumelage_operation_errors_total",
    "Errors in answers, by the code that the client was told.",
    ["operation", "kind", "code"],
    registry=REGISTRY,
)
STATEMENT_SECONDS = Histogram(
    "jumelage_statement_duration_seconds",
    "How long the database took: reading for answers (read) or followers (feed), or to commit (commit).",
    ["purpose"],
    buckets=DURATIONS,
    registry=REGISTRY,
)
STATEMENT_ERRORS = Counter(
    "jumelage_statement_errors_total",
    "Statements that failed, by the database's code for it; `connection` where there was no answer.",
    ["sqlstate"],
    registry=REGISTRY,
)
TRANSACTION_RETRIES = Counter(
    "jumelage_transaction_retries_total",
    "Transactions that were run again because others got in their way.",
    registry=REGISTRY,
)
REPLICA_READS = Counter(
    "jumelage_replica_reads_total",
    "Reads that the standby answered (replica), or the primary in its place: the standby had not what the read must "
    "hold (behind), broke off (failed), or was away or too far behind (unfit).",
    ["outcome"],
    registry=REGISTRY,
)
FEED_MESSAGES = Counter("jumelage_feed_messages_total", "Messages that followers of the feed took.", registry=REGISTRY)
FEED_FELL_BEHIND = Counter(
    "jumelage_feed_fell_behind_total",
    "Followers that left their group because too many messages waited for them; they catch up on their own.",
    registry=REGISTRY,
)
STREAMS_CUT = Counter(
    "jumelage_streams_cut_total", "Connections cut off because their clients took nothing.", registry=REGISTRY
)
LOOP_DELAY_SECONDS = Histogram(
    "jumelage_event_loop_delay_seconds",
    "How much later than asked for the event loop came back: what every request in the process waits.",
    buckets=DURATIONS,
    registry=REGISTRY,
)


WAITING = 10_000


class Durations:
    """What statements took, counted together some times a second: between two requests it would cost thrice as much."""

    def __init__(self, histogram: Histogram) -> None:
        """Take where they are counted."""
        self.histogram = histogram
        self.waiting: list[float] = []

    def add(self, duration_s: float) -> None:
        """Have a duration counted soon."""
        self.waiting.append(duration_s)
        if len(self.waiting) >= WAITING:  # in a command that nobody watches over
            self.settle()

    def settle(self) -> None:
        """Count what waits; from the event loop's thread."""
        waiting, self.waiting = self.waiting, []
        for duration_s in waiting:
            self.histogram.observe(duration_s)


READ, FEED, COMMIT = (Durations(STATEMENT_SECONDS.labels(purpose)) for purpose in ("read", "feed", "commit"))


def settle() -> None:
    """Count what waits to be counted."""
    for durations in (READ, FEED, COMMIT):
        durations.settle()


OTHER, UNNAMED = "other", "unnamed"
NAMES = 100


class OperationNames:
    """The names of operations that have series of their own: those met first, so many at most.

    Whoever sends ever new names fills no database of metrics: what comes later is told as `other`.
    """

    def __init__(self, most: int = NAMES) -> None:
        """Know no name yet."""
        self.most = most
        self.known: dict[str | None, str] = {None: UNNAMED}

    def label(self, name: str | None) -> str:
        """Return what the operation is called in labels."""
        if (label := self.known.get(name)) is not None:
            return label
        if name is None or len(self.known) > self.most:
            return OTHER
        label = self.known[name] = name[:60]
        return label


def count_failure(error: Exception) -> None:
    """Count a statement that failed."""
    code = getattr(error, "sqlstate", None)
    STATEMENT_ERRORS.labels(code if isinstance(code, str) else "connection").inc()


@contextmanager
def timed(durations: Durations) -> Iterator[None]:
    """Time one statement; one that fails is counted by the database's code instead."""
    began = time.perf_counter()
    try:
        yield
    except Exception as error:
        count_failure(error)
        raise
    durations.add(time.perf_counter() - began)
