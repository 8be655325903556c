"""What following costs: how soon subscribers are told, what an idle one holds, and how soon one write has reached all.

Knows what is measured: the service as it is shipped, on a copy of the registry, with subscribers of one question in a
process of their own, over WebSocket and over Server-Sent Events. The machine is shared by all of them, so what the
subscribers' process took is told as well.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

from bench.contestants import CONTESTANTS
from bench.followers import TITLE, Followers, followers
from bench.peers import Effort
from bench.registry import writer_key
from bench.report import save, table
from bench.servers import Server, cpu_s, memory_mb
from bench.signings import signings

TRANSPORTS = {"ws": "WebSocket", "sse": "Server-Sent Events"}
LIVE, WRITES_PER_S, WRITERS = 100, 50, 4
CROWDS = (1_000, 5_000)
WARM, WARM_FOLLOWERS, IDLE_S, PATIENCE_S = 30, 50, 20.0, 300.0
RECORD = "mutation ($input: RecordSigningInput!) { recordSigning(input: $input) { replayed userErrors { message } } }"
SUBSCRIBERS = "jumelage_feed_subscribers "
STATEMENTS = 'jumelage_statement_duration_seconds_count{purpose="feed"} '


@dataclass(frozen=True)
class Written:
    """A signing that was recorded: when it was sent, and when that was answered."""

    sent: float
    answered: float


class Writer:
    """Records signings, one after another or so many a second, each with a title that bears its number."""

    def __init__(self, port: int, key: str, inputs: Iterator[dict[str, Any]]) -> None:
        """Take what to record."""
        self.port, self.key, self.inputs, self.number = port, key, inputs, 0
        self.written: dict[int, Written] = {}

    def write(self, count: int, per_s: float = 1e6) -> int:
        """Record so many, so many a second at most; return the number of the last."""
        asyncio.run(self.record(count, per_s))
        return self.number

    async def record(self, count: int, per_s: float) -> None:
        """Have them recorded over a few connections, in turn, each at its time however long the others take."""
        due: asyncio.Queue[int] = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            for _ in range(min(WRITERS, count)):
                group.create_task(self.connection(due))
            began = time.perf_counter()
            for at in range(count):
                await asyncio.sleep(max(began + at / per_s - time.perf_counter(), 0))
                self.number += 1
                due.put_nowait(self.number)
            for _ in range(min(WRITERS, count)):
                due.put_nowait(0)

    async def connection(self, due: "asyncio.Queue[int]") -> None:
        """Record what is due over one connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while number := await due.get():
            request = self.request(number)
            sent = time.perf_counter()
            writer.write(request)
            headers = (await reader.readuntil(b"\r\n\r\n")).lower()
            answer = await reader.readexactly(int(headers.partition(b"content-length:")[2].split(b"\r\n")[0]))
            self.written[number] = Written(sent, time.perf_counter())
            if b'"userErrors":[]' not in answer:
                raise RuntimeError(f"answered: {answer[:500].decode()}")
        writer.close()

    def request(self, number: int) -> bytes:
        """Write the request that records a signing."""
        given = {**next(self.inputs), "title": f"{TITLE}{number}"}
        body = json.dumps({"query": RECORD, "variables": {"input": given}}).encode()
        head = "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        head += f"authorization: Bearer {self.key}\r\ncontent-length: {len(body)}\r\n\r\n"
        return head.encode() + body


def measure(url: str, effort: Effort) -> None:
    """Measure, print and save the tables."""
    key, inputs = writer_key(url), signings(1_000_000, 1_000)
    live, crowds = [], []
    for transport in TRANSPORTS:
        with CONTESTANTS["jumelage"].start(url) as server:
            live.append(told_live(server, Writer(server.port, key, inputs), transport, effort.seconds))
        for count in CROWDS:
            with CONTESTANTS["jumelage"].start(url) as server:
                crowds.append(told_all(server, Writer(server.port, key, inputs), transport, count, effort.rounds))
    first = table([f"{LIVE} subscribers, {WRITES_PER_S} writes a second, {effort.seconds:g} s", *LIVE_HEAD], live)
    second = table([f"equal subscribers and a write, {effort.rounds} times", *CROWD_HEAD], crowds)
    save("following", f"{first}\n\n{second}", {"live": live, "crowds": crowds})


