"""Merging duplicates and taking records back: references move or are hidden, history stays."""

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from service.referring import links_to
from tests.api import Api
from tests.factories import citation, city, city_party, organization_party, parties, person
from tests.registry import contents, count, feed
from tests.test_updating import amendment, key, recorded, signed, update

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]

HISTORY = "query ($id: ID!) { node(id: $id) { id ... on Record { history { nodes { kind version actor } } } } }"


def merge(duplicate: str, into: str) -> dict[str, Any]:
    return {"idempotencyKey": key(), "duplicate": duplicate, "into": into}


def retraction(id_: str, version: int = 1) -> dict[str, Any]:
    return {"idempotencyKey": key(), "id": id_, "expectedVersion": version, "reason": "A double entry"}


async def identifier(pool: "Pool", table: str, name: str) -> str:
    id_: str = await pool.fetchval(f"SELECT id FROM {table} WHERE name = $1", name)
    return id_


async def name_everywhere(api: Api, party: dict[str, Any], who: dict[str, Any]) -> None:
    """Record one of everything in which a party and a person can be named."""
    side = {"party": party, "signatories": [{"person": who}], "ordinals": [{"ordinal": 3, "of": "sister city"}]}
    both = [side, {"party": city_party("Pristina", "XK")}]
    id_ = await signed(api, parties=both, potentialAreas=["x"], potentialAreasProposedBy=who, witnesses=[])
    await api.written("endAgreement", amendment(id_, endedBy=party))
    participants = [{"person": who, "party": party, "role": "HOST", "status": "ATTENDED"}]
    event: dict[str, Any] = {"kind": "VISIT", "name": "Visit", "hosts": [party], "participants": participants}
    event["city"] = party.get("city") or city()
    await recorded(api, "recordEvent", {"event": event, "citations": [citation()]}, "event")
    delegation = {"from": party, "invitedBy": [party], "members": [{"person": who, "role": "LEADER"}]}
    delegation |= {"hosts": [{"party": party, "person": who}], "destinationCity": party.get("city") or city()}
    await recorded(api, "recordDelegation", {"delegation": delegation}, "delegation")
    other = city_party("Elsewhere")
    for giver, recipient in ((party, other), (other, party)):
        gift = {"kind": "GIFT", "giver": giver, "recipient": recipient, "description": "A gift", "presentedBy": who}
        await recorded(api, "recordContribution", gift, "contribution")
    await recorded(api, "recordProgramme", {"name": "Plan", "owner": party, "partners": [party]}, "programme")
    bureau = {"name": "Bureau", "kind": "MUNICIPAL_BODY", "partOf": party, "city": party.get("city")}
    await recorded(api, "createOrganization", {**bureau, "members": [{"person": who, "role": "head"}]}, "organization")


async def naming(pool: "Pool", table: str, id_: str) -> dict[str, int]:
    """Return how often each column that can names the record."""
    return {
        f"{link.table}.{link.column}": await pool.fetchval(
            f"SELECT count(*) FROM {link.table} WHERE {link.column} = $1", id_
        )
        for link in links_to(table)
    }


MERGES = [
    pytest.param("city", "mergeCities", "city", city_party("Kaohsiung City"), person(), "Kaohsiung", id="cities"),
    pytest.param(
        "organization",
        "mergeOrganizations",
        "organization",
        organization_party("Siemens AG"),
        person(),
        "Siemens",
        id="organizations",
    ),
    pytest.param("person", "mergePeople", "person", city_party(), person("Chen Qimai"), "Chen Chi-mai", id="people"),
]


@pytest.mark.parametrize(("table", "mutation", "record", "party", "who", "kept"), MERGES)
async def test_everything_that_named_the_duplicate_names_the_survivor(
    api: Api,
    pool: "Pool",
    table: str,
    mutation: str,
    record: str,
    party: dict[str, Any],
    who: dict[str, Any],
    kept: str,
) -> None:
    named = who if table == "person" else party[table]
    duplicate_name = named["named"]["name"]
    witnesses = [{"person": person()}]
    sides = parties(city_party(), organization_party(), city_party("Third", "DE"))
    await signed(api, kind="OTHER", parties=sides, witnesses=witnesses)
    await name_everywhere(api, party, who)
    duplicate, survivor = await identifier(pool, table, duplicate_name), await identifier(pool, table, kept)
    if table == "city":
        await api.written("updateCity", update(duplicate, names=[{"language": "nl", "name": "Haven"}], geonamesId=9))
    if table != "city":
        office = {"title": "Mayor", "of": {"organization": {"id": duplicate}} if table == "organization" else None}
        holder = await identifier(pool, "person", who["named"]["name"])
        await api.written("updatePerson", update(holder, offices=[office]))
    before = await naming(pool, table, duplicate)
    silent = {column for column, times in before.items() if not times}
    assert silent <= {"organization.part_of_city_id", "office.of_city_id", "membership.organization_id"}
    cited = await pool.fetchval("SELECT count(*) FROM citation WHERE subject_id = $1", duplicate)
    changes = len(await feed(pool))

    payload = await api.written(mutation, merge(duplicate, survivor), f"{record} {{ id version name }}")

    assert payload[record]["id"] == survivor
    assert payload[record]["name"] == kept
    assert not any((await naming(pool, table, duplicate)).values())
    assert await pool.fetchval("SELECT count(*) FROM citation WHERE subject_id = $1", duplicate) == 0
    assert await pool.fetchval("SELECT count(*) FROM citation WHERE subject_id = $1", survivor) >= cited
    (change,) = (await feed(pool))[changes:]
    assert (change["kind"], change["subject_id"], change["version"]) == ("MERGED", survivor, payload[record]["version"])
    assert (await api.ask("query ($id: ID!) { node(id: $id) { id } }", {"id": duplicate}))["node"] == {"id": survivor}
    # A name that was the duplicate's finds the survivor.
    cities = await count(pool, table)
    again = parties(party, city_party("Berlin", "DE")) if table != "person" else parties()
    await signed(api, kind="PROJECT", parties=again, witnesses=[{"person": who}])
    assert await count(pool, table) <= cities + (table == "city")
    assert (await naming(pool, table, duplicate)) == dict.fromkeys(before, 0)


