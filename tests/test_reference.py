import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from service.errors import UserErrorCode
from service.event import record_event
from service.recording import Outcome, record
from service.signing import record_signing
from tests.factories import (
    citation,
    city,
    city_party,
    event,
    organization_party,
    parties,
    person,
    signing,
)
from tests.registry import count, feed, refusals, rows, subject

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]

_keys = iter(range(1_000_000))


async def hold(pool: "Pool", **facts: object) -> Outcome:
    """Record an event, which names whatever the test is about."""
    key = f"hold-{next(_keys)}"
    return await record(pool, "city", key, event(key, **facts), record_event)


async def city_of(pool: "Pool", reference: dict[str, Any]) -> str:
    id_ = subject(await hold(pool, city=reference))
    found: str = await pool.fetchval("SELECT city_id FROM event WHERE id = $1", id_)
    return found


async def person_of(pool: "Pool", reference: dict[str, Any]) -> str:
    participant = {"person": reference, "role": "GUEST", "status": "ATTENDED"}
    id_ = subject(await hold(pool, participants=[participant]))
    found: str = await pool.fetchval("SELECT person_id FROM participation WHERE event_id = $1", id_)
    return found


async def organization_of(pool: "Pool", **named: object) -> str:
    id_ = subject(await hold(pool, hosts=[organization_party(**named)]))  # type: ignore[arg-type]
    found: str = await pool.fetchval("SELECT organization_id FROM event_host WHERE event_id = $1", id_)
    return found


@pytest.mark.parametrize(
    "again",
    [
        city("KAOHSIUNG"),
        city("Kaohsiung", region="Southern Taiwan"),
        city("高雄市"),
        city("Gaoxiong", nativeName="高雄市"),
    ],
)
async def test_a_known_city_is_found_by_any_of_its_names(pool: "Pool", again: dict[str, Any]) -> None:
    first = await city_of(pool, city(nativeName="高雄市"))
    assert await city_of(pool, again) == first
    assert await rows(pool, "SELECT name, native_name, region, version FROM city") == [
        {"name": "Kaohsiung", "native_name": "高雄市", "region": None, "version": 1}
    ]


async def test_a_city_is_found_by_its_id_and_by_the_identifiers_of_others(pool: "Pool") -> None:
    first = await city_of(pool, city())
    await pool.execute("UPDATE city SET geonames_id = 1673820, wikidata_id = 'Q181557'")
    for reference in ({"id": first}, {"geonamesId": 1673820}, {"wikidataId": "Q181557"}):
        assert await city_of(pool, reference) == first


async def test_namesakes_in_other_countries_and_regions_are_other_cities(pool: "Pool") -> None:
    georgia = await city_of(pool, city("Athens", "US", region="Georgia"))
    ohio = await city_of(pool, city("Athens", "US", region="Ohio"))
    abroad = await city_of(pool, city("Athens", "DE"))
    assert len({georgia, ohio, abroad}) == 3
    assert await city_of(pool, city("athens", "US", region="OHIO")) == ohio


async def test_a_name_that_fits_several_cities_is_refused_with_the_candidates(pool: "Pool") -> None:
    made = {await city_of(pool, city("Athens", "US", region=region)) for region in ("Georgia", "Ohio")}
    outcome = await hold(pool, hosts=[city_party(), city_party("Athens", "US")], city=city("New City"))
    assert refusals(outcome) == [(UserErrorCode.AMBIGUOUS_REFERENCE, "event.hosts.1.city.named")]
    assert set(outcome.refusals[0].candidates) == made
    assert await count(pool, "city") == 2


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"city": {"id": "cty_nowhere"}}, "event.city.id"),
        ({"city": {"id": "per_1"}}, "event.city.id"),
        ({"city": {"geonamesId": 5}}, "event.city.geonamesId"),
        ({"city": {"wikidataId": "Q5"}}, "event.city.wikidataId"),
        ({"hosts": [{"organization": {"id": "org_none"}}]}, "event.hosts.0.organization.id"),
        ({"partOf": "evt_none"}, "event.partOf"),
        ({"citations": [{"source": {"id": "src_none"}}]}, "citations.0.source.id"),
    ],
)
async def test_an_identifier_that_names_nothing_is_refused_with_its_place(
    pool: "Pool", facts: dict[str, object], path: str
) -> None:
    assert refusals(await hold(pool, **facts)) == [(UserErrorCode.NOT_FOUND, path)]


async def test_an_identifier_of_another_kind_of_record_names_nothing(pool: "Pool") -> None:
    reference = {"id": await person_of(pool, person())}
    assert refusals(await hold(pool, city=reference)) == [(UserErrorCode.NOT_FOUND, "event.city.id")]


