"""GraphQL over Server-Sent Events: the protocol of graphql-sse, each operation on a connection of its own.

Every message bears the feed's cursor as its id, also where there is nothing to say, so that a browser's EventSource
resumes by itself with Last-Event-ID. Knows events and nothing of GraphQL's language.

    retry: 1000                                    when to come back

    id: 8f3a.41.5d00ce12                           an answer; data has no line breaks
    event: next
    data: {"data": ...}

    : stale                                        the database is away, and there may be news
    id: 8f3a.57.a02b11f9                           nothing to say, but so far the feed has come

    event: complete                                there will be no more; left out where the client is to come back
    data:
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
import structlog

from schema.document import RequestRefused
from schema.errors import response
from schema.execution import Executor, GraphQLRequest, translate
from schema.following import is_subscription
from service.following import Follower, Message
from service.http.protocol import AT_ONCE
from service.metrics import STREAMS_CUT
from service.observing import begin, observing
from service.streams import Streams

log = structlog.get_logger()

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

EVENTS = "text/event-stream"
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),  # nginx would keep events until it has enough of them
]
COME_BACK = b"retry: 1000\n\n"
COMPLETE = b"event: complete\ndata:\n\n"
FAREWELL_S = 1.0


def wanted(accept: str | None, executor: Executor, request: GraphQLRequest) -> bool:
    """Tell whether a request is to be answered by events.

    It is where the client prefers them to JSON, and where it takes them and only they can carry the answer.
    """
    events = quality(accept, (EVENTS, "text/*"))
    json = quality(accept, ("application/json", "application/graphql-response+json", "application/*", "*/*"))
    if events > json:
        return True
    try:
        return events > 0 and is_subscription(executor, request)
    except RequestRefused:
        return False


def quality(accept: str | None, ranges: tuple[str, ...]) -> float:
    """Return how much a client wants what some media ranges name: from 0, not at all, to 1."""
    best = 0.0
    for part in (accept or "").split(","):
        name, *parameters = (word.strip().lower() for word in part.split(";"))
        if name not in ranges:
            continue
        given = next((word[2:].strip() for word in parameters if word.startswith("q=")), "1")
        try:
            best = max(best, min(float(given), 1.0))
        except ValueError:
            continue
    return best


class TooSlow(Exception):  # noqa: N818 (an answer, not a fault)
    """The client does not take its events."""


class EventStream:
    """The answer to one request, as events."""

    def __init__(
        self,
        account: str,
        executor: Executor,
        streams: Streams,
        request: GraphQLRequest,
        *,
        authorization: str | None,
        resume: str | None,
        mutations: bool,
    ) -> None:
        """Take whose it is, the request, who sent it, and the cursor behind which a subscription goes on."""
        self.account = account
        self.executor, self.streams, self.request, self.mutations = executor, streams, request, mutations
        self.authorization, self.resume = authorization, resume
        self.streaming: asyncio.Task[None] | None = None
        self.at_once: Callable[[bytes], bool] | None = None
        self.sent = 0

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Send events until there are no more, the client leaves, or the service stops."""
        began = time.monotonic()
        self.at_once = scope.get("extensions", {}).get(AT_ONCE, {}).get("send")
        with self.streams.admitted(self, self.account):
            log.info("stream opened")
            await self.serve(receive, send)
            name = self.request.caller.name if self.request.caller else None
            log.info("stream closed", s=round(time.monotonic() - began, 3), sent=self.sent, caller=name)

    def stop(self) -> None:
        """End without completing, so that the client comes back."""
        if self.streaming:
            self.streaming.cancel()

    revoke = cut = stop

    async def serve(self, receive: Receive, send: Send) -> None:
        """Send the events, and watch for the client's leaving."""
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        self.streaming = asyncio.create_task(self.stream(send))
        leaving = asyncio.create_task(left(receive))
        try:
            await asyncio.wait((self.streaming, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.streaming.cancel()
            leaving.cancel()
        with contextlib.suppress(TimeoutError):  # who reads nothing reads no end either
            async with asyncio.timeout(FAREWELL_S):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def stream(self, send: Send) -> None:
        """Send what there is to say, to a client that takes it."""
        with contextlib.suppress(TooSlow):
            await self.send(send, COME_BACK)
            await self.tell(send)

    async def tell(self, send: Send) -> None:
        """Send the answer or the answers. Raises TooSlow."""
        try:
            with observing("sse", self.request.caller) as answered:
                begun = await begin(self.executor, self.request, answered, mutations=self.mutations, resume=self.resume)
            if isinstance(begun, Follower):
                await self.follow(send, begun)
                return
            told = begun.body
        except TooSlow:
            raise
        except RequestRefused as refused:
            told = orjson.dumps(response(refused.errors, data=False))
        except Exception as error:
            told = orjson.dumps(response([translate(error)], data=False))
        await self.send(send, event(told) + COMPLETE)

    async def follow(self, send: Send, follower: Follower) -> None:
        """Send what a subscription has to say, until its caller is no longer let in."""
        follower.deliver = self.deliver if self.at_once else None
        try:
            while True:
                message = await follower.next()
                if not await self.streams.still_valid(self):
                    return
                await self.send(send, written(message))
        finally:
            follower.leave()

    def deliver(self, message: Message) -> bool:
        """Send a message at once; return False where the client, or who it is, has to be waited for."""
        if self.at_once is None or not self.streams.trusts(self) or not self.at_once(written(message)):
            return False
        self.sent += 1
        return True

    async def send(self, send: Send, told: bytes) -> None:
        """Send events. Raises TooSlow where they are not taken in time."""
        try:
            async with asyncio.timeout(self.streams.settings.stream_write_timeout_ms / 1000):
                await send({"type": "http.response.body", "body": told, "more_body": True})
            self.sent += 1
        except TimeoutError:
            STREAMS_CUT.inc()
            raise TooSlow from None


def written(message: Message) -> bytes:
    """Write a message as an event, or as no more than its place where it says nothing."""
    place = b"id: " + message.cursor.encode() + b"\n"
    if message.body is not None:
        return place + event(message.body)
    return (b": stale\n" if message.stale else b":\n" + place) + b"\n"


def event(body: bytes) -> bytes:
    """Write an answer as an event; a line break in JSON is only ever space, and some clients take it for the end."""
    return b"event: next\ndata: " + body.replace(b"\n", b"") + b"\n\n"


async def left(receive: Receive) -> None:
    """Wait until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