async def test_a_survivor_takes_over_what_it_lacks(api: Api, pool: "Pool") -> None:
    facts = {"nativeName": "高雄市", "geonamesId": 1673820, "latitude": 22.6, "longitude": 120.3, "population": 5}
    duplicate = await recorded(api, "createCity", {"city": {"name": "Takao", "country": "TW", **facts}}, "city")
    into = await recorded(api, "createCity", {"city": {"name": "Kaohsiung", "country": "TW", "population": 7}}, "city")
    payload = await api.written(
        "mergeCities", merge(duplicate, into), "city { nativeName geonamesId latitude longitude population }"
    )
    assert payload["city"] == {**facts, "population": 7}
    assert (await feed(pool))[-1]["fields"] == ["nativeName", "latitude", "geonamesId"]
    assert await api.ask("{ city(ref: {geonamesId: 1673820}) { id } }") == {"city": {"id": into}}


async def test_chains_of_merges_stay_short(api: Api, pool: "Pool") -> None:
    ids = [
        await recorded(api, "createCity", {"city": {"name": name, "country": "DE"}}, "city") for name in ("A", "B", "C")
    ]
    await api.written("mergeCities", merge(ids[0], ids[1]))
    await api.written("mergeCities", merge(ids[1], ids[2]))
    for id_ in ids:
        assert (await api.ask("query ($id: ID!) { node(id: $id) { id } }", {"id": id_}))["node"] == {"id": ids[2]}
    assert await pool.fetchval("SELECT array_agg(DISTINCT merged_into_id) FROM city") == [ids[2], None]
    assert await api.refused("mergeCities", merge(ids[0], ids[2])) == [("INVALID", "duplicate")]
    assert await api.refused("mergeCities", merge(ids[2], ids[0])) == [("INVALID", "duplicate")]
    assert await api.refused("mergeCities", merge("cty_0", ids[0])) == [("NOT_FOUND", "duplicate")]
    payload = await api.written("updateCity", update(ids[0], 2, population=1), "city { id version }")
    assert payload["city"] == {"id": ids[2], "version": 3}


async def test_refuses_to_merge_two_that_agreed_with_each_other(api: Api, pool: "Pool") -> None:
    id_ = await signed(api)
    one, other = await identifier(pool, "city", "Kaohsiung"), await identifier(pool, "city", "Pristina")
    before = await contents(pool)
    payload = await api.mutate("mergeCities", merge(one, other))
    assert payload["userErrors"][0]["code"] == "DUPLICATE_PARTY"
    assert payload["userErrors"][0]["candidates"] == [{"id": id_}]
    assert await contents(pool) == before
    await api.written("retract", retraction(id_))
    await api.written("mergeCities", merge(one, other))


async def test_a_merge_folds_what_is_said_twice(api: Api, pool: "Pool") -> None:
    both = [city_party(), city_party("Takao")]
    participants = [{"party": party, "role": "GUEST", "status": "INVITED"} for party in both]
    event = {"kind": "EXPO", "name": "Expo", "hosts": both, "participants": participants}
    id_ = await recorded(api, "recordEvent", {"event": event}, "event")
    duplicate, survivor = await identifier(pool, "city", "Takao"), await identifier(pool, "city", "Kaohsiung")
    await api.written("mergeCities", merge(duplicate, survivor))
    query = "query ($id: ID!) { event(id: $id) { hosts { id } participants { party { id } } } }"
    answer = (await api.ask(query, {"id": id_}))["event"]
    assert answer == {"hosts": [{"id": survivor}], "participants": [{"party": {"id": survivor}}]}


