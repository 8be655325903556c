"""Importing lines of signings, and exporting the registry so that another becomes equal to it."""

import asyncio
import contextlib
import io
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from service.errors import UnknownOutcome
from service.export import export_lines, restore_lines, tables
from service.failure import OperatorError, describe
from service.importing import Tally, import_lines
from service.verification import verify
from tests.api import Api, answering
from tests.conftest import sibling
from tests.factories import city, city_party, parties, person
from tests.input_values import BAD_DATES, LONGEST
from tests.oracle import sample
from tests.registry import contents, count, feed
from tests.server import ROOT
from tests.test_merging import identifier, merge, retraction
from tests.test_updating import recorded, signed

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]


def line(number: int, **facts: Any) -> bytes:
    named = parties(city_party("Aachen", "DE"), city_party(f"City {number}", "DE"))
    return json.dumps({"kind": "OTHER", "signedOn": "2024", "parties": named, **facts}).encode() + b"\n"


async def imported(url: str, lines: list[bytes]) -> tuple[Tally, list[dict[str, Any]]]:
    report = io.StringIO()
    tally = await import_lines(url, "city", lines, report)
    return tally, [json.loads(told) for told in report.getvalue().splitlines()]


async def test_a_file_is_recorded_once_however_often_it_is_imported(database: str, pool: "Pool") -> None:
    lines = [line(number) for number in range(1100)]
    tally, refused = await imported(database, lines)
    assert (tally.recorded, tally.known, tally.refused, refused) == (1100, 0, 0, [])
    before = await contents(pool)
    tally, refused = await imported(database, lines)
    assert (tally.recorded, tally.known, tally.refused, refused) == (0, 1100, 0, [])
    assert await contents(pool) == before
    await feed(pool)


async def test_refusals_are_told_by_line_and_the_rest_stands(database: str, pool: "Pool") -> None:
    lines = [
        line(1),
        b"\n",
        b"{not JSON\n",
        b"[]\n",
        line(2, signedOn="2024-02-30"),
        line(3, colour="red"),
        line(1, title="The same once more"),
        b'{"kind": "OTHER", "title": "\\ud800", "parties": []}\n',
        b"\xff\xfe\n",
        line(4),
    ]
    tally, refused = await imported(database, lines)
    assert [(told["line"], told["code"], told["path"]) for told in refused] == [
        (3, "INVALID", []),
        (4, "INVALID", []),
        (5, "INVALID", ["signedOn"]),
        (6, "INVALID", ["colour"]),
        (7, "ALREADY_RECORDED", []),
        (8, "INVALID", ["title"]),
        (9, "INVALID", []),
    ]
    assert refused[4]["candidates"]
    assert (tally.recorded, tally.refused) == (2, 7)
    assert await count(pool, "agreement") == 2


