"""Whether this process is fit to answer, and why not.

A monitor asks the database twice a second, on a connection of its own and with a timeout of its own, so that a full
pool says nothing about the database and a silent database is noticed while every other connection hangs. Once it has
been silent for some seconds, what hangs is broken off and nothing more is sent to it until it answers. Knows nothing
of requests.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog

from service.changes import Feed
from service.database import Database
from service.metrics import LOOP_DELAY_SECONDS, settle
from service.migration import behind
from service.pool import UNANSWERED, Connection
from service.progress import Progress
from service.repeating import repeating

log = structlog.get_logger()

EVERY_S = 0.5
PATIENCE_S = 1.0
"""How long the database may take to answer the monitor."""
AWAY_AFTER_S, AWAY_AFTER_FAILURES = 3.0, 3
"""When a database that does not answer is taken to be away; of both, so that a process that stood still is not."""
LAG_S, UNREAD_S = 10.0, 10.0
"""How long committed changes may wait to be read, and the feed be left alone, before the process is unfit."""
SILENT = "the database does not answer"

PROBE = "SELECT (SELECT seq FROM feed_head), ARRAY(SELECT version_num FROM alembic_version) AS revisions"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: whether it is well, why not, and what was seen."""

    passes: bool
    reason: str | None = None
    seen: Mapping[str, Any] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Return the check as JSON's values."""
        return {"status": _word(self.passes), **({"reason": self.reason} if self.reason else {}), **self.seen}


@dataclass(frozen=True)
class Report:
    """What a probe is answered."""

    passes: bool
    body: dict[str, Any]


class Health:
    """What is known of the fitness of one process."""

    def __init__(self, database: Database, feed: Feed) -> None:
        """Know nothing yet; see run()."""
        self.database, self.feed = database, feed
        self.connection: Connection | None = None
        self.database_check = Check(passes=False, reason="the database was not asked yet")
        self.schema_check = Check(passes=False, reason="the schema was not looked at yet")
        self.started = False
        self.draining = False
        self.answered_at = time.monotonic()
        self.failures = 0
        self.progress = Progress()
        self.unfit: str | None = None

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Watch for as long as the context lasts."""
        await self.look()
        try:
            async with repeating(self.watch, lambda: 0):
                yield
        finally:
            if self.connection is not None:
                self.connection.terminate()

    def live(self) -> Report:
        """Tell that the process answers; nothing else is asked, so that no database's trouble restarts a service."""
        return Report(passes=True, body={"status": "pass"})

    def startup(self) -> Report:
        """Tell whether the process has been fit once."""
        return self.live() if self.started else self.ready()

    def ready(self) -> Report:
        """Tell whether requests should be sent here."""
        checks = self.checks()
        passes = all(check.passes for check in checks.values())
        return Report(
            passes, {"status": _word(passes), "checks": {name: check.told() for name, check in checks.items()}}
        )

    def checks(self) -> dict[str, Check]:
        """Return everything that readiness depends on."""
        return {
            "database": self.database_check,
            "schema": self.schema_check,
            "feed": self.feed_check(),
            "serving": Check(not self.draining, "the process is stopping" if self.draining else None),
        }

    def feed_check(self) -> Check:
        """Tell whether the feed is followed."""
        lag_s, unread_s = self.progress.lag_s, time.monotonic() - self.feed.tail.read_at
        reason = None
        if lag_s > LAG_S:
            reason = f"the feed has not been caught up with for {lag_s:.0f} s"
        elif unread_s > UNREAD_S:  # also where there is nothing new to read
            reason = f"the feed has not been read for {unread_s:.0f} s"
        return Check(reason is None, reason, {"position": self.feed.head.seq, "behind": self.progress.behind})

    async def watch(self) -> None:
        """Look again after a while, and tell the log when the process becomes fit or unfit."""
        began = time.monotonic()
        await asyncio.sleep(EVERY_S)
        settle()
        LOOP_DELAY_SECONDS.observe(max(0.0, time.monotonic() - began - EVERY_S))
        await self.look()

    async def look(self) -> None:
        """Ask the database once, and judge."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                began = time.perf_counter()
                row = await self.probe()
        except asyncpg.UndefinedTableError:
            self.judge(row=None, ms=0)
        except UNANSWERED as error:
            self.miss(error)
        else:
            self.judge(row, ms=(time.perf_counter() - began) * 1e3)
            self.reach()
            self.progress.note(self.feed.head.seq, row["seq"])
        self.tell()

    async def probe(self) -> Any:
        """Ask the database on the connection kept for it, made anew where it broke.

        SELECT (SELECT seq FROM feed_head), ARRAY(SELECT version_num FROM alembic_version) AS revisions
        """
        if self.connection is None or self.connection.is_closed():
            again = self.connection is not None or self.failures
            self.connection = await self.database.open(PATIENCE_S)
            for pool in self.database.pools if again else ():  # the address may lead to another server now
                await pool.renew()
        return await self.connection.fetchrow(PROBE)

    def judge(self, row: Any, ms: float) -> None:
        """Take in what the database answered; None where it has none of our tables."""
        self.database_check = Check(passes=True, seen={"ms": round(ms, 2)})
        pending = behind(set(row["revisions"]) if row is not None else set())
        self.schema_check = Check(pending is None, pending)

    def reach(self) -> None:
        """Note that the database answers, and let it be asked again."""
        self.answered_at, self.failures = time.monotonic(), 0
        for pool in self.database.pools:
            pool.away = False

    def miss(self, error: BaseException) -> None:
        """Note that the database did not answer; where it has not for long, break off what hangs on it."""
        if self.connection is not None:
            self.connection.terminate()
            self.connection = None
        self.failures += 1
        self.database_check = Check(passes=False, reason=SILENT, seen={"error": type(error).__name__})
        silent_s = time.monotonic() - self.answered_at
        if silent_s < AWAY_AFTER_S or self.failures < AWAY_AFTER_FAILURES:
            return
        for pool in self.database.pools:
            pool.turn_away()

    def tell(self) -> None:
        """Write to the log when the process became fit or unfit."""
        reasons = [check.reason or name for name, check in self.checks().items() if not check.passes]
        unfit = "; ".join(reasons) or None
        self.started = self.started or unfit is None
        if unfit == self.unfit:
            return
        self.unfit = unfit
        if unfit:
            log.warning("not ready", reason=unfit)
        else:
            log.info("ready for requests")


def _word(passes: bool) -> str:
    return "pass" if passes else "fail"
