"""Failing over proven on a real cluster: python -m trials.cluster

A primary and a synchronous standby under Patroni, three replicas of the service behind HAProxy, writers and followers
who never give up. The primary is made to fail in every way; in the end everything that was said is compared with what
there is.
"""

import argparse
import asyncio
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncpg
import httpx

from service.chain import FeedCursor, parse_feed_cursor
from service.servers import connect
from tests.waiting import until
from trials.fleet import Fleet
from trials.patroni import BINARIES, Cluster, Node
from trials.programs import need, prove, say, stop
from trials.traffic import CHANGES, SIGNINGS, Follower, Writers

REPLICAS, WRITERS, FOLLOWERS = 3, 4, 6
BACK_S, PATIENCE_S = 30, 120
DATABASE, POSTGRESQL = "registry", "postgresql-15"


@dataclass(frozen=True)
class Failure:
    """A way in which the primary fails, and how it is mended."""

    name: str
    strike: Callable[[Node], None]
    mend: Callable[[Node], None]


FAILURES = (
    Failure("PostgreSQL killed", Node.crash, lambda node: None),
    Failure("the whole machine killed", Node.lose_power, Node.start),
    Failure("the machine frozen, and back when another leads", Node.freeze, Node.thaw),
)


class Trial:
    """The cluster, the fleet and the callers."""

    def __init__(self, cluster: Cluster, fleet: Fleet, start: str, key: str) -> None:
        """Take what runs, where the feed stands, and a key for writing."""
        self.cluster, self.fleet = cluster, fleet
        self.writers = Writers(fleet.address, key)
        self.followers = [
            Follower(fleet.address, CHANGES if number % 2 else SIGNINGS, start) for number in range(FOLLOWERS)
        ]

    async def run(self, rounds: int) -> None:
        """Let the primary fail again and again, and compare in the end."""
        following = [asyncio.create_task(follower.run()) for follower in self.followers]
        writing = asyncio.create_task(self.writers.run(WRITERS))
        for _ in range(rounds):
            for failure in FAILURES:
                await self.fail(failure)
            await self.hand_over()
            await self.lose_replicas()
        self.writers.stopped = True
        await writing
        await self.compare()
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)

    async def fail(self, failure: Failure) -> None:
        """Strike the primary, wait for writes, mend it, and wait for it to stand by."""
        await asyncio.to_thread(self.cluster.whole)
        node = await asyncio.to_thread(self.cluster.primary)
        await self.written(50)
        struck = time.monotonic()
        failure.strike(node)
        await until(lambda: self.leads_another(node), PATIENCE_S)
        await self.written(50)
        failure.mend(node)
        await asyncio.to_thread(self.cluster.whole)
        await self.written(50)
        self.tell(failure.name, struck)

    async def leads_another(self, node: Node) -> bool:
        """Tell whether a node other than this one leads."""
        roles = await asyncio.to_thread(self.cluster.roles)
        return any(role == "leader" and name != node.name for name, role in roles.items())

    async def hand_over(self) -> None:
        """Have the standby lead, in order."""
        began = time.monotonic()
        await asyncio.to_thread(self.cluster.hand_over)
        await asyncio.to_thread(self.cluster.whole)
        await self.written(50)
        self.tell("switched over in order", began)

    async def lose_replicas(self) -> None:
        """Kill each replica of the service in turn, so that every follower loses the one that it was on."""
        began = time.monotonic()
        for port in self.fleet.ports:
            self.fleet.lose(port)
            await self.written(50)
            self.fleet.start(port)
            await asyncio.to_thread(self.fleet.ready, port)
        self.tell("each replica of the service killed in turn", began)

    def tell(self, what: str, began: float) -> None:
        """Report for how long nobody could write."""
        silent_s = self.writers.silence(began)
        prove(silent_s < BACK_S, f"{what}: writes back after {silent_s:.1f} s")

    async def written(self, more: int) -> None:
        """Wait until so many more signings were acknowledged."""
        wanted = len(self.writers.acknowledged) + more
        await until(lambda: len(self.writers.acknowledged) >= wanted, PATIENCE_S)

    async def compare(self) -> None:
        """Compare what was acknowledged and delivered with what there is."""
        connection = await connect(self.cluster.url(DATABASE))
        try:
            await self.compare_records(connection)
            await self.compare_feed(connection)
        finally:
            await connection.close()
        errors = sum((follower.told for follower in self.followers), Counter[str]())
        say(f"        writers were told {dict(self.writers.told)}")
        say(f"        followers were told {dict(errors)}")

    async def compare_records(self, connection: asyncpg.Connection) -> None:
        """Compare the agreements with those that were acknowledged."""
        rows = await connection.fetch("SELECT key, subject_id FROM idempotency_key WHERE caller = 'city'")
        recorded = {row["key"]: row["subject_id"] for row in rows}
        there = {row["id"] for row in await connection.fetch("SELECT id FROM agreement")}
        said = {key: id_ for key, (id_, _) in self.writers.acknowledged.items()}
        prove(said.items() <= recorded.items() and {*said.values()} <= there, f"{len(said)} acknowledged, 0 lost")
        prove(len(there) == len(recorded) == len(said), f"{len(there)} agreements, 0 doubled")

    async def compare_feed(self, connection: asyncpg.Connection) -> None:
        """Compare the feed with itself and with what was delivered."""
        (head,) = await connection.fetch("SELECT * FROM feed_head")
        rows = await connection.fetch("SELECT seq, signing, hash FROM change ORDER BY seq")
        say(f"ok      verify: {self.fleet.command('verify').partition(chr(10))[0]}")
        hashes = {row["seq"]: row["hash"] for row in rows}
        signings = [row["seq"] for row in rows if row["signing"]]
        for follower in self.followers:
            wanted = [*hashes] if follower.query is CHANGES else signings
            await until(partial(follower.has, len(wanted)), PATIENCE_S)
            cursors = [parse_feed_cursor(message["cursor"]) for message in follower.messages]
            once = f"a follower got {len(cursors)} messages, each once, in order; resumed: {follower.resumed}"
            prove(follower.resumed > 0 and [cursor.seq for cursor in cursors] == wanted, once)
            prove(of_one_history(cursors, head["epoch"], hashes), "    and its cursors are of the one history")
        acknowledged = [parse_feed_cursor(cursor) for _, cursor in self.writers.acknowledged.values()]
        prove(of_one_history(acknowledged, head["epoch"], hashes), "every cursor that was acknowledged is of it too")


