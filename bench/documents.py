"""What a document costs that was never seen before: read, validated, planned and prepared, beside one that is known.

Knows how documents are made that differ: by an alias. Sent one after the other over one connection.
"""

import http.client
import json
import statistics
import time
from itertools import count

from bench.contestants import CONTESTANTS
from bench.report import save, table
from bench.workloads import BY_ID, DEEP, DOCUMENT

RUNS = 200
ALLOWED_MS = 5.0
_number = count()


def distinct(document: str, field: str) -> str:
    """Return a document that asks the same under an alias of its own."""
    return document.replace(f"{field}\n", f"n{next(_number)}: {field}\n", 1)


QUESTIONS = {
    "page of 20": (DOCUMENT, "title", {}),
    "one agreement by id": (BY_ID, "title", {"id": "agr_0"}),
    "a city, its partners, their agreements": (DEEP, "name", {"id": "cty_0"}),
}


def measure(url: str) -> dict[str, dict[str, float]]:
    """Measure, print and save the table, and return the medians in milliseconds."""
    figures: dict[str, dict[str, float]] = {}
    with CONTESTANTS["jumelage"].start(url) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)

        def ask(document: str, variables: dict[str, str]) -> float:
            body = json.dumps({"query": document, "variables": variables})
            began = time.perf_counter()
            connection.request("POST", "/graphql", body, {"content-type": "application/json"})
            answer = connection.getresponse().read()
            took = (time.perf_counter() - began) * 1e3
            if b'"errors"' in answer:
                raise RuntimeError(f"answered with errors: {answer[:200]!r}")
            return took

        for name, (document, field, variables) in QUESTIONS.items():
            for _ in range(30):  # each of the pool's connections prepares the statement once
                ask(document, variables)
            known, new = [], []
            for _ in range(RUNS):
                known.append(ask(document, variables))
                new.append(ask(distinct(document, field), variables))
            figures[name] = {"known": statistics.median(known), "new": statistics.median(new)}
    rows = [
        [name, f"{took['known']:.2f}", f"{took['new']:.2f}", f"{took['new'] - took['known']:.2f}"]
        for name, took in figures.items()
    ]
    text = table(["median, ms", "known", "never seen", "more"], rows)
    save("documents", f"{text}\n\nAllowed: {ALLOWED_MS:g} ms more.", figures)
    return figures
