"""A built image run with runc, as an orchestrator would run it.

Its root file system is read-only, its user is the image's and has no capabilities, and its first process is the
image's entry point. Only the network is the machine's own.
"""

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE_S = 60


class Image:
    """An image as it lies on the disk: its root file system, and what it says of how it is run."""

    def __init__(self, root: Path, configuration: dict[str, Any], folder: Path) -> None:
        """Take the root file system, the configuration, and a folder for what runc keeps."""
        self.root, self.configuration, self.folder = root, configuration, folder
        self.runc = ("runc", "--root", str(folder / "runc"))

    def run(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run the entry point with arguments to its end."""
        with self.started([*self.configuration["Entrypoint"], *arguments], environment) as container:
            said, complained = container.process.communicate(timeout=PATIENCE_S)
            return subprocess.CompletedProcess(arguments, container.process.returncode, said, complained)

    @contextmanager
    def started(self, command: Sequence[str], environment: dict[str, str]) -> Iterator["Container"]:
        """Start a command in a container of its own, which is gone when the context ends."""
        name = f"jumelage-{secrets.token_hex(4)}"
        bundle = self.folder / name
        bundle.mkdir()
        (bundle / "config.json").write_text(json.dumps(self.bundle(command, environment)))
        process = subprocess.Popen(
            [*self.runc, "run", "--bundle", str(bundle), name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        container = Container(self, name, process)
        try:
            yield container
        finally:
            if process.poll() is None:
                container.kill(signal.SIGKILL)
            process.communicate(timeout=PATIENCE_S)

    def bundle(self, command: Sequence[str], environment: dict[str, str]) -> dict[str, Any]:
        """Return the runtime's description of a container."""
        user, group = map(int, self.configuration["User"].split(":"))
        given = [f"{name}={value}" for name, value in environment.items()]
        proc = {"destination": "/proc", "type": "proc", "source": "proc"}
        devices = {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]}
        return {
            "ociVersion": "1.0.2",
            "process": {
                "user": {"uid": user, "gid": group},
                "args": list(command),
                "env": [*self.configuration["Env"], *given],
                "cwd": self.configuration["WorkingDir"],
                "noNewPrivileges": True,
                "capabilities": {},
            },
            "root": {"path": str(self.root), "readonly": True},
            "mounts": [proc, devices],
            "linux": {"namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")]},
        }


class Container:
    """A running container."""

    def __init__(self, image: Image, name: str, process: "subprocess.Popen[str]") -> None:
        """Take its name and the process of its runtime, which ends as the container does."""
        self.image, self.name, self.process = image, name, process

    def execute(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command inside, as the image's user."""
        return subprocess.run(
            [*self.image.runc, "exec", self.name, *command],
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def kill(self, sent: signal.Signals) -> None:
        """Send a signal to the container's first process."""
        subprocess.run([*self.image.runc, "kill", self.name, sent.name], capture_output=True, check=False)