def of_one_history(cursors: list[FeedCursor], epoch: str, hashes: Mapping[int, bytes]) -> bool:
    """Tell whether all cursors name places of the one history that there is."""
    return all(cursor.epoch == epoch and cursor.fits(hashes[cursor.seq]) for cursor in cursors)


async def prepare(cluster: Cluster) -> None:
    """Make the database."""
    connection = await connect(cluster.url("postgres"))
    await connection.execute(f"CREATE ROLE jumelage LOGIN PASSWORD '{cluster.password}'")
    await connection.execute(f"CREATE DATABASE {DATABASE} OWNER jumelage")
    await connection.close()


def main() -> None:
    """Run the trial."""
    parser = argparse.ArgumentParser(prog="python -m trials.cluster", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="how often each failure happens")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: stop("FAILED  it was told to stop"))
    need(("patroni", "patroni"), ("etcd", "etcd-server"), ("haproxy", "haproxy"), (f"{BINARIES}/initdb", POSTGRESQL))
    folder = Path(tempfile.mkdtemp(prefix="jumelage-cluster-"))
    folder.chmod(0o755)
    with Cluster(folder).running() as cluster:
        say("ok      a primary, and a standby that commits wait for")
        asyncio.run(prepare(cluster))
        url = cluster.url(DATABASE, "jumelage").partition("?")[0]
        fleet = Fleet(folder, {"DATABASE_URL": url, "JUMELAGE_LOAD_RELEASES": "false"}, REPLICAS)
        fleet.command("migrate")
        key = fleet.command("keys", "create", "--name", "city", "--scope", "signings:write")
        with fleet.running():
            say(f"ok      {REPLICAS} replicas of the service are ready")
            query = {"query": "{ feedCursor }"}
            start = httpx.post(f"http://{fleet.address}/graphql", json=query).json()["data"]["feedCursor"]
            asyncio.run(Trial(cluster, fleet, start, key).run(given.rounds))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
