"""The clients of this repository: whatever breaks on the way, they are told each change once and in order."""

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import jumelage_client
import pytest
from jumelage_client import CursorError, Following

from service import access, streams, tail
from service.keys import Scope, create_key
from service.pruning import prune
from tests.api import Api, answering
from tests.balancer import balancing
from tests.factories import city_party, parties
from tests.followers import AGREEMENTS, CHANGES, SIGNINGS, position, until
from tests.following_clients import Asked, Told, node_following, python_following
from tests.listening import listening
from tests.relay import relaying
from tests.server import ROOT, Server, serving
from tests.test_clients import NODE, node
from tests.test_updating import signed
from tests.test_websocket_bounds import keyed, revoke

LANGUAGES = ("python", "node")
INSTALLED = NODE / "node_modules" / "jumelage-client"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that comes back soon."""
    monkeypatch.setattr(jumelage_client, "PAUSE_MAX_S", 0.2)


@pytest.fixture(scope="module", autouse=True)
def installed() -> Iterator[None]:
    """The client of TypeScript, checked as its own settings say, and put where Node finds it."""
    shutil.rmtree(INSTALLED, ignore_errors=True)
    INSTALLED.mkdir(parents=True)
    for name in ("package.json", "tsconfig.json", "client.ts"):
        shutil.copy(ROOT / "clients" / "typescript" / name, INSTALLED)
    node("node_modules/typescript/bin/tsc", "-p", str(INSTALLED))
    yield
    shutil.rmtree(INSTALLED)


class Writer:
    """Records signings, each between two new cities: three changes, the last of which is the agreement's."""

    def __init__(self, api: Api) -> None:
        self.api, self.signings = api, 0

    async def write(self, signings: int) -> None:
        for _ in range(signings):
            self.signings += 1
            names = (f"{side} {self.signings}" for side in ("Left", "Right"))
            await signed(self.api, parties=parties(*(city_party(name, "DE") for name in names)))

    async def keep_writing(self) -> None:
        while True:
            await self.write(1)
            await asyncio.sleep(0.01)

    def complete(self, told: Told) -> bool:
        """Tell whether each client was told all; what was told twice, left out or disordered fails."""
        for language in LANGUAGES:
            changes, signings = told.numbers(f"{language} changes"), told.numbers(f"{language} signings")
            assert changes == list(range(1, len(changes) + 1))
            assert signings == list(range(3, 3 * len(signings) + 1, 3))
            if (len(changes), len(signings)) != (3 * self.signings, self.signings):
                return False
        return True


def asked(changes: str, signings: str | None = None, **variables: Any) -> dict[str, Asked]:
    """Return the subscriptions that are to be followed, by name."""
    return {changes: (CHANGES, variables), **({signings: (SIGNINGS, variables)} if signings else {})}


@asynccontextmanager
async def following(url: str, database: str, **options: Any) -> AsyncIterator[tuple[Told, Writer]]:
    """Follow with both clients, and give what they were told, and who writes."""
    told = Told()
    python, in_node = (asked(f"{name} changes", f"{name} signings") for name in LANGUAGES)
    through = {"node changes": "urql", "node signings": "apollo"}
    async with (
        answering(database) as api,
        python_following(url, python, told, **options.get("python", {})),
        node_following(url, in_node, told, through=through, **options.get("node", {})),
    ):
        yield told, Writer(api)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def followed(server: Server) -> bool:
    """Tell whether all four follow."""
    async with httpx.AsyncClient() as client:
        metrics = (await client.get(f"{server.root}/metrics")).text
    return "jumelage_feed_subscribers 4.0" in metrics


async def test_a_killed_process_costs_nobody_a_change(database: str, data_dir: Path) -> None:
    port = free_port()
    start = partial(serving, data_dir, DATABASE_URL=database, PORT=str(port), JUMELAGE_LOAD_RELEASES="false")
    async with following(f"ws://127.0.0.1:{port}/graphql", database) as (told, writer):
        for _ in range(2):
            with start() as server:
                # The first time it is killed before anything was said.
                await until(partial(followed, server))
                writing = asyncio.create_task(writer.keep_writing()) if writer.signings else None
                await asyncio.sleep(0.3)
                os.kill(server.process.pid, signal.SIGKILL)
                if writing:
                    writing.cancel()
                    await asyncio.gather(writing, return_exceptions=True)
            await writer.write(5)
        async with listening(database, port):
            await until(lambda: writer.complete(told))


