"""Clients that keep a connection and do not go on: each is cut off in time, and costs little meanwhile."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import get_introspection_query

from service.edge_settings import EdgeSettings
from service.http.protocol import BoundedProtocol, protocol_of, sweep_interval_s, without_h2c
from tests.conftest import open_folder
from tests.raw import Raw, request
from tests.server import Server, serving

GOOD = b'{"query": "{ __typename }"}'
DEADLINE_MS = 400
SLACK_S = 5  # a busy machine sweeps late


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that is short of patience, with the releases: answers must be long."""
    names = ("HEAD_TIMEOUT_MS", "BODY_TIMEOUT_MS", "WRITE_TIMEOUT_MS", "IDLE_TIMEOUT_MS")
    settings = {f"JUMELAGE_{name}": str(DEADLINE_MS) for name in names}
    limits = {"JUMELAGE_CONNECTIONS_MAX": "60", "JUMELAGE_SOCKET_INIT_TIMEOUT_MS": str(DEADLINE_MS)}
    with open_folder() as folder, serving(folder / "data", **settings, **limits) as server:
        yield server


def memory_mb(server: Server) -> float:
    """Return the memory that the server holds."""
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) / 1024


def dripping(raw: Raw, data: bytes, every_s: float) -> bool:
    """Send byte by byte until the server closes the connection or everything is sent; tell whether it did."""
    raw.socket.settimeout(every_s)
    for at in range(len(data)):
        try:
            raw.socket.sendall(data[at : at + 1])
            if not raw.socket.recv(65_536):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


WAITING = [
    pytest.param(b"", "", id="nothing"),
    pytest.param(b"POST /graphql HT", "REQUEST_TIMEOUT", id="half a line"),
    pytest.param(request(GOOD)[:-40], "REQUEST_TIMEOUT", id="half of the headers"),
    pytest.param(request(GOOD)[:-5], "REQUEST_TIMEOUT", id="most of the body"),
    pytest.param(request(content_length="", transfer_encoding="chunked"), "REQUEST_TIMEOUT", id="no chunk"),
    pytest.param(request(GOOD) + b"POST", "", id="an answer taken, and half a line"),
]


@pytest.mark.parametrize(("data", "code"), WAITING)
def test_cuts_off_who_does_not_go_on(server: Server, data: bytes, code: str) -> None:
    with Raw(server) as raw:
        raw.send(data)
        if code:
            answer = raw.answer()
            assert answer is not None
            assert (answer.status, answer.code, answer.headers["connection"]) == (408, code, "close")
        assert raw.closed_within(SLACK_S)


@pytest.mark.parametrize("end", [len(request(GOOD)) - len(GOOD) - 2, len(request(GOOD)) - 1])
def test_cuts_off_who_sends_byte_by_byte(server: Server, end: int) -> None:
    data = request(GOOD)
    with Raw(server) as raw:
        raw.send(data[: end - 60])
        began = time.monotonic()
        assert dripping(raw, data[end - 60 : end], DEADLINE_MS / 1000 / 4)
        assert time.monotonic() - began < SLACK_S


def test_lets_a_connection_rest_between_requests_for_so_long(server: Server) -> None:
    with Raw(server) as raw:
        for _ in range(3):
            raw.send(request(GOOD))
            assert (answer := raw.answer()) is not None
            assert answer.status == 200
        assert raw.closed_within(SLACK_S)


def test_answers_requests_that_come_at_once_in_their_order(server: Server) -> None:
    names = [b'{"query": "{ %s: __typename }"}' % name for name in (b"a", b"b", b"c")]
    with Raw(server) as raw:
        raw.send(b"".join(request(name) for name in names))
        answers = [raw.answer() for _ in names]
    assert [answer.body for answer in answers if answer] == [
        b'{"data":{"%s":"Query"}}' % name for name in (b"a", b"b", b"c")
    ]


def test_cuts_off_who_does_not_read(server: Server) -> None:
    long = json.dumps({"query": get_introspection_query()}).encode()
    with Raw(server) as raw:
        raw.send(request(long))
        assert (one := raw.answer()) is not None
        assert len(one.body) > 100_000
        raw.send(request(long) * 100)  # more answers than the kernel's buffers hold
        time.sleep(DEADLINE_MS / 1000 * 4)
        raw.socket.settimeout(SLACK_S)
        got = 0
        while part := raw.receive():
            got += len(part)
    assert got < 100 * len(one.body)
    with Raw(server) as other:
        other.send(request(GOOD))
        assert other.answer() is not None


