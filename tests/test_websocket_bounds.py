"""What a socket may cost: silence, floods, many at once, and not reading."""

import asyncio
import json
import re
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from service import access, streams
from service.keys import Scope, create_key, revoke_key
from tests.api import answering
from tests.factories import city_party, parties
from tests.followers import until
from tests.listening import Listening, listening
from tests.sockets import INIT, close_code, frame, opened, receive, send, send_raw, subscribe
from tests.test_service import RECORD, signing

PING, TEXT = 9, 1
FOLLOW = "subscription { changes { cursor } }"


@pytest.fixture
async def service(database: str) -> AsyncIterator[Listening]:
    """A service with little patience."""
    bounds = {
        "socket_init_timeout_ms": 200,
        "socket_ping_interval_ms": 200,
        "socket_ping_timeout_ms": 200,
        "socket_messages_per_s": 10,
        "streams_per_caller_max": 3,
        "stream_write_timeout_ms": 400,
    }
    async with listening(database, **bounds) as service:
        yield service


async def test_closes_a_socket_that_does_not_introduce_itself(service: Listening) -> None:
    async with opened(service.socket_url, init=False) as socket:
        assert await close_code(socket) == 4408
    async with opened(service.socket_url) as socket:
        await asyncio.sleep(0.3)
        await send(socket, {"type": "ping"})
        assert await receive(socket) == {"type": "pong"}


