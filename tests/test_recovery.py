"""A registry comes back from its backups: equal, provable, and with followers told that its history is another."""

import asyncio
import secrets
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from service.embedded_files import locate
from service.recording import record
from service.signing import record_signing
from service.verification import verify
from tests.api import answering
from tests.conftest import execute, sibling
from tests.factories import city_party, parties, signing
from tests.registry import feed
from tests.stand_in import ROOT, command

Pool = asyncpg.Pool
FEED = "query ($after: String) { changes(after: $after, first: 1) { nodes { cursor } } }"


async def sign(pool: "Pool[asyncpg.Record]", key: str) -> str:
    """Record a signing, and return its cursor."""
    made = signing(key, parties=parties(city_party(f"Town {key}", "DE"), city_party("Kaohsiung")))
    outcome = await record(pool, "city", key, made, record_signing)
    assert outcome.cursor
    return outcome.cursor


async def program(name: str, *arguments: object) -> None:
    """Run one of PostgreSQL's programs."""
    command = [str(locate(Path(), create=False).binaries / name), *map(str, arguments)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@asynccontextmanager
async def restored(dump: Path, database: str) -> AsyncIterator[str]:
    """Restore a dump beside the database that it is of, and give the address for as long as the context lasts."""
    name = f"restored_{secrets.token_hex(6)}"
    await execute(database, f"CREATE DATABASE {name}")
    await program("pg_restore", "--exit-on-error", "--no-owner", "--dbname", sibling(database, name), dump)
    yield sibling(database, name)
    await execute(database, f"DROP DATABASE {name} WITH (FORCE)")


async def test_comes_back_from_a_dump_that_was_made_while_it_was_written_to(
    pool: "Pool[asyncpg.Record]", database: str, tmp_path: Path
) -> None:
    dump, kept = tmp_path / "registry.dump", [await sign(pool, f"before {n}") for n in range(3)]
    stopped = asyncio.Event()

    async def write_on() -> list[str]:
        cursors = list[str]()
        while not stopped.is_set():
            cursors.append(await sign(pool, f"meanwhile {len(cursors)}"))
        return cursors

    writing = asyncio.create_task(write_on())
    await program("pg_dump", "--format=custom", "--file", dump, database)
    stopped.set()
    kept += await writing
    lost = await sign(pool, "after")
    async with restored(dump, database) as url, asyncpg.create_pool(url, min_size=1, max_size=2) as copy:
        await verify(url)
        history = await feed(copy)
        assert history == (await feed(pool))[: len(history)]
        assert 7 <= len(history) < len(await feed(pool))
        assert (await sign(copy, "before 0")).startswith(kept[0])
        await sign(copy, "meanwhile 0")
        # What was lost is sent again with the same key, and recorded once.
        again = [await sign(copy, "after") for _ in range(2)]
        assert again[0] == again[1] != lost


async def test_a_follower_of_what_was_lost_is_told_so(
    pool: "Pool[asyncpg.Record]", database: str, tmp_path: Path
) -> None:
    early = await sign(pool, "early")
    await program("pg_dump", "--format=custom", "--file", tmp_path / "dump", database)
    late = await sign(pool, "late")
    async with restored(tmp_path / "dump", database) as copy, answering(copy) as api:
        assert (await api.answer(FEED, {"after": late}))["errors"][0]["extensions"]["code"] == "CURSOR_RESET"
        assert (await api.ask(FEED, {"after": early}))["changes"]["nodes"] == []
        named = await asyncio.to_thread(command, ROOT, "new-epoch", DATABASE_URL=copy)
        assert named.returncode == 0, named.stderr
        assert (await api.answer(FEED, {"after": early}))["errors"][0]["extensions"]["code"] == "CURSOR_RESET"
        assert (await api.ask("{ feedCursor }"))["feedCursor"].partition(".")[0] in named.stdout
