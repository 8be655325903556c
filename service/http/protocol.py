"""A connection's deadlines and bounds, which the web server itself does not have.

Knows when a connection waits for its client, how long it may, and how much it may send before it is understood.
Knows nothing of what is asked. Needs nothing of the schema: the codes of its errors are written out.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, ClassVar, Literal

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from service.edge_settings import RequestSettings
from service.http.whole import EXTENSION, Whole
from service.request_id import begin_request, current_request_id

AT_ONCE = "jumelage.at_once"
"""Names what sends at once, without a task: it takes bytes, and returns False where the client must be waited for."""
# What a connection waits for: a request's headers, its body, or its client to take what was sent.
Waiting = Literal["", "head", "body", "write"]
SWEPT_AT_MOST_EVERY_S = 0.02
SWEPT_AT_LEAST_EVERY_S = 1.0
# The longest address that the parser reads.
URL_MAX_BYTES = 65_535
_H2C = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n|$)", re.IGNORECASE)

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def error_body(code: str, message: str, **more: int) -> bytes:
    """Return an error as every other answer tells it."""
    error = {"message": message, "extensions": {"code": code, **more, "requestId": current_request_id()}}
    return json.dumps({"errors": [error]}).encode()


def raw_response(status: str, code: str, message: str, **more: int) -> bytes:
    """Return a whole response that ends the connection."""
    request_id = begin_request()
    body = error_body(code, message, **more)
    head = (
        f"HTTP/1.1 {status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: {len(body)}\r\n"
        f"x-request-id: {request_id}\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


def without_h2c(data: bytes) -> bytes:
    """Leave out of a request's headers the offer to go on in HTTP/2, which Java's client makes with every one.

    The parser would take the body for what follows the upgrade.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _H2C.sub(b"", head) + end + rest


