"""Connections that stay open: counted by caller, asked from time to time whether their callers still may, and ended
when the process stops.

Knows when a stream is to end and not how: that is the protocol's to know.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Protocol

from service.access import Access, AccessRefused
from service.repeating import repeating
from service.stream_settings import StreamSettings
from service.tail import AWAY

log = logging.getLogger(__name__)

RECHECK_S = 15.0


class TooManyStreams(Exception):  # noqa: N818 (an answer, not a fault)
    """The caller has as many open as it may."""


class Stream(Protocol):
    """A connection that stays open."""

    authorization: str | None

    def stop(self) -> None:
        """End, so that the client comes back, to another replica or later."""
        ...

    def revoke(self) -> None:
        """End, because the caller is no longer let in."""
        ...

    def cut(self) -> None:
        """End at once, without a word."""
        ...


class Streams:
    """The streams of this process."""

    def __init__(self, access: Access, settings: StreamSettings) -> None:
        """Have none."""
        self.access, self.settings = access, settings
        self.open: dict[Stream, str] = {}
        self.callers: Counter[str] = Counter()
        self.stopping = False

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Ask again and again whether callers still may, for as long as the context lasts."""
        async with repeating(self.recheck, lambda: RECHECK_S):
            yield

    @contextlib.contextmanager
    def admitted(self, stream: Stream, caller: str) -> Iterator[None]:
        """Count the stream as the caller's for as long as the context lasts. Raises TooManyStreams."""
        self.count(stream, caller)
        try:
            yield
        finally:
            self.forget(stream)

    def count(self, stream: Stream, caller: str) -> None:
        """Count the stream as the caller's, and no longer as another's. Raises TooManyStreams."""
        if self.open.get(stream) == caller:
            return
        self.check(caller)
        self.forget(stream)
        self.open[stream] = caller
        self.callers[caller] += 1

    def check(self, caller: str) -> None:
        """Raise TooManyStreams where the caller may open no other."""
        most = self.settings.streams_per_caller_max
        if self.callers[caller] >= most:
            raise TooManyStreams(f"Too many connections: {most} are open for this caller")

    def forget(self, stream: Stream) -> None:
        """Count the stream no longer."""
        caller = self.open.pop(stream, None)
        if caller is not None:
            self.callers[caller] -= 1
            if not self.callers[caller]:
                del self.callers[caller]

    async def still_valid(self, stream: Stream) -> bool:
        """Tell whether the stream's caller is still let in, mostly from memory; in doubt, as before."""
        if stream.authorization is None:
            return True
        try:
            await self.access.caller(stream.authorization)
        except AccessRefused:
            return False
        except AWAY as error:
            log.warning("a caller could not be looked up: %s", type(error).__name__)
        return True

    def trusts(self, stream: Stream) -> bool:
        """Tell from memory whether the stream's caller is let in; False as well where that has to be looked up."""
        return stream.authorization is None or self.access.trusts(stream.authorization)

    async def recheck(self) -> None:
        """End the streams of callers who are no longer let in."""
        for stream in tuple(self.open):
            if not await self.still_valid(stream):
                stream.revoke()

    async def stop(self, patience_s: float) -> None:
        """End all streams, and wait for their clients to take note; those that do not are cut off."""
        self.stopping = True
        for stream in tuple(self.open):
            stream.stop()
        deadline = time.monotonic() + patience_s
        while self.open and time.monotonic() < deadline:  # noqa: ASYNC110 (it waits for many, and not for long)
            await asyncio.sleep(0.02)
        for stream in tuple(self.open):
            stream.cut()
