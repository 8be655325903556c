"""GraphQL over WebSocket: the protocol graphql-transport-ws, several operations at once on one socket.

Knows the protocol's messages and close codes, and nothing of GraphQL's language. Queries and mutations are
answered here as well; a client that leaves cancels its subscriptions and never a mutation.
"""

import asyncio
import contextlib
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from schema.document import RequestRefused
from schema.execution import Executor, GraphQLRequest, translate
from service.access import Access, AccessRefused
from service.changes import TooSlow
from service.keys import Caller

PROTOCOL = "graphql-transport-ws"
INIT_TIMEOUT_S = 5.0
SEND_TIMEOUT_S = 10.0
MAX_OPERATIONS = 32

BAD_MESSAGE, UNAUTHORIZED, FORBIDDEN = 4400, 4401, 4403
INIT_TIMEOUT, SUBSCRIBER_EXISTS, TOO_MANY_INITS, TOO_SLOW = 4408, 4409, 4429, 4290
NO_SUBPROTOCOL, INTERNAL_ERROR = 4406, 4500


class Close(Exception):  # noqa: N818 (an answer, not a fault)
    """The socket is to be closed with a code; the reason has 123 bytes at most."""

    def __init__(self, code: int, reason: str) -> None:
        """Take the code and the reason."""
        self.code, self.reason = code, reason
        super().__init__(reason)


