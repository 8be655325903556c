"""What a registry promises whatever happens: crashes, full disks, races and clocks that are wrong."""

import asyncio
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from service.agreement_update import AmendAgreementInput, amend_agreement
from service.errors import UserErrorCode, parse
from service.models import columns
from service.notification import ConnectionSource
from service.recording import Transaction, record
from service.referring import RECORDS
from service.signing import record_signing
from tests.api import Api
from tests.crashing import POINTS
from tests.factories import citation, city, city_party, parties, person, signing
from tests.registry import contents, count, feed, refusals, rows, subject, until_somebody_waits
from tests.server import ROOT
from tests.test_updating import amendment, key, recorded, signed, update

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]


@pytest.mark.parametrize("point", POINTS)
async def test_a_killed_process_wrote_all_or_nothing_and_a_retry_tells(pool: "Pool", database: str, point: str) -> None:
    before = await contents(pool)
    command = [sys.executable, "-m", "tests.crashing", database, point]
    killed = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True)
    assert killed.returncode == -9, killed.stderr
    written = point != "before commit"
    assert (await contents(pool) == before) is not written
    again = await record(pool, "city", "key", signing("key"), record_signing)
    assert again.replayed is written
    assert await count(pool, "agreement") == 1
    assert await count(pool, "city") == 2
    assert (await feed(pool))[-1]["subject_id"] == again.subject_id


class FailingPool:
    """Lends connections on which one statement fails: the first, the second, and so on."""

    def __init__(self, pool: ConnectionSource, at: int, error: type[Exception]) -> None:
        self.pool, self.left, self.error = pool, at, error

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        async with self.pool.acquire() as connection:
            yield FailingConnection(self, connection)


class FailingConnection:
    def __init__(self, pool: FailingPool, connection: Any) -> None:
        self.pool, self.connection = pool, connection

    def __getattr__(self, name: str) -> Any:
        original = getattr(self.connection, name)
        if name not in {"execute", "executemany", "fetch", "fetchrow", "fetchval"}:
            return original

        async def failing(statement: str, *arguments: object) -> Any:
            self.pool.left -= 1
            if self.pool.left == 0:
                raise self.pool.error("could not extend file")
            return await original(statement, *arguments)

        return failing


@pytest.mark.parametrize("error", [asyncpg.DiskFullError, asyncpg.PostgresIOError])
async def test_a_full_disk_refuses_writes_wherever_it_strikes_and_harms_nothing(
    pool: "Pool", error: type[Exception]
) -> None:
    await record(pool, "city", "first", signing("first"), record_signing)
    before = await contents(pool)
    sides = [{"party": city_party("Aachen", "DE"), "signatories": [{"person": person()}]}, *parties(city_party())]
    given = signing("key", parties=sides, areas=["Health"], citations=[citation()])
    at = 0
    while True:
        at += 1
        failing = FailingPool(pool, at, error)
        try:
            outcome = await record(failing, "city", "key", given, record_signing)
        except error:
            assert await contents(pool) == before
            assert await pool.fetchval("SELECT count(*) FROM agreement") == 1
            continue
        break
    assert at > 10
    assert not outcome.replayed
    assert (await feed(pool))[-1]["subject_id"] == subject(outcome)