async def test_a_leader_who_was_listed_twice_leads_once(api: Api, pool: "Pool") -> None:
    members = [{"person": person("Chen Chi-mai")}, {"person": person("Chen Qimai"), "role": "LEADER"}]
    id_ = await recorded(
        api, "recordDelegation", {"delegation": {"from": city_party(), "members": members}}, "delegation"
    )
    duplicate, survivor = (
        await identifier(pool, "person", "Chen Qimai"),
        await identifier(pool, "person", "Chen Chi-mai"),
    )
    await api.written("mergePeople", merge(duplicate, survivor))
    query = "query ($id: ID!) { delegation(id: $id) { members { role person { id } } } }"
    assert (await api.ask(query, {"id": id_}))["delegation"]["members"] == [
        {"role": "LEADER", "person": {"id": survivor}}
    ]


async def test_signings_that_run_while_cities_merge_name_the_survivor(api: Api, pool: "Pool") -> None:
    ids = [
        await recorded(api, "createCity", {"city": {"name": name, "country": "DE"}}, "city")
        for name in ("Aachen", "Aix", "Bonn")
    ]
    signings = [
        signed(api, signedOn=f"20{at:02}", parties=parties({"city": {"id": ids[0]}}, {"city": {"id": ids[2]}}))
        for at in range(20)
    ]
    await asyncio.gather(*signings[:10], api.written("mergeCities", merge(ids[0], ids[1])), *signings[10:])
    assert await pool.fetchval("SELECT count(*) FROM agreement_party WHERE city_id = $1", ids[0]) == 0
    assert await pool.fetchval("SELECT count(*) FROM agreement_party WHERE city_id = $1", ids[1]) == 20


async def test_a_retracted_record_leaves_every_answer_and_keeps_its_history(api: Api, pool: "Pool") -> None:
    event = {"new": {"kind": "SIGNING_CEREMONY", "name": "Ceremony", "city": city()}}
    id_ = await signed(api, event=event, externalReference="ref-1")
    event_id = await identifier(pool, "event", "Ceremony")
    payload = await api.written("retract", retraction(event_id), "record { id }")
    assert payload["record"] is None
    query = "query ($id: ID!, $event: ID!) { agreement(id: $id) { event { id } } event(id: $event) { id } }"
    assert await api.ask(query, {"id": id_, "event": event_id}) == {"agreement": {"event": None}, "event": None}
    await api.written("retract", retraction(id_))
    assert (await api.ask("{ agreements { nodes { id } } events { nodes { id } } }")) == {
        "agreements": {"nodes": []},
        "events": {"nodes": []},
    }
    changes = "query ($id: ID!) { changes(filter: {subject: $id}) { nodes { kind version subject { id } } } }"
    assert (await api.ask(changes, {"id": id_}))["changes"]["nodes"] == [
        {"kind": "CREATED", "version": 1, "subject": None},
        {"kind": "RETRACTED", "version": 2, "subject": None},
    ]
    assert await pool.fetchval("SELECT reason FROM retraction WHERE subject_id = $1", id_) == "A double entry"
    assert await api.refused("retract", retraction(id_, 2)) == [("NOT_FOUND", "id")]
    # What was unique about it can be used again, and the same signing be recorded anew.
    assert await signed(api, externalReference="ref-1") != id_


async def test_refuses_to_retract_what_others_name(api: Api, pool: "Pool") -> None:
    id_ = await signed(api, witnesses=[{"person": person()}])
    before = await contents(pool)
    for table, name in (("city", "Pristina"), ("person", "Chen Chi-mai")):
        payload = await api.mutate("retract", retraction(await identifier(pool, table, name)))
        assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [("INVALID", ["id"])]
        assert payload["userErrors"][0]["candidates"] == [{"id": id_}]
    assert await api.refused("retract", retraction(id_, 4)) == [("VERSION_CONFLICT", "expectedVersion")]
    assert await api.refused("retract", retraction("nothing")) == [("NOT_FOUND", "id")]
    assert await contents(pool) == before
    await api.written("retract", retraction(id_))
    await api.written("retract", retraction(await identifier(pool, "city", "Pristina")))
    assert (await api.ask("{ cities { nodes { name } } }"))["cities"]["nodes"] == [{"name": "Kaohsiung"}]


async def test_a_retracted_city_gives_up_its_identifiers(api: Api) -> None:
    given = {"city": {"name": "Taipei", "country": "TW", "geonamesId": 1668341, "wikidataId": "Q1867"}}
    id_ = await recorded(api, "createCity", given, "city")
    await api.written("retract", retraction(id_))
    assert await recorded(api, "createCity", given, "city") != id_


async def test_one_key_is_not_two_merges(api: Api) -> None:
    ids = [await recorded(api, "createCity", {"city": {"name": n, "country": "DE"}}, "city") for n in ("A", "B")]
    given = merge(ids[0], ids[1])
    await api.written("mergeCities", given)
    assert (await api.mutate("mergeCities", given))["replayed"]
    assert await api.refused("mergePeople", given) == [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]
