"""Replicas of the service behind HAProxy, which asks each whether it is ready.

Knows nothing of what they are asked.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from trials.programs import ROOT, free_port, stop

PATIENCE_S = 120
# Requests that never reached a replica are sent to another; what was sent is never repeated.
HAPROXY = """
global
    maxconn 2000
defaults
    mode http
    balance leastconn
    option redispatch
    retries 3
    retry-on conn-failure
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    timeout tunnel 1h
frontend service
    bind 127.0.0.1:{port}
    default_backend replicas
backend replicas
    option httpchk GET /health/ready
    default-server check inter 500ms fall 2 rise 1
{servers}
"""


class Fleet:
    """The replicas by their ports, and the balancer before them."""

    def __init__(self, folder: Path, variables: Mapping[str, str], count: int) -> None:
        """Take a folder for logs, what is set, and how many replicas there are."""
        self.folder, self.variables = folder, variables
        self.ports = [free_port() for _ in range(count)]
        self.port = free_port()
        self.replicas: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def address(self) -> str:
        """Return where requests go."""
        return f"127.0.0.1:{self.port}"

    def command(self, *arguments: str) -> str:
        """Run a command of the service to its end, and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "service", *arguments],
            cwd=ROOT,
            env=os.environ | self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            stop(f"FAILED  {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def start(self, port: int) -> None:
        """Start a replica."""
        with (self.folder / f"replica-{port}.log").open("ab") as log:
            self.replicas[port] = subprocess.Popen(
                [sys.executable, "-m", "service", "serve"],
                cwd=ROOT,
                env=os.environ | self.variables | {"PORT": str(port)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def lose(self, port: int) -> None:
        """Kill a replica."""
        self.replicas[port].kill()
        self.replicas[port].wait()

    @contextmanager
    def running(self) -> Iterator["Fleet"]:
        """Run the fleet for as long as the context lasts."""
        servers = "\n".join(f"    server replica-{port} 127.0.0.1:{port}" for port in self.ports)
        configuration = self.folder / "haproxy.cfg"
        configuration.write_text(HAPROXY.format(port=self.port, servers=servers))
        with (self.folder / "haproxy.log").open("ab") as log:
            balancer = subprocess.Popen(["haproxy", "-db", "-f", str(configuration)], stdout=log, stderr=log)
        try:
            for port in self.ports:
                self.start(port)
            for port in self.ports:
                self.ready(port)
            self.ready(self.port)
            yield self
        finally:
            for process in (*self.replicas.values(), balancer):
                process.send_signal(signal.SIGKILL)
                process.wait()

    def ready(self, port: int) -> None:
        """Wait until a replica is ready, or some replica behind the balancer."""
        for _ in range(PATIENCE_S * 5):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
                return
            time.sleep(0.2)
        stop(f"FAILED  port {port} is not ready; see {self.folder}")
