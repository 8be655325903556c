"""Answers that are whole before their first byte leaves: one write to the connection.

ASGI takes status and headers, then the body, and uvicorn writes each by itself: two calls of the system, of which the
first wakes the client for a part of what it waits for. Its account of the response is kept here as it keeps it, so
that what comes next on the connection, and its end, are its own affair. Knows HTTP's form; knows nothing of what is
answered.
"""

from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

Header = tuple[bytes, bytes]
EXTENSION = "jumelage.whole"
"""Under which name a request's scope offers it, among ASGI's extensions."""


class Whole:
    """The way out for the answer to one request."""

    __slots__ = ("cycle", "left")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        """Take uvicorn's account of the request and its response."""
        self.cycle: RequestResponseCycle | None = cycle
        self.left = False

    @property
    def begun(self) -> bool:
        """Tell whether some of the answer has left, this way or in ASGI's messages."""
        return self.left or (self.cycle is not None and self.cycle.response_started)

    @property
    def sent(self) -> bool:
        """Tell whether all of it has."""
        return self.left or (self.cycle is not None and self.cycle.response_complete)

    async def send(self, status: int, usual: tuple[Header, ...], own: Sequence[Header], body: bytes) -> None:
        """Send an answer, the only one, once its client takes what was sent before; nothing where the client is gone.

        `usual` are headers that many answers have in common, and are written once for all of them; `own` this one's.
        """
        cycle = self.cycle
        if cycle is None:
            raise RuntimeError("an answer is sent once")
        self.cycle = None  # its scope holds this in turn: left so, each request would wait for the garbage collector
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if cycle.disconnected:
            return
        head, closing = opening(status, (*cycle.default_headers, *usual))
        if closing:
            cycle.keep_alive = False
        elif not cycle.keep_alive:
            own = (*own, (b"connection", b"close"))
        head += lines(own) + b"\r\n"
        cycle.response_started = cycle.response_complete = self.left = True
        cycle.transport.writelines((head, body) if body and cycle.scope["method"] != "HEAD" else (head,))
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()


def offered(scope: MutableMapping[str, Any]) -> Whole | None:
    """Return the way out that the server offers for the answer to a request, if it does."""
    whole: Whole | None = scope.get("extensions", {}).get(EXTENSION)
    return whole


@lru_cache(maxsize=256)
def opening(status: int, headers: tuple[Header, ...]) -> tuple[bytes, bool]:
    """Return the status line and the headers that follow it, and whether one of them ends the connection.

    They are the same for a second, which is as long as uvicorn keeps a date.
    """
    return STATUS_LINE[status] + lines(headers), (b"connection", b"close") in headers


def lines(headers: Sequence[Header]) -> bytes:
    """Write headers. Raises ValueError where one would end its line and begin another."""
    text = b"".join([b"%b: %b\r\n" % header for header in headers])
    if text.count(b"\r") != len(headers) or text.count(b"\n") != len(headers):
        raise ValueError("a header must not hold the end of a line")
    return text
