"""What is looked at when Prometheus asks: pools, the feed and its followers, health.

Knows what to read and where. What is counted as it happens is in metrics.py.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from service.changes import Feed
from service.health import Health
from service.metrics import REGISTRY
from service.pool import POOLS
from service.replica import Reads, ReplicaReads
from service.streams import Streams
from service.version import VERSION


class Gauges(Collector):
    """Reads one process's state; another thread may do so while it changes."""

    def __init__(self, feed: Feed, streams: Streams, reads: Reads, health: Health) -> None:
        """Take what is read."""
        self.feed, self.streams, self.reads, self.health = feed, streams, reads, health

    def collect(self) -> Iterable[Metric]:
        """Return what is the case now."""
        yield InfoMetricFamily("jumelage_build", "The release that runs.", value={"version": VERSION})
        yield from self.pools()
        yield from self.followers()
        if isinstance(self.reads, ReplicaReads):
            yield from self.standby(self.reads)
        yield self.checks()

    def pools(self) -> Iterator[Metric]:
        """Tell of the connections to the database."""
        connections = GaugeMetricFamily(
            "jumelage_pool_connections", "Connections to the database, lent or idle.", labels=["pool", "state"]
        )
        most = GaugeMetricFamily("jumelage_pool_connections_max", "Connections at most.", labels=["pool"])
        waiting = GaugeMetricFamily("jumelage_pool_waiting", "Who waits for a connection.", labels=["pool"])
        waited = CounterMetricFamily(
            "jumelage_pool_wait_seconds",
            "Time spent waiting for a connection; its rate is how many wait on average.",
            labels=["pool"],
        )
        for pool in [*POOLS]:
            connections.add_metric([pool.name, "lent"], len(pool.lent))
            connections.add_metric([pool.name, "idle"], pool.pool.get_idle_size() + len(pool.idle))
            most.add_metric([pool.name], pool.pool.get_max_size())
            waiting.add_metric([pool.name], pool.waiting)
            waited.add_metric([pool.name], pool.waited_s)
        yield from (connections, most, waiting, waited)

    def followers(self) -> Iterator[Metric]:
        """Tell where the feed stands here, and who follows it."""
        for name, help_, value in (
            ("position", "The newest change that this process has read.", self.feed.head.seq),
            ("behind_changes", "Committed changes that this process has not read yet.", self.health.progress.behind),
            ("lag_seconds", "For how long there have been such changes.", self.health.progress.lag_s),
            ("groups", "Groups of subscriptions that ask the same.", len(self.feed.groups)),
            ("subscribers", "Subscriptions that are followed live.", self.feed.followers),
            ("stale", "1 while the feed cannot be read.", self.feed.stale),
            ("gap", "1 while a change is missing in the feed: an alarm.", self.feed.tail.gap is not None),
        ):
            yield GaugeMetricFamily(f"jumelage_feed_{name}", help_, value=value)
        yield GaugeMetricFamily(
            "jumelage_streams_open", "WebSockets and event streams that are open.", value=len(self.streams.open)
        )

    def standby(self, reads: ReplicaReads) -> Iterator[Metric]:
        """Tell of the standby that is read from."""
        progress = reads.progress
        for name, help_, value in (
            ("fit", "1 while the standby is read from.", reads.unfit is None),
            ("behind_changes", "Changes that the standby has not applied yet.", progress.behind),
            ("lag_seconds", "For how long there have been such changes.", progress.lag_s),
        ):
            yield GaugeMetricFamily(f"jumelage_replica_{name}", help_, value=value)

    def checks(self) -> Metric:
        """Tell what the checks of /health/ready say."""
        passing = GaugeMetricFamily("jumelage_health", "1 where the check passes, 0 where not.", labels=["check"])
        for name, check in self.health.checks().items():
            passing.add_metric([name], float(check.passes))
        return passing


@contextmanager
def exported(gauges: Gauges) -> Iterator[None]:
    """Export the gauges for as long as the context lasts."""
    REGISTRY.register(gauges)
    try:
        yield
    finally:
        REGISTRY.unregister(gauges)
