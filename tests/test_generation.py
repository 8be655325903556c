"""Generated registries: what they hold, that the same seed makes the same, and that they are in order."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import orjson
import pytest

from schema.build import build
from schema.execution import Executor, GraphQLRequest
from service.chain import change_hash
from service.changes import Feed
from service.database import Database
from service.failure import OperatorError
from service.generation import Size, generate
from service.models import TABLES, columns
from service.models.search import SEARCHED
from service.verification import verify
from tests.conftest import sibling
from tests.stand_in import ROOT, environment

SMALL = Size.of(300)
SEARCHED_BY = [("spelling", "folded"), *((one.table, one.name) for one in SEARCHED.values() if one.name)]


async def make(url: str, seed: int = 1, processes: int | None = None) -> list[int]:
    """Generate a small registry, and return what was told of its progress."""
    told: list[int] = []
    await generate(url, SMALL, seed, told.append, processes)
    return told


async def content(url: str) -> dict[str, list[str]]:
    """Return every row of the registry as text, by table."""
    connection = await asyncpg.connect(url)
    try:
        return {
            table: [row[0] for row in await connection.fetch(f'SELECT t::text FROM "{table}" t ORDER BY 1')]
            for table in TABLES
            if table not in ("feed_head", "country_name")
        }
    finally:
        await connection.close()


@pytest.fixture
async def registry(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a small generated registry."""
    await make(database)
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def test_what_it_writes_in_a_trigger_s_stead_is_what_the_trigger_writes(database: str) -> None:
    await make(database)
    await verify(database)


async def test_holds_as_many_records_as_asked_for(registry: asyncpg.Connection) -> None:
    for kind in ("agreement", "event"):
        assert await registry.fetchval(f"SELECT count(*) FROM {kind}") == getattr(SMALL, f"{kind}s")
    assert await registry.fetchval("SELECT count(*) FROM city") == SMALL.cities
    assert await registry.fetchval("SELECT count(*) FROM person") == SMALL.people
    filled = {table: await registry.fetchval(f'SELECT EXISTS (SELECT FROM "{table}")') for table in TABLES}
    assert {table for table, rows in filled.items() if not rows} == {"api_key", "idempotency_key", "retraction"}


async def test_same_seed_makes_same_registry_in_any_number_of_processes(
    database: str, postgres_url: str, template: str
) -> None:
    connection = await asyncpg.connect(postgres_url)
    other = sibling(postgres_url, "twin_registry")
    await connection.execute(f"CREATE DATABASE twin_registry TEMPLATE {template}")
    try:
        await make(database)
        await make(other, processes=2)
        assert await content(database) == await content(other)
        await connection.execute("DROP DATABASE twin_registry WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE twin_registry TEMPLATE {template}")
        await make(other, seed=2)
        assert not set((await content(database))["agreement"]) & set((await content(other))["agreement"])
    finally:
        await connection.execute("DROP DATABASE twin_registry WITH (FORCE)")
        await connection.close()


async def test_identifiers_look_like_new_ones_and_increase(registry: asyncpg.Connection) -> None:
    rows = await registry.fetch("SELECT id FROM agreement ORDER BY created_at")
    ids = [row["id"] for row in rows]
    new = columns.new_id("agr")
    assert ids == sorted(ids) and ids[-1] < new
    assert {len(id_) for id_ in ids} == {len(new)}
    assert all(set(id_.removeprefix("agr_")) <= set("0123456789abcdefghjkmnpqrstvwxyz") for id_ in ids)


async def test_every_agreement_has_two_parties_or_more_numbered_from_one(registry: asyncpg.Connection) -> None:
    rows = await registry.fetch(
        "SELECT agreement.id, array_agg(position ORDER BY position) AS positions FROM agreement"
        " LEFT JOIN agreement_party ON agreement_id = id GROUP BY agreement.id"
    )
    numbers = [row["positions"] for row in rows]
    assert all(len(positions) >= 2 and positions == [*range(1, len(positions) + 1)] for positions in numbers)
    assert sum(len(positions) == 2 for positions in numbers) > len(numbers) / 2
    assert any(len(positions) > 2 for positions in numbers)


async def test_dates_come_in_every_precision(registry: asyncpg.Connection) -> None:
    shapes = {
        row["shape"]
        for row in await registry.fetch(
            "SELECT DISTINCT regexp_replace(signed_on, '[0-9]', '0', 'g') AS shape FROM agreement"
        )
    }
    assert {None, "0000", "0000-00", "0000-00-00", "0000-00-00~", "0000-00-00?"} <= shapes


