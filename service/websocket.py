"""GraphQL over WebSocket: the protocol graphql-transport-ws, several operations at once on one socket.

Knows the protocol's messages and close codes, and nothing of GraphQL's language. Queries and mutations are answered
here as well; a client that leaves cancels its subscriptions and never a mutation. How far a subscription with no news
has come is told in the payload of a ping: {"cursors": {id: cursor}, "stale": false}; stale is true while the database
is away.
"""

import asyncio
import contextlib
import time
from typing import Any

import orjson
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from schema.document import RequestRefused
from schema.errors import ErrorCode, refusal, told
from schema.execution import Answer, Executor, translate
from service.access import AccessRefused, account_of
from service.following import Follower, Message
from service.http.protocol import AT_ONCE
from service.http.sockets import Sockets
from service.keys import Caller
from service.metrics import STREAMS_CUT
from service.observing import begin, observing
from service.request_id import begin_request
from service.streams import Streams, TooManyStreams
from service.websocket_messages import BAD_MESSAGE, Close, parse_message, read_position
from service.websocket_protocol import CUT

log = structlog.get_logger()

PROTOCOL = "graphql-transport-ws"

SERVICE_RESTART, TRY_AGAIN_LATER = 1012, 1013
UNAUTHORIZED, FORBIDDEN, NO_SUBPROTOCOL, INTERNAL_ERROR = 4401, 4403, 4406, 4500
INIT_TIMEOUT, SUBSCRIBER_EXISTS, TOO_MANY_INITS = 4408, 4409, 4429


class TooSlow(Exception):  # noqa: N818 (an answer, not a fault)
    """The client does not take its messages: it is cut off, and its cursor brings back what it missed."""


