"""Programs of the machine: which are needed, how they are run, and how a trial says what it saw.

Knows nothing of what they do.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parent.parent
UNPRIVILEGED = "nobody"


def need(*packages: tuple[str, str]) -> None:
    """End with one line that names the Debian packages whose programs are missing, or that root is needed."""
    missing = [package for program, package in packages if shutil.which(program) is None]
    if missing:
        stop(f"this needs programs that are not installed; on Debian: apt-get install {' '.join(missing)}")
    if os.geteuid() != 0:
        stop("this makes root file systems and users' processes: run it as root")


def stop(line: str) -> NoReturn:
    """End the trial with one line."""
    print(line, file=sys.stderr)
    sys.exit(1)


def say(line: str) -> None:
    """Report a step."""
    print(line, flush=True)


def prove(true: bool, what: str) -> None:
    """Report that something holds; end the trial where it does not."""
    if not true:
        stop(f"FAILED  {what}")
    say(f"ok      {what}")


def run(*command: str | Path, text: str | None = None, **environment: str) -> str:
    """Run a program to its end and return what it printed; one that fails ends the trial with its last words."""
    done = subprocess.run(
        [str(part) for part in command],
        input=text,
        env=os.environ | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = "\n".join((done.stdout + done.stderr).strip().splitlines()[-30:])
        stop(f"{' '.join(str(part) for part in command)} failed with {done.returncode}:\n{words}")
    return done.stdout.strip()


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def as_unprivileged() -> tuple[str, ...]:
    """Return what to put before a command that root may not run, such as PostgreSQL's."""
    user = pwd.getpwnam(UNPRIVILEGED)
    return "setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"


def own(folder: Path) -> Path:
    """Make a folder that is the unprivileged user's alone."""
    folder.mkdir(mode=0o700, parents=True)
    shutil.chown(folder, UNPRIVILEGED, pwd.getpwnam(UNPRIVILEGED).pw_gid)
    return folder
