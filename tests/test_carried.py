"""What parties carry, so that lists by party are found in their order, is right whoever changes what it copies."""

import asyncio
import io
import json
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from service.city_loading import load_cities
from service.export import export_lines
from service.gazetteer import read_places
from service.importing import import_lines
from service.verification import StaleCopyError, verify
from tests.api import Api
from tests.conftest import execute
from tests.factories import city_party, organization_party, parties
from tests.registry import rows, until_somebody_waits
from tests.test_merging import identifier, merge, retraction
from tests.test_updating import amendment, key, recorded, signed, update

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]

CARRIED = """
SELECT party_country_code, agreement_kind, agreement_signed_on_earliest::text
FROM agreement_party ORDER BY agreement_id, position
"""


async def carried(url: str, pool: "Pool") -> list[tuple[Any, ...]]:
    """Return what parties carry, having checked that it is what it was copied from."""
    await verify(url)
    return [tuple(row.values()) for row in await rows(pool, CARRIED)]


async def test_a_signing_s_parties_carry_its_facts_and_their_country(database: str, api: Api, pool: "Pool") -> None:
    office = {"named": {"name": "Siemens", "country": "DE"}}
    await signed(api, parties=parties(city_party(), {"organization": office}, organization_party("Alliance")))
    expected = [(country, "COOPERATION", "2020-05-01") for country in ("TW", "DE", None)]
    assert await carried(database, pool) == expected
    given = {"kind": "OTHER", "parties": parties()}
    await recorded(api, "announceAgreement", given, "agreement")
    assert (await carried(database, pool))[3:] == [("TW", "OTHER", None), ("XK", "OTHER", None)]


async def test_amending_and_ending_an_agreement_changes_what_its_parties_carry(
    database: str, api: Api, pool: "Pool"
) -> None:
    id_ = await signed(api)
    await api.written("amendAgreement", amendment(id_, 1, kind="PROJECT", signedOn="2019"))
    assert await carried(database, pool) == [(country, "PROJECT", "2019-01-01") for country in ("TW", "XK")]
    await api.written("amendAgreement", amendment(id_, 2, signedOn=None))
    assert await carried(database, pool) == [(country, "PROJECT", None) for country in ("TW", "XK")]
    await api.written("endAgreement", amendment(id_, 3))
    assert await carried(database, pool) == [(country, "PROJECT", None) for country in ("TW", "XK")]


async def test_parties_of_what_is_retracted_leave_the_lists_by_party(database: str, api: Api, pool: "Pool") -> None:
    id_ = await signed(api)
    question = '{ agreements(filter: {party: {city: {country: {equals: "XK"}}}}) { totalCount nodes { id } } }'
    assert (await api.ask(question))["agreements"] == {"totalCount": 1, "nodes": [{"id": id_}]}
    await api.written("retract", retraction(id_))
    await verify(database)
    assert (await api.ask(question))["agreements"] == {"totalCount": 0, "nodes": []}


async def test_a_party_s_new_country_is_carried(database: str, api: Api, pool: "Pool") -> None:
    await signed(api, parties=parties(city_party(), organization_party("Siemens")))
    city, organization = [
        await identifier(pool, *named) for named in (("city", "Kaohsiung"), ("organization", "Siemens"))
    ]
    await api.written("updateCity", update(city, country="JP"))
    await api.written("updateOrganization", update(organization, country="DE"))
    assert [row[0] for row in await carried(database, pool)] == ["JP", "DE"]
    await api.written("updateOrganization", update(organization, 2, country=None))
    assert [row[0] for row in await carried(database, pool)] == ["JP", None]


@pytest.mark.parametrize("table", ["city", "organization"])
async def test_merging_lets_parties_carry_the_survivor_s_country(
    database: str, api: Api, pool: "Pool", table: str
) -> None:
    pair = (city_party("Takao", "JP"), city_party("Kaohsiung", "TW"))
    if table == "organization":
        pair = (
            {"organization": {"named": {"name": "Takao", "country": "JP"}}},
            {"organization": {"named": {"name": "Kaohsiung", "country": "TW"}}},
        )
    for one in pair:
        await signed(api, parties=parties(one, city_party("Pristina", "XK")))
    ids = [await identifier(pool, table, name) for name in ("Takao", "Kaohsiung")]
    await api.written("mergeCities" if table == "city" else "mergeOrganizations", merge(*ids))
    assert [row[0] for row in await carried(database, pool)] == ["TW", "XK", "TW", "XK"]