class Session:
    """One socket: who is on it, and which operations run."""

    def __init__(self, socket: WebSocket, executor: Executor, streams: Streams, edge: Sockets) -> None:
        """Start before the client has introduced itself."""
        self.socket, self.executor, self.streams, self.edge = socket, executor, streams, edge
        self.authorization: str | None = None
        self.caller: Caller | None = None
        self.initialised = self.acknowledged = False
        self.operations: dict[str, asyncio.Task[None]] = {}
        self.began, self.asked, self.sent, self.code = time.monotonic(), 0, 0, 1006
        self.closing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve the socket until either side closes it."""
        if not await self.edge.admit(self.socket):
            return
        log.info("socket opened")
        try:
            with self.streams.admitted(self, account_of(None, self.socket.scope)):
                await self.serve()
        except TooManyStreams as refused:
            await self.socket.accept()
            await self.close(TRY_AGAIN_LATER, str(refused))
        finally:
            lasted_s = round(time.monotonic() - self.began, 3)
            told = {"code": self.code, "s": lasted_s, "operations": self.asked, "sent": self.sent}
            log.info("socket closed", **told, caller=self.name)

    @property
    def name(self) -> str | None:
        """Return who is on the socket, as the log tells it."""
        return self.caller.name if self.caller else None

    async def serve(self) -> None:
        """Accept the socket and do what its messages ask."""
        if PROTOCOL not in self.socket.scope.get("subprotocols", []):
            await self.socket.accept()
            await self.close(NO_SUBPROTOCOL, f"Subprotocol not acceptable: offer {PROTOCOL}")
            return
        await self.socket.accept(subprotocol=PROTOCOL)
        patience_s = self.streams.settings.socket_init_timeout_ms / 1000
        deadline = asyncio.get_running_loop().call_later(patience_s, self.expire)
        try:
            while True:
                await self.handle(parse_message(await self.socket.receive()))
        except Close as close:
            await self.close(close.code, close.reason)
        except WebSocketDisconnect as left:
            self.code = left.code
        except TooSlow:
            pass
        except Exception as error:
            await self.close(INTERNAL_ERROR, translate(error).message)
        finally:
            deadline.cancel()
            for task in self.operations.values():
                task.cancel()

    # ── what ends a socket from our side ──────────────────────────────────────────────────────────────────

    def stop(self) -> None:
        """Close the socket so that the client comes back, here or to another replica."""
        self.close_soon(SERVICE_RESTART, "The service stops: resume from the newest cursor")

    def revoke(self) -> None:
        """Close the socket of a caller that is no longer let in."""
        self.close_soon(FORBIDDEN, "Forbidden: the key is no longer valid")

    def expire(self) -> None:
        """Close the socket of a client that does not introduce itself."""
        if not self.initialised:
            self.close_soon(INIT_TIMEOUT, "Connection initialisation timeout")

    def close_soon(self, code: int, reason: str) -> None:
        """Have the socket closed; what it receives then is the end."""
        self.closing = self.closing or asyncio.create_task(self.close(code, reason))

    async def close(self, code: int, reason: str) -> None:
        """Close the socket, if it is still open; one whose client takes nothing is cut off."""
        self.code = code
        try:
            async with asyncio.timeout(self.streams.settings.stream_write_timeout_ms / 1000):
                await self.socket.close(code, reason.encode()[:123].decode(errors="ignore"))
        except (RuntimeError, WebSocketDisconnect):
            pass  # it was closed meanwhile: Starlette raises either
        except TimeoutError:
            self.cut()

    def cut(self) -> None:
        """Cut the connection without a word: whoever reads nothing reads no farewell either."""
        STREAMS_CUT.inc()
        extension = self.socket.scope.get("extensions", {}).get(CUT)
        if extension:
            extension["cut"]()

    # ── what a client may send ────────────────────────────────────────────────────────────────────────────

    async def handle(self, message: dict[str, Any]) -> None:
        """Do what one message asks. Raises Close, and TooSlow where its answer is not taken."""
        match message["type"]:
            case "connection_init":
                await self.initialise(message.get("payload") or {})
            case "ping":
                payload = {"payload": message["payload"]} if message.get("payload") else {}
                await self.send({"type": "pong", **payload})
            case "subscribe":
                await self.subscribe(message["id"], message["payload"])
            case "complete":
                if task := self.operations.pop(message["id"], None):
                    task.cancel()

    async def initialise(self, payload: dict[str, Any]) -> None:
        """Learn who the client is, and acknowledge it. Raises Close."""
        if self.initialised:
            raise Close(TOO_MANY_INITS, "Too many initialisation requests")
        self.initialised = True
        given = {key.lower(): value for key, value in payload.items()}.get("authorization")
        if given is None:
            given = self.socket.headers.get("authorization")
        if given is not None and not isinstance(given, str):
            raise Close(BAD_MESSAGE, "authorization must be a string")
        try:
            self.authorization, self.caller = given, await self.streams.access.caller(given)
        except AccessRefused as refused:
            raise Close(FORBIDDEN, f"Forbidden: {refused}") from None
        if self.caller:
            try:
                self.streams.count(self, account_of(self.caller, self.socket.scope))
            except TooManyStreams as refused:
                raise Close(TRY_AGAIN_LATER, str(refused)) from None
        self.acknowledged = True
        await self.send({"type": "connection_ack"})

    async def subscribe(self, identifier: str, payload: dict[str, Any]) -> None:
        """Start an operation. Raises Close."""
        if not self.acknowledged:
            raise Close(UNAUTHORIZED, "Unauthorized: send connection_init and await its acknowledgement")
        if identifier in self.operations:
            raise Close(SUBSCRIBER_EXISTS, f"Subscriber for {identifier[:60]} already exists")
        self.asked += 1
        if len(self.operations) >= self.streams.settings.socket_operations_max:
            await asyncio.create_task(self.refuse(identifier))  # a task has a request's identifier of its own
            return
        self.operations[identifier] = asyncio.create_task(self.operate(identifier, payload))

    # ── operations ────────────────────────────────────────────────────────────────────────────────────────

    async def operate(self, identifier: str, payload: dict[str, Any]) -> None:
        """Answer one operation until it ends, is completed by the client, or the socket closes."""
        begin_request()
        try:
            await self.check()
            with observing("websocket", self.caller) as answered:
                request, hash_ = self.edge.request(payload, self.caller, self.socket.scope, read_position(payload))
                begun = await begin(self.executor, request, answered)
            self.edge.keep(hash_, request, begun)
            if isinstance(begun, Follower):
                await self.follow(identifier, begun)
            else:
                await self.answer(identifier, begun)
        except RequestRefused as refused:
            await self.end(identifier, [told(error) for error in refused.errors])
        except Close as close:
            await self.close(close.code, close.reason)
        except (WebSocketDisconnect, TooSlow):
            pass  # nobody is left to tell
        except Exception as error:
            await self.end(identifier, [told(translate(error))])
        finally:
            if self.operations.get(identifier) is asyncio.current_task():
                del self.operations[identifier]

    async def refuse(self, identifier: str) -> None:
        """Refuse an operation too many."""
        begin_request()
        most = self.streams.settings.socket_operations_max
        message = f"{most} operations run on this socket, which is the most: complete one, or open another socket."
        try:
            with observing("websocket", self.caller):
                raise RequestRefused(refusal(message, ErrorCode.TOO_COSTLY))
        except RequestRefused as refused:
            await self.send_errors(identifier, [told(error) for error in refused.errors])

    async def answer(self, identifier: str, answer: Answer) -> None:
        """Send the answer to a query or a mutation."""
        if not answer.executed:
            await self.send_errors(identifier, orjson.loads(answer.body)["errors"])
            return
        await self.send_text(next_message(identifier) + answer.body + b"}")
        if self.operations.get(identifier) is asyncio.current_task():
            await self.send({"id": identifier, "type": "complete"})

    async def follow(self, identifier: str, follower: Follower) -> None:
        """Send what a subscription has to say, until it is cancelled or cannot go on."""
        head, told = next_message(identifier), ("", False)
        at_once = self.socket.scope.get("extensions", {}).get(AT_ONCE)

        def deliver(message: Message) -> bool:
            if message.body is None or not self.streams.trusts(self) or not at_once["send"](head + message.body + b"}"):
                return False
            self.sent += 1
            return True

        follower.deliver = deliver if at_once else None
        try:
            while True:
                message = await follower.next()
                await self.check()
                if message.body is not None:
                    await self.send_text(head + message.body + b"}")
                elif told != (message.cursor, message.stale):
                    payload = {"cursors": {identifier: message.cursor}, "stale": message.stale}
                    await self.send({"type": "ping", "payload": payload})
                told = message.cursor, message.stale
        finally:
            follower.leave()

    async def check(self) -> None:
        """Raise Close where the caller is no longer let in; mostly this is known without asking."""
        if self.authorization is not None and not await self.streams.still_valid(self):
            raise Close(FORBIDDEN, "Forbidden: the key is no longer valid")

    async def end(self, identifier: str, errors: list[Any]) -> None:
        """End an operation with errors, if the socket is still open."""
        with contextlib.suppress(WebSocketDisconnect, TooSlow):
            await self.send_errors(identifier, errors)

    # ── what is sent ──────────────────────────────────────────────────────────────────────────────────────

    async def send_errors(self, identifier: str, errors: list[Any]) -> None:
        """Send the errors that ended an operation."""
        await self.send({"id": identifier, "type": "error", "payload": errors})

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        await self.send_text(orjson.dumps(message))

    async def send_text(self, text: bytes) -> None:
        """Send a text; a client that does not take it in time is cut off. Raises TooSlow, WebSocketDisconnect."""
        try:
            async with asyncio.timeout(self.streams.settings.stream_write_timeout_ms / 1000):
                await self.socket.send_text(text.decode())
                self.sent += 1
        except TimeoutError:
            self.cut()
            raise TooSlow from None
        except RuntimeError:  # it was closed meanwhile: Starlette raises either
            raise WebSocketDisconnect(self.code) from None


def next_message(identifier: str) -> bytes:
    """Return the beginning of a message that carries a response, which is JSON already."""
    return orjson.dumps({"id": identifier, "type": "next"})[:-1] + b',"payload":'
