"""Processes that share a socket share what comes to it."""

import asyncio
import errno
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from service import accepting
from service.accepting import Acceptor
from tests.waiting import until

CONNECTIONS = 12


class Counting(asyncio.Protocol):
    """Counts the connections that came to one acceptor."""

    def __init__(self, made: list[asyncio.BaseTransport]) -> None:
        self.made = made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.made.append(transport)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket that is bound and listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def connect(listener: socket.socket, many: int) -> list[socket.socket]:
    """Connect so many times, with nobody taking the connections meanwhile."""
    return [socket.create_connection(listener.getsockname()) for _ in range(many)]


def end(made: list[asyncio.BaseTransport], clients: list[socket.socket]) -> None:
    """Close both ends of connections."""
    for transport in made:
        transport.close()
    for client in clients:
        client.close()


async def test_connections_that_come_at_once_are_shared(listener: socket.socket) -> None:
    one: list[asyncio.BaseTransport] = []
    other: list[asyncio.BaseTransport] = []
    clients = connect(listener, CONNECTIONS)
    acceptors = [Acceptor(listener, lambda: Counting(one)), Acceptor(listener.dup(), lambda: Counting(other))]
    await until(lambda: len(one) + len(other) == CONNECTIONS)
    assert len(one) == len(other)
    for acceptor in acceptors:
        acceptor.close()
        await acceptor.wait_closed()
    end([*one, *other], clients)


async def test_what_comes_after_the_end_is_left_to_others(listener: socket.socket) -> None:
    made: list[asyncio.BaseTransport] = []
    acceptor = Acceptor(listener, lambda: Counting(made))
    acceptor.close()
    await acceptor.wait_closed()
    (client,) = connect(listener, 1)
    await asyncio.sleep(0.05)
    assert made == []
    taken, _ = listener.accept()
    taken.close()
    client.close()


async def test_a_process_without_files_to_open_pauses_and_goes_on(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "PAUSE_S", 0.05)
    made: list[asyncio.BaseTransport] = []
    failures = 0

    class Exhausted:
        """The listener of a process that may open no file at first."""

        def __getattr__(self, name: str) -> Any:
            return getattr(listener, name)

        def accept(self) -> Any:
            nonlocal failures
            if failures < 2:
                failures += 1
                raise OSError(errno.EMFILE, "Too many open files")
            return listener.accept()

    acceptor = Acceptor(Exhausted(), lambda: Counting(made))  # type: ignore[arg-type]  # as a socket is used
    (client,) = connect(listener, 1)
    await until(lambda: made)
    assert failures == 2
    acceptor.close()
    end(made, [client])
