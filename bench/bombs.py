"""What a hostile request costs until it is refused, over HTTP, and what others feel of one who sends nothing else.

Knows the documents that the tests refuse, and bodies and variables of the same kind. Each is sent one after the other
over one connection, so that its time is what it takes where nobody else is at work.
"""

import http.client
import json
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from subprocess import DEVNULL

from bench.contestants import post
from bench.load import Outcome, Request, load
from bench.peers import Effort
from bench.report import save, table
from bench.servers import Server, cpu_s, running
from bench.workloads import Workload
from tests.bombs import BODIES, BOMBS

EACH = 40
ALLOWED_MS, ALLOWED_RATIO = 50.0, 2.0
CALLERS = 4
ONE_MORE, BOMBER, FIRST = "beside one more caller", "beside a bomber", "in a bomber's first second"
FIGURES = ("per_second", "p50_ms", "p99_ms")
SERVE = [sys.executable, "-m", "service", "serve"]
JSON = {"content-type": "application/json"}


def measure(url: str, workload: Workload, effort: Effort) -> None:
    """Measure, print and save both tables."""
    settings = {"DATABASE_URL": url, "JUMELAGE_LOG_FORMAT": "json"}
    # What is measured is the refusal, not that somebody asked too often.
    with running(SERVE, {**settings, "JUMELAGE_RATE_PER_S": "0"}, DEVNULL) as server:
        took = {name: refused(server, *bomb) for name, bomb in hostile().items()}
    requests = [post(workload.document, each) for each in workload.variables]
    dearest = [hostile()[name] for name in sorted(took, key=lambda name: -took[name]["cpu_ms"])[:5]]
    with running(SERVE, settings, DEVNULL) as server:
        felt = others(server, requests, [body for body, _ in dearest], effort)
    save("bombs", f"{refusals(took)}\n\n{bystanders(felt, workload)}", {"refused": took, "others": felt})


def hostile() -> Mapping[str, tuple[bytes, str]]:
    """Return the bodies by name, each with the code that it is refused with."""
    documents = {bomb.name: (json.dumps({"query": bomb.write(bomb.size)}).encode(), bomb.code) for bomb in BOMBS}
    return documents | {bomb.name: (bomb.write(), bomb.code) for bomb in BODIES}


def refused(server: Server, body: bytes, code: str) -> dict[str, float]:
    """Send a body again and again. Raises RuntimeError where it is not refused as it should be."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    walls, before = [], cpu_s(server.pid)
    for _ in range(EACH):
        began = time.perf_counter()
        connection.request("POST", "/graphql", body, JSON)
        answer = connection.getresponse().read()
        walls.append((time.perf_counter() - began) * 1e3)
        if json.loads(answer)["errors"][0]["extensions"]["code"] != code:
            raise RuntimeError(f"not refused with {code}: {answer[:200]!r}")
    cpu_ms = (cpu_s(server.pid) - before) * 1e3 / EACH
    return {"bytes": len(body), "median_ms": statistics.median(walls), "max_ms": max(walls), "cpu_ms": cpu_ms}


def refusals(took: Mapping[str, Mapping[str, float]]) -> str:
    """Return the table of what refusing costs, the dearest first."""
    ranked = sorted(took.items(), key=lambda one: -one[1]["cpu_ms"])
    rows = [
        [name, f"{t['bytes']:,.0f}", *(f"{t[key]:.1f}" for key in ("cpu_ms", "median_ms", "max_ms"))]
        for name, t in ranked
    ]
    usual = statistics.median(each["cpu_ms"] for each in took.values())
    over = [name for name, each in ranked if each["median_ms"] > ALLOWED_MS]
    told = f"{len(took)} kinds, each sent {EACH} times. Median of their CPU times: {usual:.1f} ms. "
    told += f"Allowed: {ALLOWED_MS:g} ms; above it: {', '.join(over) or 'none'}."
    return f"{told}\n\n{table(['refused', 'bytes', 'CPU, ms', 'median, ms', 'longest, ms'], rows)}"


def others(
    server: Server, requests: Sequence[Request], bodies: Sequence[bytes], effort: Effort
) -> dict[str, list[Outcome]]:
    """Return what callers get beside one more of their kind and beside a bomber, in turn; and in its first second.

    Whoever was not refused before may be for a while, so that its first second is not like the others.
    """
    felt: dict[str, list[Outcome]] = {ONE_MORE: [], BOMBER: []}
    load(server.port, requests, CALLERS, effort.seconds)
    with bombing(server.port, bodies):
        first = load(server.port, requests, CALLERS, 1)
    for _ in range(effort.rounds):
        for name, sent in ((ONE_MORE, [requests[0].body.encode()]), (BOMBER, bodies)):
            with bombing(server.port, sent):
                felt[name].append(load(server.port, requests, CALLERS, effort.seconds))
    return felt | {FIRST: [first]}


@contextmanager
def bombing(port: int, bodies: Sequence[bytes]) -> Iterator[None]:
    """Send bodies in turn, as fast as they are answered, for as long as the context lasts."""
    done = threading.Event()

    def bomb() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while not done.is_set():
            for body in bodies:
                connection.request("POST", "/graphql", body, JSON)
                connection.getresponse().read()

    bomber = threading.Thread(target=bomb)
    bomber.start()
    try:
        yield
    finally:
        done.set()
        bomber.join()


def bystanders(felt: Mapping[str, Sequence[Outcome]], workload: Workload) -> str:
    """Return the table of what others feel."""
    rows = [
        [name, *(f"{statistics.median(getattr(each, figure) for each in outcomes):,.1f}" for figure in FIGURES)]
        for name, outcomes in felt.items()
    ]
    pairs = zip(felt[ONE_MORE], felt[BOMBER], strict=True)
    ratio = statistics.median(beside.p99_ms / usual.p99_ms for usual, beside in pairs)
    told = f"{CALLERS} callers, {workload.title}; the bomber sends the five dearest in turn over one connection.\n"
    told += f"Ratio of their p99, side by side: {ratio:.2f}; allowed: {ALLOWED_RATIO:g}."
    return f"{told}\n\n{table(['medians', 'requests/s', 'p50, ms', 'p99, ms'], rows)}"
