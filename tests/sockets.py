"""A client of graphql-transport-ws that sends whatever it is told to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("graphql-transport-ws")
INIT = {"type": "connection_init"}
PATIENCE_S = 30


@asynccontextmanager
async def opened(url: str, *, init: bool = True, **options: Any) -> AsyncIterator[ClientConnection]:
    """Open a socket, and introduce the client unless said otherwise."""
    async with connect(url, subprotocols=[PROTOCOL], open_timeout=PATIENCE_S, **options) as socket:
        if init:
            await send(socket, INIT)
            assert await receive(socket) == {"type": "connection_ack"}
        yield socket


async def send(socket: ClientConnection, message: Any) -> None:
    """Send a message: text or bytes as they are, all else as JSON."""
    await socket.send(message if isinstance(message, str | bytes) else json.dumps(message))


async def send_raw(socket: ClientConnection, data: bytes) -> None:
    """Send bytes below the protocol of WebSocket."""
    socket.transport.write(data)
    await asyncio.sleep(0)


async def receive(socket: ClientConnection) -> Any:
    """Return the next message."""
    return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))


async def close_code(socket: ClientConnection) -> int:
    """Take messages until the server closes the socket, and return its code; 1006 where it gave none."""
    while True:
        try:
            await asyncio.wait_for(socket.recv(), PATIENCE_S)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


def subscribe(query: str, identifier: Any = "1", **more: Any) -> dict[str, Any]:
    """Return the message that starts an operation."""
    return {"id": identifier, "type": "subscribe", "payload": {"query": query, **more}}


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, reserved: int = 0, masked: bool = True) -> bytes:
    """Write a frame, masked with zeros."""
    first = bytes([(0x80 if fin else 0) | reserved | opcode])
    mask = 0x80 if masked else 0
    length = len(payload)
    if length < 126:
        size = bytes([mask | length])
    elif length < 2**16:
        size = bytes([mask | 126]) + length.to_bytes(2, "big")
    else:
        size = bytes([mask | 127]) + length.to_bytes(8, "big")
    return first + size + (bytes(4) if masked else b"") + payload