async def test_a_retracted_city_is_not_found_and_a_merged_one_is_its_survivor(pool: "Pool") -> None:
    survivor, duplicate, twice = [await city_of(pool, city(name)) for name in ("Kyiv", "Kiev", "Kiew")]
    statement = "UPDATE city SET merged_into_id = $2, retracted_at = now() WHERE id = $1"
    await pool.execute(statement, duplicate, survivor)
    await pool.execute(statement, twice, duplicate)
    assert await city_of(pool, {"id": twice}) == survivor
    await pool.execute("UPDATE city SET retracted_at = now() WHERE id = $1", survivor)
    assert refusals(await hold(pool, city={"id": survivor})) == [(UserErrorCode.NOT_FOUND, "event.city.id")]
    assert await city_of(pool, city("Kyiv")) != survivor


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"city": city("Gotham", "ZZ")}, "event.city.named.country"),
        ({"city": city("🎈")}, "event.city.named.name"),
        ({"hosts": [organization_party(country="ZZ")]}, "event.hosts.0.organization.named.country"),
        ({"citations": [citation(field="colour")]}, "citations.0.field"),
    ],
)
async def test_what_cannot_be_created_is_refused_with_its_place(
    pool: "Pool", facts: dict[str, object], path: str
) -> None:
    assert refusals(await hold(pool, **facts)) == [(UserErrorCode.INVALID, path)]


async def test_all_independent_refusals_come_together(pool: "Pool") -> None:
    outcome = await hold(
        pool,
        startsOn="2024-03",
        endsOn="2024-02",
        city={"id": "cty_none"},
        hosts=[city_party("Gotham", "ZZ")],
        citations=[{"source": {"id": "src_none"}, "field": "colour"}],
    )
    assert {path for _, path in refusals(outcome)} == {
        "event.endsOn",
        "event.city.id",
        "event.hosts.0.city.named.country",
        "citations.0.source.id",
        "citations.0.field",
    }


@pytest.mark.parametrize("name", ["Chi-Mai Chen", "CHEN CHI MAI", "Chen, Chi-mai", "陳其邁"])
async def test_a_person_is_found_in_either_order_of_the_names(pool: "Pool", name: str) -> None:
    first = await person_of(pool, person("Chen Chi-mai", nativeName="陳其邁"))
    assert await person_of(pool, person(name)) == first


async def test_a_native_name_decides_before_any_spelling(pool: "Pool") -> None:
    first = await person_of(pool, person("Chen Chi-mai", nativeName="陳其邁"))
    assert await person_of(pool, person("Tan Ki-mai", nativeName="陳其邁")) == first
    other = await person_of(pool, person("Chen Chi-mai", nativeName="陳奇邁"))
    assert other != first
    outcome = await hold(pool, participants=[{"person": person(), "role": "GUEST", "status": "INVITED"}])
    assert refusals(outcome) == [(UserErrorCode.AMBIGUOUS_REFERENCE, "event.participants.0.person.named")]
    assert set(outcome.refusals[0].candidates) == {first, other}


async def test_of_two_spelled_alike_the_one_of_the_native_name_is_meant(pool: "Pool") -> None:
    spelled = await person_of(pool, person("Chen Chi-mai"))
    native = await person_of(pool, person("Chen Qimai", nativeName="陳其邁"))
    assert native != spelled
    assert await person_of(pool, person("Chi-mai Chen", nativeName="陳其邁")) == native


async def test_a_known_person_gains_a_native_name_and_never_loses_one(pool: "Pool") -> None:
    first = await person_of(pool, person("Liou Her-Ran"))
    again = await hold(
        pool,
        citations=[citation()],
        participants=[{"person": person("Her-Ran Liou", nativeName="劉和然"), "role": "HOST", "status": "ATTENDED"}],
    )
    subject(again)
    assert await rows(pool, "SELECT id, name, native_name, version FROM person") == [
        {"id": first, "name": "Liou Her-Ran", "native_name": "劉和然", "version": 2}
    ]
    gained = [change for change in await feed(pool) if change["subject_id"] == first]
    assert [(change["kind"], change["version"], change["fields"]) for change in gained] == [
        ("CREATED", 1, ["name"]),
        ("UPDATED", 2, ["nativeName"]),
    ]
    assert await rows(pool, "SELECT field FROM citation WHERE subject_id = $1", first) == [{"field": "nativeName"}]
    assert await person_of(pool, person("劉和然")) == first


