"""The project's own revisions: up, down, offline, and the same as the models."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

import service.models
from service.embedded_files import locate
from service.models.columns import Described
from tests.conftest import sibling

ROOT = Path(__file__).parent.parent


def alembic(*arguments: str, url: str = "") -> "subprocess.CompletedProcess[str]":
    """Run Alembic's own command line on the database."""
    variables = {**os.environ, "DATABASE_URL": url}
    return subprocess.run(
        [sys.executable, "-m", "alembic", *arguments], cwd=ROOT, env=variables, capture_output=True, text=True
    )


@pytest.fixture
def empty(postgres_url: str) -> Iterator[str]:
    """The address of a database without any table."""

    async def execute(statement: str) -> None:
        connection = await asyncpg.connect(postgres_url)
        await connection.execute(statement)
        await connection.close()

    asyncio.run(execute("CREATE DATABASE revisions"))
    yield sibling(postgres_url, "revisions")
    asyncio.run(execute("DROP DATABASE revisions WITH (FORCE)"))


async def relations(url: str) -> set[str]:
    """Return the names of the tables and functions that are the registry's own."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    )
    await connection.close()
    return {row[0] for row in rows} - {"alembic_version"}


def test_revisions_go_up_and_down_and_match_the_models(empty: str) -> None:
    for arguments in (["upgrade", "head"], ["check"], ["downgrade", "base"]):
        done = alembic(*arguments, url=empty)
        assert done.returncode == 0, done.stderr
    assert asyncio.run(relations(empty)) == set()
    assert alembic("upgrade", "head", url=empty).returncode == 0
    assert asyncio.run(relations(empty)) >= set(SQLModel.metadata.tables)


def test_offline_sql_makes_the_same_tables(empty: str) -> None:
    script = alembic("upgrade", "head", "--sql").stdout
    psql = locate(Path(), create=False).binaries / "psql"
    options = ["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--dbname", empty]
    done = subprocess.run([psql, *options], input=script, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert asyncio.run(relations(empty)) >= set(SQLModel.metadata.tables)


async def test_the_database_checks_what_the_models_declare(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    """Alembic does not compare checks, so a changed one would go unnoticed."""
    rows = await pool.fetch("SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint")
    found = {row["conname"]: row["definition"] for row in rows}
    for table in SQLModel.metadata.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint):
                assert str(constraint.name) in found
        for column in table.columns:
            members: type[Described] | None = column.info.get("members")
            if members is not None:
                definition = found[f"ck_{table.name}_{column.name}"]
                assert set(definition.split("'")[1::2]) == {str(member) for member in members}


async def test_countries_have_names_in_many_languages(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    assert service.models.CountryName.__tablename__ == "country_name"
    rows = await pool.fetch("SELECT language, name FROM country_name WHERE country_code = 'XK'")
    kosovo = {row["language"]: row["name"] for row in rows}
    assert (kosovo["en"], kosovo["sq"], kosovo["zh-Hant"], kosovo["uk"]) == ("Kosovo", "Kosovë", "科索沃", "Косово")
    named = await pool.fetchval("SELECT count(*) FROM country_name WHERE language = 'en'")
    assert named == await pool.fetchval("SELECT count(*) FROM country") == 250


REFUSED_DATES = ["2024-13", "2024-02-30", "0000", "20240", "~2024", "2024-1-1", "x", "", "2024-02-29x"]


@pytest.mark.parametrize("text", REFUSED_DATES)
async def test_the_database_refuses_what_is_no_date(pool: "asyncpg.Pool[asyncpg.Record]", text: str) -> None:
    with pytest.raises(asyncpg.DataError):
        await pool.execute("INSERT INTO source (id, title, published_on) VALUES ('src_1', 't', $1)", text)