async def handshaken(port: int, *, receive_bytes: int | None = None) -> tuple[Any, Any]:
    """Open a socket by hand and introduce the client; it reads nothing unless told to."""
    peer = sockets.socket()
    if receive_bytes:
        peer.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, receive_bytes)
    peer.setblocking(False)
    await asyncio.get_running_loop().sock_connect(peer, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=peer, limit=2**12)
    head = "GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {'A' * 22}==\r\n"
    writer.write(f"{head}Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    writer.write(frame(TEXT, json.dumps(INIT).encode()))
    return reader, writer


async def test_closes_a_socket_that_answers_no_ping(service: Listening) -> None:
    reader, writer = await handshaken(service.port)
    async with asyncio.timeout(20):
        everything = await reader.read(-1)
    assert b"keepalive ping timeout" in everything
    await until(lambda: not service.streams.open)
    writer.close()


@pytest.mark.parametrize("flood", [frame(PING), frame(TEXT, b'{"type":"ping"}')], ids=["WebSocket's", "the protocol's"])
async def test_closes_a_socket_that_floods_with_pings(service: Listening, flood: bytes) -> None:
    async with opened(service.socket_url) as socket:
        await send_raw(socket, flood * 90)
        await send(socket, {"type": "ping"})
        assert (await receive(socket))["type"] == "pong"  # so many at once are let pass
        await send_raw(socket, flood * 200)
        assert await close_code(socket) == 1008


async def test_answers_no_pings_of_a_peer_that_does_not_read_the_answers(database: str) -> None:
    bounds = {"socket_messages_per_s": 1_000_000, "socket_ping_timeout_ms": 60_000, "stream_write_timeout_ms": 300}
    async with listening(database, **bounds) as service:
        _, writer = await handshaken(service.port, receive_bytes=4096)
        (protocol,) = (one for one in service.server.server_state.connections if hasattr(one, "allowance"))
        largest = 0
        for _ in range(300):
            writer.write(frame(PING, b"x" * 125) * 200)
            await writer.drain()
            await asyncio.sleep(0)
            largest = max(largest, protocol.transport.get_write_buffer_size())
        assert 64 * 1024 < largest < 256 * 1024
        writer.close()


async def test_turns_away_a_caller_with_too_many_sockets(service: Listening, database: str) -> None:
    async with keyed(database) as (_, header), opened(service.socket_url), opened(service.socket_url):
        async with opened(service.socket_url), opened(service.socket_url, init=False) as socket:
            assert await close_code(socket) == 1013
        await until(lambda: len(service.streams.open) == 2)
        async with opened(service.socket_url, additional_headers=header):
            assert service.streams.callers["key Anna"] == 1
            async with opened(service.socket_url):
                assert len(service.streams.open) == 4
    await until(lambda: not service.streams.open and not service.streams.callers)


@asynccontextmanager
async def keyed(database: str) -> AsyncIterator[tuple[asyncpg.Connection, dict[str, str]]]:
    """Make a key: a connection on which it can be revoked, and the header that shows it."""
    connection = await asyncpg.connect(database)
    key = await create_key(connection, "Anna", [Scope.SIGNINGS_WRITE], "")
    yield connection, {"Authorization": f"Bearer {key}"}
    await connection.close()


async def revoke(connection: asyncpg.Connection, header: dict[str, str]) -> None:
    assert await revoke_key(connection, header["Authorization"].split("_")[1])


async def test_a_revoked_key_closes_its_sockets_and_no_others(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "TRUSTED_S", 0.2)
    monkeypatch.setattr(streams, "RECHECK_S", 0.1)
    async with (
        listening(database) as service,
        keyed(database) as (connection, header),
        opened(service.socket_url, additional_headers=header) as idle,
        opened(service.socket_url, additional_headers=header) as following,
        opened(service.socket_url) as anonymous,
    ):
        for socket in (following, anonymous):
            await send(socket, subscribe(FOLLOW))
        await until(lambda: service.feed.followers == 2)
        await asyncio.sleep(0.3)
        await revoke(connection, header)
        assert await close_code(idle) == 4403
        assert await close_code(following) == 4403
        await send(anonymous, {"type": "ping"})
        assert await receive(anonymous) == {"type": "pong"}
        assert service.feed.followers == 1


async def test_a_revoked_key_gets_no_further_message_and_starts_nothing(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "TRUSTED_S", 0.1)
    async with (
        listening(database) as service,
        keyed(database) as (connection, header),
        opened(service.socket_url, additional_headers=header) as following,
        opened(service.socket_url, additional_headers=header) as idle,
    ):
        await send(following, subscribe(FOLLOW))
        await until(lambda: service.feed.followers == 1)
        await revoke(connection, header)
        await asyncio.sleep(0.15)
        await write(database, 1)
        assert await close_code(following) == 4403
        await send(idle, subscribe(RECORD, variables={"input": signing("k", "Aachen", "Bonn")}))
        assert await close_code(idle) == 4403
        assert await connection.fetchval("SELECT count(*) FROM agreement") == 1


async def write(database: str, signings: int) -> None:
    """Record signings, each between new cities."""
    async with answering(database) as api:
        inputs = [
            {
                "idempotencyKey": f"key-{at}",
                "kind": "OTHER",
                "parties": parties(city_party(f"Left {at}", "DE"), city_party(f"Right {at}", "DE")),
            }
            for at in range(signings)
        ]
        query = "mutation ($i: [RecordSigningInput!]!) { recordSignings(inputs: $i) { recorded } }"
        assert await api.ask(query, {"i": inputs}) == {"recordSignings": {"recorded": signings}}


HEAVY = """
subscription ($after: String) { changes(after: $after) { cursor change {
  subject { ... on City { country { cities(first: 100) { nodes { id name createdAt updatedAt country { name } } } } } }
} } }
"""


async def test_a_slow_reader_is_cut_off_and_costs_little_and_its_cursor_brings_back_the_rest(database: str) -> None:
    async with listening(database, stream_write_timeout_ms=500, socket_ping_timeout_ms=60_000) as service:
        await write(database, 150)
        start = f"{service.feed.head.epoch}.0.00000000"
        before = memory_kib()
        reader, writer = await handshaken(service.port, receive_bytes=4096)
        writer.write(frame(TEXT, json.dumps(subscribe(HEAVY, variables={"after": start})).encode()))
        await until(lambda: service.streams.open)
        await until(lambda: not service.streams.open)
        assert memory_kib() - before < 64 * 1024
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            while True:
                await reader.readexactly(65_536)
        writer.close()
        # Whoever reads gets everything from the same place.
        async with opened(service.socket_url, max_size=None) as socket:
            await send(socket, subscribe(HEAVY, variables={"after": start}))
            cursors = [(await receive(socket))["payload"]["data"]["changes"]["cursor"] for _ in range(450)]
        assert [int(cursor.split(".")[1]) for cursor in cursors] == list(range(1, 451))


def memory_kib() -> int:
    """Return how much memory this process, in which the service runs, holds now."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1])
