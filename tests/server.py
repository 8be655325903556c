"""A server process of the service's own command line, for tests that go through real sockets."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx

ROOT = Path(__file__).parent.parent
PATIENCE_S = 60


@dataclass
class Server:
    """A running server: its data, and what it printed when it was ready."""

    data_dir: Path
    process: "subprocess.Popen[str]"
    banner: str

    @property
    def url(self) -> str:
        found = re.search(r"http://[^\s\"]+/graphql", self.banner)
        assert found, self.banner
        return found[0]

    @property
    def root(self) -> str:
        return self.url.removesuffix("/graphql")

    @property
    def socket_url(self) -> str:
        return self.url.replace("http:", "ws:")

    @property
    def key(self) -> str:
        found = re.search(r"jml_\w+", self.banner)
        assert found, self.banner
        return found[0]

    def command(self, *arguments: str, **settings: str) -> str:
        """Run a command of the service beside the server, on its data, and return what it prints."""
        command = [sys.executable, "-m", "service", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(self.data_dir) | settings, capture_output=True, text=True, check=True
        )
        return done.stdout

    def ask(self, body: Any, key: str | None = None) -> dict[str, Any]:
        """Post a body as JSON and return the response as JSON."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        answer: dict[str, Any] = httpx.post(self.url, json=body, headers=headers, timeout=PATIENCE_S).json()
        return answer

    def post(self, query: str, variables: dict[str, Any] | None = None, key: str | None = None) -> dict[str, Any]:
        """Post an operation and return the response as JSON."""
        return self.ask({"query": query, "variables": variables or {}}, key)


def environment(data_dir: Path) -> dict[str, str]:
    """Return this process's environment with none of its settings of the service but the data folder."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("JUMELAGE_", "DATABASE_"))}
    return inherited | {"JUMELAGE_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1"}


@contextmanager
def serving(data_dir: Path, log: IO[str] | None = None, /, **settings: str) -> Iterator[Server]:
    """Run `python -m service serve` until the context ends; SIGTERM must end it. The log goes where it is told to."""
    with running(data_dir, log, settings) as process:
        yield Server(data_dir, process, read_banner(process))


@contextmanager
def serving_machines(data_dir: Path, log: Path, **settings: str) -> Iterator[Server]:
    """Run the service with a log of JSON, whose line `ready` takes the place of the banner."""
    with log.open("w") as lines, running(data_dir, lines, {"JUMELAGE_LOG_FORMAT": "json", **settings}) as process:
        yield Server(data_dir, process, read_ready(process, log))


@contextmanager
def running(data_dir: Path, log: IO[str] | None, settings: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Run the process until the context ends; SIGTERM must end it."""
    variables = environment(data_dir) | {"PORT": "0", **settings}
    command = [sys.executable, "-m", "service", "serve"]
    process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
        if process.stdout:
            process.stdout.close()


def read_ready(process: "subprocess.Popen[str]", log: Path) -> str:
    """Return the line of the log that tells that the server is ready; fail if it ends before."""
    while process.poll() is None:
        for line in log.read_text().splitlines():
            if '"event":"ready"' in line:
                return line
        time.sleep(0.02)
    raise AssertionError(f"the server ended with {process.poll()}: {log.read_text()}")


def read_banner(process: "subprocess.Popen[str]") -> str:
    """Return what the server prints until it is ready; fail if it ends before."""
    lines: list[str] = []
    assert process.stdout
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            return "".join(lines)
    raise AssertionError(f"the server ended with {process.wait()} after printing: {''.join(lines)}")
