"""Follow a Jumelage registry: every change once and in order, whatever breaks in between.

Knows graphql-transport-ws, and that a cursor goes on just behind its message. Knows nothing of what is subscribed to.
Needs websockets, and may be copied as it is.
"""

import asyncio
import json
import logging
import random
import re
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

log = logging.getLogger(__name__)

PROTOCOL = Subprotocol("graphql-transport-ws")
ACKNOWLEDGED_S = 10.0
"""How long the registry may take to answer an introduction."""
CLOSED_S = 2.0
"""How long it may take to answer a farewell."""
PAUSE_MAX_S = 30.0
FORBIDDEN = 4403
# With these close codes and statuses the same attempt would fail again.
FINAL_CODES = {1002, 1007, 1008, 1009, 4400, 4401, 4406, 4409, 4429}
PASSING_STATUSES = {408, 425, 429}
# Errors that say nothing about the subscription.
PASSING_ERRORS = {"INTERNAL", "RATE_LIMITED", "TIMEOUT", "UNAVAILABLE"}


class FollowingError(Exception):
    """The registry refuses the subscription, or the caller: the same would be refused again."""

    def __init__(self, code: str, message: str) -> None:
        """Take the error's code, a close code or an HTTP status, and what the registry said."""
        self.code, self.message = code, message
        super().__init__(f"{message} ({code})")


class CursorError(FollowingError):
    """The feed does not go on from the cursor: list again, and follow from the `feedCursor` beside the list."""


class _PassingError(Exception):
    """What does not work now and may work soon."""