class Session:
    """One socket: who is on it, and which operations run."""

    def __init__(self, socket: WebSocket, executor: Executor, access: Access) -> None:
        """Start before the client has introduced itself."""
        self.socket, self.executor, self.access = socket, executor, access
        self.caller: Caller | None = None
        self.acknowledged = False
        self.initialised = False
        self.operations: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Serve the socket until either side closes it."""
        if PROTOCOL not in self.socket.scope.get("subprotocols", []):
            await self.socket.accept()
            await self.socket.close(NO_SUBPROTOCOL, f"Subprotocol not acceptable: offer {PROTOCOL}")
            return
        await self.socket.accept(subprotocol=PROTOCOL)
        deadline = asyncio.create_task(self.await_init())
        try:
            while True:
                await self.handle(parse_message(await self.socket.receive()))
        except Close as close:
            await self.close(close.code, close.reason)
        except WebSocketDisconnect:
            pass
        except Exception as error:
            await self.close(INTERNAL_ERROR, translate(error).message)
        finally:
            for task in (deadline, *self.operations.values()):
                task.cancel()

    async def await_init(self) -> None:
        """Close the socket of a client that does not introduce itself."""
        await asyncio.sleep(INIT_TIMEOUT_S)
        if not self.initialised:
            await self.close(INIT_TIMEOUT, "Connection initialisation timeout")

    async def handle(self, message: dict[str, Any]) -> None:
        """Do what one message asks. Raises Close."""
        match message.get("type"):
            case "connection_init":
                await self.initialise(message.get("payload"))
            case "ping":
                await self.send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                await self.subscribe(message)
            case "complete":
                identifier = message.get("id")
                if not isinstance(identifier, str):
                    raise Close(BAD_MESSAGE, "complete needs an id")
                if task := self.operations.pop(identifier, None):
                    task.cancel()
            case other:
                raise Close(BAD_MESSAGE, f"Unknown message type {str(other)[:60]!r}"[:100])

    async def initialise(self, payload: Any) -> None:
        """Learn who the client is, and acknowledge it. Raises Close."""
        if self.initialised:
            raise Close(TOO_MANY_INITS, "Too many initialisation requests")
        self.initialised = True
        if payload is not None and not isinstance(payload, dict):
            raise Close(BAD_MESSAGE, "The payload of connection_init must be an object")
        given = {key.lower(): value for key, value in (payload or {}).items()}.get("authorization")
        if given is None:
            given = self.socket.headers.get("authorization")
        if given is not None and not isinstance(given, str):
            raise Close(BAD_MESSAGE, "authorization must be a string")
        try:
            self.caller = await self.access.caller(given)
        except AccessRefused:
            raise Close(FORBIDDEN, "Forbidden: the key is not valid") from None
        self.acknowledged = True
        await self.send({"type": "connection_ack"})

    async def subscribe(self, message: dict[str, Any]) -> None:
        """Start an operation. Raises Close."""
        if not self.acknowledged:
            raise Close(UNAUTHORIZED, "Unauthorized: send connection_init and await its acknowledgement")
        identifier, payload = message.get("id"), message.get("payload")
        if not isinstance(identifier, str) or not identifier or not isinstance(payload, dict):
            raise Close(BAD_MESSAGE, "subscribe needs an id and a payload")
        query, name, variables = payload.get("query"), payload.get("operationName"), payload.get("variables")
        if not isinstance(query, str):
            raise Close(BAD_MESSAGE, "The payload's query must be a string")
        if (name is not None and not isinstance(name, str)) or (
            variables is not None and not isinstance(variables, dict)
        ):
            raise Close(BAD_MESSAGE, "operationName must be a string and variables an object")
        if identifier in self.operations:
            raise Close(SUBSCRIBER_EXISTS, f"Subscriber for {identifier[:60]} already exists"[:100])
        if len(self.operations) >= MAX_OPERATIONS:
            raise Close(TOO_MANY_INITS, f"More than {MAX_OPERATIONS} operations on one socket")
        request = GraphQLRequest(query, name or None, variables or {}, self.caller)
        self.operations[identifier] = asyncio.create_task(self.operate(identifier, request))

    async def operate(self, identifier: str, request: GraphQLRequest) -> None:
        """Answer one operation until it ends, is completed by the client, or the socket closes."""
        try:
            if self.executor.is_subscription(request):
                async with contextlib.aclosing(await self.executor.subscribe(request)) as messages:
                    async for body in messages:
                        await self.send_next(identifier, body)
            else:
                answer = await self.executor.answer(request)
                if not answer.executed:
                    await self.send_errors(identifier, orjson.loads(answer.body)["errors"])
                    return
                await self.send_next(identifier, answer.body)
            if self.operations.get(identifier) is asyncio.current_task():
                await self.send({"id": identifier, "type": "complete"})
        except RequestRefused as refused:
            await self.send_errors(identifier, [error.formatted for error in refused.errors])
        except (TooSlow, TimeoutError):
            await self.close(TOO_SLOW, "Too slow: resume from the newest cursor")
        except (WebSocketDisconnect, RuntimeError):
            pass  # the socket was closed meanwhile: Starlette raises either
        except Exception as error:
            await self.send_errors(identifier, [translate(error).formatted])
        finally:
            if self.operations.get(identifier) is asyncio.current_task():
                del self.operations[identifier]

    async def send_next(self, identifier: str, body: bytes) -> None:
        """Send a response that is JSON already."""
        head = orjson.dumps({"id": identifier, "type": "next"})[:-1]
        await self.send_text((head + b',"payload":' + body + b"}").decode())

    async def send_errors(self, identifier: str, errors: list[Any]) -> None:
        """Send the errors that ended an operation before it began."""
        await self.send({"id": identifier, "type": "error", "payload": errors})

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        await self.send_text(orjson.dumps(message).decode())

    async def send_text(self, text: str) -> None:
        """Send a text; one that the client does not take in time raises TimeoutError."""
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await self.socket.send_text(text)

    async def close(self, code: int, reason: str) -> None:
        """Close the socket, if it is still open."""
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self.socket.close(code, reason)


def parse_message(received: Any) -> dict[str, Any]:
    """Return the message that the client sent. Raises Close, or WebSocketDisconnect when the client left."""
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code", 1005))
    text = received.get("text")
    try:
        message = orjson.loads(text) if text is not None else None
    except orjson.JSONDecodeError:
        message = None
    if not isinstance(message, dict):
        raise Close(BAD_MESSAGE, "Messages are JSON objects, sent as text")
    return message