async def test_organizations_are_told_apart_by_country_and_city(pool: "Pool") -> None:
    taiwan = await organization_of(pool, name="Ministry of Foreign Affairs", country="TW")
    kosovo = await organization_of(pool, name="Ministry of Foreign Affairs", country="XK")
    assert taiwan != kosovo
    seated = await organization_of(pool, name="Tourism Bureau", city=city("Taipei"))
    elsewhere = await organization_of(pool, name="Tourism Bureau", city=city("Daegu", "KR"))
    assert seated != elsewhere
    assert await organization_of(pool, name="tourism bureau", city=city("Taipei")) == seated
    countries = await rows(pool, "SELECT country_code FROM organization WHERE id = $1", elsewhere)
    assert countries == [{"country_code": "KR"}]
    outcome = await hold(pool, hosts=[organization_party("Tourism Bureau")])
    assert refusals(outcome) == [(UserErrorCode.AMBIGUOUS_REFERENCE, "event.hosts.0.organization.named")]


async def test_a_newcomer_named_twice_in_one_input_is_one(pool: "Pool") -> None:
    await hold(pool, city=city("Pristina", "XK"), hosts=[city_party("PRISTINA", "XK"), city_party("Priština", "XK")])
    assert await count(pool, "city") == 1


async def test_newcomers_have_changes_of_their_own_and_inherit_the_sources(pool: "Pool") -> None:
    payload = signing(
        parties=[
            {"party": city_party(nativeName="高雄市"), "signatories": [{"person": person()}]},
            {"party": organization_party(kind="COMPANY", city=city("Munich", "DE", region="Bavaria"))},
        ],
        event={"new": {"kind": "SIGNING_CEREMONY", "name": "Ceremony"}},
        citations=[citation(locator="paragraph 1"), citation(field="signedOn")],
    )
    outcome = await record(pool, "city", "key", payload, record_signing)
    changes = await feed(pool)
    assert [(change["subject_id"][:3], change["kind"], change["version"], change["fields"]) for change in changes] == [
        ("cty", "CREATED", 1, ["name", "nativeName", "country"]),
        ("cty", "CREATED", 1, ["name", "country", "region"]),
        ("org", "CREATED", 1, ["name", "kind", "city", "country"]),
        ("per", "CREATED", 1, ["name"]),
        ("evt", "CREATED", 1, ["kind", "name", "status"]),
        ("agr", "CREATED", 1, ["kind", "title", "status", "signedOn", "parties", "partiesComplete", "event"]),
    ]
    assert changes[-1]["subject_id"] == subject(outcome)
    assert await count(pool, "source") == 1
    inherited = await rows(pool, "SELECT field, basis FROM citation WHERE subject_id <> $1", subject(outcome))
    assert inherited == [{"field": None, "basis": "STATED"}] * 5


async def test_a_source_described_alike_again_is_one_for_each_caller(pool: "Pool") -> None:
    for key, caller in (("a", "city"), ("b", "city"), ("c", "ministry")):
        await record(pool, caller, key, event(key, citations=[citation()]), record_event)
    assert await count(pool, "source") == 2


async def test_concurrent_inputs_that_name_the_same_newcomers_create_each_once(pool: "Pool") -> None:
    names = [f"City {number}" for number in range(6)]

    async def name_all(number: int) -> None:
        turned = names[number:] + names[:number]
        participants = [{"person": person(f"Person {n}"), "role": "GUEST", "status": "INVITED"} for n in turned]
        organizations = [organization_party(f"Bureau of {name}", city=city(name, "US")) for name in turned]
        subject(
            await hold(
                pool, hosts=[city_party(name, "US") for name in turned] + organizations, participants=participants
            )
        )

    await asyncio.gather(*(name_all(number % 6) for number in range(12)))
    assert (await count(pool, "city"), await count(pool, "organization"), await count(pool, "person")) == (6, 6, 6)
    assert len(await feed(pool)) == 18 + 12


async def test_concurrent_signings_between_new_cities_create_each_city_once(pool: "Pool") -> None:
    async def sign(number: int) -> None:
        pair = [city_party(f"City {number % 5}", "US"), city_party(f"City {(number + 1) % 5}", "DE")]
        key = f"key-{number}"
        facts = {"signedOn": f"20{number:02}", "parties": parties(*pair)}
        subject(await record(pool, "city", key, signing(key, **facts), record_signing))

    await asyncio.gather(*(sign(number) for number in range(20)))
    assert await count(pool, "city") == 10
    assert await count(pool, "agreement") == 20


async def test_areas_added_at_once_in_any_order_are_one_each(pool: "Pool") -> None:
    areas = ["culture", "education", "smart traffic"]

    async def sign(number: int) -> None:
        key = f"key-{number}"
        named = areas[number % 3 :] + areas[: number % 3]
        facts = {"signedOn": f"20{number:02}", "areas": named}
        subject(await record(pool, "city", key, signing(key, **facts), record_signing))

    await asyncio.gather(*(sign(number) for number in range(12)))
    assert sorted(row["slug"] for row in await pool.fetch("SELECT slug FROM area")) == [
        "culture",
        "education",
        "smart-traffic",
    ]