async def test_batches_imports_and_cities_of_a_gazetteer_carry_as_well(database: str, api: Api, pool: "Pool") -> None:
    inputs = [
        {"idempotencyKey": key(), "kind": "OTHER", "signedOn": "2021-02-03", "parties": parties()},
        {"idempotencyKey": key(), "kind": "PROJECT", "parties": parties(city_party("Aachen", "DE"), city_party())},
    ]
    asked = "mutation ($inputs: [RecordSigningInput!]!) { recordSignings(inputs: $inputs) { recorded } }"
    assert (await api.ask(asked, {"inputs": inputs}))["recordSignings"]["recorded"] == 2
    line = {"kind": "OTHER", "signedOn": "2024", "parties": parties(city_party("Prizren", "XK"), city_party())}
    await import_lines(database, "importer", [json.dumps(line).encode() + b"\n"], io.StringIO())
    await load_cities(database, read_places(50_000, "XK"))
    found = [("TW", "OTHER", "2021-02-03"), ("XK", "OTHER", "2021-02-03"), ("DE", "PROJECT", None)]
    found += [("TW", "PROJECT", None), ("XK", "OTHER", "2024-01-01"), ("TW", "OTHER", "2024-01-01")]
    assert sorted(map(str, await carried(database, pool))) == sorted(map(str, found))


async def test_an_export_leaves_out_what_is_carried(database: str, api: Api) -> None:
    await signed(api)
    exported = [json.loads(line) for line in [line async for line in export_lines(database)]]
    (party, _) = [line["row"] for line in exported if line.get("table") == "agreement_party"]
    assert list(party) == ["agreement_id", "position", "city_id", "organization_id", "name_as_signed"]


RACES = {
    "an agreement that is amended": "UPDATE agreement SET kind = 'PROJECT'",
    "an agreement that is retracted": "UPDATE agreement SET retracted_at = now()",
    "a city that moves to another country": "UPDATE city SET country_code = 'JP'",
}
ANOTHER = """
INSERT INTO agreement_party (agreement_id, position, city_id)
SELECT agreement.id, 9, city.id FROM agreement, city WHERE kind = 'COOPERATION' AND city.name = 'Aachen'
"""


@pytest.mark.parametrize("first", ["party", "change"])
@pytest.mark.parametrize("change", RACES.values(), ids=RACES)
async def test_a_new_party_and_a_change_at_the_same_time_see_each_other(
    database: str, api: Api, pool: "Pool", change: str, first: str
) -> None:
    await signed(api)
    await signed(api, kind="OTHER", parties=parties(city_party("Aachen", "DE"), city_party()))
    statements = [ANOTHER, change] if first == "party" else [change, ANOTHER]
    async with pool.acquire() as one, pool.acquire() as other:
        transaction = one.transaction()
        await transaction.start()
        await one.execute(statements[0])
        waiting = asyncio.create_task(other.execute(statements[1]))
        await until_somebody_waits(pool)
        await transaction.commit()
        await waiting
    await carried(database, pool)


@pytest.mark.parametrize(
    "copy", ["agreement_kind = 'PROJECT'", "agreement_signed_on_earliest = NULL", "party_country_code = 'DE'"]
)
async def test_a_copy_that_was_changed_by_hand_is_found_and_made_anew(database: str, api: Api, copy: str) -> None:
    await signed(api)
    await execute(database, f"UPDATE agreement_party SET {copy} WHERE position = 2")
    with pytest.raises(StaleCopyError, match=r"party 2 of agr_\w+ carries other facts"):
        await verify(database)
    await execute(database, StaleCopyError.advice.partition(" copies")[0])
    await verify(database)
