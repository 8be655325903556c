"""Letting go of old changes: the floor moves, the chain stays provable, and nobody takes a part for the whole."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from schema.document import RequestRefused
from service import pruning
from service.chain import CursorRefused, change_hash
from service.pruning import Pruned, parse_moment, prune
from tests.followers import AGREEMENTS, CHANGES, SIGNINGS, Replica, caught_up, follow, joined, position, replica
from tests.registry import rows
from tests.server import ROOT
from tests.stand_in import environment
from tests.test_updating import amendment, signed

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
async def here(database: str) -> AsyncIterator[Replica]:
    """A replica on the test's registry."""
    async with replica(database) as here:
        yield here


async def kept(pool: "Pool") -> list[dict[str, Any]]:
    """Return the changes that are kept, having checked that they are chained from the floor to the head."""
    (head,) = await rows(pool, "SELECT * FROM feed_head")
    changes = await rows(pool, "SELECT * FROM change ORDER BY seq")
    assert [change["seq"] for change in changes] == list(range(head["floor"] + 1, head["seq"] + 1))
    digest = head["floor_hash"]
    for change in changes:
        stored = change.pop("hash")
        digest = change_hash(digest, **change)
        assert digest == stored
    assert digest == head["hash"]
    return changes


async def moment_after(pool: "Pool", seq: int) -> datetime:
    """Return a moment just after a change."""
    at: datetime = await pool.fetchval("SELECT at FROM change WHERE seq = $1", seq)
    return at + timedelta(microseconds=1)


async def code(here: Replica, query: str, cursor: str) -> str:
    """Return the code with which a subscription from a cursor is refused, or none."""
    try:
        (await follow(here, query, after=cursor)).follower.leave()
    except RequestRefused as refused:
        return str((refused.errors[0].extensions or {})["code"])
    return ""


async def test_cursors_below_the_floor_have_expired_and_those_from_it_go_on(
    here: Replica, database: str, pool: "Pool"
) -> None:
    cursors = [await position(here.api)]
    for at in range(4):
        await signed(here.api, signedOn=f"20{at:02}")
        cursors.append(await position(here.api))
    floor = int(cursors[2].split(".")[1])
    done = await prune(database, await moment_after(pool, floor))
    assert done == Pruned(floor, len(await kept(pool)))
    await caught_up(here)
    assert [await code(here, CHANGES, cursor) for cursor in cursors] == ["CURSOR_EXPIRED"] * 2 + [""] * 3
    resumed = await follow(here, CHANGES, after=cursors[2])
    assert [answer["cursor"] for answer in await resumed.until(cursors[4])] == cursors[3:]
    listed = await here.api.ask("{ changes { nodes { cursor } } }")
    assert [change["cursor"] for change in listed["changes"]["nodes"]] == cursors[3:]
    refused = await here.api.answer("query ($c: String) { changes(after: $c) { nodes { cursor } } }", {"c": cursors[1]})
    assert refused["errors"][0]["extensions"]["code"] == "CURSOR_EXPIRED"
    epoch, seq, _ = cursors[2].split(".")
    assert await code(here, CHANGES, f"{epoch}.{seq}.00000000") == "CURSOR_RESET"


async def test_all_may_be_pruned_and_followers_at_the_end_take_no_notice(
    here: Replica, database: str, pool: "Pool"
) -> None:
    id_ = await signed(here.api)
    task = await joined(await follow(here, AGREEMENTS))
    await caught_up(here)
    assert (await prune(database, datetime.now(UTC))).kept == 0
    assert await kept(pool) == []
    cursor = await position(here.api)
    assert await code(here, CHANGES, cursor) == ""
    await here.api.written("amendAgreement", amendment(id_, title="Title"))
    assert (await task)["change"]["version"] == 2
    assert (await (await follow(here, CHANGES, after=cursor)).take())["change"]["version"] == 2
    assert len(await kept(pool)) == 1


