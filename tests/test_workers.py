"""Several processes on one port: one that ends or hangs is replaced, and none of it is noticed from outside."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import open_folder
from tests.server import PATIENCE_S, ROOT, Server, environment, serving

SETTINGS = {"JUMELAGE_LOAD_RELEASES": "false", "JUMELAGE_WORKERS": "2", "JUMELAGE_WORKER_TIMEOUT_MS": "2000"}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder for the data and the log of the servers."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def metrics_port() -> int:
    """The first of two ports that were free beside each other a moment ago."""
    for _ in range(50):
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                other.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
        return port
    raise AssertionError("no two ports are free")


@pytest.fixture(scope="module")
def log(folder: Path) -> Path:
    """The log of the server."""
    return folder / "log"


@pytest.fixture(scope="module")
def server(folder: Path, log: Path, metrics_port: int) -> Iterator[Server]:
    """A server of two workers."""
    settings = {**SETTINGS, "JUMELAGE_METRICS_PORT": str(metrics_port)}
    with log.open("w") as lines, serving(folder / "data", lines, **settings) as server:
        yield server


def workers(server: Server) -> dict[int, int]:
    """Return the processes of the workers by their numbers."""
    found = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(server.process.pid)], capture_output=True, text=True, check=False
    )
    lines = re.findall(r"^ *(\d+) .* service worker (\d+) ", found.stdout, re.MULTILINE)
    return {int(number): int(pid) for pid, number in lines}


def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def answers(server: Server, times: int = 20) -> None:
    """Ask over connections of their own; every request must be answered."""
    for _ in range(times):
        assert httpx.get(server.url, params={"query": "{ feedCursor }"}, timeout=PATIENCE_S).status_code == 200


def replaced(server: Server, number: int, before: int) -> Callable[[], bool]:
    """Return whether another process bears the worker's number, and answers."""

    def holds() -> bool:
        return workers(server).get(number, before) != before and len(workers(server)) == 2

    return holds


def test_each_worker_is_a_process_of_its_own(server: Server) -> None:
    assert sorted(workers(server)) == [1, 2]
    answers(server)


def test_each_worker_gives_its_metrics_on_a_port_of_its_own(server: Server, metrics_port: int) -> None:
    assert httpx.get(f"{server.root}/metrics").status_code == 404
    for each in (metrics_port, metrics_port + 1):
        assert "process_resident_memory_bytes" in httpx.get(f"http://127.0.0.1:{each}/metrics").text


def test_the_metrics_of_all_workers_add_up_to_what_was_answered(server: Server, metrics_port: int) -> None:
    answered = r'^jumelage_operation_duration_seconds_count{kind="query",operation="Counted"} (.+)$'
    params = {"query": "query Counted { feedCursor }"}

    def taken() -> list[float]:
        texts = [httpx.get(f"http://127.0.0.1:{each}/metrics").text for each in (metrics_port, metrics_port + 1)]
        return [sum(map(float, re.findall(answered, text, re.MULTILINE))) for text in texts]

    sent = 0
    while not all(taken()):  # until each worker has had its share
        for _ in range(20):
            assert httpx.get(server.url, params=params, timeout=PATIENCE_S).status_code == 200
        sent += 20
        assert sent <= 2_000
    until(lambda: sum(taken()) == sent)


def test_workers_that_cannot_start_end_the_service_with_their_reason(server: Server, metrics_port: int) -> None:
    # The ports of their metrics are taken by the other server's.
    settings = {**SETTINGS, "PORT": "0", "JUMELAGE_LOG_LEVEL": "error", "JUMELAGE_METRICS_PORT": str(metrics_port)}
    done = subprocess.run(
        [sys.executable, "-m", "service", "serve"],
        cwd=ROOT,
        env=environment(server.data_dir) | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert re.search(rf"jumelage: port ({metrics_port}|{metrics_port + 1}) on 127.0.0.1 is taken", done.stderr)
    assert "Traceback" not in done.stderr


def test_a_worker_that_was_killed_is_replaced(server: Server, log: Path) -> None:
    killed = workers(server)[1]
    os.kill(killed, signal.SIGKILL)
    answers(server)
    until(replaced(server, 1, killed))
    assert "a worker ended: replaced number=1 status=-9" in log.read_text()


def test_a_worker_that_hangs_is_replaced_and_says_where_it_stood(server: Server, log: Path) -> None:
    until(lambda: all(httpx.get(f"{server.root}/health/live").status_code == 200 for _ in range(3)))
    hanging = workers(server)[2]
    os.kill(hanging, signal.SIGSTOP)
    answers(server)
    until(lambda: "a worker hangs: replaced number=2" in log.read_text())
    until(replaced(server, 2, hanging))
    assert re.search(r"a worker ended: replaced number=2 status=-6 .* at=\"?runners.py:", log.read_text())


def test_a_hangup_replaces_every_worker_without_a_failed_request(server: Server, log: Path) -> None:
    before = workers(server)
    server.process.send_signal(signal.SIGHUP)
    with httpx.Client(timeout=PATIENCE_S) as client:
        while any(workers(server).get(number, pid) == pid for number, pid in before.items()):
            response = client.get(server.url, params={"query": "{ feedCursor }"}, headers={"connection": "close"})
            assert response.status_code == 200
    assert "replacing every worker" in log.read_text()
    assert "killed" not in log.read_text()


def test_all_stop_together(server: Server) -> None:
    running = workers(server)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(PATIENCE_S) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in running.values())


def test_workers_do_not_outlive_their_supervisor(folder: Path) -> None:
    with serving(folder / "data", **SETTINGS) as server:
        running = workers(server)
        server.process.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in running.values()))
        assert (
            "not running"
            in subprocess.run(
                [sys.executable, "-m", "service", "database-url"],
                cwd=ROOT,
                env=environment(server.data_dir),
                capture_output=True,
                text=True,
                check=True,
            ).stderr
        )
