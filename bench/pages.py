"""What a row costs in pages of different sizes: it falls, or stays level, as pages grow.

Knows sizes, and how they are timed: over HTTP, one request after the other, in turn.
"""

import http.client
import json
import statistics
import time

from bench.contestants import CONTESTANTS
from bench.report import save, table
from bench.workloads import PAGE

SIZES = (1, 5, 10, 20, 50, 100)
RUNS = 200


def measure(url: str) -> dict[int, float]:
    """Measure, print and save the table, and return the medians in milliseconds by size."""
    took: dict[int, list[float]] = {size: [] for size in SIZES}
    with CONTESTANTS["jumelage"].start(url) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        for run in range(RUNS + 30):  # the first ones warm up
            for size in SIZES:
                body = json.dumps({"query": PAGE, "variables": {"first": size}})
                began = time.perf_counter()
                connection.request("POST", "/graphql", body, {"content-type": "application/json"})
                connection.getresponse().read()
                if run >= 30:
                    took[size].append((time.perf_counter() - began) * 1e3)
    medians = {size: statistics.median(each) for size, each in took.items()}
    rows = [[str(size), f"{median:.2f}", f"{median / size * 1e3:.0f}"] for size, median in medians.items()]
    save("pages", table(["rows", "median, ms", "microseconds a row"], rows), medians)
    return medians
