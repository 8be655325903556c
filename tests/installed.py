"""A PostgreSQL that is installed on the machine: tests run on the wheel's newest, and on the oldest that is supported.

Its collation orders by code point, as the embedded server's does.
"""

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(binaries: Path, folder: Path) -> Iterator[str]:
    """Make a cluster in a folder that its server's user may enter, and give its address while it runs."""
    owner = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    cluster = folder / "cluster"
    cluster.mkdir(mode=0o700)
    if owner is not None:
        os.chown(cluster, owner, -1)

    def run(program: str, *arguments: str) -> None:
        called = [str(binaries / program), "-D", str(cluster), *arguments]
        subprocess.run(called, check=True, stdout=subprocess.DEVNULL, cwd="/", user=owner, start_new_session=True)

    run("initdb", "--username=jumelage", "--encoding=UTF8", "--locale=C", "--auth=trust", "--no-sync")
    durable = " ".join(f"-c {name}=off" for name in ("fsync", "synchronous_commit", "full_page_writes", "jit"))
    options = f"-c listen_addresses= -c unix_socket_directories={cluster} {durable}"
    run("pg_ctl", "start", "-s", "-w", "-l", str(cluster / "log"), "-o", options)
    try:
        yield f"postgresql://jumelage@/postgres?host={cluster}&port=5432"
    finally:
        run("pg_ctl", "stop", "-s", "-w", "-m", "fast")