async def test_feed_numbers_each_record_once_and_its_hashes_chain(registry: asyncpg.Connection) -> None:
    head = await registry.fetchrow("SELECT seq, hash FROM feed_head")
    rows = await registry.fetch("SELECT * FROM change ORDER BY seq")
    digest = bytes(32)
    for seq, row in enumerate(rows, 1):
        made = (row["kind"], row["subject_id"], row["version"], row["fields"], row["signing"])
        digest = change_hash(digest, seq, row["at"], row["actor"], *made)
        assert (row["seq"], row["hash"]) == (seq, digest)
    assert head is not None and (head["seq"], head["hash"]) == (len(rows), digest)
    records = ["city", "person", "organization", "programme", "event", "agreement", "delegation", "contribution"]
    subjects = await registry.fetch(" UNION ALL ".join(f"SELECT id FROM {table}" for table in records))
    assert sorted(row["subject_id"] for row in rows) == sorted(row["id"] for row in subjects)
    signed = await registry.fetch("SELECT id FROM agreement WHERE status NOT IN ('PLANNED', 'CANCELLED')")
    assert {row["subject_id"] for row in rows if row["signing"]} == {row["id"] for row in signed}


async def test_searches_by_the_words_that_triggers_would_have_kept(registry: asyncpg.Connection) -> None:
    question = "SELECT w::text FROM search_word w ORDER BY 1"
    filled = await registry.fetch(question)
    await registry.execute("DELETE FROM search_word")
    for table, name in SEARCHED_BY:
        await registry.execute(f"UPDATE {table} SET {name} = {name}")
    assert len(filled) > SMALL.agreements
    assert await registry.fetch(question) == filled


async def test_a_trigger_that_nothing_makes_up_for_runs_for_every_row(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute(
        """
        CREATE TABLE noted (agreement_id text, position integer);
        CREATE FUNCTION note_party() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO noted VALUES (NEW.agreement_id, NEW.position); RETURN NULL; END $$;
        CREATE TRIGGER note AFTER INSERT ON agreement_party FOR EACH ROW EXECUTE FUNCTION note_party();
        """
    )
    await make(database)
    parties = "SELECT agreement_id, position FROM agreement_party"
    assert await connection.fetchval(f"SELECT count(*) FROM noted JOIN ({parties}) p USING (agreement_id, position)")
    assert await connection.fetch(f"({parties} EXCEPT TABLE noted) UNION ALL (TABLE noted EXCEPT {parties})") == []
    await connection.close()


async def test_indexes_and_constraints_stand_as_before(database: str, postgres_url: str, template: str) -> None:
    structure = (
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace UNION ALL"
        " SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL"
        " SELECT pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
    )
    before, after = await rows_of(sibling(postgres_url, template), structure), await make_then(database, structure)
    assert len(before) > 100
    assert before == after


async def make_then(url: str, question: str) -> list[str]:
    """Generate, and ask afterwards."""
    await make(url)
    return await rows_of(url, question)


async def rows_of(url: str, question: str) -> list[str]:
    """Return the one column that a question answers."""
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(question)]
    finally:
        await connection.close()


async def test_progress_counts_every_agreement(database: str) -> None:
    assert sum(await make(database)) == SMALL.agreements


async def test_refuses_a_registry_that_is_not_empty_and_changes_nothing(database: str) -> None:
    await make(database)
    before = await content(database)
    with pytest.raises(OperatorError, match="generate into a new database"):
        await make(database, seed=2)
    assert await content(database) == before


def test_command_refuses_a_second_run_in_one_line(database: str) -> None:
    command = [sys.executable, "-m", "service", "generate", "--agreements", "20"]
    runs = [
        subprocess.run(
            command, cwd=Path(ROOT), env=environment(DATABASE_URL=database), capture_output=True, text=True, check=False
        )
        for _ in range(2)
    ]
    assert runs[0].returncode == 0 and runs[0].stdout.startswith("made 20 agreements, 10 events")
    assert runs[0].stderr == ""
    assert runs[1].returncode == 1 and runs[1].stdout == ""
    assert len(runs[1].stderr.splitlines()) == 1 and "not empty" in runs[1].stderr


async def test_api_answers_a_page_of_it(database: str) -> None:
    await make(database)
    document = "{ agreements { totalCount nodes { title parties { party { name } } areas { area { name } } } } }"
    async with Database.connect(database) as connected:
        answer = await Executor(build(), connected, Feed(connected)).answer(GraphQLRequest(document))
    page = orjson.loads(answer.body)["data"]["agreements"]
    assert page["totalCount"] == SMALL.agreements
    assert len(page["nodes"]) == 20
    assert all(len(node["parties"]) >= 2 for node in page["nodes"])
