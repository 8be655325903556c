"""A real cluster: two PostgreSQL servers under Patroni, one standing by for the other, and etcd to agree by.

Knows how servers are run and how they are made to fail. Knows nothing of what is stored there.
"""

import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from trials.programs import as_unprivileged, free_port, own, stop

BINARIES = Path("/usr/lib/postgresql/15/bin")
# How long a leader may be silent before another takes over: the least that Patroni allows.
TTL_S = 20
PATIENCE_S = 120


@dataclass
class Node:
    """A machine of the cluster: Patroni, and the PostgreSQL that it looks after."""

    name: str
    folder: Path
    port: int = field(default_factory=free_port)
    api: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start Patroni, which starts PostgreSQL."""
        self.process = spawn(self.folder / "patroni.log", "patroni", self.folder / "patroni.yml")

    def processes(self) -> list[int]:
        """Return all processes of the machine, Patroni's first."""
        postmaster = self.postmaster()
        patroni = [self.process.pid] if self.process and self.process.poll() is None else []
        return [*patroni, *([postmaster, *children(postmaster)] if postmaster else [])]

    def postmaster(self) -> int | None:
        """Return the number of PostgreSQL's first process, if it runs; another's that bears it now is left alone."""
        data = self.folder / "data"
        with suppress(OSError, ValueError, IndexError):
            pid = int((data / "postmaster.pid").read_text().split()[0])
            return pid if Path(f"/proc/{pid}/cwd").samefile(data) else None
        return None

    def crash(self) -> None:
        """Kill PostgreSQL, and leave Patroni to notice."""
        send(signal.SIGKILL, self.processes()[1:])

    def lose_power(self) -> None:
        """Kill everything at once."""
        send(signal.SIGKILL, self.processes())
        if self.process:
            self.process.wait()

    def freeze(self) -> None:
        """Stop everything where it stands, with every connection open."""
        send(signal.SIGSTOP, self.processes())

    def thaw(self) -> None:
        """Let everything go on, as if no time had passed."""
        send(signal.SIGCONT, self.processes())

    def end(self) -> None:
        """Stop in order, so that no shared memory stays behind; kill what does not."""
        self.thaw()
        if self.process:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE_S / 4)
        self.lose_power()


class Cluster:
    """The nodes, and what they say of themselves."""

    def __init__(self, folder: Path) -> None:
        """Take a folder for everything; see running()."""
        self.folder, self.password = folder, secrets.token_hex(16)
        self.etcd, self.peer = free_port(), free_port()
        self.nodes = [Node(name, own(folder / name)) for name in ("one", "two")]

    def url(self, database: str, user: str = "postgres") -> str:
        """Return the address that names every server."""
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        return f"postgresql://{user}:{self.password}@{hosts}/{database}?target_session_attrs=read-write"

    def configure(self, node: Node) -> None:
        """Write a node's configuration."""
        accounts = {name: {"username": name, "password": self.password} for name in ("replicator", "rewinder")}
        superuser = {"username": "postgres", "password": self.password}
        (node.folder / "patroni.yml").write_text(
            yaml.safe_dump(
                {
                    "scope": "jumelage",
                    "name": node.name,
                    "restapi": dict.fromkeys(("listen", "connect_address"), f"127.0.0.1:{node.api}"),
                    "etcd": {"host": f"127.0.0.1:{self.etcd}"},
                    "bootstrap": {
                        "dcs": {
                            "ttl": TTL_S,
                            "loop_wait": 2,
                            "retry_timeout": 3,
                            "primary_start_timeout": 0,
                            "synchronous_mode": True,
                            "postgresql": {"use_pg_rewind": True, "parameters": {"max_connections": 200}},
                        },
                        "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums"],
                    },
                    "postgresql": {
                        **dict.fromkeys(("listen", "connect_address"), f"127.0.0.1:{node.port}"),
                        "data_dir": str(node.folder / "data"),
                        "bin_dir": str(BINARIES),
                        "pgpass": str(node.folder / "pgpass"),
                        "pg_hba": [f"host {name} all 127.0.0.1/32 scram-sha-256" for name in ("all", "replication")],
                        "authentication": {
                            "superuser": superuser,
                            "replication": accounts["replicator"],
                            "rewind": accounts["rewinder"],
                        },
                        "parameters": {"unix_socket_directories": str(node.folder)},
                    },
                }
            )
        )

    @contextmanager
    def running(self) -> Iterator["Cluster"]:
        """Run the cluster for as long as the context lasts; nothing is left behind."""
        own(self.folder / "etcd")
        clients, peers = (f"http://127.0.0.1:{port}" for port in (self.etcd, self.peer))
        # Patroni of Debian 12, over the third version of etcd's interface, lets a leader that was frozen take back what
        # another has taken over; over the second it compares first.
        given = {
            "name": "etcd",
            "enable-v2": "true",
            "data-dir": self.folder / "etcd" / "data",
            "listen-client-urls": clients,
            "advertise-client-urls": clients,
            "listen-peer-urls": peers,
            "initial-advertise-peer-urls": peers,
            "initial-cluster": f"etcd={peers}",
        }
        arguments = [f"--{name}={value}" for name, value in given.items()]
        etcd = spawn(self.folder / "etcd.log", "etcd", *arguments)
        try:
            for node in self.nodes:
                self.configure(node)
                node.start()
            self.whole()
            yield self
        finally:
            for node in self.nodes:
                node.end()
            etcd.kill()
            etcd.wait()

    def roles(self) -> dict[str, str]:
        """Return what each node is, as those say that answer."""
        for node in self.nodes:
            with suppress(httpx.TransportError, ValueError):
                answer = httpx.get(f"http://127.0.0.1:{node.api}/cluster", timeout=2)
                members: list[dict[str, Any]] = answer.json()["members"]
                return {each["name"]: each["role"] for each in members if each["state"] in ("running", "streaming")}
        return {}

    def primary(self) -> Node:
        """Return the node that leads."""
        leaders = [name for name, role in self.roles().items() if role == "leader"]
        return next(node for node in self.nodes if node.name in leaders)

    def whole(self) -> None:
        """Wait until one node leads and commits wait for the other."""
        for _ in range(PATIENCE_S * 5):
            if sorted(self.roles().values()) == ["leader", "sync_standby"]:
                return
            time.sleep(0.2)
        stop(f"FAILED  the cluster is not whole: {self.roles()}; see {self.folder}")

    def hand_over(self) -> None:
        """Have the standby lead, in order."""
        leader = self.primary()
        other = next(node for node in self.nodes if node is not leader)
        body = json.dumps({"leader": leader.name, "candidate": other.name}).encode()
        httpx.post(f"http://127.0.0.1:{leader.api}/switchover", content=body, timeout=PATIENCE_S).raise_for_status()


def spawn(log: Path, program: str, *arguments: object) -> "subprocess.Popen[bytes]":
    """Start a program that goes on, as the unprivileged user, its output in a file."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [*as_unprivileged(), program, *map(str, arguments)],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(log.parent)},
        )


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    with suppress(OSError):
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def send(sent: signal.Signals, pids: list[int]) -> None:
    """Send a signal to processes, those that are gone left out."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, sent)