class BoundedProtocol(HttpToolsProtocol):
    """A connection that waits for its client no longer, and holds of a request no more, than it may."""

    settings: ClassVar[RequestSettings]
    sweeping: ClassVar[bool] = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Wait for nothing yet."""
        super().__init__(*args, **kwargs)
        self.waiting: Waiting = ""
        self.since = 0.0
        self.head_bytes = 0
        self.too_long = 0
        self.too_long_status = 431
        self.running: RequestResponseCycle | None = None

    # ── what the connection waits for ─────────────────────────────────────────────────────────────────────

    def wait_for(self, what: Waiting) -> None:
        """Begin to wait."""
        self.waiting, self.since = what, self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the server's own
        """Wait for the first request; a connection too many is turned away."""
        super().connection_made(transport)
        if len(self.connections) > self.settings.connections_max:
            message = "Too many connections are open; come back in a moment."
            transport.write(raw_response("503 Service Unavailable", "UNAVAILABLE", message))
            transport.close()
            return
        self.wait_for("head")
        if not type(self).sweeping:
            type(self).sweeping = True
            self.loop.call_later(sweep_interval_s(self.settings), sweep, type(self), self.loop, self.connections)

    def data_received(self, data: bytes) -> None:
        """Read what came; the first of it begins a request's headers."""
        if not self.waiting:
            self.wait_for("head")
        self.head_bytes += len(data)
        super().data_received(without_h2c(data) if self.waiting == "head" and b"h2c" in data else data)
        too_long = self.waiting == "head" and self.head_bytes > self.settings.head_max_bytes
        if too_long and not self.transport.is_closing():
            self.too_long = self.head_bytes
            self.end_too_long()

    def on_headers_complete(self) -> None:
        """Wait for the body; headers that are too long are refused as a whole."""
        self.wait_for("body")
        most = self.settings.head_max_bytes
        self.too_long = self.head_length() if self.head_bytes > min(most, URL_MAX_BYTES) else 0
        if not self.too_long:
            super().on_headers_complete()
            return
        self.too_long_status = 414 if len(self.url) > min(most, URL_MAX_BYTES) else 431
        self.url = b"/"  # the parser takes no longer one than it needs to
        answering, self.app = self.app, self.refuse_head
        super().on_headers_complete()
        self.app = answering

    def on_message_complete(self) -> None:
        """Wait for nothing: it is the service's turn."""
        self.waiting, self.head_bytes = "", 0
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        self.wait_for("write")
        super().pause_writing()

    def resume_writing(self) -> None:
        """Wait no longer for the client to read, but for the rest of a body that it sends meanwhile."""
        arriving = self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete
        self.waiting = "body" if arriving else ""
        super().resume_writing()

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to the protocol of WebSockets."""
        self.waiting = ""
        if self.too_long:
            self.end_too_long()
        else:
            super().handle_websocket_upgrade()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Remember which of the requests that came at once is being answered, and offer it to be answered at once."""
        self.running = cycle
        offered: dict[str, Any] = {EXTENSION: Whole(cycle), AT_ONCE: {"send": self.send_at_once}}
        cycle.scope["extensions"] = offered
        super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever answers that nobody is left; the server itself tells only who answers what came last."""
        if self.running is not None:
            self.running.disconnected = True
            self.running.message_event.set()
        super().connection_lost(exc)

    def send_at_once(self, part: bytes) -> bool:
        """Send a part of the answer that is under way; return False where the client reads slowly, or is gone."""
        cycle = self.running
        if cycle is None or not cycle.chunked_encoding or cycle.response_complete:
            return False
        if cycle.disconnected or self.flow.write_paused or self.transport.is_closing():
            return False
        self.transport.write(b"%x\r\n%b\r\n" % (len(part), part))
        return True

    # ── how it ends where it must ─────────────────────────────────────────────────────────────────────────

    @property
    def too_long_message(self) -> str:
        """What is said of headers that are too long."""
        return f"The address and the headers have more than {self.settings.head_max_bytes} bytes together."

    def head_length(self) -> int:
        """Return how long the headers are where they are longer than they may be; what came with them is none."""
        total = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        return total if total > self.settings.head_max_bytes or len(self.url) > URL_MAX_BYTES else 0

    def too_long_told(self) -> dict[str, int]:
        """Return what machines are told of headers that are too long."""
        most = self.settings.head_max_bytes
        return {"limit": min(most, URL_MAX_BYTES) if self.too_long_status == 414 else most, "value": self.too_long}

    def end_too_long(self) -> None:
        """End a connection whose headers are too long."""
        self.end("431 Request Header Fields Too Large", "TOO_LARGE", self.too_long_message, **self.too_long_told())

    async def refuse_head(self, scope: MutableMapping[str, Any], receive: Any, send: Send) -> None:
        """Answer a request whose headers are too long: 414 where the address alone is, else 431."""
        request_id = begin_request()
        body = error_body("TOO_LARGE", self.too_long_message, **self.too_long_told())
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"x-request-id", request_id.encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": self.too_long_status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        self.end("400 Bad Request", "BAD_REQUEST", "This is not a valid HTTP request.")

    def end(self, status: str, code: str, message: str, **more: int) -> None:
        """Answer in the service's stead, where nothing was answered yet, and close the connection."""
        self.waiting = ""
        cycle = self.cycle
        if cycle is None or (cycle.response_complete and not self.pipeline):
            self.transport.write(raw_response(status, code, message, **more))
        elif not cycle.response_started:
            cycle.disconnected = True
            cycle.message_event.set()
            self.transport.write(raw_response(status, code, message, **more))
        self.transport.close()

    def overdue(self, now: float) -> bool:
        """Tell whether the client has been waited for long enough."""
        if not self.waiting:
            return False
        allowed_ms = {
            "head": self.settings.head_timeout_ms,
            "body": self.settings.body_timeout_ms,
            "write": self.settings.write_timeout_ms,
        }[self.waiting]
        return now - self.since > allowed_ms / 1000

    def give_up(self) -> None:
        """End a connection whose client does not go on."""
        if self.waiting == "write" or (self.waiting == "head" and not self.head_bytes):
            self.transport.abort()  # nobody reads, or nobody asked
        else:
            self.end("408 Request Timeout", "REQUEST_TIMEOUT", "The request did not arrive in time; send it again.")


def sweep_interval_s(settings: RequestSettings) -> float:
    """Return how often connections are looked at: several times within the shortest deadline."""
    shortest = min(settings.head_timeout_ms, settings.body_timeout_ms, settings.write_timeout_ms) / 1000
    return min(SWEPT_AT_LEAST_EVERY_S, max(SWEPT_AT_MOST_EVERY_S, shortest / 5))


def sweep(protocol: type[BoundedProtocol], loop: asyncio.AbstractEventLoop, connections: set[Any]) -> None:
    """Give up the connections that are overdue, and come back as long as there is any.

    One look at all of them now and then costs less than a timer for each request.
    """
    now = loop.time()
    for connection in [*connections]:
        if isinstance(connection, BoundedProtocol) and connection.overdue(now):
            connection.give_up()
    protocol.sweeping = bool(connections)
    if connections:
        loop.call_later(sweep_interval_s(protocol.settings), sweep, protocol, loop, connections)


def protocol_of(given: RequestSettings) -> type[BoundedProtocol]:
    """Return the protocol with its deadlines and bounds."""

    class Protocol(BoundedProtocol):
        settings = given

    return Protocol
