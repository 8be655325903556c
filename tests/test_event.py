from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from service.errors import UserErrorCode
from service.event import record_event
from service.recording import Outcome, record
from tests.factories import citation, city, city_party, event, organization_party, person
from tests.registry import feed, refusals, rows, subject

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]


async def hold(pool: "Pool", key: str = "key", **facts: object) -> Outcome:
    return await record(pool, "city", key, event(key, **facts), record_event)


def taking_part(**fields: object) -> dict[str, Any]:
    return {"role": "GUEST", "status": "INVITED", **fields}


async def test_an_event_is_written_with_hosts_and_participants(pool: "Pool") -> None:
    whole = subject(await hold(pool, "whole", kind="SUMMIT", name="Summit"))
    id_ = subject(
        await hold(
            pool,
            kind="PANEL",
            name="Kaohsiung Forum — Ärger?",
            startsOn="2024-03~",
            endsOn="2024",
            mode="HYBRID",
            venue="City hall",
            city=city(),
            hosts=[city_party(), organization_party()],
            partOf=whole,
            participants=[
                taking_part(person=person(), office="Mayor", status="ATTENDED", attendance="REMOTE"),
                taking_part(party=city_party("Pristina", "XK")),
                taking_part(person=person("Rama"), party=city_party("Pristina", "XK"), status="CONFIRMED"),
            ],
            description="A forum",
            citations=[citation(field="startsOn", basis="INFERRED", note="From its name", locator="paragraph 5")],
        )
    )
    [row] = await rows(pool, "SELECT * FROM event WHERE id = $1", id_)
    assert row["name_folded"] == "kaohsiung forum arger"
    assert (row["starts_on"], row["ends_on"], row["mode"], row["venue"]) == ("2024-03~", "2024", "HYBRID", "City hall")
    assert (row["part_of_id"], row["status"], row["description"]) == (whole, "HELD", "A forum")
    hosts = await rows(pool, "SELECT position, city_id IS NULL AS organized FROM event_host ORDER BY position")
    assert hosts == [{"position": 1, "organized": False}, {"position": 2, "organized": True}]
    participants = await rows(
        pool,
        """SELECT person.name AS person, city.name AS city, office, role, status, attendance FROM participation
        LEFT JOIN person ON person.id = person_id LEFT JOIN city ON city.id = city_id ORDER BY position""",
    )
    assert [tuple(one.values()) for one in participants] == [
        ("Chen Chi-mai", None, "Mayor", "GUEST", "ATTENDED", "REMOTE"),
        (None, "Pristina", None, "GUEST", "INVITED", None),
        ("Rama", "Pristina", None, "GUEST", "CONFIRMED", None),
    ]
    cited = await rows(pool, "SELECT field, basis, note, locator FROM citation WHERE subject_id = $1", id_)
    assert [tuple(one.values()) for one in cited] == [("startsOn", "INFERRED", "From its name", "paragraph 5")]
    assert (await feed(pool))[-1]["fields"] == [
        *("kind", "name", "status", "startsOn", "endsOn", "mode", "venue", "city", "hosts", "partOf"),
        *("participants", "description"),
    ]


@pytest.mark.parametrize(
    ("participant", "path"),
    [
        (taking_part(), ""),
        (taking_part(office="Mayor"), ""),
        (taking_part(party=city_party(), attendance="IN_PERSON"), ".attendance"),
        (taking_part(party=city_party(), status="DECLINED", attendance="REMOTE"), ".attendance"),
    ],
)
async def test_refuses_taking_part_that_contradicts_itself(
    pool: "Pool", participant: dict[str, object], path: str
) -> None:
    outcome = await hold(pool, participants=[taking_part(person=person()), participant])
    assert refusals(outcome) == [(UserErrorCode.INVALID, "event.participants.1" + path)]


async def test_refuses_an_event_that_ends_before_it_starts(pool: "Pool") -> None:
    outcome = await hold(pool, startsOn="2024-03-22", endsOn="2024-02")
    assert refusals(outcome) == [(UserErrorCode.DATES_OUT_OF_ORDER, "event.endsOn")]


async def test_an_event_without_dates_has_none(pool: "Pool") -> None:
    subject(await hold(pool, status="PLANNED"))
    assert await rows(pool, "SELECT status, starts_on, ends_on, mode, venue, city_id FROM event") == [
        {"status": "PLANNED", "starts_on": None, "ends_on": None, "mode": None, "venue": None, "city_id": None}
    ]
