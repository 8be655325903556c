"""A process that is told to stop leaves its balancers time to notice."""

import signal
from pathlib import Path

import httpx

from tests.server import PATIENCE_S, serving

SETTINGS = {"JUMELAGE_LOAD_RELEASES": "false", "JUMELAGE_DRAIN_MS": "2000"}


def test_a_stopping_process_says_that_it_is_not_ready_and_still_answers(database: str, data_dir: Path) -> None:
    with serving(data_dir, DATABASE_URL=database, **SETTINGS) as server, httpx.Client() as client:
        asking = f"{server.url}?query=%7BfeedCursor%7D"
        assert "connection" not in client.get(asking).headers
        server.process.send_signal(signal.SIGTERM)
        while (probe := client.get(f"{server.root}/health/ready")).status_code == 200:
            pass
        assert probe.status_code == 503
        assert probe.json()["checks"]["serving"] == {"status": "fail", "reason": "the process is stopping"}
        while (answer := client.get(asking)).headers.get("connection") != "close":
            assert answer.status_code == 200
        assert answer.json()["data"]["feedCursor"]
        assert server.process.wait(PATIENCE_S) == 0


def test_a_second_signal_does_not_wait(database: str, data_dir: Path) -> None:
    settings = {**SETTINGS, "DATABASE_URL": database, "JUMELAGE_DRAIN_MS": "600000"}
    with serving(data_dir, **settings) as server:
        server.process.send_signal(signal.SIGTERM)
        while httpx.get(f"{server.root}/health/ready").status_code == 200:
            pass
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE_S) == 0
