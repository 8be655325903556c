"""Verifying the history: whatever is changed behind the service's back is found, and named by its first change."""

import asyncio
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, TypeAlias

import asyncpg
import pytest

from service.chain import FeedCursor, change_hash
from service.models import Change, FeedHead
from service.verification import BrokenHistoryError, parse_head, prove, verify
from tests.api import answering
from tests.conftest import execute, sibling
from tests.factories import city_party, parties
from tests.server import ROOT
from tests.stand_in import environment
from tests.test_merging import identifier, merge, retraction
from tests.test_updating import amendment, signed

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

LAST = 10
"""The number of the last change that the fixture makes."""


@pytest.fixture(scope="module")
def history(postgres_url: str, template: str) -> Iterator[str]:
    """The address of a registry of records of several kinds, created, amended, merged and retracted."""

    async def write(url: str) -> None:
        async with answering(url) as api, asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
            id_ = await signed(api)
            await api.written("amendAgreement", amendment(id_, 1, summary="x"))
            other = await signed(api, parties=parties(city_party("Aachen", "DE"), city_party("Takao", "TW")))
            takao, kaohsiung = [await identifier(pool, "city", name) for name in ("Takao", "Kaohsiung")]
            await api.written("mergeCities", merge(takao, kaohsiung))
            await api.written("retract", retraction(other))
            await api.written("amendAgreement", amendment(id_, 2, summary="y"))

    name = f"history_{secrets.token_hex(6)}"
    asyncio.run(execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    asyncio.run(write(sibling(postgres_url, name)))
    yield sibling(postgres_url, name)
    asyncio.run(execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def connection(history: str) -> AsyncIterator["Connection"]:
    """A connection in a transaction that is taken back, so that each test damages the same history."""
    connection = await asyncpg.connect(history)
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


async def broken(connection: "Connection", known: FeedCursor | None = None) -> str:
    """Prove a history that is broken, and return what is said of it."""
    with pytest.raises(BrokenHistoryError) as caught:
        await prove(connection, known)
    return str(caught.value)


async def prune(connection: "Connection", floor: int) -> None:
    """Prune the changes up to one, as pruning does in several transactions."""
    await connection.execute(
        f"UPDATE feed_head SET floor = {floor}, floor_hash = (SELECT hash FROM change WHERE seq = {floor});"
        f"DELETE FROM change WHERE seq <= {floor}"
    )


async def chain_anew(connection: "Connection") -> None:
    """Chain the changes as they stand now, as one would who covers what he did."""
    digest = bytes(32)
    for row in await connection.fetch("SELECT * FROM change ORDER BY seq"):
        *content, _ = row
        digest = change_hash(digest, *content)
        await connection.execute("UPDATE change SET hash = $2 WHERE seq = $1", row["seq"], digest)
    await connection.execute("UPDATE feed_head SET hash = $1", digest)


async def test_a_history_that_nobody_touched_fits(history: str, connection: "Connection") -> None:
    verified = await verify(history)
    epoch, digest = await connection.fetchrow("SELECT epoch, hash FROM feed_head") or ("", b"")
    assert str(verified) == f"{LAST} changes fit, 1 to {LAST}\nhead {epoch}.{LAST}.{digest.hex()}"
    assert await verify(history, parse_head(f"{epoch}.{LAST}.{digest.hex()}")) == verified
    assert await verify(history, verified.head) == verified


CHANGED = {
    "seq": ["500"],
    "at": ["at + interval '1 microsecond'", "'infinity'", "'-infinity'", "'0001-01-01 BC'"],
    "actor": ["'citz'", "''"],
    "kind": ["CASE kind WHEN 'CREATED' THEN 'UPDATED' ELSE 'CREATED' END"],
    "subject_id": ["(SELECT subject_id FROM change WHERE seq = 1)"],
    "version": ["version + 1", "-version"],
    "fields": ["fields[2:]", "fields || '{x}'", "fields || NULL::text", "'{}'", "ARRAY[array_to_string(fields, ',')]"],
    "signing": ["NOT signing"],
    "hash": ["set_byte(hash, 31, get_byte(hash, 31) # 1)", "(SELECT hash FROM change WHERE seq = 4)"],
}


def test_every_column_of_a_change_is_tried() -> None:
    assert list(CHANGED) == list(Change.model_fields)


@pytest.mark.parametrize(("column", "value"), [(name, value) for name, values in CHANGED.items() for value in values])
async def test_a_column_that_was_changed_is_found(connection: "Connection", column: str, value: str) -> None:
    found = 0
    for at in (1, 5, LAST):
        changing = connection.transaction()
        await changing.start()
        before = await connection.fetchval("SELECT change::text FROM change WHERE seq = $1", at)
        after = await connection.fetchval(
            f"UPDATE change SET {column} = {value} WHERE seq = $1 RETURNING change::text", at
        )
        if before != after:
            told = await broken(connection)
            assert f"change {at} " in told
            found += 1
        await changing.rollback()
    assert found > 1


CONTENT = "at, actor, kind, subject_id, version, fields, signing, hash"
SHIFTED = "UPDATE change SET seq = seq + 1000 WHERE seq >= 5; UPDATE change SET seq = seq - 999 WHERE seq > 1000;"
DAMAGED = {
    "the first deleted": ("DELETE FROM change WHERE seq = 1", "change 1 is missing: change 0 is followed by 2"),
    "one deleted": ("DELETE FROM change WHERE seq = 5", "change 5 is missing: change 4 is followed by 6"),
    "the last deleted": (f"DELETE FROM change WHERE seq = {LAST}", f"change {LAST - 1} is the last one"),
    "all deleted": ("DELETE FROM change", "change 0 is the last one"),
    "one deleted and the rest moved up": (
        "DELETE FROM change WHERE seq = 5; UPDATE change SET seq = -seq WHERE seq > 5;"
        " UPDATE change SET seq = -seq - 1 WHERE seq < 0",
        "change 5 does not fit",
    ),
    "two exchanged": (
        "UPDATE change SET seq = -5 WHERE seq = 5; UPDATE change SET seq = 5 WHERE seq = 6;"
        " UPDATE change SET seq = 6 WHERE seq = -5",
        "change 5 does not fit",
    ),
    "one put between": (
        f"{SHIFTED} INSERT INTO change SELECT 5, {CONTENT} FROM change WHERE seq = 4",
        "change 5 does not fit",
    ),
    "one added": (
        f"INSERT INTO change SELECT {LAST} + 1, {CONTENT} FROM change WHERE seq = {LAST}",
        f"change {LAST + 1} does not fit",
    ),
    "one before the first": (
        f"INSERT INTO change SELECT 0, {CONTENT} FROM change WHERE seq = 1",
        "change 0 stands below the floor",
    ),
}


@pytest.mark.parametrize("damage", DAMAGED)
async def test_changes_that_were_taken_or_put_are_found(connection: "Connection", damage: str) -> None:
    statements, told = DAMAGED[damage]
    await connection.execute(statements)
    assert told in await broken(connection)


HEADS = {
    "epoch": "'another'",
    "seq": "seq - 1",
    "floor": "3",
    "hash": "set_byte(hash, 0, get_byte(hash, 0) # 1)",
    "floor_hash": "set_byte(floor_hash, 0, 1)",
}


@pytest.mark.parametrize("column", [name for name in FeedHead.model_fields if name != "id"])
async def test_a_head_that_was_changed_is_found(connection: "Connection", column: str) -> None:
    noted = (await prove(connection)).head
    await connection.execute(f"UPDATE feed_head SET {column} = {HEADS[column]}")
    assert await broken(connection, noted)
    await connection.execute("DELETE FROM feed_head")
    assert await broken(connection) == "feed_head has lost its one row"


async def test_a_history_that_was_written_anew_is_told_by_a_head_that_was_noted(
    history: str, connection: "Connection"
) -> None:
    noted = await verify(history)
    await connection.execute("UPDATE change SET actor = 'somebody else' WHERE seq = 5")
    await chain_anew(connection)
    await prove(connection)
    for head in (str(noted.head), f"{noted.head.epoch}.{LAST}.{noted.digest.hex()}"):
        told = await broken(connection, parse_head(head))
        assert told == f"the history did not go through the head given: change {LAST} is another or missing"


async def test_what_is_kept_of_a_pruned_history_is_proved(connection: "Connection") -> None:
    noted = (await prove(connection)).head
    for floor in (4, LAST):
        await prune(connection, floor)
        verified = await prove(connection, noted)
        assert (verified.floor, verified.head) == (floor, noted)
        assert f"{LAST - floor} changes fit, {floor + 1} to {LAST}, those before were pruned\n" in str(verified)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE change SET actor = 'citz' WHERE seq = 5", "change 5 does not fit"),
        ("DELETE FROM change WHERE seq = 5", "change 5 is missing: change 4 is followed by 6"),
        ("UPDATE feed_head SET floor_hash = hash", "change 5 does not fit"),
        ("UPDATE feed_head SET floor = 3", "change 4 is missing: change 3 is followed by 5"),
        ("UPDATE feed_head SET floor = 5", "change 5 stands below the floor, 5"),
        (f"INSERT INTO change SELECT 3, {CONTENT} FROM change WHERE seq = 5", "change 3 stands below the floor, 4"),
    ],
)
async def test_damage_to_a_pruned_history_is_found(connection: "Connection", damage: str, told: str) -> None:
    await prune(connection, 4)
    await connection.execute(damage)
    assert told in await broken(connection)


