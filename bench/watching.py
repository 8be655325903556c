"""What counting, timing and logging each request costs: the service beside itself without them, in turn.

Knows which processes are compared. The log goes to a pipe that is read, as a collector of logs reads it.
"""

import asyncio
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.contestants import post
from bench.load import load
from bench.peers import Effort
from bench.report import save, table
from bench.servers import Server, cpu_s, running
from bench.workloads import draw

ALLOWED = 1.03
WARM_S = 2
ASKED = ("page-20", "by-id")
VARIANTS = {
    "unwatched": (["bench.unwatched", "serve"], {}),
    "json": (["service", "serve"], {"JUMELAGE_LOG_FORMAT": "json"}),
    "human": (["service", "serve"], {"JUMELAGE_LOG_FORMAT": "human"}),
}


def measure(url: str, effort: Effort) -> dict[str, dict[str, list[float]]]:
    """Measure, print and save the table, and return the CPU microseconds a request by workload and variant."""
    known = asyncio.run(draw(url))
    took: dict[str, dict[str, list[float]]] = {}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(started(name, url)) for name in VARIANTS}
        for asked in ASKED:
            workload = known[asked]
            requests = [post(workload.document, each) for each in workload.variables]
            for server in servers.values():
                load(server.port, requests, effort.connections, WARM_S)
            took[asked] = {name: [] for name in servers}
            for _ in range(effort.rounds):
                for name, server in servers.items():
                    before = cpu_s(server.pid)
                    sent = load(server.port, requests, effort.connections, effort.seconds).requests
                    took[asked][name].append((cpu_s(server.pid) - before) / sent * 1e6)
    rows = [[asked, *cells(by_name)] for asked, by_name in took.items()]
    head = ["service, CPU us a request", *VARIANTS, *(f"{name} / unwatched" for name in [*VARIANTS][1:])]
    title = f"Medians of {effort.rounds} rounds of {effort.seconds:g} s each in turn; ratios of rounds side by side"
    save("watching", f"{title}\n\n{table(head, rows)}\n\nAllowed: {ALLOWED}.", took)
    return took


def cells(by_name: dict[str, list[float]]) -> Iterator[str]:
    """Return the medians, and those of the ratios of each round."""
    first = by_name["unwatched"]
    yield from (f"{statistics.median(each):.0f}" for each in by_name.values())
    for each in [*by_name.values()][1:]:
        yield f"{statistics.median(one / other for one, other in zip(each, first, strict=True)):.3f}"


@contextmanager
def started(name: str, url: str) -> Iterator[Server]:
    """Run a variant whose log is read by another process."""
    (module, *arguments), settings = VARIANTS[name]
    reader = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert reader.stdin
    common = {"DATABASE_URL": url, "JUMELAGE_LOAD_RELEASES": "false"}
    command = [sys.executable, "-m", module, *arguments]
    try:
        with running(command, {**common, **settings}, log=reader.stdin.fileno()) as server:
            yield server
    finally:
        reader.stdin.close()
        reader.wait()
