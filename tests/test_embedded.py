"""The embedded server is shared by processes, survives their deaths, and opens no closed folder."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import asyncpg
import pytest

from service.embedded import embedded_address, start_embedded
from service.embedded_files import EmbeddedServerError
from tests.conftest import NOT_DURABLE, open_folder

# A process that uses the server, says so, and lets go of it when it reads a line or its input ends.
USER = """
import sys
from pathlib import Path
from service.embedded import start_embedded
with start_embedded(Path(sys.argv[1]), {"fsync": "off"}) as server:
    print(server.url, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A data folder whose cluster is made, to be copied: making one takes longer than all else here."""
    with open_folder() as folder:
        start_embedded(folder / "data", NOT_DURABLE).release()
        yield folder / "data"


@pytest.fixture
def data_dir(made: Path) -> Iterator[Path]:
    with open_folder() as folder:
        copy(made, folder / "data")
        yield folder / "data"


@pytest.fixture
def new_dir() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder / "data"


def copy(folder: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", folder, target], check=True)


def spawn(data_dir: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USER, data_dir], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


@contextmanager
def user(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that uses the server, and the address it was given."""
    with spawn(data_dir) as process:
        yield process, pipe(process.stdout).readline().strip()
        if process.poll() is None:
            pipe(process.stdin).close()


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def runs(data_dir: Path) -> bool:
    return embedded_address(data_dir)[1]


def wait_until_it_is_gone(data_dir: Path) -> None:
    while runs(data_dir):
        time.sleep(0.01)


async def test_starts_a_server_with_its_database_and_stops_it(new_dir: Path) -> None:
    with start_embedded(new_dir, NOT_DURABLE) as server:
        assert await ask(server.url, "SELECT current_database() || ' ' || current_user") == "jumelage jumelage"
        assert await ask(server.url, "SHOW data_checksums") == "on"
        assert await ask(server.url, "SHOW server_encoding") == "UTF8"
        assert await ask(server.url, "SHOW jit") == "off"
        assert await ask(server.url, "SHOW listen_addresses") == ""
        assert await ask(server.url, "SHOW fsync") == "off"
        assert await ask(server.url, "SELECT lower('ÄĐ') || (SELECT string_agg(c, '' ORDER BY c) "
                         "FROM unnest(ARRAY['b', 'B', 'a', 'é']) c)") == "äđBabé"  # fmt: skip
    assert not runs(new_dir)


async def test_keeps_what_was_written(data_dir: Path) -> None:
    with start_embedded(data_dir, NOT_DURABLE) as server:
        await ask(server.url, "CREATE TABLE kept AS SELECT 42 AS n")
    with start_embedded(data_dir, NOT_DURABLE) as server:
        assert await ask(server.url, "SELECT n FROM kept") == 42


def test_gives_an_address_that_psql_understands(new_dir: Path) -> None:
    with start_embedded(new_dir / "with space & 100%", NOT_DURABLE) as server:
        psql = server._files.binaries / "psql"
        answer = subprocess.run([psql, server.url, "-Atc", "SELECT 1 + 1"], capture_output=True, check=True)
        assert answer.stdout == b"2\n"
        assert asyncio.run(ask(server.url, "SELECT 1")) == 1


async def test_last_user_stops_the_server(data_dir: Path) -> None:
    with user(data_dir) as (other, url):
        with start_embedded(data_dir, NOT_DURABLE) as server:
            assert server.url == url
            first = postmaster(data_dir)
        assert await ask(url, "SELECT 1") == 1
        assert postmaster(data_dir) == first
        pipe(other.stdin).close()
        assert other.wait() == 0
    assert not runs(data_dir)


async def test_serves_two_uses_of_one_process(data_dir: Path) -> None:
    with start_embedded(data_dir, NOT_DURABLE) as server:
        start_embedded(data_dir).release()
        assert await ask(server.url, "SELECT 1") == 1
    server.release()
    assert not runs(data_dir)


async def test_survives_a_killed_user_and_is_found_by_the_next(data_dir: Path) -> None:
    with user(data_dir) as (other, url):
        other.send_signal(signal.SIGKILL)
        other.wait()
        first = postmaster(data_dir)
        with start_embedded(data_dir) as server:
            assert (server.url, postmaster(data_dir)) == (url, first)
            assert await ask(server.url, "SELECT 1") == 1
    assert not runs(data_dir)


def test_starts_one_server_for_two_processes_that_start_at_once(new_dir: Path) -> None:
    with spawn(new_dir) as one, spawn(new_dir) as two:
        urls = {pipe(process.stdout).readline() for process in (one, two)}
        assert len(urls) == 1
        assert urls != {""}
        pipe(one.stdin).close()
        assert one.wait() == 0
        assert runs(new_dir)
        pipe(two.stdin).close()
        assert two.wait() == 0
    assert not runs(new_dir)


async def test_recovers_from_a_crash_of_the_server(data_dir: Path) -> None:
    with start_embedded(data_dir) as server:
        await ask(server.url, "CREATE TABLE kept AS SELECT 42 AS n")
        crashed = postmaster(data_dir)
        os.kill(crashed, signal.SIGKILL)
        wait_until_it_is_gone(data_dir)
        with start_embedded(data_dir) as again:
            assert postmaster(data_dir) != crashed
            assert await ask(again.url, "SELECT n FROM kept") == 42


async def test_starts_when_another_process_bears_the_dead_server_s_number(data_dir: Path) -> None:
    start_embedded(data_dir, NOT_DURABLE).release()
    pid_file = data_dir / "postgres" / "postmaster.pid"
    lines = [os.getppid(), data_dir / "postgres", 0, 5432, data_dir / "postgres", "", "0 0", "ready"]
    pid_file.write_text("".join(f"{line}\n" for line in lines))
    with start_embedded(data_dir, NOT_DURABLE) as server:
        assert await ask(server.url, "SELECT 1") == 1


async def test_finishes_a_cluster_whose_making_was_interrupted(new_dir: Path) -> None:
    (new_dir / "postgres.unfinished" / "base").mkdir(parents=True)
    (new_dir / "postgres.unfinished" / "PG_VERSION").write_text("18\n")
    with start_embedded(new_dir, NOT_DURABLE) as server:
        assert await ask(server.url, "SELECT 1") == 1
    assert not (new_dir / "postgres.unfinished").exists()


async def test_does_not_take_the_server_of_a_copied_folder_for_its_own(data_dir: Path) -> None:
    copied = data_dir.parent / "copied"
    with start_embedded(data_dir, NOT_DURABLE) as server:
        copy(data_dir, copied)
        assert not runs(copied)
        with start_embedded(copied, NOT_DURABLE) as other:
            assert other.url != server.url
            assert postmaster(copied) != postmaster(data_dir)


async def test_puts_the_socket_of_a_long_path_into_a_short_private_folder(new_dir: Path) -> None:
    long = new_dir / ("long" * 30)
    with start_embedded(long, NOT_DURABLE) as server, user(long) as (_, url):
        assert await ask(server.url, "SELECT 1") == 1
        assert url == server.url
        folder = server._files.socket_folder
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_refuses_a_socket_folder_that_others_may_enter(data_dir: Path) -> None:
    long = data_dir / ("long" * 30)
    with start_embedded(long, NOT_DURABLE) as server:
        folder = server._files.socket_folder
    folder.mkdir(mode=0o755)
    try:
        with pytest.raises(EmbeddedServerError, match="not a private folder"):
            start_embedded(long, NOT_DURABLE)
    finally:
        folder.rmdir()


def test_keeps_everybody_else_from_the_socket(data_dir: Path) -> None:
    with start_embedded(data_dir, NOT_DURABLE):
        assert stat.S_IMODE((data_dir / "postgres").stat().st_mode) == 0o700
        assert stat.S_IMODE((data_dir / "postgres" / ".s.PGSQL.5432").stat().st_mode) == 0o700


def test_leaves_the_terminal_s_session(data_dir: Path) -> None:
    with start_embedded(data_dir, NOT_DURABLE):
        assert os.getsid(postmaster(data_dir)) != os.getsid(0)


def test_refuses_a_cluster_of_another_version(data_dir: Path) -> None:
    start_embedded(data_dir, NOT_DURABLE).release()
    (data_dir / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedServerError, match=r"made by PostgreSQL 17, and this is PostgreSQL 18: .*pg_dump"):
        start_embedded(data_dir)


def test_refuses_a_data_folder_that_is_a_file(new_dir: Path) -> None:
    new_dir.write_text("")
    with pytest.raises(EmbeddedServerError, match="is not a folder: set JUMELAGE_DATA_DIR"):
        start_embedded(new_dir)


def test_tells_why_the_server_does_not_start(data_dir: Path) -> None:
    with pytest.raises(EmbeddedServerError, match=r"pg_ctl failed: .*shared_buffers.*; see .*postgres\.log"):
        start_embedded(data_dir, {"fsync": "off", "shared_buffers": "many"})
    assert not runs(data_dir)


async def test_opens_no_folder_that_was_closed(new_dir: Path) -> None:
    """Root is refused, because the server's user cannot enter; any other user owns what it made."""
    closed = new_dir.parent / "closed"
    inner = closed / "inner"
    inner.mkdir(parents=True)
    closed.chmod(0o700)
    inner.chmod(0o750)
    if os.geteuid() == 0:
        with pytest.raises(EmbeddedServerError, match=rf"may not enter {closed}: set JUMELAGE_DATA_DIR"):
            start_embedded(inner / "data", NOT_DURABLE)
    else:
        with start_embedded(inner / "data", NOT_DURABLE) as server:
            assert await ask(server.url, "SELECT 1") == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert stat.S_IMODE(inner.stat().st_mode) == 0o750


def test_never_runs_postgresql_as_root(data_dir: Path) -> None:
    with start_embedded(data_dir, NOT_DURABLE):
        owner = Path("/proc", str(postmaster(data_dir))).stat().st_uid
    assert owner == (data_dir / "postgres").stat().st_uid
    assert owner != 0
