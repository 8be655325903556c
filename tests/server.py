"""A server process of the service's own command line, for tests that go through real sockets."""

import os
import re
import signal
import subprocess
import sys
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
        found = re.search(r"http://\S+/graphql", self.banner)
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

    def command(self, *arguments: str) -> str:
        """Run a command of the service beside the server, on its data, and return what it prints."""
        command = [sys.executable, "-m", "service", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(self.data_dir), capture_output=True, text=True, check=True
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
    variables = environment(data_dir) | {"PORT": "0", **settings}
    command = [sys.executable, "-m", "service", "serve"]
    process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        yield Server(data_dir, process, read_banner(process))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
        if process.stdout:
            process.stdout.close()


def read_banner(process: "subprocess.Popen[str]") -> str:
    """Return what the server prints until it is ready; fail if it ends before."""
    lines: list[str] = []
    assert process.stdout
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            return "".join(lines)
    raise AssertionError(f"the server ended with {process.wait()} after printing: {''.join(lines)}")
