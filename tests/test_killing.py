"""Nothing that was acknowledged is lost, and nothing doubled or half there, when the service and its database are
killed while signings are posted."""

import os
import signal
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import httpx

from bench.servers import postmaster_pid
from tests.factories import city_party, parties
from tests.server import PATIENCE_S, Server, serving

LONG = os.environ.get("TEST_LONG") == "1"
SIGNINGS = 6_000 if LONG else 120
KILLED = ("database", "service") * 3 if LONG else ("database",)
CALLERS = 6
QUERY = """
mutation ($input: RecordSigningInput!) {
  recordSigning(input: $input) { agreement { id } cursor replayed userErrors { code } }
}
"""


def given(number: int) -> dict[str, Any]:
    """Return a signing between a city that all share and one that few do."""
    named = parties(city_party("Aachen", "DE"), city_party(f"Town {number // 3}", "US"))
    return {"idempotencyKey": f"key-{number}", "kind": "OTHER", "parties": named, "title": f"Signing {number}"}


class Callers:
    """Callers who post signings at once, each until none is left or nobody answers."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.waiting: SimpleQueue[int] = SimpleQueue()
        self.answers: dict[int, dict[str, Any]] = {}

    def post(self, numbers: Iterable[int], *, until: int = SIGNINGS, then: Callable[[], None] | None = None) -> None:
        """Post the signings of these numbers; once so many were answered, do something while others are under way."""
        for number in numbers:
            self.waiting.put(number)
        with ThreadPoolExecutor(CALLERS) as pool:
            posting = [pool.submit(self.call) for _ in range(CALLERS)]
            while then and len(self.answers) < until and not all(caller.done() for caller in posting):
                time.sleep(0.001)
            if then:
                then()
            for caller in posting:
                caller.result()

    def call(self) -> None:
        """Post one signing after the other."""
        headers = {"Authorization": f"Bearer {self.server.key}"}
        with httpx.Client(timeout=PATIENCE_S, headers=headers) as client, suppress(Empty, httpx.TransportError):
            while True:
                number = self.waiting.get_nowait()
                body = {"query": QUERY, "variables": {"input": given(number)}}
                answer = client.post(self.server.url, json=body).json()
                if "errors" in answer:
                    assert answer["errors"][0]["extensions"]["code"] in {"UNAVAILABLE", "UNKNOWN_OUTCOME"}
                    return
                assert answer["data"]["recordSigning"]["userErrors"] == []
                self.answers[number] = answer["data"]["recordSigning"]


def kill(process: int) -> None:
    """End a process as a crash would."""
    os.kill(process, signal.SIGKILL)


def test_what_was_acknowledged_stands_and_nothing_is_doubled_whatever_is_killed(data_dir: Path) -> None:
    known: dict[int, dict[str, Any]] = {}
    everything = range(SIGNINGS)
    for what in KILLED:
        with serving(data_dir, JUMELAGE_LOAD_RELEASES="false") as server:
            callers = Callers(server)
            victim = postmaster_pid(data_dir) if what == "database" else server.process.pid
            rest = [number for number in everything if number not in known]
            callers.post(rest, until=len(rest) // 3, then=partial(kill, victim))
            kill(server.process.pid)
        assert len(callers.answers) < len(rest), "everything was answered before the kill"
        assert not any(answer["replayed"] for number, answer in callers.answers.items() if number in known)
        known |= callers.answers
    with serving(data_dir, JUMELAGE_LOAD_RELEASES="false") as server:
        callers = Callers(server)
        callers.post(everything)
        assert len(callers.answers) == SIGNINGS
        for number, answer in known.items():
            assert callers.answers[number] == {**answer, "replayed": True}
        asked = server.post("{ agreements { totalCount } cities { totalCount } }")["data"]
        assert asked["agreements"]["totalCount"] == SIGNINGS
        assert asked["cities"]["totalCount"] == 1 + SIGNINGS // 3
        assert server.command("verify").startswith(f"{SIGNINGS + 1 + SIGNINGS // 3:,} changes fit, 1 to ")
