"""Many subscribers in a process of their own, which cost little: a few bytes are looked for, and no more.

Knows how a subscription is asked for over either transport, and how a message is told apart from another. The process
says when all subscriptions are sent; then for each line that it reads, a message's number, it waits until every
subscriber has got that message, and prints what came since the last line, and the CPU seconds that it took so far.
"""

import asyncio
import json
import re
import resource
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast

import uvloop

ROOT = Path(__file__).parent.parent
TITLE = "Followed "
QUERY = "subscription { signingRecorded { cursor agreement { id title kind signedOn parties { party { name } } } } }"
TOLD = re.compile(rb'"title":"Followed (\d+)"')
OPENED_AT_ONCE = 50
UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)
PING, PONG, TEXT, LONG = 0x89, 0x8A, 0x81, 126


class Got(NamedTuple):
    """What subscribers got: when each message came to each of them, by its number, and the process's CPU seconds."""

    times: dict[int, list[float]]
    cpu_s: float


def frame(opcode: int, payload: bytes) -> bytes:
    """Write a frame as a client does, masked, here with zeros, which change nothing."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < LONG else bytes((0x80 | LONG,)) + size.to_bytes(2)
    return bytes((opcode,)) + length + bytes(4) + payload


class Subscriber(asyncio.Protocol):
    """One subscriber: it asks, and notes when which message comes. This one is told by Server-Sent Events."""

    def __init__(self, crowd: "Crowd") -> None:
        self.crowd, self.rest, self.transport = crowd, b"", asyncio.Transport()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.crowd.asking)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count those who are cut off."""
        self.crowd.lost += 1

    def data_received(self, data: bytes) -> None:
        """Note the messages in what came."""
        now = time.perf_counter()
        self.rest = self.read(self.rest + data, now)

    def read(self, data: bytes, now: float) -> bytes:
        """Note the messages, and return what is the beginning of another."""
        *events, rest = data.split(b"\n\n")
        for event in events:
            if found := TOLD.search(event):
                self.crowd.note(int(found[1]), now)
        return rest


class Socket(Subscriber):
    """A subscriber over WebSocket, who answers pings."""

    begun = False

    def read(self, data: bytes, now: float) -> bytes:
        """Subscribe once the socket is open; then note the messages."""
        if not self.begun:
            answer, opened, data = data.partition(b"\r\n\r\n")
            if not opened:
                return answer
            self.begun = True
            asked = json.dumps({"id": "1", "type": "subscribe", "payload": {"query": QUERY}})
            self.transport.write(frame(TEXT, b'{"type":"connection_init"}') + frame(TEXT, asked.encode()))
        at = 0
        while len(data) >= at + 4:
            size, head = data[at + 1], 2
            if size == LONG:
                size, head = int.from_bytes(data[at + 2 : at + 4]), 4
            end = at + head + size
            if end > len(data):
                break
            if data[at] == PING:
                self.transport.write(frame(PONG, data[at + head : end]))
            elif found := TOLD.search(data, at, end):
                self.crowd.note(int(found[1]), now)
            at = end
        return data[at:]


class Crowd:
    """All subscribers, and what came to them."""

    def __init__(self, transport: str, count: int) -> None:
        self.kind, self.count = (Socket if transport == "ws" else Subscriber), count
        body = json.dumps({"query": QUERY}).encode()
        head = b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\n"
        head += b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
        self.asking = UPGRADE if transport == "ws" else head + body
        self.times: defaultdict[int, list[float]] = defaultdict(list)
        self.counted: Counter[int] = Counter()
        self.lost = 0
        self.awaited, self.complete = -1, asyncio.Event()

    def note(self, number: int, at: float) -> None:
        """Note that a message came."""
        self.times[number].append(at)
        self.counted[number] += 1
        if number == self.awaited and self.counted[number] == self.count:
            self.complete.set()

    async def open(self, port: int) -> None:
        """Connect all, some at a time."""
        loop = asyncio.get_running_loop()
        for at in range(0, self.count, OPENED_AT_ONCE):
            some = range(min(OPENED_AT_ONCE, self.count - at))
            await asyncio.gather(
                *(loop.create_connection(lambda: self.kind(self), "127.0.0.1", port) for _ in some),
            )

    async def until(self, number: int) -> Got:
        """Wait until all have got a message; return what came since the last time."""
        self.awaited = number
        if self.counted[number] < self.count:
            self.complete.clear()
            await self.complete.wait()
        came, self.times = self.times, defaultdict(list)
        return Got(came, time.process_time())


async def follow(transport: str, port: int, count: int) -> None:
    """Subscribe so many times, and tell what comes for as long as it is asked for."""
    crowd = Crowd(transport, count)
    await crowd.open(port)
    print("sent", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps([*await crowd.until(int(line)), crowd.lost]), flush=True)


class Followers:
    """The process, as whoever measures sees it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def read(self) -> Any:
        assert self.process.stdout
        return self.process.stdout.readline()

    def until(self, number: int) -> Got:
        """Wait until all have got a message; return what came since the last time."""
        assert self.process.stdin
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        times, cpu_s, lost = json.loads(self.read())
        if lost:
            raise RuntimeError(f"{lost} subscribers lost their connections")
        return Got({int(key): came for key, came in times.items()}, cpu_s)


@contextmanager
def followers(transport: str, port: int, count: int) -> Iterator[Followers]:
    """Run so many subscribers until the context ends."""
    allow_files()
    command = [sys.executable, "-m", "bench.followers", transport, str(port), str(count)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        following = Followers(process)
        if following.read() != "sent\n":
            raise RuntimeError("not all could subscribe")
        yield following
    finally:
        process.kill()
        process.communicate()


def allow_files() -> None:
    """Let this process, and those that it starts, have as many connections as the machine allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    uvloop.run(follow(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