async def test_a_full_disk_is_told_as_unavailable(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    database = api.executor.database
    monkeypatch.setattr(database, "pool", FailingPool(database.pool, 1, asyncpg.DiskFullError))
    query = "mutation ($i: RecordSigningInput!) { recordSigning(input: $i) { replayed } }"
    answer = await api.answer(query, {"i": {"idempotencyKey": "k", "kind": "OTHER", "parties": parties()}})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAVAILABLE"]
    assert "extend" not in str(answer)


async def test_of_two_sessions_the_one_that_comes_second_is_told(pool: "Pool") -> None:
    id_ = subject(await record(pool, "city", "key", signing("key"), record_signing))
    reached, proceed = asyncio.Event(), asyncio.Event()

    async def slow(tx: Transaction, payload: AmendAgreementInput) -> str:
        amended = await amend_agreement(tx, payload)
        reached.set()
        await proceed.wait()
        return amended

    def amend(name: str, rule: Any) -> Any:
        given = {"idempotencyKey": name, "id": id_, "expectedVersion": 1, "title": name}
        return asyncio.ensure_future(record(pool, "city", name, parse(AmendAgreementInput, given), rule))

    first = amend("first", slow)
    await reached.wait()
    second = amend("second", amend_agreement)
    await until_somebody_waits(pool)
    proceed.set()
    subject(await first)
    refused = await second
    assert refusals(refused) == [(UserErrorCode.VERSION_CONFLICT, "expectedVersion")]
    assert await rows(pool, "SELECT title, version FROM agreement") == [{"title": "first", "version": 2}]


async def test_history_adds_up_to_what_stands(api: Api, pool: "Pool") -> None:
    chance = random.Random(7)  # noqa: S311 (chooses what to write, keeps no secret)
    await signed(api, parties=parties(*(city_party(f"City {at}", "DE") for at in range(4))))

    async def write(writer: int) -> None:
        for step in range(10):
            some = city_party(f"City {chance.randrange(6)}", "DE")
            match chance.randrange(6):
                case 0:
                    facts = parties(some, city_party(f"New {writer}-{step}", "DE"))
                    await api.mutate("recordSigning", {"idempotencyKey": key(), "kind": "OTHER", "parties": facts})
                case 1:
                    expo = {"kind": "EXPO", "name": "Expo", "city": some["city"]}
                    await recorded(api, "recordEvent", {"event": expo}, "event")
                case 2 | 3:
                    one = chance.choice(await pool.fetch("SELECT id, version FROM agreement"))
                    await api.mutate("amendAgreement", amendment(one["id"], one["version"], summary=f"{writer}-{step}"))
                case 4:
                    one = chance.choice(await pool.fetch("SELECT id, version FROM city WHERE merged_into_id IS NULL"))
                    await api.mutate("updateCity", update(one["id"], one["version"], population=step))
                case 5:
                    one, other = chance.sample(await pool.fetch("SELECT id FROM city"), 2)
                    given = {"idempotencyKey": key(), "duplicate": one["id"], "into": other["id"]}
                    await api.mutate("mergeCities", given)

    await asyncio.gather(*(write(writer) for writer in range(5)))
    versions: dict[str, list[int]] = defaultdict(list)
    kinds: dict[str, list[str]] = defaultdict(list)
    for change in await feed(pool):
        versions[change["subject_id"]].append(change["version"])
        kinds[change["subject_id"]].append(change["kind"])
    for table in RECORDS:
        for row in await pool.fetch(f"SELECT id, version FROM {table}"):
            assert versions.pop(row["id"]) == list(range(1, row["version"] + 1))
            assert kinds[row["id"]][0] == "CREATED"
            assert "CREATED" not in kinds[row["id"]][1:]
    assert not versions
    assert {kind for made in kinds.values() for kind in made} == {"CREATED", "UPDATED", "MERGED"}


async def test_a_clock_that_is_wrong_disorders_nothing(pool: "Pool", monkeypatch: pytest.MonkeyPatch) -> None:
    day = 86_400_000_000_000
    for at, skew in enumerate((0, 400 * day, -400 * day, day)):
        real = time.time_ns
        monkeypatch.setattr(time, "time_ns", lambda real=real, skew=skew: real() + skew)
        monkeypatch.setattr(columns, "_last", 0)
        outcome = await record(pool, "city", f"key-{at}", signing(f"key-{at}", signedOn=f"200{at}"), record_signing)
        assert (await feed(pool))[-1]["subject_id"] == subject(outcome)
        again = await record(pool, "city", f"key-{at}", signing(f"key-{at}", signedOn=f"200{at}"), record_signing)
        assert again.replayed
        monkeypatch.undo()
    future = await record(pool, "city", "late", signing("late", signedOn="2999"), record_signing)
    assert refusals(future) == [(UserErrorCode.SIGNED_IN_THE_FUTURE, "signedOn")]


VALIDATED = [
    {},
    {"signedOn": "2999"},
    {"parties": parties(city_party())},
    {"parties": parties(city_party(), city_party("KAOHSIUNG"))},
    {"fulfils": "agr_0"},
    {"parties": parties(city_party("X", "QQ"), city_party())},
    {"expiresOn": "2001"},
    {"event": {"new": {"kind": "EXPO", "name": "Expo", "city": city("Aachen", "DE")}}, "areas": ["!"]},
    {"citations": [citation(field="colour")]},
    {"kind": "OTHER", "signedOn": "2001"},
]


@pytest.mark.parametrize("facts", VALIDATED)
async def test_validating_answers_exactly_what_recording_does(pool: "Pool", facts: dict[str, Any]) -> None:
    await record(pool, "city", "there", signing("there", kind="OTHER", signedOn="2001"), record_signing)
    before = await contents(pool)
    checked = await record(pool, "city", "key", signing("key", validateOnly=True, **facts), record_signing)
    assert await contents(pool) == before
    written = await record(pool, "city", "key", signing("key", **facts), record_signing)
    assert checked.refusals == written.refusals
    assert (checked.subject_id, checked.cursor, checked.replayed) == (None, None, False)
    if written.refusals:
        assert await contents(pool) == before
