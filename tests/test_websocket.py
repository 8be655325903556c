"""The protocol graphql-transport-ws: what each message is answered with, and with which code a socket is closed."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.conftest import open_folder
from tests.server import Server, serving

INIT = {"type": "connection_init"}
PATIENCE_S = 30


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server without the releases."""
    with open_folder() as folder, serving(folder / "data", JUMELAGE_LOAD_RELEASES="false") as server:
        yield server


@asynccontextmanager
async def opened(server: Server, *, init: bool = True) -> AsyncIterator[ClientConnection]:
    """Open a socket, and introduce the client unless said otherwise."""
    async with connect(server.socket_url, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        if init:
            await send(socket, INIT)
            assert await receive(socket) == {"type": "connection_ack"}
        yield socket


async def send(socket: ClientConnection, message: Any) -> None:
    await socket.send(message if isinstance(message, str | bytes) else json.dumps(message))


async def receive(socket: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))


async def close_code(socket: ClientConnection) -> int:
    """Take messages until the server closes the socket, and return its code."""
    while True:
        try:
            await asyncio.wait_for(socket.recv(), PATIENCE_S)
        except ConnectionClosed as closed:
            assert closed.rcvd
            return closed.rcvd.code


def subscribe(query: str, identifier: Any = "1", **more: Any) -> dict[str, Any]:
    return {"id": identifier, "type": "subscribe", "payload": {"query": query, **more}}


QUERY = "{ __typename }"
FOLLOW = "subscription { signingRecorded { cursor } }"
MALFORMED = [
    pytest.param("{", 4400, id="not JSON"),
    pytest.param("[]", 4400, id="a list"),
    pytest.param("1", 4400, id="a number"),
    pytest.param("null", 4400, id="null"),
    pytest.param('"ping"', 4400, id="a string"),
    pytest.param(b"\x00\x01", 4400, id="bytes"),
    pytest.param({}, 4400, id="no type"),
    pytest.param({"type": "start"}, 4400, id="the older protocol"),
    pytest.param({"type": 7}, 4400, id="a type that is no text"),
    pytest.param({"type": "x" * 500}, 4400, id="a long type"),
    pytest.param({"type": "subscribe"}, 4400, id="subscribe without id"),
    pytest.param({"type": "subscribe", "id": "1"}, 4400, id="subscribe without payload"),
    pytest.param({"type": "subscribe", "id": "1", "payload": None}, 4400, id="a payload of null"),
    pytest.param({"type": "subscribe", "id": 1, "payload": {"query": QUERY}}, 4400, id="an id that is no text"),
    pytest.param({"type": "subscribe", "id": "1", "payload": {"query": 1}}, 4400, id="a query that is no text"),
    pytest.param(subscribe(QUERY, variables=[]), 4400, id="variables that are a list"),
    pytest.param({"type": "complete"}, 4400, id="complete without id"),
    pytest.param(INIT, 4429, id="a second introduction"),
]


@pytest.mark.parametrize(("message", "code"), MALFORMED)
async def test_closes_the_socket_with_the_code_of_the_protocol(server: Server, message: Any, code: int) -> None:
    async with opened(server) as socket:
        await send(socket, message)
        assert await close_code(socket) == code


async def test_refuses_operations_before_the_introduction(server: Server) -> None:
    async with opened(server, init=False) as socket:
        await send(socket, subscribe(QUERY))
        assert await close_code(socket) == 4401


async def test_refuses_a_key_that_is_not_valid(server: Server) -> None:
    async with opened(server, init=False) as socket:
        await send(socket, {**INIT, "payload": {"authorization": "Bearer jml_no_key"}})
        assert await close_code(socket) == 4403


async def test_refuses_another_subprotocol(server: Server) -> None:
    async with connect(server.socket_url) as socket:
        assert await close_code(socket) == 4406


async def test_refuses_two_operations_of_one_id(server: Server) -> None:
    async with opened(server) as socket:
        await send(socket, subscribe(FOLLOW))
        await send(socket, subscribe(FOLLOW))
        assert await close_code(socket) == 4409


async def test_answers_pings_and_queries(server: Server) -> None:
    async with opened(server) as socket:
        await send(socket, {"type": "ping"})
        assert await receive(socket) == {"type": "pong"}
        await send(socket, subscribe(QUERY, "q"))
        assert await receive(socket) == {"id": "q", "type": "next", "payload": {"data": {"__typename": "Query"}}}
        assert await receive(socket) == {"id": "q", "type": "complete"}


REFUSED = [
    pytest.param("{", "PARSE_FAILED", id="not GraphQL"),
    pytest.param("{ nothing }", "VALIDATION_FAILED", id="an unknown field"),
    pytest.param('subscription { signingRecorded(after: "x") { cursor } }', "CURSOR_INVALID", id="no cursor"),
    pytest.param(
        'subscription { signingRecorded(after: "abcdef01.1.00000000") { cursor } }',
        "CURSOR_RESET",
        id="another history",
    ),
]


@pytest.mark.parametrize(("query", "code"), REFUSED)
async def test_tells_why_an_operation_is_refused_and_goes_on(server: Server, query: str, code: str) -> None:
    async with opened(server) as socket:
        await send(socket, subscribe(query))
        refused = await receive(socket)
        assert (refused["id"], refused["type"]) == ("1", "error")
        assert refused["payload"][0]["extensions"]["code"] == code
        await send(socket, subscribe(QUERY))
        assert (await receive(socket))["type"] == "next"


async def test_completing_ends_a_subscription_and_frees_its_id(server: Server) -> None:
    async with opened(server) as socket:
        for _ in range(3):
            await send(socket, subscribe(FOLLOW))
            await send(socket, {"id": "1", "type": "complete"})
        await send(socket, {"type": "ping"})
        assert await receive(socket) == {"type": "pong"}


def test_a_stop_closes_sockets_so_that_clients_come_back() -> None:
    async def follow(server: Server) -> int:
        async with opened(server) as socket:
            await send(socket, subscribe(FOLLOW))
            await send(socket, {"type": "ping"})
            await receive(socket)
            server.process.send_signal(signal.SIGTERM)
            return await close_code(socket)

    with open_folder() as folder, serving(folder / "data", JUMELAGE_LOAD_RELEASES="false") as server:
        assert asyncio.run(follow(server)) == 1012
        assert server.process.wait(PATIENCE_S) == 0
