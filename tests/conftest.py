"""Fixtures that every test may use: the tests' own PostgreSQL server."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.embedded import start_embedded

# Nothing needs to survive a power cut; without these the suite waits for the disk.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def memory_folder() -> Path | None:
    """Find a file system in memory with room for the tests' clusters: on a disk they take three times as long."""
    memory = Path("/dev/shm")  # noqa: S108  (mkdtemp makes a private folder in it)
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**31
    return memory if roomy and os.access(memory, os.W_OK) else None


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a folder with a short path that the server's user may enter; pytest's own is closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="jumelage-test-", dir=memory_folder()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder that does not exist yet."""
    with open_folder() as folder:
        yield folder / "data"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of the session's embedded server."""
    with open_folder() as folder, start_embedded(folder / "data", NOT_DURABLE) as server:
        yield server.url