WRONG: list[tuple[bytes | dict[str, Any], str]] = [
    ({"kind": "SISTER"}, "kind"),
    ({"kind": 1}, "kind"),
    ({"title": "x" * 501}, "title"),
    ({"title": "a\0b"}, "title"),
    ({"title": "\ud800"}, "title"),
    ({"title": ["x"]}, "title"),
    ({"summary": " \n"}, "summary"),
    ({"areas": ["Health", "y" * 10_000]}, "areas.1"),
    ({"parties": {}}, "parties"),
    ({"parties": [{"party": city_party(LONGEST[2])}, {"party": city_party()}]}, "parties.0.party.city.named.name"),
    (
        {"parties": [{"party": {"city": {"geonamesId": "5"}}}, {"party": city_party()}]},
        "parties.0.party.city.geonamesId",
    ),
    ({"parties": [{"party": {"city": {"geonamesId": True}}}]}, "parties.0.party.city.geonamesId"),
    ({"parties": [{"party": {"city": {"geonamesId": 10**30}}}]}, "parties.0.party.city.geonamesId"),
    ({"partiesComplete": "true"}, "partiesComplete"),
    ({"partiesComplete": float("nan")}, "partiesComplete"),
    ({"idempotencyKey": None}, "idempotencyKey"),
    ({"idempotencyKey": ""}, "idempotencyKey"),
    *(({"signedOn": day}, "signedOn") for day in BAD_DATES),
    ({"signedOn": 2024}, "signedOn"),
    (b'{"kind": ' + b"9" * 5_000 + b"}", ""),
    (b'{"kind": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", ""),
    (b'{"title": "\xed\xa0\x80"}', "title"),
    (b'"a line"', ""),
]


async def test_each_line_that_is_wrong_is_refused_with_its_place(database: str, pool: "Pool") -> None:
    before = await contents(pool)
    lines = [given if isinstance(given, bytes) else line(at, **given) for at, (given, _) in enumerate(WRONG)]
    tally, refused = await imported(database, lines)
    assert (tally.recorded, tally.refused) == (0, len(WRONG))
    for at, (_, path) in enumerate(WRONG, 1):
        told = [(one["code"], ".".join(one["path"])) for one in refused if one["line"] == at]
        assert ("INVALID", path) in told, (at, path, told)
    assert await contents(pool) == before


def command(url: str, *arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        cwd=ROOT,
        env={"DATABASE_URL": url, "PATH": ""},
        input=given,
        capture_output=True,
    )


def start(url: str, file: Path, stderr: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "service", "import", str(file)],
        cwd=ROOT,
        env={"DATABASE_URL": url, "PATH": "", "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.DEVNULL,
        stderr=stderr,
    )


async def test_the_command_tells_by_its_status(database: str, pool: "Pool", tmp_path: Path) -> None:
    done = await asyncio.to_thread(command, database, "import", "-", given=line(1) + line(2, signedOn="2999"))
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["code"] == "SIGNED_IN_THE_FUTURE"
    assert done.stderr == b"1 recorded, 0 known already, 1 refused\n"
    file = tmp_path / "signings.jsonl"
    file.write_bytes(line(1))
    done = await asyncio.to_thread(command, database, "import", str(file), "--as", "import")
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"0 recorded, 1 known already, 0 refused\n"


async def test_a_run_that_is_killed_is_simply_run_again(database: str, pool: "Pool", tmp_path: Path) -> None:
    file = tmp_path / "signings.jsonl"
    file.write_bytes(b"".join(line(number) for number in range(2_000)))
    started = start(database, file, subprocess.DEVNULL)
    while not await count(pool, "agreement") and started.poll() is None:  # noqa: ASYNC110 (another process writes)
        await asyncio.sleep(0.01)
    started.kill()
    assert await asyncio.to_thread(started.wait) == -signal.SIGKILL
    before = await count(pool, "agreement")
    assert before % 500 == 0
    done = await asyncio.to_thread(command, database, "import", str(file))
    assert done.stderr.decode() == f"{2_000 - before} recorded, {before} known already, 0 refused\n"
    assert await count(pool, "agreement") == 2_000
    await feed(pool)


async def test_a_terminal_is_told_how_far_it_is(database: str, tmp_path: Path) -> None:
    file = tmp_path / "signings.jsonl"
    file.write_bytes(line(1) + line(2) + line(3, signedOn="2999"))
    ours, theirs = pty.openpty()
    started = start(database, file, theirs)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal ends whose other side is closed
        while part := await asyncio.to_thread(os.read, ours, 4096):
            shown += part
    os.close(ours)
    assert await asyncio.to_thread(started.wait) == 1
    assert b"3/3" in shown
    assert b"2 recorded, 0 known already, 1 refused" in shown


async def test_what_an_operator_can_mend_is_told_in_one_line(database: str, tmp_path: Path) -> None:
    file = tmp_path / "signings.jsonl"
    file.write_bytes(line(1))
    for arguments, told in (
        (["nothing.jsonl"], "no such file: nothing.jsonl"),
        ([str(file), "--as", " "], "--as must be a name of 1 to 100 characters"),
        ([str(file), "--as", "x" * 101], "--as must be a name of 1 to 100 characters"),
        ([str(file), "--report", str(tmp_path / "no" / "report")], f"{tmp_path}/no/report: No such file or directory"),
    ):
        done = await asyncio.to_thread(command, database, "import", *arguments)
        assert (done.returncode, done.stderr.decode()) == (1, f"jumelage: {told}\n")
    lost = UnknownOutcome("the connection was lost during COMMIT")
    assert describe(lost) == f"{lost}: run the command again, which records nothing twice"


@pytest.fixture
async def empty(postgres_url: str, template: str) -> Any:
    """The address of a second, empty registry."""
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE restored TEMPLATE {template}")
    yield sibling(postgres_url, "restored")
    await connection.execute("DROP DATABASE restored WITH (FORCE)")
    await connection.close()


async def exported(url: str) -> list[bytes]:
    return [line.encode() for line in [one async for one in export_lines(url)]]


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_is_recorded_is_carried_over(database: str, empty: str, seed: int) -> None:
    await sample.fill(database, seed)
    lines = await exported(database)
    elsewhere = {"retraction", "idempotency_key"}  # not in the sample, but in the registry of the next test
    assert {json.loads(line)["table"] for line in lines[1:-1]} == {table.name for table in tables()} - elsewhere
    assert await restore_lines(empty, lines) == len(lines) - 2
    assert await exported(empty) == lines


async def test_a_restored_registry_goes_on_where_the_other_was(api: Api, pool: "Pool", empty: str) -> None:
    await signed(api, witnesses=[{"person": person(nativeName="陳其邁")}], areas=["Health"])
    gift = {"kind": "GIFT", "giver": city_party(), "description": "x"}
    amount = {"amount": "300000123456789012.123456", "currency": "EUR"}
    await recorded(api, "recordContribution", {**gift, **amount}, "contribution")
    facts = {"name": "Takao", "country": "TW", "latitude": 22.616666666666667, "longitude": 120.3}
    duplicate = await recorded(api, "createCity", {"city": facts}, "city")
    await api.written("mergeCities", merge(duplicate, await identifier(pool, "city", "Kaohsiung")))
    event = await recorded(api, "recordEvent", {"event": {"kind": "EXPO", "name": "Expo", "city": city()}}, "event")
    part = {"kind": "EXPO", "name": "Day one", "partOf": event}
    await api.written("retract", retraction(await recorded(api, "recordEvent", {"event": part}, "event")))
    given = {"idempotencyKey": "once", "kind": "OTHER", "parties": parties()}
    first = await api.written("recordSigning", given, "agreement { id }")
    await restore_lines(empty, await exported(api.executor.database.url))
    async with answering(empty) as other, asyncpg.create_pool(empty, min_size=1, max_size=2) as others:
        assert await contents(others) == await contents(pool)
        assert await other.mutate("recordSigning", given, "agreement { id }") == {**first, "replayed": True}
        await signed(other, signedOn="2020")
        await feed(others)
    await verify(empty)


REVISION, FORMAT_VERSION, ROW = b'"revision": "', b'"version": 1', b'{"table": "secret", "row": {}}'
DAMAGED: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "not empty": (lambda lines: lines, "not empty"),
    "cut short": (lambda lines: lines[:-1], "cut short"),
    "cut within a line": (lambda lines: [*lines[:-2], lines[-2][:20]], "line {last} of the export is damaged"),
    "a row lost": (lambda lines: [*lines[:5], *lines[6:]], "cut short"),
    "of another schema": (lambda lines: [lines[0].replace(REVISION, REVISION + b"9"), *lines[1:]], "same release"),
    "of another format": (
        lambda lines: [lines[0].replace(FORMAT_VERSION, b'"version": 2'), *lines[1:]],
        "same release",
    ),
    "an unknown table": (lambda lines: [*lines[:5], ROW, *lines[5:]], "no table of this release"),
    "no JSON": (lambda lines: [*lines[:5], b"{", *lines[5:]], "line 6 of the export is damaged"),
}


@pytest.mark.parametrize("damage", DAMAGED)
async def test_an_export_that_is_damaged_restores_nothing(api: Api, database: str, empty: str, damage: str) -> None:
    await signed(api)
    damaged, told = DAMAGED[damage]
    lines = damaged(await exported(database))
    into = database if damage == "not empty" else empty
    before = await exported(into)
    with pytest.raises(OperatorError, match=told.format(last=len(lines))):
        await restore_lines(into, lines)
    assert await exported(into) == before


async def test_the_commands_carry_a_registry_over(api: Api, database: str, empty: str, tmp_path: Path) -> None:
    await signed(api)
    file = tmp_path / "registry.jsonl"
    done = await asyncio.to_thread(command, database, "export", str(file))
    assert done.returncode == 0, done.stderr
    done = await asyncio.to_thread(command, empty, "import", "-", given=file.read_bytes())
    assert done.returncode == 0, done.stderr
    again = await asyncio.to_thread(command, empty, "export")
    assert again.stdout == file.read_bytes()
