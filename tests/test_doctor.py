"""The doctor finds what is wrong, says what to do, and finds nothing where all is well."""

import asyncio
import json
import secrets
from typing import Any

import asyncpg
import pytest

from service import examination
from service.doctor import Finding, as_text, healthy
from service.examination import examine
from service.recording import record
from service.settings import Settings
from service.signing import record_signing
from tests.conftest import execute
from tests.factories import signing
from tests.stand_in import ROOT, command
from trials.programs import free_port

WELL = {"database", "clock", "connections", "schema", "rights", "feed"}


def production(url: str, **more: Any) -> Settings:
    """Return settings as an operator would set them."""
    return Settings.model_validate({"DATABASE_URL": url, "key_pepper": "pepper", **more})


async def found(url: str, name: str, **more: Any) -> Finding:
    """Return the one finding of this name."""
    (finding,) = [finding for finding in await examine(production(url, **more), url) if finding.name == name]
    return finding


async def test_finds_nothing_where_all_is_well(database: str, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    await record(pool, "city", "key", signing("key"), record_signing)
    findings = {finding.name: finding for finding in await examine(production(database), database)}
    assert {name for name, finding in findings.items() if finding.status == "ok"} == WELL | {"settings"}
    # The tests' server does not wait for its disk, which is what the doctor is for.
    assert findings["durability"].status == "failed"
    assert "fsync = off" in findings["durability"].seen
    assert all(bool(finding.advice) is (finding.status != "ok") for finding in findings.values())


@pytest.mark.parametrize(
    ("harm", "name", "status", "seen"),
    [
        ("UPDATE alembic_version SET version_num = '0002'", "schema", "failed", "at revision 0002"),
        ("UPDATE alembic_version SET version_num = '9999'", "schema", "warning", "the database is at revision 9999"),
        ("UPDATE change SET actor = 'somebody' WHERE seq = 2", "feed", "failed", "change 2 does not fit"),
        ("DELETE FROM change WHERE seq = 2", "feed", "failed", "change 2 does not fit"),
        ("UPDATE feed_head SET seq = seq + 1", "feed", "failed", "change 4 does not fit"),
        ("DELETE FROM feed_head", "feed", "failed", "feed_head has lost its one row"),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_city_by_name'::regclass",
            "indexes",
            "failed",
            "ix_city_by_name: being built, or cut off",
        ),
    ],
)
async def test_finds_what_was_harmed(
    database: str, pool: "asyncpg.Pool[asyncpg.Record]", harm: str, name: str, status: str, seen: str
) -> None:
    await record(pool, "city", "key", signing("key"), record_signing)
    await execute(database, harm)
    finding = await found(database, name)
    assert (finding.status, finding.seen[: len(seen)]) == (status, seen)
    assert finding.advice


async def test_proves_the_whole_history_where_asked(database: str, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    await record(pool, "city", "key", signing("key"), record_signing)
    (finding,) = [each for each in await examine(production(database), database, whole=True) if each.name == "history"]
    assert (finding.status, finding.seen) == ("ok", "3 changes fit, 1 to 3")
    await execute(database, "UPDATE city SET version = 2")  # which the newest changes do not show
    (finding,) = [each for each in await examine(production(database), database, whole=True) if each.name == "history"]
    assert finding.status == "failed"


async def test_finds_a_role_without_rights(database: str) -> None:
    role = f"reader_{secrets.token_hex(4)}"
    await execute(database, f"CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    try:
        finding = await found(database.replace("jumelage@", f"{role}@"), "rights")
        assert finding.status == "failed"
        assert finding.seen.startswith(f"{role} may not use agreement, agreement_area")
    finally:
        await execute(database, f"DROP OWNED BY {role}; DROP ROLE {role}")


async def test_finds_a_transaction_that_was_forgotten(
    database: str, pool: "asyncpg.Pool[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "LONG_S", 0)
    async with pool.acquire() as connection, connection.transaction():
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        findings = await examine(production(database), database)
        assert any(finding.name == "transactions" and str(pid) in finding.seen for finding in findings)


async def test_finds_pools_that_the_database_has_no_room_for(database: str) -> None:
    finding = await found(database, "connections", pool_max=1000)
    assert (finding.status, finding.seen[:33]) == ("failed", "a replica takes up to 2006 of 97,")
    finding = await found(database, "connections", workers=3)
    assert (finding.status, finding.seen[:31]) == ("ok", "a replica takes up to 78 of 97,")


async def test_finds_a_server_that_is_away(database: str) -> None:
    url = f"postgresql://127.0.0.1:{free_port()},127.0.0.1:{free_port()}/x"
    findings = await examine(production(url), url)
    assert [finding.status for finding in findings if finding.name == "server"] == ["warning", "warning"]
    assert findings[-1].name == "database"
    assert not healthy(findings)


async def test_finds_that_keys_can_be_tried_out(database: str) -> None:
    assert (await found(database, "settings", key_pepper="")).status == "warning"


class Told:
    """A connection to a server as it is told to be."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    async def fetchrow(self, statement: str, *values: object) -> Any:
        return self.answers.pop(0)

    fetchval = fetch = fetchrow


SOUND = {"version": "15.2", "major": 15, "encoding": "UTF8", "plpgsql": True, "size": "1 GB"}
SOUND |= {"local": False, "encrypted": True}


@pytest.mark.parametrize(
    ("differs", "status"),
    [
        ({}, "ok"),
        ({"major": 14}, "failed"),
        ({"encoding": "LATIN1"}, "failed"),
        ({"plpgsql": False}, "failed"),
        ({"encrypted": False}, "warning"),
        ({"encrypted": False, "local": True}, "ok"),
    ],
)
async def test_judges_the_server(differs: dict[str, Any], status: str) -> None:
    told: Any = Told(SOUND | differs)
    assert (await examination.version(told)).status == status


@pytest.mark.parametrize(
    ("answers", "statuses"),
    [
        (("", 0, [], None), []),
        (("standby", 1, [], None), ["ok"]),
        (("standby", 0, [], None), ["failed"]),
        (("", 0, [{"slot_name": "gone", "kept": "9 GB"}], None), ["failed"]),
        (("", 0, [], {"last_failed_wal": "0001"}), ["failed"]),
    ],
)
async def test_judges_replication_and_archiving(answers: tuple[Any, ...], statuses: list[str]) -> None:
    told: Any = Told(*answers)
    assert [finding.status async for finding in examination.standbys(told)] == statuses


async def test_tells_people_and_programs(database: str) -> None:
    told = await asyncio.to_thread(command, ROOT, "doctor", DATABASE_URL=database)
    assert told.returncode == 1
    assert "-> run the command `migrate`" not in told.stdout
    assert "failed   durability" in told.stdout
    told = await asyncio.to_thread(command, ROOT, "doctor", "--json", DATABASE_URL=database, JUMELAGE_POOL="1")
    assert told.returncode == 1
    report = json.loads(told.stdout)
    assert (report["ok"], report["checks"][0]["name"]) == (False, "settings")
    assert as_text([Finding("a", "ok", "b")]) == "ok       a  b"
