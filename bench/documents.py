"""What a document costs that was never seen before: read, validated, planned and prepared, beside one that is known.

Knows how documents are made that differ: by an alias. Sent one after the other over one connection, so that the CPU
time of service and database together is the time that it takes where nobody else is at work.
"""

import http.client
import json
import statistics
import time
from collections.abc import Callable, Mapping
from itertools import count

from bench.contestants import CONTESTANTS
from bench.report import save, table
from bench.servers import cpu_s
from bench.workloads import BY_ID, DEEP, DOCUMENT

TURNS, EACH = 5, 60
ALLOWED_MS = 5.0
_number = count()


def distinct(document: str, field: str) -> str:
    """Return a document that asks the same under an alias of its own."""
    return document.replace(f"{field}\n", f"n{next(_number)}: {field}\n", 1)


QUESTIONS: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "page of 20": (DOCUMENT, "title", {}),
    "one agreement by id": (BY_ID, "title", {"id": "agr_0"}),
    "a city, its partners, their agreements": (DEEP, "name", {"id": "cty_0"}),
}


def measure(url: str, postmaster: int) -> dict[str, dict[str, float]]:
    """Measure, print and save the table, and return the figures in milliseconds."""
    figures: dict[str, dict[str, float]] = {}
    with CONTESTANTS["jumelage"].start(url) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)

        def ask(document: str, variables: Mapping[str, str]) -> float:
            body = json.dumps({"query": document, "variables": variables})
            began = time.perf_counter()
            connection.request("POST", "/graphql", body, {"content-type": "application/json"})
            answer = connection.getresponse().read()
            took = (time.perf_counter() - began) * 1e3
            if b'"errors"' in answer:
                raise RuntimeError(f"answered with errors: {answer[:200]!r}")
            return took

        def spent() -> float:
            return cpu_s(server.pid) + cpu_s(postmaster)

        for name, (document, field, variables) in QUESTIONS.items():
            for _ in range(30):  # a connection prepares the statement once
                ask(document, variables)
            figures[name] = _compare(
                lambda: ask(document, variables),  # noqa: B023 (called before the next question)
                lambda: ask(distinct(document, field), variables),  # noqa: B023 (the same)
                spent,
            )
    rows = [
        [name, *(f"{took[key]:.2f}" for key in ("known", "new", "known_cpu", "new_cpu", "more"))]
        for name, took in figures.items()
    ]
    head = ["ms", "known", "never seen", "known, CPU", "never seen, CPU", "more CPU"]
    save("documents", f"{table(head, rows)}\n\nAllowed: {ALLOWED_MS:g} ms more.", figures)
    return figures


def _compare(known: Callable[[], float], new: Callable[[], float], spent: Callable[[], float]) -> dict[str, float]:
    """Return the medians and the mean CPU time of both, asked in turn."""
    took: dict[str, list[float]] = {"known": [], "new": []}
    cpu = dict.fromkeys(took, 0.0)
    for _ in range(TURNS):
        for name, ask in (("known", known), ("new", new)):
            before = spent()
            took[name] += [ask() for _ in range(EACH)]
            cpu[name] += (spent() - before) * 1e3 / (TURNS * EACH)
    medians = {name: statistics.median(each) for name, each in took.items()}
    return {**medians, "known_cpu": cpu["known"], "new_cpu": cpu["new"], "more": cpu["new"] - cpu["known"]}
