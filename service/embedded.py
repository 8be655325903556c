"""The embedded PostgreSQL server, for a machine that has none.

Knows the binaries of an installed wheel, where a cluster lives, and which processes use it. Knows
nothing of what is stored there.

Two lock files share the server between processes. A process holds the *use* lock shared for as
long as it lives; the kernel gives it back even after `kill -9`. Whoever starts or stops the server
holds the *start* lock, so that two never do so at once; whoever can then make its use lock
exclusive is the last user, and stops the server.
"""

import atexit
import fcntl
import logging
import os
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from service.embedded_files import Account, EmbeddedServerError, Files, check_reachable, locate

USER = DATABASE = "jumelage"
# The name of the socket's file follows from the port, which is used for nothing else: no TCP port is opened.
PORT = 5432
PATIENCE_S = 60

_logger = logging.getLogger(__name__)


class EmbeddedServer:
    """Hold one process's use of the embedded server; `url` is its address for asyncpg and psql."""

    url: str

    def __init__(self, files: Files, use_lock: int) -> None:
        """Take over a descriptor of the use lock; called by start_embedded."""
        self._files = files
        self._use_lock: int | None = use_lock
        self._process = os.getpid()
        atexit.register(self.release)

    def release(self) -> None:
        """Give up the use of the server, and stop it when this was the last one."""
        if self._use_lock is None or os.getpid() != self._process:  # a fork shares the lock and does not own it
            return
        use_lock, self._use_lock = self._use_lock, None
        atexit.unregister(self.release)
        try:
            with _start_lock(self._files):
                try:
                    fcntl.flock(use_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return  # somebody else still uses it
                _stop(self._files)
        finally:
            os.close(use_lock)

    def __enter__(self) -> "EmbeddedServer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()


def start_embedded(data_dir: Path, settings: Mapping[str, str] | None = None) -> EmbeddedServer:
    """Use the embedded server of a data folder: make its cluster, start it, or attach to it.

    `settings` are server parameters such as fsync; they count only for the process that starts
    the server. Raises EmbeddedServerError where the server cannot run, without changing the
    permissions of any folder that was there before.
    """
    try:
        files = locate(data_dir)
        use_lock = _open(files.use_lock)
    except OSError as error:
        raise _unusable(data_dir, error) from None
    server = EmbeddedServer(files, use_lock)
    try:
        fcntl.flock(use_lock, fcntl.LOCK_SH)  # waits while the last user stops the server
        folder = answering(files)
        if folder is None:
            with _start_lock(files):
                folder = _start(files, settings or {})
        server.url = address(folder)
    except BaseException as error:
        server.release()
        if isinstance(error, OSError):
            raise _unusable(data_dir, error) from None
        raise
    return server


def embedded_address(data_dir: Path) -> tuple[str, bool]:
    """Tell the address that the server of a data folder has, or will have, and whether it runs."""
    try:
        files = locate(data_dir, create=False)
        folder = answering(files)
    except OSError as error:
        raise _unusable(data_dir, error) from None
    return address(folder or files.socket_folder), folder is not None


def address(folder: Path) -> str:
    """Write the address of the server whose socket is in a folder."""
    return f"postgresql://{USER}@/{DATABASE}?host={quote(str(folder))}&port={PORT}"


def answering(files: Files) -> Path | None:
    """Find the folder of the socket at which the cluster's server answers; None if it does not."""
    lines = _pid_file(files)
    if len(lines) < 8 or lines[7].strip() != "ready":
        return None
    folder = Path(lines[4])
    if lines[4] == lines[1]:
        folder = files.cluster  # wherever it is mounted for this process
    elif lines[1] != str(files.cluster):
        return None  # a copy of a running server's folder: what answers there is the original
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(folder / f".s.PGSQL.{PORT}"))
        except OSError:
            return None
    return folder


def _start(files: Files, settings: Mapping[str, str]) -> Path:
    """Start the server under the start lock, unless somebody did so while we waited for it."""
    _wait_for_change(files)
    folder = answering(files)
    if folder is not None:
        return folder
    account = Account.of(files)
    check_reachable(account, files)
    if not files.cluster.exists():
        _make_cluster(files, account, durable=settings.get("fsync") != "off")
    files.check_version()
    if _pid_file(files):
        # A process that is gone, or that only bears its number, as PostgreSQL could not tell. An empty
        # file is left to PostgreSQL: it belongs to a server that is just starting.
        for stale in (files.cluster / "postmaster.pid", files.socket_folder / f".s.PGSQL.{PORT}.lock"):
            stale.unlink(missing_ok=True)
    folder = files.prepare_socket_folder(account)
    options = {
        "listen_addresses": "",
        "unix_socket_directories": '"{}"'.format(str(folder).replace('"', '""')),
        # The folder around the socket is open to its owner (and so to root) alone; this says it twice.
        "unix_socket_permissions": "0700",
        "jit": "off",
        **settings,
    }
    arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    _launch(files, account, shlex.join(arguments))
    return folder


