"""The protocol graphql-transport-ws: what each message is answered with, and with which code a socket is closed."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.conftest import open_folder
from tests.server import Server, serving
from tests.sockets import INIT, close_code, frame, opened, receive, send, send_raw, subscribe

QUERY = "{ __typename }"
FOLLOW = "subscription { signingRecorded { cursor } }"
TEXT, BINARY, CLOSE, PING, PONG, CONTINUED = 1, 2, 8, 9, 10, 0
SIXTY_FOUR = 64 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server without the releases."""
    with open_folder() as folder, serving(folder / "data", JUMELAGE_LOAD_RELEASES="false") as server:
        yield server


def operation(**payload: Any) -> dict[str, Any]:
    return {"id": "1", "type": "subscribe", "payload": payload}


MALFORMED = [
    pytest.param("", 4400, id="nothing"),
    pytest.param("{", 4400, id="not JSON"),
    pytest.param('{"type": "ping"', 4400, id="JSON that is cut off"),
    pytest.param('{"type": "ping"}{"type": "ping"}', 4400, id="two at once"),
    pytest.param("{'type': 'ping'}", 4400, id="Python's quotes"),
    pytest.param('{"type": "ping", "payload": NaN}', 4400, id="a number that is none"),
    pytest.param('{"type": "\\ud800"}', 4400, id="half a surrogate pair"),
    pytest.param("[" * 10_000, 4400, id="deep nesting"),
    pytest.param('{"a":' * 5_000 + "1" + "}" * 5_000, 4400, id="deep objects"),
    pytest.param("[]", 4400, id="a list"),
    pytest.param('[{"type": "ping"}]', 4400, id="a batch"),
    pytest.param("1", 4400, id="a number"),
    pytest.param("null", 4400, id="null"),
    pytest.param('"ping"', 4400, id="a string"),
    pytest.param(b"\x00\x01", 4400, id="bytes"),
    pytest.param(b'{"type":"ping"}', 4400, id="JSON as bytes"),
    pytest.param({}, 4400, id="no type"),
    pytest.param({"id": "1"}, 4400, id="only an id"),
    pytest.param({"type": "start"}, 4400, id="the older protocol"),
    pytest.param({"type": "next", "id": "1", "payload": {}}, 4400, id="what only servers send"),
    pytest.param({"type": "connection_ack"}, 4400, id="an acknowledgement"),
    pytest.param({"type": "PING"}, 4400, id="capitals"),
    pytest.param({"type": 7}, 4400, id="a type that is no text"),
    pytest.param({"type": None}, 4400, id="a type of null"),
    pytest.param({"type": ["ping"]}, 4400, id="a list of types"),
    pytest.param({"type": "é" * 500}, 4400, id="a long type"),
    pytest.param({"type": "ping", "payload": 1}, 4400, id="a ping's payload that is a number"),
    pytest.param({"type": "pong", "payload": []}, 4400, id="a pong's payload that is a list"),
    pytest.param({"type": "connection_init", "payload": "key"}, 4400, id="an introduction that is text"),
    pytest.param({"type": "subscribe"}, 4400, id="subscribe without id"),
    pytest.param({"type": "subscribe", "id": "1"}, 4400, id="subscribe without payload"),
    pytest.param({"type": "subscribe", "id": "1", "payload": None}, 4400, id="a payload of null"),
    pytest.param({"type": "subscribe", "id": "1", "payload": QUERY}, 4400, id="a payload that is text"),
    pytest.param(subscribe(QUERY, 1), 4400, id="an id that is no text"),
    pytest.param(subscribe(QUERY, ""), 4400, id="an empty id"),
    pytest.param(operation(), 4400, id="no query"),
    pytest.param(operation(query=None), 4400, id="a query of null"),
    pytest.param(operation(query=1), 4400, id="a query that is no text"),
    pytest.param(operation(query={"kind": "Document"}), 4400, id="a query as a tree"),
    pytest.param(operation(query=QUERY, variables=[]), 4400, id="variables that are a list"),
    pytest.param(operation(query=QUERY, variables="{}"), 4400, id="variables as text"),
    pytest.param(operation(query=QUERY, operationName=1), 4400, id="an operation name that is no text"),
    pytest.param(operation(query=QUERY, extensions=[]), 4400, id="extensions that are a list"),
    pytest.param({"type": "complete"}, 4400, id="complete without id"),
    pytest.param({"type": "complete", "id": None}, 4400, id="complete with an id of null"),
    pytest.param(INIT, 4429, id="a second introduction"),
    pytest.param("x" * (SIXTY_FOUR + 1), 1009, id="a message that is too long"),
    pytest.param("x" * (16 * SIXTY_FOUR), 1009, id="a message that is much too long"),
]
# Below the protocol: what is no WebSocket, and is answered by WebSocket's own codes.
BROKEN = [
    pytest.param(frame(TEXT, b"{}", masked=False), 1002, id="not masked"),
    pytest.param(frame(3), 1002, id="an unknown opcode"),
    pytest.param(frame(TEXT, b"{}", reserved=0x40), 1002, id="a reserved bit"),
    pytest.param(frame(CONTINUED, b"{}"), 1002, id="a continuation of nothing"),
    pytest.param(frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"), 1002, id="a second beginning"),
    pytest.param(frame(PING, b"x" * 126), 1002, id="a long ping"),
    pytest.param(frame(PING, fin=False), 1002, id="a ping in parts"),
    pytest.param(frame(CLOSE, b"\x03"), 1002, id="half a close code"),
    pytest.param(frame(CLOSE, b"\x03\xed"), 1002, id="a close code that may not be sent"),
    pytest.param(frame(TEXT, b"\xff\xfe"), 1007, id="text that is none"),
    pytest.param(frame(TEXT, b"\xc3", fin=False) + frame(CONTINUED, b"\xff"), 1007, id="text that is none, in parts"),
    pytest.param(frame(TEXT, b"{" * SIXTY_FOUR, fin=False) + frame(CONTINUED, b"{"), 1009, id="too long in parts"),
    pytest.param(frame(TEXT, b'{"type":', fin=False) + frame(CONTINUED, b"1}"), 4400, id="a bad message in parts"),
]


def test_there_are_messages_enough() -> None:
    names = [each.id for each in (*MALFORMED, *BROKEN)]
    assert len(MALFORMED) >= 30
    assert len({*names}) == len(names)


@pytest.mark.parametrize(("message", "code"), MALFORMED)
async def test_closes_the_socket_with_the_code_of_the_protocol(server: Server, message: Any, code: int) -> None:
    async with opened(server.socket_url) as socket:
        await send(socket, message)
        assert await close_code(socket) == code


@pytest.mark.parametrize(("data", "code"), BROKEN)
async def test_closes_what_is_no_websocket_with_websocket_s_own_code(server: Server, data: bytes, code: int) -> None:
    async with opened(server.socket_url) as socket:
        await send_raw(socket, data)
        assert await close_code(socket) == code


async def test_tells_why_also_while_more_is_on_its_way(server: Server) -> None:
    async with opened(server.socket_url) as socket:
        await send_raw(socket, frame(TEXT, b"[]") + frame(TEXT, b"{}" * 10_000) * 40)
        assert await close_code(socket) == 4400


ACCEPTED = [
    pytest.param({"type": "ping"}, {"type": "pong"}, id="a ping"),
    pytest.param({"type": "ping", "payload": None}, {"type": "pong"}, id="a ping with a payload of null"),
    pytest.param(
        {"type": "ping", "payload": {"at": 1}}, {"type": "pong", "payload": {"at": 1}}, id="a ping with a payload"
    ),
    pytest.param({"type": "pong", "payload": {}}, None, id="a pong that nobody asked for"),
    pytest.param({"type": "complete", "id": "none"}, None, id="completing what is not there"),
    pytest.param({"type": "ping", "extra": [1, 2]}, {"type": "pong"}, id="a field that is not ours"),
]


@pytest.mark.parametrize(("message", "answer"), ACCEPTED)
async def test_takes_what_the_protocol_allows(server: Server, message: Any, answer: Any) -> None:
    async with opened(server.socket_url) as socket:
        await send(socket, message)
        if answer:
            assert await receive(socket) == answer
        await send(socket, {"type": "ping"})
        assert await receive(socket) == {"type": "pong"}


async def test_refuses_operations_before_the_introduction(server: Server) -> None:
    async with opened(server.socket_url, init=False) as socket:
        await send(socket, subscribe(QUERY))
        assert await close_code(socket) == 4401


async def test_takes_an_introduction_and_an_operation_sent_at_once(server: Server) -> None:
    async with opened(server.socket_url, init=False) as socket:
        await send(socket, INIT)
        await send(socket, subscribe(QUERY))
        assert [(await receive(socket))["type"] for _ in range(3)] == ["connection_ack", "next", "complete"]


KEYS = [
    pytest.param({"authorization": "Bearer jml_no_key"}, 4403, id="a key that is not valid"),
    pytest.param({"Authorization": "Basic eDp5"}, 4403, id="another scheme"),
    pytest.param({"authorization": ""}, 4403, id="an empty key"),
    pytest.param({"authorization": {"key": 1}}, 4400, id="a key that is no text"),
]


@pytest.mark.parametrize(("payload", "code"), KEYS)
async def test_refuses_a_key_that_is_none(server: Server, payload: Any, code: int) -> None:
    async with opened(server.socket_url, init=False) as socket:
        await send(socket, {**INIT, "payload": payload})
        assert await close_code(socket) == code


async def test_takes_a_key_from_the_introduction_or_the_header(server: Server) -> None:
    key = f"Bearer {server.key}"
    async with opened(server.socket_url, init=False) as socket:
        await send(socket, {**INIT, "payload": {"Authorization": key, "other": None}})
        assert await receive(socket) == {"type": "connection_ack"}
    async with opened(server.socket_url, additional_headers={"Authorization": key}):
        pass


@pytest.mark.parametrize("offered", [None, [Subprotocol("graphql-ws")]])
async def test_refuses_another_subprotocol(server: Server, offered: list[Subprotocol] | None) -> None:
    if offered is None:
        async with connect(server.socket_url) as socket:
            assert await close_code(socket) == 4406
        return
    # A client that offers what the server does not speak must see the handshake through to be told.
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.split(":")[2].split("/")[0]))
    head = {
        "Host": "x",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": f"{'A' * 22}==",
        "Sec-WebSocket-Protocol": offered[0],
    }
    lines = [f"{name}: {value}\r\n" for name, value in head.items()]
    writer.write(f"GET /graphql HTTP/1.1\r\n{''.join(lines)}\r\n".encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
    assert b" 101 " in answer
    assert b"sec-websocket-protocol" not in answer.lower()
    code = (await asyncio.wait_for(reader.readexactly(4), 30))[2:]
    assert int.from_bytes(code, "big") == 4406
    writer.close()


async def test_prefers_its_own_subprotocol_among_several(server: Server) -> None:
    offered = [Subprotocol("graphql-ws"), Subprotocol("graphql-transport-ws")]
    async with connect(server.socket_url, subprotocols=offered) as socket:
        assert socket.subprotocol == "graphql-transport-ws"


async def test_refuses_two_operations_of_one_id(server: Server) -> None:
    async with opened(server.socket_url) as socket:
        await send(socket, subscribe(FOLLOW, "é" * 200))
        await send(socket, subscribe(FOLLOW, "é" * 200))
        assert await close_code(socket) == 4409


async def test_answers_queries(server: Server) -> None:
    async with opened(server.socket_url) as socket:
        await send(socket, subscribe(QUERY, "q"))
        assert await receive(socket) == {"id": "q", "type": "next", "payload": {"data": {"__typename": "Query"}}}
        assert await receive(socket) == {"id": "q", "type": "complete"}


REFUSED = [
    pytest.param("{", "PARSE_FAILED", id="not GraphQL"),
    pytest.param("{ nothing }", "VALIDATION_FAILED", id="an unknown field"),
    pytest.param("subscription { a: changes { cursor } b: changes { cursor } }", "VALIDATION_FAILED", id="two fields"),
    pytest.param('subscription { signingRecorded(after: "x") { cursor } }', "CURSOR_INVALID", id="no cursor"),
    pytest.param('subscription { agreementChanged(id: "evt_1") { cursor } }', "INVALID", id="an id of another type"),
    pytest.param(
        'subscription { signingRecorded(after: "abcdef01.1.00000000") { cursor } }',
        "CURSOR_RESET",
        id="another history",
    ),
    pytest.param(
        'subscription { changes(filter: {subject: "\\u0000"}) { cursor } }', "INVALID", id="what no database holds"
    ),
]


@pytest.mark.parametrize(("query", "code"), REFUSED)
async def test_tells_why_an_operation_is_refused_and_goes_on(server: Server, query: str, code: str) -> None:
    async with opened(server.socket_url) as socket:
        await send(socket, subscribe(query))
        refused = await receive(socket)
        assert (refused["id"], refused["type"]) == ("1", "error")
        assert refused["payload"][0]["extensions"]["code"] == code
        await send(socket, subscribe(QUERY))
        assert (await receive(socket))["type"] == "next"


async def alive(socket: ClientConnection) -> bool:
    """Tell whether the server still answers."""
    await send(socket, {"type": "ping"})
    return bool(await receive(socket) == {"type": "pong"})


async def test_completing_ends_a_subscription_and_frees_its_id(server: Server) -> None:
    async with opened(server.socket_url) as socket:
        for _ in range(3):
            await send(socket, subscribe(FOLLOW))
            await send(socket, {"id": "1", "type": "complete"})
        assert await alive(socket)


async def test_an_operation_too_many_is_refused_and_the_others_go_on(server: Server) -> None:
    async with opened(server.socket_url) as socket:
        for at in range(32):
            await send(socket, subscribe(FOLLOW, str(at)))
        await send(socket, subscribe(FOLLOW, "33"))
        refused = await receive(socket)
        assert (refused["id"], refused["type"]) == ("33", "error")
        assert refused["payload"][0]["extensions"]["code"] == "TOO_COSTLY"
        await send(socket, {"id": "7", "type": "complete"})
        await send(socket, subscribe(FOLLOW, "33"))
        assert await alive(socket)
