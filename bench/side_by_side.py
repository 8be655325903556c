"""One page, asked of Jumelage over HTTP and of the hand-written endpoint, in turn.

Knows what is compared and how often. The answers must be equal, key for key in order, before anything is measured.
"""

import json
import statistics
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.load import Outcome, Request, load, sender
from bench.page import DOCUMENT
from bench.report import save, table
from bench.servers import Server, cpu_s, database_cpu_s, handwritten, jumelage, memory_mb, postmaster_pid


@dataclass(frozen=True)
class Round:
    """One load of one server."""

    outcome: Outcome
    service_s_per_1000: float
    database_s_per_1000: float
    memory_mb: float


def requests_of(ours: Server, other: Server) -> dict[str, Request]:
    """Return what is asked of each."""
    body = json.dumps({"query": DOCUMENT})
    return {ours.name: Request(ours.port, "/graphql", body), other.name: Request(other.port, "/page")}


def answer(request: Request) -> bytes:
    """Return the body of one answer."""
    headers = {"content-type": "application/json"} if request.body else {}
    asked = urllib.request.Request(
        f"http://127.0.0.1:{request.port}{request.path}", request.body.encode() or None, headers
    )
    with urllib.request.urlopen(asked) as response:  # noqa: S310 (an address of this machine)
        body: bytes = response.read()
    return body


def compare(url: str, data_dir: Path, agreements: int, rounds: int, seconds: float, connections: int) -> float:
    """Measure both in turn, print and save the table, and return the ratio of throughputs."""
    postmaster = postmaster_pid(data_dir)
    with jumelage(url) as ours, handwritten(url) as other:
        requests = requests_of(ours, other)
        bodies = {name: answer(request) for name, request in requests.items()}
        parsed = [json.loads(body, object_pairs_hook=list) for body in bodies.values()]
        assert parsed[0] == parsed[1], "the two answers differ"
        measured: dict[str, list[Round]] = {ours.name: [], other.name: []}
        for server in (ours, other):
            load(requests[server.name], connections, 2)
        for _ in range(rounds):
            for server in (ours, other):
                measured[server.name].append(once(server, requests[server.name], postmaster, connections, seconds))
    text, ratio = summary(measured)
    sizes = " and ".join(f"{len(body) / 1000:.1f} kB" for body in bodies.values())
    title = (
        f"One page of 20 agreements, {agreements:,} in the registry; {connections} connections, {rounds} rounds of "
        f"{seconds:g} s each in turn, sent by {sender()}; answers of {sizes}\n\n"
    )
    save("page", title + text, {name: [asdict(one) for one in rounds_] for name, rounds_ in measured.items()})
    return ratio


def once(server: Server, request: Request, postmaster: int, connections: int, seconds: float) -> Round:
    """Load a server once."""
    service, database = cpu_s(server.pid), database_cpu_s(postmaster)
    outcome = load(request, connections, seconds)
    service, database = cpu_s(server.pid) - service, database_cpu_s(postmaster) - database
    thousands = outcome.requests / 1000
    return Round(outcome, service / thousands, database / thousands, memory_mb(server.pid))


def summary(measured: dict[str, list[Round]]) -> tuple[str, float]:
    """Return the table of medians, and the ratio of throughputs, ours to the other's."""
    medians: dict[str, dict[str, float]] = {}
    for name, rounds in measured.items():
        flat: list[dict[str, Any]] = [{**asdict(one.outcome), **asdict(one)} for one in rounds]
        medians[name] = {key: statistics.median(one[key] for one in flat) for key in _SHOWN}
    ours, other = medians.values()
    rows = [
        [label, f"{ours[key]:.{digits}f}", f"{other[key]:.{digits}f}", f"{ours[key] / other[key]:.2f}"]
        for key, (label, digits) in _SHOWN.items()
    ]
    return table(["median", *medians, "ratio"], rows), ours["per_second"] / other["per_second"]


_SHOWN = {
    "per_second": ("requests a second", 0),
    "p50_ms": ("p50, ms", 1),
    "p99_ms": ("p99, ms", 1),
    "service_s_per_1000": ("service, CPU s per 1,000", 3),
    "database_s_per_1000": ("database, CPU s per 1,000", 3),
    "memory_mb": ("service's memory, MB", 0),
}
