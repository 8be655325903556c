"""What probes are told, and that a database which falls silent is noticed, borne and taken back."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import orjson
import pytest

from schema.build import build
from schema.execution import Executor, GraphQLRequest
from service import health
from service.changes import Feed
from service.database import Database
from service.health import Health
from service.pool import DatabaseAway
from tests.conftest import execute, open_folder
from tests.relay import Relay, relaying
from tests.server import Server, serving
from tests.waiting import until

CHECKS = ["database", "schema", "feed", "serving"]


pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server without the releases."""
    with open_folder() as folder, serving(folder / "data", JUMELAGE_LOAD_RELEASES="false") as server:
        yield server


@asynccontextmanager
async def watching(url: str) -> AsyncIterator[tuple[Database, Health]]:
    """Watch over a database in this process."""
    async with Database.connect(url, pool_min=1, pool_max=2, connect_timeout_ms=300) as database:
        feed = Feed(database)
        async with feed.run():
            watching = Health(database, feed)
            async with watching.run():
                yield database, watching


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the monitor look more often, so that a test does not wait."""
    monkeypatch.setattr(health, "EVERY_S", 0.02)
    monkeypatch.setattr(health, "PATIENCE_S", 0.2)
    monkeypatch.setattr(health, "AWAY_AFTER_S", 0.5)


@pytest.fixture
async def relay(database: str) -> AsyncIterator[Relay]:
    """A way to the test's registry that can fall silent."""
    async with relaying(database) as relay:
        yield relay


def reason(watched: Health) -> dict[str, str]:
    """Return the checks that fail, with their reasons."""
    return {
        name: check["reason"] for name, check in watched.ready().body["checks"].items() if check["status"] == "fail"
    }


@pytest.mark.parametrize("name", ["live", "ready", "startup"])
def test_answers_each_probe_in_json(server: Server, name: str) -> None:
    response = httpx.get(f"{server.root}/health/{name}")
    assert (response.status_code, response.json()["status"]) == (200, "pass")
    assert response.headers["cache-control"] == "no-store"


def test_ready_says_what_was_looked_at(server: Server) -> None:
    checks = httpx.get(f"{server.root}/health/ready").json()["checks"]
    assert list(checks) == CHECKS
    assert {check["status"] for check in checks.values()} == {"pass"}
    assert checks["feed"]["behind"] == 0


async def test_a_silent_database_makes_unready_and_leaves_alive(relay: Relay) -> None:
    async with watching(relay.url) as (_, watched):
        assert watched.ready().passes
        relay.silence()
        await until(lambda: not watched.ready().passes)
        assert reason(watched) == {"database": "the database does not answer"}
        assert watched.live().passes
        assert watched.startup().passes  # it has started once
        relay.speak()
        await until(lambda: watched.ready().passes)


async def test_what_hangs_on_a_silent_database_is_broken_off_and_nothing_more_is_sent(relay: Relay) -> None:
    async with watching(relay.url) as (database, watched):
        executor = Executor(build(), database, Feed(database))
        relay.silence()
        # One more than there are connections: it waits for one, and must not wait for a connection to be made.
        answers = await asyncio.gather(*(executor.answer(GraphQLRequest("{ feedCursor }")) for _ in range(3)))
        assert [answer.codes for answer in answers] == [("UNAVAILABLE",)] * 3
        with pytest.raises(DatabaseAway):
            async with database.pool.acquire():
                pass
        relay.speak()
        await until(lambda: watched.ready().passes)
        answer = await executor.answer(GraphQLRequest("{ feedCursor }"))
        assert orjson.loads(answer.body)["data"]["feedCursor"]


async def test_one_late_answer_breaks_nothing_off(relay: Relay) -> None:
    async with watching(relay.url) as (database, watched), database.pool.acquire() as connection:
        sleeping = asyncio.create_task(connection.fetchval("SELECT 1 FROM pg_sleep(0.4)"))
        relay.silence()
        await until(lambda: not watched.ready().passes)
        relay.speak()
        await until(lambda: watched.ready().passes)
        assert await sleeping == 1


async def test_a_database_that_is_not_migrated_is_not_served(database: str) -> None:
    async with watching(database) as (_, watched):
        await execute(database, "UPDATE alembic_version SET version_num = '0001'")
        await until(lambda: not watched.ready().passes)
        assert "the database is at revision 0001, and this release needs" in reason(watched)["schema"]
        await execute(database, "UPDATE alembic_version SET version_num = '9999'")  # a newer release migrated it
        await until(lambda: watched.ready().passes)


async def test_a_feed_that_is_not_caught_up_with_makes_unready(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.health.LAG_S", 0.2)
    async with watching(database) as (_, watched):
        # A number that no change bears: the tailer cannot reach it, as one that hangs would not.
        await execute(database, "UPDATE feed_head SET seq = seq + 3")
        await until(lambda: not watched.ready().passes)
        assert watched.progress.behind == 3
        assert reason(watched)["feed"].startswith("the feed has not been caught up with for ")


async def test_a_feed_that_nobody_reads_makes_unready(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.health.UNREAD_S", 2.0)

    async def hang(connection: asyncpg.Connection) -> None:
        await asyncio.Event().wait()

    async with watching(database) as (_, watched):
        assert watched.ready().passes
        monkeypatch.setattr(watched.feed.tail, "read_on", hang)
        await until(lambda: not watched.ready().passes)
        assert watched.progress.behind == 0
        assert reason(watched)["feed"].startswith("the feed has not been read for ")


async def test_a_stopping_process_is_not_ready_and_stays_alive(database: str) -> None:
    async with watching(database) as (_, watched):
        watched.draining = True
        assert reason(watched) == {"serving": "the process is stopping"}
        assert watched.live().passes


async def test_a_process_that_stood_still_does_not_take_the_database_to_be_away(database: str) -> None:
    async with watching(database) as (connected, watched):
        watched.answered_at -= 60
        watched.miss(TimeoutError())
        assert not connected.pool.away
        watched.miss(TimeoutError())
        watched.miss(TimeoutError())
        assert connected.pool.away
        await until(lambda: not connected.pool.away)


async def backend(database: Database) -> int:
    """Return the process of the server that answers."""
    async with database.pool.acquire() as connection:
        pid: int = await connection.fetchval("SELECT pg_backend_pid()")
    return pid


async def test_a_connection_is_replaced_when_its_time_has_come(database: str) -> None:
    async with Database.connect(database, pool_min=1, pool_max=1, lifetime_s=0.05) as connected:
        first = await backend(connected)

        async def replaced() -> bool:
            return await backend(connected) != first

        await until(replaced)
    async with Database.connect(database, pool_min=1, pool_max=1) as connected:
        assert await backend(connected) == await backend(connected)


async def test_tells_how_long_was_waited_for_a_connection(database: str) -> None:
    async with Database.connect(database, pool_min=1, pool_max=1) as connected:
        async with connected.pool.acquire():
            waiting = asyncio.create_task(backend(connected))
            await until(lambda: connected.pool.waiting == 1)
            assert not waiting.done()
        assert await waiting
        assert connected.pool.waiting == 0
        assert connected.pool.waited_s > 0


async def test_has_the_kernel_watch_over_connections_that_rest(relay: Relay) -> None:
    async with Database.connect(relay.url, pool_min=1, pool_max=1) as connected:
        connection = await connected.open()
        peer = connection._transport.get_extra_info("socket")  # type: ignore[attr-defined]  # no public way to it
        assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 5_000
        await connection.close()