async def test_clients_move_from_replica_to_replica_and_miss_nothing(database: str) -> None:
    impatient = {"python": {"ping_interval": 0.3, "ping_timeout": 0.3}, "node": {"keepAlive": 300}}
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(listening(database)) for _ in range(2)]
        balancer = await stack.enter_async_context(balancing(first.port, second.port))
        url = f"ws://127.0.0.1:{balancer.port}/graphql"
        told, writer = await stack.enter_async_context(following(url, database, **impatient))
        await until(lambda: first.feed.followers + second.feed.followers == 4)
        assert first.feed.followers
        assert second.feed.followers
        writing = asyncio.create_task(writer.keep_writing())
        # One falls silent without a word, so that only pings tell; the other one stops.
        balancer.leave_out(first.port)
        balancer.silent.add(first.port)
        await until(lambda: second.feed.followers == 4)
        async with listening(database) as third:
            balancer.servers.append(third.port)
            balancer.leave_out(second.port)
            second.server.should_exit = True
            await until(lambda: third.feed.followers == 4)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await writer.write(1)
            await until(lambda: writer.complete(told))


async def test_checkpoints_move_the_cursor_and_tell_that_the_database_is_away(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "PATIENCE_S", 0.3)
    told = Told()
    python, in_node = ({name: (AGREEMENTS, {"id": "agr_none"})} for name in LANGUAGES)
    async with (
        relaying(database) as relay,
        listening(relay.url, checkpoint_interval_ms=200) as service,
        python_following(service.socket_url, python, told),
        node_following(service.socket_url, in_node, told),
        answering(database) as api,
    ):

        async def all_were_told(cursor: str, stale: bool) -> None:
            await until(lambda: all(told.checkpoints[name][-1:] == [(cursor, stale)] for name in LANGUAGES))

        begin = await position(api)
        await all_were_told(begin, False)
        relay.silence()
        await all_were_told(begin, True)
        await signed(api)
        relay.speak()
        await all_were_told(await position(api), False)
        assert not told.answers


async def test_a_cursor_that_leads_nowhere_is_told_and_not_tried_again(database: str) -> None:
    told = Told()
    async with answering(database) as api, listening(database) as service:
        begin = await position(api)
        await signed(api)
        await prune(database, datetime.now(UTC))
        cursors = {"INVALID": "x", "RESET": "x.1.00000000", "EXPIRED": begin}
        python, in_node = (
            {f"{name} {code}": (CHANGES, {"after": cursor}) for code, cursor in cursors.items()} for name in LANGUAGES
        )
        async with (
            python_following(service.socket_url, python, told),
            node_following(service.socket_url, in_node, told),
        ):
            await until(lambda: len(told.refused) == 6)
        assert told.refused == {f"{name} {code}": f"CURSOR_{code}" for name in LANGUAGES for code in cursors}
        async with Following(service.socket_url, CHANGES, after="x") as client:
            with pytest.raises(CursorError, match="take one from an answer"):
                await anext(client)


async def test_a_revoked_key_ends_following_and_another_one_goes_on(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "TRUSTED_S", 0.1)
    monkeypatch.setattr(streams, "RECHECK_S", 0.1)
    told = Told()
    async with keyed(database) as (connection, header), listening(database) as service, answering(database) as api:
        keys = [await create_key(connection, "Berta", [Scope.SIGNINGS_WRITE], ""), header["Authorization"][7:]]

        async def next_key() -> str:
            return keys.pop()

        async with (
            python_following(service.socket_url, asked("python"), told, key=keys[1]),
            python_following(service.socket_url, asked("renewed"), told, key=next_key),
            node_following(service.socket_url, asked("node"), told, connectionParams=header),
        ):
            await until(lambda: service.feed.followers == 3)
            await revoke(connection, header)
            await until(lambda: len(told.refused) == 2)
            assert told.refused == {"python": "4403", "node": "4403"}
            await signed(api)
            await until(lambda: told.numbers("renewed") == [1, 2, 3])


async def test_what_could_not_be_resumed_is_refused(database: str) -> None:
    told = Told()
    without_after, without_cursor = "subscription { changes { cursor } }", CHANGES.replace("cursor", "", 1)
    subscriptions: dict[str, Asked] = {"after": (without_after, {}), "cursor": (without_cursor, {})}
    with pytest.raises(ValueError, match=r"take \$after"):
        Following("ws://127.0.0.1", without_after)
    async with (
        listening(database) as service,
        answering(database) as api,
        node_following(service.socket_url, subscriptions, told),
        Following(service.socket_url, without_cursor, after=await position(api)) as client,
    ):
        await until(lambda: service.feed.followers == 1)
        await signed(api)
        with pytest.raises(ValueError, match="must select cursor"):
            await anext(client)
        await until(lambda: len(told.refused) == 2)
    assert "take $after" in told.refused["after"]
    assert "select cursor" in told.refused["cursor"]
