"""The contestants side by side: the same questions asked of each in turn, round after round.

Knows what is compared and how often. Answers must be equal before anything is measured: the first ones to each
question, whose cursors alone may differ, because each contestant writes its own.
"""

import json
import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.contestants import CONTESTANTS, Contestant, NotOffered, get
from bench.load import Outcome, Request, ask, etag, load
from bench.machine import described
from bench.report import save, table
from bench.servers import Server, cpu_s, memory_mb
from bench.workloads import Workload

COMPARED = 10
WARMING_S, WARMING_MOST_S = 2.0, 60.0
# What an answer takes, headers and all, that says only that nothing has changed.
UNCHANGED_BYTES = 1_000


@dataclass(frozen=True)
class Effort:
    """How much is measured: rounds of so many seconds over so many connections."""

    rounds: int
    seconds: float
    connections: int


@dataclass(frozen=True)
class Round:
    """One load of one contestant."""

    outcome: Outcome
    service_s_per_1000: float
    database_s_per_1000: float
    memory_mb: float


@dataclass
class Asked:
    """What one contestant is asked for a workload, and what came of it."""

    contestant: Contestant
    server: Server
    requests: list[Request]
    headers: Mapping[str, str] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)

    @property
    def medians(self) -> dict[str, float]:
        """Return the median of each figure over the rounds."""
        flat: list[dict[str, Any]] = [{**asdict(one.outcome), **asdict(one)} for one in self.rounds]
        return {key: statistics.median(one[key] for one in flat) for key in SHOWN}


SHOWN = {
    "per_second": ("requests/s", 0),
    "p50_ms": ("p50, ms", 1),
    "p99_ms": ("p99, ms", 1),
    "service_s_per_1000": ("service, CPU s per 1,000", 3),
    "database_s_per_1000": ("database, CPU s per 1,000", 3),
    "memory_mb": ("memory, MiB", 0),
}


def compare(
    url: str, postmaster: int, workloads: Sequence[Workload], contestants: Sequence[str], effort: Effort
) -> Mapping[str, Mapping[str, dict[str, float]]]:
    """Measure, print and save a table a workload and one of ratios; return the medians by workload and contestant."""
    results: dict[str, dict[str, dict[str, float]]] = {}
    how = f"{effort.connections} connections, {effort.rounds} rounds of {effort.seconds:g} s in turn."
    texts = [described(url), how]
    with ExitStack() as stack:
        servers = {name: stack.enter_context(CONTESTANTS[name].start(url)) for name in contestants}
        for workload in workloads:
            asked = [each for name in contestants if (each := _asked(CONTESTANTS[name], servers[name], workload))]
            if not asked or asked[0].contestant.name != contestants[0]:
                texts.append(f"\n**{workload.title}**: {CONTESTANTS[contestants[0]].title} does not offer it")
                print(texts[-1], flush=True)
                continue
            size = check_equal(workload, asked)
            measure(asked, postmaster, effort)
            results[workload.name] = {each.contestant.name: each.medians for each in asked}
            texts.append(f"\n**{workload.title}**, answers of {size / 1000:.1f} kB\n\n{detail(asked)}")
            print(texts[-1], flush=True)
    texts.append("\n" + summary(workloads, results))
    save("peers", "\n".join(texts), results)
    return results


def _asked(contestant: Contestant, server: Server, workload: Workload) -> Asked | None:
    try:
        requests = [contestant.ask(workload, variables) for variables in workload.variables]
    except NotOffered:
        return None
    if not (workload.unchanged and contestant.revalidates):
        return Asked(contestant, server, requests)
    asked = get(requests[0])
    tag = etag(server.port, asked)
    return Asked(contestant, server, [asked], {"if-none-match": tag}) if tag else None


