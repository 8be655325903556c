import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from service.errors import UserErrorCode, parse
from service.event import record_event
from service.party import create_city, create_organization, record_person
from service.party_inputs import CreateCityInput, CreateOrganizationInput, RecordPersonInput
from service.recording import Outcome, record
from tests.factories import citation, city, city_party, event, organization_party, person
from tests.registry import count, feed, refusals, rows, subject

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]

_keys = iter(range(1_000_000))


async def found_city(pool: "Pool", **facts: object) -> Outcome:
    key = f"city-{next(_keys)}"
    given = {"name": "Pristina", "country": "XK", **facts}
    citations = given.pop("citations", None)
    payload = parse(CreateCityInput, {"idempotencyKey": key, "city": given, "citations": citations})
    return await record(pool, "city", key, payload, create_city)


async def organize(pool: "Pool", **facts: object) -> Outcome:
    key = f"organization-{next(_keys)}"
    given = {"name": "Smart City Committee", "kind": "COMMITTEE", **facts}
    return await record(
        pool, "city", key, parse(CreateOrganizationInput, {"idempotencyKey": key, **given}), create_organization
    )


async def meet(pool: "Pool", **facts: object) -> Outcome:
    key = f"person-{next(_keys)}"
    given = {"name": "Chen Chi-mai", **facts}
    return await record(pool, "city", key, parse(RecordPersonInput, {"idempotencyKey": key, **given}), record_person)


async def test_a_city_is_written_and_found_by_each_of_its_names(pool: "Pool") -> None:
    id_ = subject(
        await found_city(
            pool,
            nativeName="Prishtinë",
            names=[{"language": "sr", "name": "Приштина"}, {"language": "tr", "name": "Priştine"}],
            region="District of Pristina",
            latitude=42.6727,
            longitude=21.1669,
            population=227466,
            timeZone="Europe/Belgrade",
            geonamesId=786714,
            wikidataId="Q25270",
            citations=[citation(field="population")],
        )
    )
    [row] = await rows(pool, "SELECT * FROM city")
    assert (row["latitude"], row["population"], row["geonames_id"]) == (42.6727, 227466, 786714)
    for name in ("PRISHTINE", "приштина", "Pristine"):
        held = await record(pool, "city", name, event(name, city=city(name, "XK")), record_event)
        assert await rows(pool, "SELECT city_id FROM event WHERE id = $1", subject(held)) == [{"city_id": id_}]
    assert await count(pool, "city_name") == 2
    assert (await feed(pool))[0]["fields"][:4] == ["name", "nativeName", "names", "country"]


async def test_namesakes_need_a_region_or_geonames_to_tell_them_apart(pool: "Pool") -> None:
    springfield = {"name": "Springfield", "country": "US"}
    first = subject(await found_city(pool, **springfield, region="Illinois", geonamesId=1))
    again = await found_city(pool, **springfield, region="ILLINOIS")
    assert refusals(again) == [(UserErrorCode.ALREADY_RECORDED, "city.name")]
    assert again.refusals[0].candidates == (first,)
    subject(await found_city(pool, **springfield, region="Ohio"))
    subject(await found_city(pool, **springfield, region="Illinois", geonamesId=2))
    subject(await found_city(pool, **springfield))


@pytest.mark.parametrize("facts", [{"geonamesId": 786714}, {"wikidataId": "Q25270"}])
async def test_refuses_an_identifier_that_another_city_has(pool: "Pool", facts: dict[str, object]) -> None:
    first = subject(await found_city(pool, **facts))
    outcome = await found_city(pool, name="Elsewhere", **facts)
    assert refusals(outcome) == [(UserErrorCode.ALREADY_RECORDED, f"city.{next(iter(facts))}")]
    assert outcome.refusals[0].candidates == (first,)


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"latitude": 1}, "city.longitude"),
        ({"longitude": 1}, "city.latitude"),
        ({"country": "ZZ"}, "city.country"),
        ({"name": "?!"}, "city.name"),
    ],
)
async def test_refuses_a_city_that_is_none(pool: "Pool", facts: dict[str, object], path: str) -> None:
    assert refusals(await found_city(pool, **facts)) == [(UserErrorCode.INVALID, path)]


async def test_a_city_created_by_several_at_once_is_one(pool: "Pool") -> None:
    outcomes = await asyncio.gather(*(found_city(pool) for _ in range(6)))
    [made] = [outcome.subject_id for outcome in outcomes if outcome.subject_id]
    refused = [refusal for outcome in outcomes for refusal in outcome.refusals]
    assert {(refusal.code, refusal.candidates) for refusal in refused} == {(UserErrorCode.ALREADY_RECORDED, (made,))}
    assert await count(pool, "city") == 1