def test_closes_a_websocket_that_does_not_introduce_itself(server: Server) -> None:
    lines = (
        *(b"GET /graphql HTTP/1.1", b"host: x", b"connection: upgrade", b"upgrade: websocket"),
        *(b"sec-websocket-version: 13", b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=="),
        *(b"sec-websocket-protocol: graphql-transport-ws", b"", b""),
    )
    with Raw(server) as raw:
        raw.send(b"\r\n".join(lines))
        assert b" 101 " in raw.receive()
        farewell = raw.receive()
    assert (farewell[0], int.from_bytes(farewell[2:4], "big")) == (0x88, 4408)


def test_turns_away_a_connection_too_many(server: Server) -> None:
    waiting = [Raw(server) for _ in range(80)]
    try:
        refused = [raw.answer() for raw in waiting[61:]]
        told = {(answer.status, answer.code) for answer in refused if answer}
        assert (503, "UNAVAILABLE") in told
    finally:
        for raw in waiting:
            raw.socket.close()
    time.sleep(DEADLINE_MS / 1000)
    with Raw(server) as raw:
        raw.send(request(GOOD))
        assert (answer := raw.answer()) is not None
        assert answer.status == 200


def test_slow_bodies_cost_little_memory(server: Server) -> None:
    before = memory_mb(server)
    part = request(content_length="250000") + b" " * 200_000
    for _ in range(3):
        waiting = [Raw(server) for _ in range(50)]
        for raw in waiting:
            raw.send(part)
        assert memory_mb(server) - before < 64
        for raw in waiting:
            raw.socket.close()


# ── what the protocol looks at, without sockets ───────────────────────────────────────────────────────────


class Loop:
    """An event loop's clock, and what is to be called."""

    def __init__(self) -> None:
        self.now, self.calls = 100.0, list[tuple[float, Callable[..., None], tuple[Any, ...]]]()

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, call: Callable[..., None], *given: Any) -> None:
        self.calls.append((self.now + delay, call, given))


def waiting(what: str, head_bytes: int = 1) -> tuple[BoundedProtocol, list[str]]:
    """Return a connection that waits, and what is done to it."""
    done: list[str] = []
    made = protocol_of(EdgeSettings(head_timeout_ms=1_000, body_timeout_ms=2_000, write_timeout_ms=3_000))
    connection = made.__new__(made)
    connection.loop = Loop()  # type: ignore[assignment]  # a clock is enough
    connection.transport = SimpleNamespace(abort=lambda: done.append("abort"))  # type: ignore[assignment]  # the same
    connection.head_bytes = head_bytes
    connection.end = lambda *given: done.append(given[1])  # type: ignore[method-assign]  # notes it
    connection.wait_for(what)  # type: ignore[arg-type]  # one of the four
    return connection, done


@pytest.mark.parametrize(("what", "after_s"), [("head", 1), ("body", 2), ("write", 3), ("", None)])
def test_gives_up_after_the_deadline_and_not_before(what: str, after_s: float | None) -> None:
    connection, _ = waiting(what)
    assert not connection.overdue(100 + (after_s or 0))
    assert connection.overdue(100.01 + (after_s or 1_000)) == (after_s is not None)


@pytest.mark.parametrize(
    ("what", "head_bytes", "expected"),
    [("head", 0, "abort"), ("head", 5, "REQUEST_TIMEOUT"), ("body", 5, "REQUEST_TIMEOUT"), ("write", 5, "abort")],
)
def test_says_why_where_that_is_read(what: str, head_bytes: int, expected: str) -> None:
    connection, done = waiting(what, head_bytes)
    connection.give_up()
    assert done == [expected]


def test_looks_several_times_within_the_shortest_deadline() -> None:
    assert sweep_interval_s(EdgeSettings()) == 1
    assert sweep_interval_s(EdgeSettings(body_timeout_ms=500)) == 0.1
    assert sweep_interval_s(EdgeSettings(head_timeout_ms=10)) == 0.02


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"POST / HTTP/1.1\r\nUpgrade: h2c\r\nA: b\r\n\r\n{}", b"POST / HTTP/1.1\r\nA: b\r\n\r\n{}"),
        (b"POST / HTTP/1.1\r\nA: b\r\nupgrade:h2c \r\n\r\n", b"POST / HTTP/1.1\r\nA: b\r\n\r\n"),
        (b"POST / HTTP/1.1\r\nUpgrade: h2c", b"POST / HTTP/1.1"),
        (b"POST / HTTP/1.1\r\nA: h2c\r\n\r\n", b"POST / HTTP/1.1\r\nA: h2c\r\n\r\n"),
        (b"POST / HTTP/1.1\r\n\r\n\r\nUpgrade: h2c\r\n", b"POST / HTTP/1.1\r\n\r\n\r\nUpgrade: h2c\r\n"),
    ],
)
def test_leaves_out_an_offer_of_http_2_and_nothing_else(data: bytes, expected: bytes) -> None:
    assert without_h2c(data) == expected
