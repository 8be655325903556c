from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from service.delegation import RecordDelegationInput, record_delegation
from service.errors import UserErrorCode, parse
from service.event import record_event
from service.recording import Outcome, record
from tests.factories import citation, city, city_party, event, organization_party, person
from tests.registry import feed, refusals, rows, subject

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]


async def send(pool: "Pool", **facts: object) -> Outcome:
    given = {"from": city_party("Pristina", "XK"), **facts}
    citations = given.pop("citations", None)
    payload = parse(RecordDelegationInput, {"idempotencyKey": "key", "delegation": given, "citations": citations})
    return await record(pool, "city", "key", payload, record_delegation)


async def test_a_delegation_is_written_with_all_who_belong_to_it(pool: "Pool") -> None:
    held = subject(await record(pool, "city", "event", event("event"), record_event))
    new = {"kind": "EXPO", "name": "Expo"}
    id_ = subject(
        await send(
            pool,
            members=[{"person": person("Rama"), "office": "Mayor", "role": "LEADER"}, {"person": person("Krasniqi")}],
            membersComplete=False,
            invitedBy=[organization_party("Ministry", country="TW"), city_party()],
            hosts=[{"party": city_party(), "person": person(), "office": "Mayor"}, {"party": city_party("Taipei")}],
            destinationCountry="TW",
            arrivedOn="2024-03-18",
            departedOn="2024-03-23",
            purpose="To visit",
            events=[{"id": held}, {"new": new}],
            citations=[citation(field="leader")],
        )
    )
    [row] = await rows(pool, "SELECT * FROM delegation")
    assert row["name"] == "Delegation from Pristina to Taiwan"
    assert (row["status"], row["members_complete"], row["purpose"]) == ("COMPLETED", False, "To visit")
    assert (row["arrived_on"], row["departed_on"]) == ("2024-03-18", "2024-03-23")
    assert (row["destination_city_id"], row["destination_country_code"]) == (None, "TW")
    members = await rows(
        pool, "SELECT name, office, role FROM delegation_member JOIN person ON person.id = person_id ORDER BY position"
    )
    assert [tuple(one.values()) for one in members] == [("Rama", "Mayor", "LEADER"), ("Krasniqi", None, "MEMBER")]
    inviters = await rows(pool, "SELECT city_id IS NULL AS organized FROM delegation_inviter ORDER BY position")
    assert [one["organized"] for one in inviters] == [True, False]
    hosts = await rows(
        pool,
        """SELECT city.name AS city, person.name AS person, office FROM delegation_host
        JOIN city ON city.id = city_id LEFT JOIN person ON person.id = person_id ORDER BY position""",
    )
    assert [tuple(one.values()) for one in hosts] == [
        ("Kaohsiung", "Chen Chi-mai", "Mayor"),
        ("Taipei", None, None),
    ]
    events = await rows(pool, "SELECT name FROM delegation_event JOIN event ON event.id = event_id ORDER BY position")
    assert [one["name"] for one in events] == ["Signing ceremony", "Expo"]
    changes = await feed(pool)
    assert (changes[-1]["subject_id"], changes[-1]["kind"]) == (id_, "CREATED")
    assert {"from", "name", "members", "events"} <= set(changes[-1]["fields"])
    assert await rows(pool, "SELECT field FROM citation WHERE subject_id = $1", id_) == [{"field": "leader"}]


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"name": "The Pristina mission"}, "The Pristina mission"),
        ({"destinationCity": city()}, "Delegation from Pristina to Kaohsiung"),
        ({"destinationCountry": "KR"}, "Delegation from Pristina to South Korea"),
        ({"hosts": [{"party": city_party("Taipei")}]}, "Delegation from Pristina to Taipei"),
        ({"from": organization_party("Chamber")}, "Delegation from Chamber"),
    ],
)
async def test_a_name_is_made_where_none_is_given(pool: "Pool", facts: dict[str, object], name: str) -> None:
    subject(await send(pool, **facts))
    assert await rows(pool, "SELECT name FROM delegation") == [{"name": name}]


async def test_the_country_follows_from_the_destination_city(pool: "Pool") -> None:
    subject(await send(pool, destinationCity=city()))
    assert await rows(pool, "SELECT destination_country_code FROM delegation") == [{"destination_country_code": "TW"}]


LEADER: dict[str, Any] = {"person": person(), "role": "LEADER"}


@pytest.mark.parametrize(
    ("facts", "code", "path"),
    [
        ({"arrivedOn": "2024-03", "departedOn": "2024-02"}, UserErrorCode.DATES_OUT_OF_ORDER, "departedOn"),
        ({"members": [LEADER, LEADER]}, UserErrorCode.INVALID, "members.1.role"),
        ({"destinationCountry": "ZZ"}, UserErrorCode.INVALID, "destinationCountry"),
        ({"destinationCity": city(), "destinationCountry": "XK"}, UserErrorCode.INVALID, "destinationCountry"),
        ({"events": [{"id": "evt_none"}]}, UserErrorCode.NOT_FOUND, "events.0.id"),
        ({"events": [{"new": {"kind": "EXPO", "name": "Expo", "partOf": "evt_none"}}]}, UserErrorCode.NOT_FOUND,
         "events.0.new.partOf"),
        ({"from": city_party("Gotham", "ZZ")}, UserErrorCode.INVALID, "from.city.named.country"),
    ],
)  # fmt: skip
async def test_refuses_what_contradicts_itself_or_names_nothing(
    pool: "Pool", facts: dict[str, object], code: UserErrorCode, path: str
) -> None:
    assert refusals(await send(pool, **facts)) == [(code, f"delegation.{path}")]


async def test_refuses_an_event_that_is_named_twice(pool: "Pool") -> None:
    held = {"id": subject(await record(pool, "city", "event", event("event"), record_event))}
    assert refusals(await send(pool, events=[held, held])) == [(UserErrorCode.INVALID, "delegation.events.1")]
