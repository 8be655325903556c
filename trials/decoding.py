"""What following costs the primary: python -m trials.decoding

Measures PostgreSQL's processor time while signings are recorded at a steady rate, with replicas of the service that
follow the feed, and with one reader of a logical replication slot in their place.
"""

import argparse
import asyncio
import itertools
import os
import statistics
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import asyncpg

from service.changes import Feed
from service.database import Database
from service.embedded import start_embedded
from service.embedded_files import locate
from service.migration import upgrade
from service.recording import record
from service.signing import record_signing
from tests.factories import city_party, parties, signing
from trials.programs import say

SERVER = {"wal_level": "logical", "max_replication_slots": "4", "max_wal_senders": "4", "autovacuum": "off"}
SLOT, PUBLICATION = "measured", "feed"
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_numbers = itertools.count()


def processor_s(postmaster: int) -> float:
    """Return the processor time of a server so far, its processes that have ended included."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    mine = _ticks(postmaster, ended=True)
    return (mine + sum(_ticks(int(child)) for child in children)) / TICKS_A_SECOND


def _ticks(pid: int, *, ended: bool = False) -> int:
    try:
        values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended, and is counted by its parent from now on
        return 0
    return sum(map(int, values[11 : 15 if ended else 13]))


@asynccontextmanager
async def replicas(url: str, count: int) -> AsyncIterator[None]:
    """Follow the feed as so many replicas do."""
    async with AsyncExitStack() as stack:
        for _ in range(count):
            database = await stack.enter_async_context(Database.connect(url, pool_min=0))
            await stack.enter_async_context(Feed(database).run())
        yield


@asynccontextmanager
async def decoder(url: str, binaries: Path) -> AsyncIterator[None]:
    """Read the change table from a logical replication slot."""
    receive = [str(binaries / "pg_recvlogical"), "--dbname", url, "--slot", SLOT]
    created = await asyncio.create_subprocess_exec(*receive, "--create-slot", "--plugin", "pgoutput")
    await created.wait()
    options = ("--option", "proto_version=1", "--option", f"publication_names={PUBLICATION}")
    reading = await asyncio.create_subprocess_exec(*receive, "--start", *options, "--file", os.devnull)
    try:
        yield
    finally:
        reading.terminate()
        await reading.wait()
        dropped = await asyncio.create_subprocess_exec(*receive, "--drop-slot")
        await dropped.wait()


async def write(pool: "asyncpg.Pool[asyncpg.Record]", rate: int, seconds: int) -> None:
    """Record signings at a steady rate."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    for place in range(rate * seconds):
        await asyncio.sleep(max(0.0, begin + place / rate - loop.time()))
        number = next(_numbers)
        given = signing(f"{number}", parties=parties(city_party(f"Town {number}", "DE"), city_party("Kaohsiung")))
        await record(pool, "city", f"{number}", given, record_signing)


async def measure(url: str, folder: Path, rate: int, seconds: int, rounds: int) -> None:
    """Measure every way in turn, several times, and report medians."""
    files = locate(folder, create=False)
    postmaster = int((files.cluster / "postmaster.pid").read_text().split()[0])
    ways: dict[str, Callable[[], AbstractAsyncContextManager[None]]] = {
        "nobody": partial(replicas, url, 0),
        "1 replica": partial(replicas, url, 1),
        "8 replicas": partial(replicas, url, 8),
        "1 logical slot": partial(decoder, url, files.binaries),
    }
    spent: dict[str, list[float]] = {name: [] for name in ways}
    async with asyncpg.create_pool(url, min_size=2, max_size=4) as pool:
        await pool.execute(f"CREATE PUBLICATION {PUBLICATION} FOR TABLE change")
        for _ in range(rounds):
            for name, following in ways.items():
                async with following():
                    before, seq = processor_s(postmaster), await pool.fetchval("SELECT seq FROM feed_head")
                    await write(pool, rate, seconds)
                    changes = await pool.fetchval("SELECT seq FROM feed_head") - seq
                    spent[name].append((processor_s(postmaster) - before) / changes * 1e6)
    for name, figures in spent.items():
        more = statistics.median(each - alone for each, alone in zip(figures, spent["nobody"], strict=True))
        listed = [round(each) for each in figures]
        say(f"{name:15} {statistics.median(figures):7.0f} us a change, {more:+7.0f} in the same round   of {listed}")


def main() -> None:
    """Measure, on a server of its own."""
    parser = argparse.ArgumentParser(prog="python -m trials.decoding", description=__doc__)
    parser.add_argument("--rate", type=int, default=50, help="signings a second")
    parser.add_argument("--seconds", type=int, default=10, help="how long each measurement lasts")
    parser.add_argument("--rounds", type=int, default=3, help="how often each way is measured")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jumelage-decoding-") as folder:
        Path(folder).chmod(0o755)
        with start_embedded(Path(folder, "data"), SERVER) as server:
            upgrade(server.url)
            asyncio.run(measure(server.url, Path(folder, "data"), given.rate, given.seconds, given.rounds))


if __name__ == "__main__":
    main()