async def test_an_identifier_given_at_once_by_several_belongs_to_one_city(pool: "Pool") -> None:
    outcomes = await asyncio.gather(*(found_city(pool, name=f"City {number}", geonamesId=7) for number in range(6)))
    assert sum(bool(outcome.subject_id) for outcome in outcomes) == 1
    refused = {code for outcome in outcomes if outcome.refusals for code in refusals(outcome)}
    assert refused == {(UserErrorCode.ALREADY_RECORDED, "city.geonamesId")}


async def test_an_organization_is_written_with_its_members_and_its_whole(pool: "Pool") -> None:
    id_ = subject(
        await organize(
            pool,
            nativeName="智慧城市委員會",
            city=city(),
            partOf=city_party(),
            establishedOn="2020-12-25",
            website="https://example.org/committee",
            members=[{"person": person(), "role": "chair", "from": "2020-12", "to": "2024"}],
            membersComplete=False,
            citations=[citation()],
        )
    )
    [row] = await rows(pool, "SELECT * FROM organization")
    assert (row["id"], row["country_code"], row["established_on"]) == (id_, "TW", "2020-12-25")
    assert row["part_of_city_id"] == row["city_id"] is not None
    assert row["members_complete"] is False
    members = await rows(pool, "SELECT role, from_on, to_on FROM membership WHERE organization_id = $1", id_)
    assert members == [{"role": "chair", "from_on": "2020-12", "to_on": "2024"}]
    again = await organize(pool, name="SMART city committee", city=city())
    assert refusals(again) == [(UserErrorCode.ALREADY_RECORDED, "name")]
    subject(await organize(pool, city=city("Taipei")))


@pytest.mark.parametrize(
    ("facts", "code", "path"),
    [
        ({"name": "…"}, UserErrorCode.INVALID, "name"),
        ({"country": "ZZ"}, UserErrorCode.INVALID, "country"),
        ({"city": city(), "country": "XK"}, UserErrorCode.INVALID, "country"),
        ({"partOf": organization_party("!")}, UserErrorCode.INVALID, "partOf.organization.named.name"),
        ({"members": [{"person": person(), "role": "x", "from": "2024", "to": "2023"}]},
         UserErrorCode.DATES_OUT_OF_ORDER, "members.0.to"),
        ({"members": [{"person": {"id": "per_none"}, "role": "x"}]}, UserErrorCode.NOT_FOUND, "members.0.person.id"),
    ],
)  # fmt: skip
async def test_refuses_an_organization_that_is_none(
    pool: "Pool", facts: dict[str, object], code: UserErrorCode, path: str
) -> None:
    assert refusals(await organize(pool, **facts)) == [(code, path)]


async def test_a_person_gains_the_offices_that_are_new(pool: "Pool") -> None:
    mayor = {"title": "Mayor", "of": city_party()}
    id_ = subject(await meet(pool, offices=[mayor, mayor]))
    assert (await feed(pool))[-1]["fields"] == ["name", "offices"]
    vice = {"title": "Vice premier", "of": organization_party("Executive Yuan"), "from": "2019", "to": "2020"}
    assert subject(await meet(pool, name="Chi-Mai Chen", nativeName="陳其邁", offices=[mayor, vice])) == id_
    assert [(change["kind"], change["version"], change["fields"]) for change in (await feed(pool))[-1:]] == [
        ("UPDATED", 2, ["nativeName", "offices"])
    ]
    offices = await rows(pool, "SELECT position, title, from_on FROM office WHERE person_id = $1 ORDER BY 1", id_)
    assert [tuple(one.values()) for one in offices] == [(1, "Mayor", None), (2, "Vice premier", "2019")]
    third = {"title": "Legislator"}
    assert subject(await meet(pool, offices=[third])) == id_
    assert (await feed(pool))[-1]["version"] == 3
    again = await meet(pool, offices=[mayor, vice, third])
    assert refusals(again) == [(UserErrorCode.ALREADY_RECORDED, "name")]
    assert again.refusals[0].candidates == (id_,)


@pytest.mark.parametrize(
    ("name", "code", "path"),
    [("Chen Chi-mai", UserErrorCode.AMBIGUOUS_REFERENCE, ""), ("?", UserErrorCode.INVALID, "name")],
)
async def test_refuses_a_person_who_cannot_be_told(pool: "Pool", name: str, code: UserErrorCode, path: str) -> None:
    for native_name in ("陳其邁", "陳奇邁"):
        subject(await meet(pool, nativeName=native_name))
    assert refusals(await meet(pool, name=name)) == [(code, path)]


async def test_refuses_an_office_that_ends_before_it_begins(pool: "Pool") -> None:
    outcome = await meet(pool, offices=[{"title": "Mayor", "from": "2024", "to": "2023"}])
    assert refusals(outcome) == [(UserErrorCode.DATES_OUT_OF_ORDER, "offices.0.to")]
