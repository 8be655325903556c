"""An answer leaves in one piece, and the connection goes on, or ends, as it would have with uvicorn's two."""

import asyncio
import gc
import weakref
from collections.abc import Iterable, MutableMapping
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from service.edge_settings import RequestSettings
from service.http.answering import Reply, Send, send_reply
from service.http.guard import answered
from service.http.negotiation import PLAIN
from service.http.protocol import BoundedProtocol, protocol_of
from service.http.reading import Receive
from service.http.whole import EXTENSION
from tests.raw import request

BODY = b'{"data":{"ok":true}}'
DATE = (b"date", b"Mon, 01 Jan 2024 00:00:00 GMT")


class Transport(asyncio.Transport):
    """What a connection was given to send, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.pieces.append(bytes(data))

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.pieces.append(b"".join(list_of_data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def answer(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """Answer with a status that the request names in its path, and say so in two messages where it asks for that."""
    if b"two-messages" in scope["query_string"]:
        del scope["extensions"][EXTENSION]
    if b"fails-before" in scope["query_string"]:
        raise LookupError("before")
    named = scope["path"].removeprefix("/")
    status = int(named) if named.isdigit() else 200
    body = b"" if status == 304 else BODY
    await send_reply(scope, send, Reply(status, body, PLAIN, [(b"vary", b"Accept")]), "request-1")
    if b"fails-after" in scope["query_string"]:
        raise LookupError("after")


async def guarded(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """Answer as the application does, which says so where that fails."""
    await answered(answer(scope, receive, send), scope, receive, send)


def connected(settings: RequestSettings | None = None) -> tuple[BoundedProtocol, Transport]:
    """Return a connection, and what it sends."""
    state, transport = ServerState(), Transport()
    state.default_headers = [DATE]
    config = uvicorn.Config(guarded, log_config=None, lifespan="off")
    protocol = protocol_of(settings or RequestSettings())(config=config, server_state=state, app_state={})
    protocol.connection_made(transport)
    return protocol, transport


async def sent(protocol: BoundedProtocol, transport: Transport, *requests: bytes) -> list[bytes]:
    """Return the pieces that the requests are answered with, once all are that can be."""
    for each in requests:
        protocol.data_received(each)
    for _ in range(20):
        await asyncio.sleep(0)
    return transport.pieces


def told(piece: bytes) -> tuple[bytes, dict[bytes, bytes], bytes]:
    """Return a response's status line, headers and body."""
    head, _, body = piece.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    return first, dict(line.split(b": ", 1) for line in headers), body


@pytest.mark.parametrize(("method", "target"), [("POST", "/"), ("GET", "/"), ("GET", "/304"), ("POST", "/400")])
async def test_an_answer_leaves_in_one_piece_and_says_what_it_would_in_two(method: str, target: str) -> None:
    (whole,) = await sent(*connected(), request(method=method, target=target))
    two = await sent(*connected(), request(method=method, target=f"{target}?two-messages"))
    assert told(whole) == told(b"".join(two))
    assert told(whole)[1][b"date"] == DATE[1]


@pytest.mark.parametrize(("when", "status"), [("fails-before", b"500"), ("fails-after", b"200")])
async def test_what_fails_is_said_unless_an_answer_has_left(when: str, status: bytes) -> None:
    protocol, transport = connected()
    pieces = b"".join(await sent(protocol, transport, request(target=f"/?{when}"))).split(b"HTTP/1.1 ")
    assert [piece[:3] for piece in pieces] == [b"", status]
    assert not transport.closed
    assert (await sent(protocol, transport, request()))[-1].startswith(b"HTTP/1.1 200")


async def test_a_request_for_the_headers_alone_is_told_the_length_of_what_it_is_not_sent() -> None:
    (piece,) = await sent(*connected(), request(method="HEAD"))
    _, headers, body = told(piece)
    assert (headers[b"content-length"], body) == (b"%d" % len(BODY), b"")


async def test_a_connection_stays_for_the_next_request() -> None:
    protocol, transport = connected()
    await sent(protocol, transport, request())
    assert len(await sent(protocol, transport, request())) == 2
    assert not transport.closed
    assert protocol.server_state.total_requests == 2


async def test_requests_that_come_at_once_are_answered_one_after_the_other() -> None:
    pieces = await sent(*connected(), request(target="/200") + request(target="/400") + request(target="/401"))
    assert [told(piece)[0].split()[1] for piece in pieces] == [b"200", b"400", b"401"]


async def test_a_connection_ends_where_its_client_asks_for_that() -> None:
    protocol, transport = connected()
    (piece,) = await sent(protocol, transport, request(connection="close"))
    assert told(piece)[1][b"connection"] == b"close"
    assert transport.closed


async def test_a_connection_ends_while_the_process_stops() -> None:
    protocol, transport = connected()
    protocol.server_state.default_headers = [DATE, (b"connection", b"close")]
    (piece,) = await sent(protocol, transport, request())
    assert piece.count(b"connection: close") == 1
    assert transport.closed


async def test_an_answer_waits_until_its_client_takes_the_one_before() -> None:
    protocol, transport = connected()
    protocol.pause_writing()
    assert await sent(protocol, transport, request()) == []
    protocol.resume_writing()
    assert len(await sent(protocol, transport)) == 1


async def test_nothing_is_sent_to_a_client_that_is_gone() -> None:
    protocol, transport = connected()
    protocol.pause_writing()
    await sent(protocol, transport, request())
    protocol.connection_lost(None)
    assert await sent(protocol, transport) == []


async def test_a_request_leaves_nothing_to_the_garbage_collector() -> None:
    protocol, transport = connected()
    gc.disable()
    try:
        await sent(protocol, transport, request())
        first = weakref.ref(protocol.cycle)
        await sent(protocol, transport, request())
        assert first() is None
    finally:
        gc.enable()


async def test_a_header_cannot_begin_another(caplog: pytest.LogCaptureFixture) -> None:
    async def smuggle(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        await send_reply(scope, send, Reply(200, BODY, PLAIN, [(b"vary", b"Accept\r\nset-cookie: a=b")]), "request-1")

    protocol, transport = connected()
    protocol.app = smuggle
    pieces = await sent(protocol, transport, request())
    assert pieces[0].startswith(b"HTTP/1.1 500 ")
    assert b"set-cookie" not in b"".join(pieces)
    assert "a header must not hold the end of a line" in caplog.text
