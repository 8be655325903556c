"""Importing lines of signings, and exporting the registry so that another becomes equal to it."""

import asyncio
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from service.export import export_lines, restore_lines
from service.failure import OperatorError
from service.importing import Progress, Tally, import_lines
from tests.api import Api
from tests.conftest import sibling
from tests.factories import city, city_party, parties, person
from tests.input_values import BAD_DATES, LONGEST
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
    tally = await import_lines(url, "city", lines, report, Progress(io.StringIO()))
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


def test_the_terminal_is_told_how_far_it_is() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    progress = Progress(terminal)
    progress(Tally(recorded=3, known=2, refused=1))
    progress.end()
    assert "3 recorded, 2 known already, 1 refused" in terminal.getvalue()
    assert terminal.getvalue().endswith("\n")


def command(url: str, *arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        cwd=ROOT,
        env={"DATABASE_URL": url, "PATH": ""},
        input=given,
        capture_output=True,
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
    missing = await asyncio.to_thread(command, database, "import", "nothing.jsonl")
    assert missing.returncode == 1
    assert b"no such file: nothing.jsonl" in missing.stderr


@pytest.fixture
async def empty(postgres_url: str, template: str) -> Any:
    """The address of a second, empty registry."""
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE restored TEMPLATE {template}")
    yield sibling(postgres_url, "restored")
    await connection.execute("DROP DATABASE restored WITH (FORCE)")
    await connection.close()


async def test_an_export_makes_an_empty_registry_equal(api: Api, database: str, pool: "Pool", empty: str) -> None:
    await signed(api, witnesses=[{"person": person(nativeName="陳其邁")}], areas=["Health"])
    gift = {
        "kind": "GIFT",
        "giver": city_party(),
        "description": "x",
        "amount": "300000123456789012.123456",
        "currency": "EUR",
    }
    await recorded(api, "recordContribution", gift, "contribution")
    facts = {"name": "Takao", "country": "TW", "latitude": 22.616666666666667, "longitude": 120.3}
    duplicate = await recorded(api, "createCity", {"city": facts}, "city")
    await api.written("mergeCities", merge(duplicate, await identifier(pool, "city", "Kaohsiung")))
    whole = {"kind": "EXPO", "name": "Expo", "city": city()}
    event = await recorded(api, "recordEvent", {"event": whole}, "event")
    part = await recorded(api, "recordEvent", {"event": {**whole, "name": "Day one", "partOf": event}}, "event")
    await api.written("retract", retraction(part))
    lines = [one.encode() async for one in export_lines(database)]
    assert await restore_lines(empty, lines) == len(lines) - 1
    async with asyncpg.create_pool(empty, min_size=1, max_size=2) as other:
        assert await contents(other) == await contents(pool)
        await feed(other)
    with pytest.raises(OperatorError, match="not empty"):
        await restore_lines(empty, lines)


async def test_the_commands_carry_a_registry_over(api: Api, database: str, empty: str, pool: "Pool") -> None:
    await signed(api)
    exported = await asyncio.to_thread(command, database, "export")
    assert exported.returncode == 0, exported.stderr
    done = await asyncio.to_thread(command, empty, "import", "-", given=exported.stdout)
    assert done.returncode == 0, done.stderr
    again = await asyncio.to_thread(command, empty, "export")
    assert again.stdout == exported.stdout
