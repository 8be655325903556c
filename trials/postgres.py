"""A PostgreSQL of the installed wheel that is reached over TCP, with a password.

The embedded server listens on a socket in a private folder only; what runs in a container is elsewhere.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.embedded_files import locate
from trials.programs import as_unprivileged, free_port, own, run


@contextmanager
def listening(folder: Path) -> Iterator[str]:
    """Make a cluster in the folder, and give its address for as long as the context lasts."""
    binaries, port, password = locate(folder, create=False).binaries, free_port(), secrets.token_hex(16)
    secret = own(folder) / "password"
    secret.write_text(password)
    secret.chmod(0o644)  # in a folder that only its user may enter
    data = ("-D", folder / "data")
    access = ("-U", "jumelage", "-A", "scram-sha-256", f"--pwfile={secret}")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
    run(*as_unprivileged(), binaries / "initdb", *data, *access, "--no-sync")
    run(*as_unprivileged(), binaries / "pg_ctl", "start", *data, "-w", "-l", folder / "log", "-o", options)
    try:
        yield f"postgresql://jumelage:{password}@127.0.0.1:{port}/postgres"
    finally:
        run(*as_unprivileged(), binaries / "pg_ctl", "stop", *data, "-m", "fast", "-w")