def check_equal(workload: Workload, asked: Sequence[Asked]) -> float:
    """Return the mean size of the first contestant's answers, once all have given the same ones."""
    sizes = []
    for at in range(min(COMPARED, len(workload.variables))):
        bodies = [ask(each.server.port, each.requests[at]) for each in asked]
        sizes.append(len(bodies[0]))
        answers = [
            without_cursors(each.contestant.read(json.loads(body))) for each, body in zip(asked, bodies, strict=True)
        ]
        for each, answer in zip(asked, answers, strict=True):
            if answer != answers[0]:
                raise RuntimeError(f"{each.contestant.title} answers {workload.name} otherwise: {each.requests[at]}")
        if "errors" in answers[0]:
            raise RuntimeError(f"{workload.name} is answered with errors: {answers[0]}")
    return statistics.mean(sizes)


def without_cursors(answer: Any) -> Any:
    """Return an answer in which a cursor says only whether there is one."""
    if isinstance(answer, list):
        return [without_cursors(each) for each in answer]
    if isinstance(answer, dict):
        return {
            key: value is not None if key == "endCursor" else without_cursors(value) for key, value in answer.items()
        }
    return answer


def measure(asked: Sequence[Asked], postmaster: int, effort: Effort) -> None:
    """Load each in turn, round after round, once each has been warmed."""
    turns = [(each, warmed(each, effort)) for each in asked]
    for _ in range(effort.rounds):
        for each, seconds in turns:
            service, database = cpu_s(each.server.pid), cpu_s(postmaster)
            outcome = load(each.server.port, each.requests, effort.connections, seconds, each.headers)
            service, database = cpu_s(each.server.pid) - service, cpu_s(postmaster) - database
            if each.headers and outcome.bytes > outcome.requests * UNCHANGED_BYTES:
                raise RuntimeError(f"{each.contestant.title} sent again what has not changed")
            thousands = max(outcome.requests, 1) / 1000
            each.rounds.append(Round(outcome, service / thousands, database / thousands, memory_mb(each.server.pid)))


def warmed(asked: Asked, effort: Effort) -> float:
    """Warm a contestant until each connection was answered, and return how long to load it.

    As long as the others; one that is slower than that, until each connection was answered twice.
    """
    seconds = WARMING_S
    while True:
        outcome = load(asked.server.port, asked.requests, effort.connections, seconds, asked.headers)
        if outcome.requests >= effort.connections:
            return max(effort.seconds, 2 * effort.connections / outcome.per_second)
        if seconds > WARMING_MOST_S:
            raise RuntimeError(f"{asked.contestant.title} answered {outcome.requests} requests in {seconds:g} s")
        seconds *= 2


def detail(asked: Sequence[Asked]) -> str:
    """Return a workload's table: a row a contestant, and how many times as fast the first is."""
    first = asked[0].medians
    rows = [
        [
            each.contestant.title,
            *(f"{each.medians[key]:,.{digits}f}" for key, (_, digits) in SHOWN.items()),
            f"{first['per_second'] / each.medians['per_second']:.2f}",
        ]
        for each in asked
    ]
    return table(["median", *(label for label, _ in SHOWN.values()), "ratio"], rows)


def summary(workloads: Sequence[Workload], results: Mapping[str, Mapping[str, dict[str, float]]]) -> str:
    """Return the tables of throughputs, with how many times the others' the first contestant's is, and of p99."""
    names = list(dict.fromkeys(name for medians in results.values() for name in medians))
    titles = [CONTESTANTS[name].title for name in names]
    throughputs, slowest = [], []
    for workload in workloads:
        medians = results.get(workload.name, {})
        ours = medians[names[0]]["per_second"] if medians else 0
        cells = [_compared(ours, medians[name]["per_second"]) if name in medians else "-" for name in names]
        throughputs.append([workload.title, *cells])
        p99 = [f"{medians[name]['p99_ms']:,.0f}" if name in medians else "-" for name in names]
        slowest.append([workload.title, *p99])
    return f"{table(['requests/s (ratio)', *titles], throughputs)}\n\n{table(['p99, ms', *titles], slowest)}"


def _compared(ours: float, theirs: float) -> str:
    return f"{theirs:,.0f}" if theirs is ours else f"{theirs:,.0f} ({ours / theirs:.2f})"
