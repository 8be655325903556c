"""Servers under measurement: started on free ports, watched through /proc, stopped by their process.

Knows processes. Knows nothing of what they answer.
"""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_S = 60


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    port: int
    pid: int


@contextmanager
def running(command: list[str], settings: Mapping[str, str], log: int | None = None) -> Iterator[Server]:
    """Run a command that serves on the port that PORT names, until the context ends; its log goes to a descriptor."""
    port = free_port()
    environment = {**os.environ, **settings, "PORT": str(port)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=log)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{' '.join(command)} did not start")
            time.sleep(0.05)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def free_port() -> int:
    """Return a port of this machine that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a server has used: its process, those that it started, and those that have ended."""
    ticks = sum(_times(pid))
    for child in _children(pid):
        with suppress(OSError):  # it has just ended, and counts among those
            ticks += sum(_times(child))
    return ticks / TICKS


def memory_mb(pid: int) -> float:
    """Return the memory that a server's processes hold, in MiB."""
    return sum(_resident_kb(process) for process in (pid, *_children(pid))) / 1024


def postmaster_pid(data_dir: Path) -> int:
    """Return the process of the embedded server of a data folder."""
    return int(next(data_dir.rglob("postmaster.pid")).read_text().split()[0])


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _times(pid: int) -> list[int]:
    """Return the ticks in user and system mode, then those of ended children."""
    return [int(field) for field in _stat(pid)[11:15]]


def _children(pid: int) -> list[int]:
    children = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError):  # it has just ended
            if folder.name.isdigit() and int(_stat(int(folder.name))[1]) == pid:
                children.append(int(folder.name))
    return children


def _resident_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