LIVE_HEAD = (
    *("p50, ms", "p99, ms", "p99 from the request, ms", "answer to the write, p99, ms"),
    *("service, CPU", "subscribers, CPU"),
)
CROWD_HEAD = (
    *("memory each, KiB", "to begin each, service, CPU ms"),
    *("all told after, ms", "at most, ms", "statements a write"),
    *("service, CPU ms a write", "subscribers, CPU ms a write"),
)


def told_live(server: Server, writer: Writer, transport: str, seconds: float) -> list[str]:
    """Return how soon subscribers are told while many signings are recorded."""
    with followers(transport, server.port, LIVE) as following:
        wait_until_followed(server, LIVE)
        before_s, client_s = warm(server, writer, following)
        last = writer.write(round(WRITES_PER_S * seconds), WRITES_PER_S)
        got = following.until(last)
        service_s = cpu_s(server.pid) - before_s
    after = [at - writer.written[number].answered for number, times in got.times.items() for at in times]
    sent = [at - writer.written[number].sent for number, times in got.times.items() for at in times]
    if len(after) != LIVE * len(got.times):
        raise RuntimeError("not every subscriber was told everything once")
    answers = [writer.written[number].answered - writer.written[number].sent for number in got.times]
    figures = (quantile(after, 0.5), quantile(after, 0.99), quantile(sent, 0.99), quantile(answers, 0.99))
    shares = (service_s / seconds, (got.cpu_s - client_s) / seconds)
    return [TRANSPORTS[transport], *(f"{each * 1e3:.1f}" for each in figures), *(f"{each:.0%}" for each in shares)]


def told_all(server: Server, writer: Writer, transport: str, count: int, rounds: int) -> list[str]:
    """Return what subscribers hold while they are idle, and how soon one write has reached them all."""
    with followers(transport, server.port, WARM_FOLLOWERS) as some:
        wait_until_followed(server, WARM_FOLLOWERS)
        warm(server, writer, some)
    wait_until_followed(server, 0)
    without_mb, idle_s = memory_mb(server.pid), cpu_s(server.pid)
    took, service_s, client_s, statements = [], [], [], []
    with followers(transport, server.port, count) as following:
        wait_until_followed(server, count)
        begun_ms = (cpu_s(server.pid) - idle_s) * 1e3 / count
        time.sleep(IDLE_S)  # a ping and a checkpoint later
        each_kb = (memory_mb(server.pid) - without_mb) * 1024 / count
        _, client_before_s = warm(server, writer, following, 1)
        for _ in range(rounds):
            asked, before_s = metric(server, STATEMENTS), cpu_s(server.pid)
            number = writer.write(1)
            got = following.until(number)
            took.append(max(got.times[number]) - writer.written[number].sent)
            service_s.append(cpu_s(server.pid) - before_s)
            client_s.append(got.cpu_s - client_before_s)
            client_before_s = got.cpu_s
            statements.append(metric(server, STATEMENTS) - asked)
    name = f"{count:,} over {TRANSPORTS[transport]}"
    figures = (each_kb, statistics.median(took) * 1e3, max(took) * 1e3, max(statements))
    costs = (statistics.median(service_s) * 1e3, statistics.median(client_s) * 1e3)
    return [name, f"{figures[0]:.1f}", f"{begun_ms:.2f}", *(f"{each:.0f}" for each in (*figures[1:], *costs))]


def warm(server: Server, writer: Writer, following: Followers, writes: int = WARM) -> tuple[float, float]:
    """Let everything be done some times; return the CPU seconds of the service and of the subscribers after it."""
    got = following.until(writer.write(writes))
    return cpu_s(server.pid), got.cpu_s


def wait_until_followed(server: Server, count: int) -> None:
    """Wait until so many subscriptions are followed live."""
    deadline = time.monotonic() + PATIENCE_S
    while metric(server, SUBSCRIBERS) != count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{metric(server, SUBSCRIBERS):.0f} subscriptions of {count} are followed")
        time.sleep(0.2)


def metric(server: Server, name: str) -> float:
    """Return a metric of the service; what it keeps together for a tenth of a second is in it."""
    time.sleep(0.2)
    with urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=PATIENCE_S) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


def quantile(figures: Sequence[float], share: float) -> float:
    """Return the figure below which so many lie."""
    return sorted(figures)[min(int(len(figures) * share), len(figures) - 1)]