async def test_a_head_from_before_the_floor_cannot_be_proved(connection: "Connection") -> None:
    epoch, digest = await connection.fetchrow(
        "SELECT epoch, change.hash FROM feed_head, change WHERE change.seq = 2"
    ) or ("", b"")
    head = parse_head(f"{epoch}.2.{digest.hex()}")
    await prove(connection, head)
    await prune(connection, 4)
    assert await broken(connection, head) == "the head given is change 2, and the history was pruned up to 4"


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE city SET version = 9 WHERE name = 'Aachen'", "stands at version 9, and its changes made version 1"),
        ("DELETE FROM city WHERE name = 'Pristina'", "is gone, and its changes made version 1"),
        ("UPDATE agreement SET id = 'agr_0' WHERE retracted_at IS NOT NULL", "no change made it"),
    ],
)
async def test_records_that_do_not_fit_their_changes_are_found(
    connection: "Connection", damage: str, told: str
) -> None:
    await connection.execute(f"SET LOCAL session_replication_role = replica; {damage}")
    assert told in await broken(connection)


async def test_versions_that_do_not_follow_one_another_are_found(connection: "Connection") -> None:
    await connection.execute("UPDATE change SET version = version + 1 WHERE version > 1")
    await chain_anew(connection)
    assert "after 1" in await broken(connection)


@pytest.mark.parametrize("text", ["", "a.1", "a.1.0000000", "a.1.0000000g", "A.1.00000000", "a.01.00000000"])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a head"):
        parse_head(text)


async def test_the_command_tells_by_its_status(history: str) -> None:
    def command(*arguments: str) -> "subprocess.CompletedProcess[str]":
        line = [sys.executable, "-m", "service", "verify", *arguments]
        return subprocess.run(line, cwd=ROOT, env=environment(DATABASE_URL=history), capture_output=True, text=True)

    done = await asyncio.to_thread(command)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{await verify(history)}\n"
    *_, head = done.stdout.split()
    assert (await asyncio.to_thread(command, "--head", head)).returncode == 0
    other = f"{head[:-1]}{'0' if head[-1] != '0' else '1'}"
    done = await asyncio.to_thread(command, "--head", other)
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr == f"jumelage: the history did not go through the head given: change {LAST} is another or missing\n"
    )
    done = await asyncio.to_thread(command, "--head", "x")
    assert (done.returncode, done.stdout) == (2, "")