async def test_a_follower_whose_changes_are_pruned_on_the_way_is_told(
    here: Replica, database: str, pool: "Pool", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.following.STRETCH", 16)
    start = await position(here.api)
    for at in range(6):
        await signed(here.api, signedOn=f"20{at:02}")
    await caught_up(here)
    in_memory, from_database = await follow(here, CHANGES, after=start), await follow(here, CHANGES, after=start)
    first = [await reader.take() for reader in (in_memory, from_database)]
    await prune(database, await moment_after(pool, 6))
    with pytest.raises(CursorRefused) as refused:
        for _ in range(8):
            first.append(await in_memory.take())
    assert refused.value.code == "CURSOR_EXPIRED"
    here.feed.tail.recent = []
    with pytest.raises(CursorRefused) as refused:
        for _ in range(8):
            first.append(await from_database.take())
    assert refused.value.code == "CURSOR_EXPIRED"
    seen = [int(answer["cursor"].split(".")[1]) for answer in first]
    assert sorted(seen) == [1, 1, 2, 2]


async def test_a_replica_that_a_prune_overtakes_expires_those_alone_whose_changes_are_gone(
    here: Replica, database: str, pool: "Pool", monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = await joined(await follow(here, CHANGES))
    going, read_on = asyncio.Event(), here.feed.tail.read_on

    async def held(connection: asyncpg.Connection) -> None:
        await going.wait()
        await read_on(connection)

    monkeypatch.setattr(here.feed.tail, "read_on", held)
    here.feed.tail.woken.set()
    await asyncio.sleep(0)
    async with replica(database) as there:
        await signed(there.api)
        pruned = await position(there.api)
        await signed(there.api, signedOn="2021")
        floor = await position(there.api)
        expiring, ahead = [await joined(await follow(here, CHANGES, after=place)) for place in (pruned, floor)]
        await prune(database, await moment_after(pool, int(floor.split(".")[1])))
        id_ = await signed(there.api, signedOn="2022")
    going.set()
    for task in (behind, expiring):
        with pytest.raises(CursorRefused) as refused:
            await task
        assert refused.value.code == "CURSOR_EXPIRED"
    assert (await ahead)["change"]["subjectId"] == id_


async def test_answers_to_keys_stay_and_only_their_places_are_gone(here: Replica, database: str) -> None:
    given = {"idempotencyKey": "k", "id": await signed(here.api), "expectedVersion": 1, "title": "Title"}
    first = await here.api.written("amendAgreement", given, "agreement { id title }")
    await prune(database, datetime.now(UTC))
    again = await here.api.mutate("amendAgreement", given, "agreement { id title }")
    assert again == {**first, "replayed": True, "cursor": None}
    history = await here.api.ask(
        "query ($id: ID!) { agreement(id: $id) { version history { nodes { kind } } } }", {"id": given["id"]}
    )
    assert history["agreement"] == {"version": 2, "history": {"nodes": []}}


async def test_the_archive_holds_what_was_pruned(here: Replica, database: str, pool: "Pool", tmp_path: Path) -> None:
    for at in range(3):
        await signed(here.api, signedOn=f"20{at:02}")
    before = await rows(pool, "SELECT * FROM change ORDER BY seq")
    with (tmp_path / "archive").open("w") as archive:
        done = await prune(database, await moment_after(pool, 4), archive)
    digest = bytes(32)
    lines = [json.loads(line) for line in (tmp_path / "archive").read_text().splitlines()]
    assert len(lines) == done.pruned == 4
    for line, change in zip(lines, before, strict=False):
        stored, moment = line.pop("hash"), datetime.fromisoformat(line.pop("at"))
        digest = change_hash(digest, at=moment, **line)
        assert stored == digest.hex() == change["hash"].hex()


async def test_an_interrupted_prune_goes_on(
    here: Replica, database: str, pool: "Pool", monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(3):
        await signed(here.api, signedOn=f"20{at:02}")
    delete = pruning._delete

    async def interrupted(connection: asyncpg.Connection) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(pruning, "_delete", interrupted)
    with pytest.raises(KeyboardInterrupt):
        await prune(database, datetime.now(UTC))
    assert await code(here, SIGNINGS, f"{(await position(here.api)).split('.')[0]}.0.00000000") == "CURSOR_EXPIRED"
    monkeypatch.setattr(pruning, "_delete", delete)
    monkeypatch.setattr(pruning, "ROWS_A_STATEMENT", 2)
    assert (await prune(database, datetime.now(UTC) - timedelta(days=1))).pruned == 5
    assert await kept(pool) == []


def command(database: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "service", "prune", *arguments],
        cwd=ROOT,
        env=environment(DATABASE_URL=database),
        capture_output=True,
        text=True,
        check=False,
    )


async def test_the_command_tells_what_it_did_and_overwrites_no_archive(
    here: Replica, database: str, pool: "Pool", tmp_path: Path
) -> None:
    await signed(here.api)
    archive = ("--archive", str(tmp_path / "archive"))
    done = await asyncio.to_thread(command, database, "--before", "1h", *archive)
    assert done.stdout.startswith("0 changes before ")
    assert done.stdout.endswith(" UTC pruned, 3 kept\n")
    again = await asyncio.to_thread(command, database, "--before", "1h", *archive)
    assert (again.returncode, again.stdout, again.stderr) == (
        1,
        "",
        f"jumelage: {tmp_path / 'archive'}: File exists\n",
    )
    wrong = await asyncio.to_thread(command, database, "--before", "soon")
    assert wrong.returncode == 2
    assert "Invalid value for '--before': must be a day (2024-01-31)" in wrong.stderr
    assert len(await kept(pool)) == 3


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-31", datetime(2024, 1, 31, tzinfo=UTC)),
        ("2024-01-31T12:00Z", datetime(2024, 1, 31, 12, tzinfo=UTC)),
        ("2024-01-31T12:00+02:00", datetime(2024, 1, 31, 10, tzinfo=UTC)),
        ("90d", NOW - timedelta(days=90)),
        ("12h", NOW - timedelta(hours=12)),
        ("8w", NOW - timedelta(weeks=8)),
    ],
)
def test_reads_a_moment(text: str, moment: datetime) -> None:
    assert parse_moment(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "soon", "0d", "-1d", "90", "90y", "2024-02-30", "2024-05-02", "999999w", "2999"])
def test_refuses_what_is_no_moment_or_lies_ahead(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be|lies ahead|longer ago"):
        parse_moment(text, NOW)
