"""Connections lent to whoever runs statements: how many, to whom, for how long.

asyncpg's pool opens, counts and closes them. What comes back whole is lent on from here: to give it to asyncpg and take
it again costs as much as a short statement. Knows when a connection is too old to be lent again, and that none is
lent while the database is known to be away. Knows no statement.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import time
from collections import deque
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import asyncpg

from service.servers import connect

if TYPE_CHECKING:
    from types import TracebackType

    Lent = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

# A peer that vanished without a word, or a middlebox that forgot an idle connection, is noticed within this long;
# the kernel's own default is a quarter of an hour.
SILENCE_S = 5
_KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": SILENCE_S * 1000}


# What a statement may end with that says nothing of the statement. asyncpg's internal error is what a connection
# answers between the server's farewell and its end.
UNANSWERED = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class DatabaseAway(ConnectionError):  # noqa: N818 (a state, told by the monitor)
    """The database has not answered for a while, and is not asked until it does."""


class Connection(asyncpg.Connection):
    """A connection that notices a peer that vanished."""

    __slots__ = ()

    def __init__(self, protocol: Any, transport: Any, *rest: Any) -> None:
        """Take what asyncpg made of the address."""
        super().__init__(protocol, transport, *rest)
        peer: socket.socket | None = transport.get_extra_info("socket")
        if peer is not None and peer.family in (socket.AF_INET, socket.AF_INET6):
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in _KEEPALIVE.items():
                if (option := getattr(socket, name, None)) is not None:
                    peer.setsockopt(socket.IPPROTO_TCP, option, value)


class Pool:
    """The connections to one database with one kind of session, for as long as the context lasts."""

    def __init__(self, name: str, url: str, *, lifetime_s: float, **options: Any) -> None:
        """Take asyncpg's options for the pool and its connections; a lifetime of 0 is for ever."""
        self.name, self.lifetime_s = name, lifetime_s
        self.pool = asyncpg.create_pool(url, connect=self._connect, connection_class=Connection, **options)
        # asyncpg closes what lies idle for too long; such a pool's connections lie with asyncpg.
        self.lends_on = not options.get("max_inactive_connection_lifetime")
        self.away = False
        self.ageing: asyncio.Task[None] | None = None
        self.generation = 0
        self.lent: set[Lent] = set()
        self.idle: list[Lent] = []
        self.room: int = options["max_size"]
        self.queue: deque[asyncio.Future[Lent | None]] = deque()
        self.waiting = 0
        self.waited_s = 0.0

    async def __aenter__(self) -> Pool:
        await self.pool.__aenter__()
        POOLS.add(self)
        if self.lifetime_s:
            self.ageing = asyncio.create_task(self.age())
        return self

    async def __aexit__(self, *left: Any) -> None:
        POOLS.discard(self)
        if self.ageing:
            self.ageing.cancel()
        self.lends_on = False  # asyncpg waits for what is lent, and would wait for ever for what lay idle here
        await self.give_back_idle()
        await self.pool.__aexit__(*left)

    async def _connect(self, *arguments: Any, **options: Any) -> Any:
        if self.away:  # also for those who waited for one of the connections that were broken off
            raise DatabaseAway("the database does not answer")
        return await connect(*arguments, **options)

    async def age(self) -> None:
        """Have connections replaced once their time has come; not in all processes at once."""
        while True:
            await asyncio.sleep(self.lifetime_s * random.uniform(0.8, 1.0))  # noqa: S311 (spreads work)
            with contextlib.suppress(*UNANSWERED):  # what is broken is replaced all the same
                await self.renew()

    def acquire(self) -> AbstractAsyncContextManager[Lent]:
        """Lend a connection for the length of a with statement. Raises DatabaseAway."""
        return _Lending(self)

    def turn_away(self) -> None:
        """Lend no more, and break off what is under way: the database does not answer."""
        self.away = True
        for connection in [*self.lent, *self.idle]:
            with contextlib.suppress(asyncpg.InterfaceError):  # it has broken by itself
                connection.terminate()

    async def renew(self) -> None:
        """Replace every connection before it is lent again: the server behind it may be another now."""
        await self.pool.expire_connections()
        self.generation += 1
        await self.give_back_idle()

    async def wait(self) -> Lent:
        """Return a connection once another gives one back; it is timed."""
        self.waiting += 1
        began = time.perf_counter()
        try:
            return await self.take()
        finally:
            self.waiting -= 1
            self.waited_s += time.perf_counter() - began

    async def take(self) -> Lent:
        """Return a connection: the one that came back last, a new one, or the next to come back."""
        while True:
            connection = self.idle.pop() if self.idle else None
            if connection is None and self.room:
                self.room -= 1
                try:
                    return await self.pool.acquire()
                except BaseException:
                    self.make_room()
                    raise
            if connection is None:
                connection = await self.next()
            if connection is not None:
                if not _broken(connection):
                    return connection
                await self.give_back(connection)

    async def next(self) -> Lent | None:
        """Wait for a connection, or for none but room for one."""
        turn: asyncio.Future[Lent | None] = asyncio.get_running_loop().create_future()
        self.queue.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was this one's turn, and is now another's
                if (connection := turn.result()) is None:
                    self.call_next(None)
                else:
                    await self.take_back(connection)
            raise

    def call_next(self, connection: Lent | None) -> bool:
        """Give whoever waits longest a connection, or the room for one; tell whether somebody waited."""
        while self.queue:
            turn = self.queue.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False

    async def take_back(self, connection: Lent) -> None:
        """Take back a connection that is whole, for the next or, where none is lent on, for asyncpg."""
        if not self.lends_on:
            await self.give_back(connection)
        elif not self.call_next(connection):
            self.idle.append(connection)

    async def give_back_idle(self) -> None:
        """Give all connections back that nobody uses."""
        while self.idle:
            await self.give_back(self.idle.pop())

    async def give_back(self, connection: Lent) -> None:
        """Give a connection back to asyncpg, which closes what is broken or has expired."""
        try:
            await self.pool.release(connection)
        finally:
            self.make_room()

    def make_room(self) -> None:
        """Let another connection be taken."""
        self.room += 1
        self.call_next(None)


POOLS: set[Pool] = set()
"""All that are open in this process."""


def _broken(connection: Lent) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # asyncpg has taken it back
        return True


class _Lending:
    """One connection, lent."""

    __slots__ = ("connection", "generation", "lender")

    def __init__(self, lender: Pool) -> None:
        self.lender = lender

    async def __aenter__(self) -> Lent:
        lender = self.lender
        if lender.away:
            raise DatabaseAway("the database does not answer")
        # What waits for nobody is not timed.
        connection = self.connection = await (lender.take() if lender.idle or lender.room else lender.wait())
        self.generation = lender.generation
        lender.lent.add(connection)
        return connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        lender = self.lender
        lender.lent.discard(self.connection)
        if error is None and self.generation == lender.generation:
            await lender.take_back(self.connection)
        else:
            await lender.give_back(self.connection)