def _launch(files: Files, account: Account | None, options: str) -> None:
    """Start the server, once the last processes of one that was killed are gone too."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return _run(files, account, "pg_ctl", "start", "-s", "-w", "-t", str(PATIENCE_S), "-o", options)
        except EmbeddedServerError as error:
            if "pre-existing shared memory block" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def _make_cluster(files: Files, account: Account | None, *, durable: bool) -> None:
    """Make a cluster with its database beside its place, and move it there when it is complete.

    The collation is the one built into PostgreSQL: order by code point, which no update of the
    system's locales can change under the indexes.
    """
    shutil.rmtree(files.unfinished, ignore_errors=True)
    files.make_private(files.unfinished, account)
    locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    # Whoever reaches the socket is let in: only the owner and root reach it. No other way in exists.
    access = (f"--username={USER}", "--auth-local=trust", "--auth-host=reject", "--data-checksums")
    zone = ("-c", "timezone=UTC", "-c", "log_timezone=UTC")
    folder = ("-D", str(files.unfinished))
    _run(files, account, "initdb", *folder, *locale, *access, *zone, *(() if durable else ("--no-sync",)))
    _run(files, account, "postgres", "--single", *folder, "postgres", statement=f"CREATE DATABASE {DATABASE}\n")
    files.unfinished.rename(files.cluster)


def _stop(files: Files) -> None:
    if not _postmaster_lives(files):
        return
    try:
        _run(files, Account.of(files), "pg_ctl", "stop", "-s", "-m", "fast", "-w", "-t", str(PATIENCE_S))
    except EmbeddedServerError as error:
        _logger.warning("%s", error)  # it stays, and the next user attaches to it
    else:
        files.remove_socket_folder()


def _wait_for_change(files: Files) -> None:
    """Wait while the server is neither ready nor gone: it recovers, or somebody killed stops it."""
    deadline = time.monotonic() + PATIENCE_S
    while _postmaster_lives(files) and answering(files) is None:
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"PostgreSQL (process {_pid_file(files)[0]}) is neither ready nor gone after {PATIENCE_S} s: "
                f"see {files.log}"
            )
        time.sleep(0.02)


def _postmaster_lives(files: Files) -> bool:
    """Tell whether the process that the cluster names as its server is one.

    PostgreSQL itself looks only at the number, which after a crash another process may bear. In
    doubt the answer is yes.
    """
    lines = _pid_file(files)
    if not lines or not lines[0].isdigit():
        return False
    try:
        os.kill(int(lines[0]), 0)
    except (ProcessLookupError, PermissionError):
        return False  # gone, or another user's, and so never this cluster's
    process = Path("/proc", lines[0])
    try:
        name, _, state = (process / "stat").read_text().partition("(")[2].rpartition(")")
        if name != "postgres" or state.split()[0] in "ZX":  # dead, and only waited for by its parent
            return False
        return os.path.samestat((process / "cwd").stat(), files.cluster.stat())
    except FileNotFoundError:
        return not Path("/proc/self").exists()
    except PermissionError:
        return True


def _pid_file(files: Files) -> list[str]:
    try:
        return (files.cluster / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []


def _run(files: Files, account: Account | None, program: str, *arguments: str, statement: str = "") -> None:
    """Run one of PostgreSQL's programs as the server's user, its output appended to the log.

    It gets its own session, so that Ctrl-C reaches the service alone, which then stops the server
    in order; an environment of its own, so that none of the caller's PG* variables count; and the
    root folder to stand in, because the caller's may be closed to that user.
    """
    with open(files.log, "a+b", opener=_private) as log:
        begin = log.seek(0, os.SEEK_END)
        finished = subprocess.run(  # noqa: S603  (our own arguments, no shell)
            [files.binaries / program, *arguments],
            input=statement.encode(),
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "PGDATA": str(files.cluster)},
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            check=False,
        )
        if finished.returncode == 0:
            return
        log.seek(begin)
        said = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    telling = [line for line in said if "FATAL" in line or "error:" in line or "PANIC" in line] or said[-1:]
    raise EmbeddedServerError(f"PostgreSQL's {program} failed: {(telling or ['no reason given'])[0]}; see {files.log}")


@contextmanager
def _start_lock(files: Files) -> Iterator[None]:
    descriptor = _open(files.start_lock)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _unusable(data_dir: Path, error: OSError) -> EmbeddedServerError:
    where = f" ({error.filename})" if error.filename else ""
    return EmbeddedServerError(
        f"the data folder {data_dir} cannot be used: {error.strerror}{where}; set JUMELAGE_DATA_DIR to a folder "
        "that you may write to, or DATABASE_URL to a database"
    )