class Following:
    """The answers to a subscription, as an asynchronous iterator that resumes by itself.

    `cursor` goes on just behind the answer that was given last, or behind a later checkpoint. It is moved only while
    the next answer is waited for, so that what was given was dealt with. `stale` tells that the registry's database is
    away, and that there may be news.
    """

    def __init__(
        self,
        url: str,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        key: str | Callable[[], Awaitable[str]] | None = None,
        after: str | None = None,
        on_checkpoint: Callable[[], object] = lambda: None,
        **options: Any,
    ) -> None:
        """Take the address (ws:// or wss://), a subscription with one field that takes `after: $after`, and variables.

        `key` may be a function, which is asked again for each connection: tokens expire. Without `after`, what is
        committed from the first connection on is followed. `on_checkpoint` is called where `cursor` or `stale` changed
        without an answer. Options are those of websockets' connect(). Raises ValueError where the subscription could
        not be resumed.
        """
        if not re.search(r"\bafter\s*:\s*\$after\b", query):
            raise ValueError("To be resumed, the subscription must take $after: String and pass it as after: $after.")
        self.url, self.query, self.variables, self.key = url, query, dict(variables or {}), key
        self.cursor: str | None = after or self.variables.get("after")
        self.stale, self.on_checkpoint, self.options = False, on_checkpoint, options
        self._socket: ClientConnection | None = None
        self._attempts = 0
        self._acknowledged = False

    async def __aenter__(self) -> Self:
        """Do nothing yet; the first answer asked for connects."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the registry."""
        await self._leave()

    def __aiter__(self) -> Self:
        """Return the iterator that this is."""
        return self

    async def __anext__(self) -> dict[str, Any]:
        """Return the next answer: what stands below the subscription's field.

        Connects again, and goes on from the cursor, for as long as that may help. Raises FollowingError.
        """
        while True:
            try:
                if self._socket is None:
                    self._socket = await self._connect()
                answer = await self._take(self._socket, json.loads(await self._socket.recv()))
            except (_PassingError, ConnectionClosed, InvalidHandshake, OSError, EOFError) as error:
                await self._leave()
                self._refuse_final(error)
                await self._pause(error)
            else:
                if answer is not None:
                    return answer

    async def _connect(self) -> ClientConnection:
        """Connect, introduce the caller, and subscribe behind the cursor."""
        key = await self.key() if callable(self.key) else self.key
        payload = {"authorization": f"Bearer {key}"} if key else {}
        given = {"max_size": None, "close_timeout": CLOSED_S, **self.options}
        self._acknowledged = False
        socket = await connect(self.url, subprotocols=[PROTOCOL], **given)
        try:
            async with asyncio.timeout(ACKNOWLEDGED_S):
                await _send(socket, {"type": "connection_init", "payload": payload})
                await _receive(socket, "connection_ack")
                self._acknowledged = True
                if self.cursor is None:
                    # Asked for at once: changes before the first answer would be lost with the connection.
                    await _send(socket, {"id": "feed", "type": "subscribe", "payload": {"query": "{ feedCursor }"}})
                    self.cursor = (await _receive(socket, "next"))["payload"]["data"]["feedCursor"]
                variables = {**self.variables, "after": self.cursor}
                asked = {"query": self.query, "variables": variables}
                await _send(socket, {"id": "follow", "type": "subscribe", "payload": asked})
        except BaseException:
            await socket.close()
            raise
        return socket

    async def _take(self, socket: ClientConnection, message: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer that a message carries, if it does, and move to its cursor, or to a checkpoint's."""
        if message.get("id", "follow") != "follow":
            return None
        match message["type"]:
            case "next":
                _refuse(message["payload"].get("errors"))
                (answer,) = message["payload"]["data"].values()
                if not isinstance(answer.get("cursor"), str):
                    raise ValueError("To be resumed, the subscription must select cursor.")
                self.cursor, self.stale, self._attempts = answer["cursor"], False, 0
                found: dict[str, Any] = answer
                return found
            case "ping":
                payload = message.get("payload") or {}
                await _send(socket, {"type": "pong"})
                self.cursor = payload.get("cursors", {}).get("follow", self.cursor)
                self.stale, self._attempts = payload.get("stale", self.stale), 0
                self.on_checkpoint()
            case "error":
                _refuse(message["payload"])
            case "complete":
                raise StopAsyncIteration
        return None

    def _refuse_final(self, error: Exception) -> None:
        """Raise FollowingError where trying again would not help."""
        if isinstance(error, InvalidStatus):
            status = error.response.status_code
            if 400 <= status < 500 and status not in PASSING_STATUSES:
                raise FollowingError(str(status), (error.response.body or b"").decode(errors="replace")) from error
        if isinstance(error, ConnectionClosed) and error.rcvd:
            code = error.rcvd.code
            # A key that was let in before may have expired, and the next one be better.
            if code in FINAL_CODES or (code == FORBIDDEN and not self._acknowledged):
                raise FollowingError(str(code), error.rcvd.reason) from error

    async def _pause(self, error: Exception) -> None:
        """Wait before the next attempt: longer each time, and not as long as everybody else."""
        seconds = random.uniform(0, min(2.0**self._attempts, PAUSE_MAX_S))  # noqa: S311 (it keeps no secret)
        self._attempts = min(self._attempts + 1, 10)
        log.info("connecting again in %.1f s: %s", seconds, error or type(error).__name__)
        await asyncio.sleep(seconds)

    async def _leave(self) -> None:
        """Close the connection, if there is one."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()


async def _send(socket: ClientConnection, message: dict[str, Any]) -> None:
    """Send a message."""
    await socket.send(json.dumps(message))


async def _receive(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """Return the next message of a kind; an error instead is raised."""
    while True:
        message: dict[str, Any] = json.loads(await socket.recv())
        if message["type"] == kind:
            return message
        if message["type"] == "error":
            _refuse(message["payload"])


def _refuse(errors: list[dict[str, Any]] | None) -> None:
    """Raise what the errors mean, if there are any."""
    for error in errors or []:
        code = str(error.get("extensions", {}).get("code", ""))
        if code in PASSING_ERRORS:
            raise _PassingError(error["message"])
        raise (CursorError if code.startswith("CURSOR_") else FollowingError)(code, error["message"])
