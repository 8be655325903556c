import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import asyncpg
import pytest

from service import recording
from service.errors import UserErrorCode
from service.event import record_event
from service.giving import RecordProgrammeInput, record_programme
from service.recording import Outcome, record
from service.signing import announce_agreement, record_signing
from tests.factories import (
    announcement,
    citation,
    city,
    city_party,
    event,
    organization_party,
    parties,
    person,
    signing,
)
from tests.registry import contents, count, feed, refusals, rows, subject, until_somebody_waits

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]

_keys = iter(range(1_000_000))


async def sign(pool: "Pool", caller: Any = "city", **facts: object) -> Outcome:
    key = f"sign-{next(_keys)}"
    return await record(pool, caller, key, signing(key, **facts), record_signing)


async def announce(pool: "Pool", **facts: object) -> Outcome:
    key = f"announce-{next(_keys)}"
    return await record(pool, "city", key, announcement(key, **facts), announce_agreement)


async def agreement(pool: "Pool", id_: str) -> dict[str, object]:
    [row] = await rows(pool, "SELECT * FROM agreement WHERE id = $1", id_)
    return row


async def sign_fully(pool: "Pool") -> str:
    sides = [
        {
            "party": city_party(),
            "nameAsSigned": "Kaohsiung City",
            "signatories": [{"person": person(), "office": "Mayor", "attendance": "IN_PERSON"}],
            "ordinals": [{"ordinal": 39, "of": "sister city"}],
        },
        {"party": city_party("Pristina", "XK"), "signatories": [{"person": person("Përparim Rama")}]},
    ]
    return subject(
        await sign(
            pool,
            parties=sides,
            witnesses=[{"person": person("Liu Shih-chung"), "office": "Representative", "attendance": "REMOTE"}],
            areas=["Smart traffic", "smart-traffic", "culture"],
            potentialAreas=["culture", "startups"],
            potentialAreasProposedBy=person("Rama Përparim"),
            event={"new": {"kind": "SIGNING_CEREMONY", "name": "Ceremony", "city": city()}},
            citations=[citation(), citation(field="ordinals", locator="paragraph 2")],
        )
    )


async def test_a_signing_is_written_with_who_was_there(pool: "Pool") -> None:
    id_ = await sign_fully(pool)
    row = await agreement(pool, id_)
    assert row["title"] == "Sister city agreement between Kaohsiung and Pristina"
    assert (row["status"], row["signed_on"], row["recorded_by"]) == ("IN_FORCE", "2024-03-22", "city")
    assert row["parties_complete"] is True
    assert await rows(
        pool,
        """SELECT signatory.position, person.name, office, role, attendance, city.name AS city
        FROM signatory JOIN person ON person.id = person_id LEFT JOIN city ON city.id = city_id ORDER BY 1""",
    ) == [
        {"position": 1, "name": "Chen Chi-mai", "office": "Mayor", "role": "SIGNATORY", "attendance": "IN_PERSON",
         "city": "Kaohsiung"},
        {"position": 2, "name": "Përparim Rama", "office": None, "role": "SIGNATORY", "attendance": None,
         "city": "Pristina"},
        {"position": 3, "name": "Liu Shih-chung", "office": "Representative", "role": "WITNESS",
         "attendance": "REMOTE", "city": None},
    ]  # fmt: skip


async def test_a_signing_is_written_with_areas_ordinals_and_names(pool: "Pool") -> None:
    await sign_fully(pool)
    assert await rows(
        pool,
        """SELECT area.name, standing, person.name AS proposer FROM agreement_area
        JOIN area ON area.id = area_id LEFT JOIN person ON person.id = proposed_by_id ORDER BY position""",
    ) == [
        {"name": "Smart traffic", "standing": "AGREED", "proposer": None},
        {"name": "culture", "standing": "AGREED", "proposer": None},
        {"name": "culture", "standing": "POTENTIAL", "proposer": "Përparim Rama"},
        {"name": "startups", "standing": "POTENTIAL", "proposer": "Përparim Rama"},
    ]
    assert await rows(
        pool,
        """SELECT party_position, ordinal, "of", locator FROM ordinal_claim
        JOIN citation ON citation.id = citation_id""",
    ) == [{"party_position": 1, "ordinal": 39, "of": "sister city", "locator": "paragraph 2"}]
    assert await rows(pool, "SELECT name_as_signed FROM agreement_party ORDER BY position") == [
        {"name_as_signed": "Kaohsiung City"},
        {"name_as_signed": None},
    ]


@pytest.mark.parametrize(
    ("facts", "title"),
    [
        ({"title": "The Accord"}, "The Accord"),
        ({"kind": "REAFFIRMATION"}, "Reaffirmation between Kaohsiung and Pristina"),
        (
            {"partiesComplete": False, "parties": parties(city_party())},
            "Sister city agreement between Kaohsiung and others",
        ),
        (
            {"parties": parties(*(city_party(name) for name in "ABCDEFG"))},
            "Sister city agreement between A, B, C, D, E and others",
        ),
    ],
)
async def test_a_title_is_made_where_none_is_given(pool: "Pool", facts: dict[str, object], title: str) -> None:
    assert (await agreement(pool, subject(await sign(pool, **facts))))["title"] == title


def day(distance: timedelta, length: int = 10) -> str:
    return (datetime.now(UTC) + distance).date().isoformat()[:length]


@pytest.mark.parametrize("signed_on", [day(timedelta(0)), day(timedelta(0), 7), day(timedelta(0), 4) + "~"])
async def test_a_signing_today_this_month_or_this_year_is_not_in_the_future(pool: "Pool", signed_on: str) -> None:
    subject(await sign(pool, signedOn=signed_on))


@pytest.mark.parametrize("signed_on", [day(timedelta(days=2)), day(timedelta(days=40), 7), day(timedelta(days=400), 4)])
async def test_refuses_a_signing_in_the_future(pool: "Pool", signed_on: str) -> None:
    outcome = await sign(pool, signedOn=signed_on)
    assert refusals(outcome) == [(UserErrorCode.SIGNED_IN_THE_FUTURE, "signedOn")]


@pytest.mark.parametrize(
    "facts",
    [
        {"signedOn": "2024-03-22", "expiresOn": "2024-03-21"},
        {"signedOn": None, "effectiveOn": "2024", "expiresOn": "2023-12"},
    ],
)
async def test_refuses_a_term_that_ends_before_it_begins(pool: "Pool", facts: dict[str, object]) -> None:
    assert refusals(await sign(pool, **facts)) == [(UserErrorCode.DATES_OUT_OF_ORDER, "expiresOn")]


async def test_dates_that_may_be_in_order_are_recorded(pool: "Pool") -> None:
    subject(await sign(pool, signedOn="2024-03-22", effectiveOn="2023", expiresOn="2024-03"))


@pytest.mark.parametrize(
    "facts",
    [
        {"parties": []},
        {"parties": parties(city_party())},
        {"parties": [], "partiesComplete": False},
    ],
)
async def test_refuses_too_few_parties(pool: "Pool", facts: dict[str, object]) -> None:
    assert refusals(await sign(pool, **facts)) == [(UserErrorCode.TOO_FEW_PARTIES, "parties")]


async def test_one_party_is_enough_where_the_others_are_open(pool: "Pool") -> None:
    id_ = subject(await sign(pool, parties=parties(organization_party()), partiesComplete=False))
    assert (await agreement(pool, id_))["parties_complete"] is False


async def test_refuses_a_party_given_twice_under_two_names(pool: "Pool") -> None:
    known = subject(await record(pool, "city", "event", event("event", city=city(nativeName="高雄市")), record_event))
    [row] = await rows(pool, "SELECT city_id FROM event WHERE id = $1", known)
    outcome = await sign(pool, parties=parties(city_party(), city_party("Pristina", "XK"), city_party("高雄市")))
    assert refusals(outcome) == [(UserErrorCode.DUPLICATE_PARTY, "parties.2.party")]
    assert outcome.refusals[0].candidates == (row["city_id"],)
    assert await count(pool, "city") == 1


async def test_refuses_a_proposer_of_no_areas(pool: "Pool") -> None:
    outcome = await sign(pool, potentialAreasProposedBy=person())
    assert refusals(outcome) == [(UserErrorCode.INVALID, "potentialAreasProposedBy")]


async def test_refuses_an_area_without_letters(pool: "Pool") -> None:
    assert refusals(await sign(pool, areas=["culture", "!!!"])) == [(UserErrorCode.INVALID, "areas.1")]


@pytest.mark.parametrize("name", ["fulfils", "reaffirms", "amends", "supersedes", "programme"])
async def test_refuses_a_link_to_what_is_not_there(pool: "Pool", name: str) -> None:
    assert refusals(await sign(pool, **{name: "agr_none"})) == [(UserErrorCode.NOT_FOUND, name)]


async def test_links_to_agreements_programmes_and_events_are_kept(pool: "Pool") -> None:
    earlier = subject(await sign(pool, signedOn="2010-11-04"))
    programme = RecordProgrammeInput.model_validate({"idempotencyKey": "p", "name": "Schools", "owner": city_party()})
    served = subject(await record(pool, "city", "p", programme, record_programme))
    held = subject(await record(pool, "city", "e", event("e"), record_event))
    id_ = subject(
        await sign(pool, reaffirms=earlier, amends=earlier, supersedes=earlier, programme=served, event={"id": held})
    )
    row = await agreement(pool, id_)
    assert (row["reaffirms_id"], row["amends_id"], row["supersedes_id"]) == (earlier,) * 3
    assert (row["programme_id"], row["event_id"]) == (served, held)


async def test_refuses_a_signing_that_the_registry_holds_with_the_record_as_candidate(pool: "Pool") -> None:
    first = subject(await sign(pool))
    before = await contents(pool)
    outcome = await sign(pool, caller="ministry", parties=list(reversed(parties())), title="Another title")
    assert refusals(outcome) == [(UserErrorCode.ALREADY_RECORDED, "")]
    assert outcome.refusals[0].candidates == (first,)
    assert await contents(pool) == before


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "FRIENDSHIP_CITY"},
        {"signedOn": "2024-03-23"},
        {"signedOn": None},
        {"parties": parties(city_party(), city_party("Pristina", "XK"), city_party("Taipei"))},
        {"parties": parties(city_party(), city_party("Taipei"))},
    ],
)
async def test_a_signing_that_differs_in_kind_parties_or_day_is_another(pool: "Pool", facts: dict[str, object]) -> None:
    first = subject(await sign(pool))
    assert subject(await sign(pool, **facts)) != first


async def test_undated_signings_are_not_taken_for_one_another(pool: "Pool") -> None:
    assert subject(await sign(pool, signedOn=None)) != subject(await sign(pool, signedOn=None))


async def test_a_retracted_signing_may_be_recorded_again(pool: "Pool") -> None:
    first = subject(await sign(pool))
    await pool.execute("UPDATE agreement SET retracted_at = now() WHERE id = $1", first)
    assert subject(await sign(pool)) != first


async def test_the_same_signing_posted_at_once_by_several_is_recorded_once(pool: "Pool") -> None:
    outcomes = await asyncio.gather(*(sign(pool, caller=f"caller-{number}") for number in range(6)))
    assert sum(bool(outcome.subject_id) for outcome in outcomes) == 1
    assert {refusal.code for outcome in outcomes for refusal in outcome.refusals} == {UserErrorCode.ALREADY_RECORDED}
    assert await count(pool, "agreement") == 1


async def test_a_signing_that_is_being_recorded_is_waited_for_by_its_like(pool: "Pool") -> None:
    await sign(pool, kind="OTHER")  # so that the parties are known
    reached, proceed = asyncio.Event(), asyncio.Event()
    commit = recording.commit

    async def slow(*transaction: Any) -> None:
        if not reached.is_set():
            reached.set()
            await proceed.wait()
        await commit(*transaction)

    with patch.object(recording, "commit", slow):
        first = asyncio.ensure_future(sign(pool, caller="first"))
        await reached.wait()
        second = asyncio.ensure_future(sign(pool, caller="second"))
        await until_somebody_waits(pool)
        proceed.set()
        id_ = subject(await first)
        refused = await second
    assert [(refusal.code, refusal.candidates) for refusal in refused.refusals] == [("ALREADY_RECORDED", (id_,))]


async def test_an_external_reference_is_unique_for_each_caller(pool: "Pool") -> None:
    first = subject(await sign(pool, externalReference="A-1"))
    outcome = await sign(pool, externalReference="A-1", signedOn="2020")
    assert refusals(outcome) == [(UserErrorCode.ALREADY_RECORDED, "externalReference")]
    assert outcome.refusals[0].candidates == (first,)
    subject(await sign(pool, caller="ministry", externalReference="A-1", signedOn="2020"))


async def test_an_external_reference_used_at_once_is_recorded_once(pool: "Pool") -> None:
    posts = (sign(pool, externalReference="A-1", signedOn=f"200{number}") for number in range(6))
    outcomes = await asyncio.gather(*posts)
    assert sum(bool(outcome.subject_id) for outcome in outcomes) == 1
    refused = {code for outcome in outcomes if outcome.refusals for code in refusals(outcome)}
    assert refused == {(UserErrorCode.ALREADY_RECORDED, "externalReference")}


async def test_an_announced_agreement_is_planned_and_no_signing(pool: "Pool") -> None:
    id_ = subject(await announce(pool, expectedOn="2030", summary="To come", areas=["tourism"]))
    row = await agreement(pool, id_)
    assert (row["status"], row["expected_on"], row["signed_on"]) == ("PLANNED", "2030", None)
    assert row["title"] == "Memorandum of understanding between Kaohsiung and Pristina"
    assert not any(change["signing"] for change in await feed(pool))


async def test_refuses_to_announce_what_cannot_be_agreed(pool: "Pool") -> None:
    outcome = await announce(pool, parties=parties(city_party(), city_party("kaohsiung")), externalReference="A-1")
    assert refusals(outcome) == [(UserErrorCode.DUPLICATE_PARTY, "parties.1.party")]
    subject(await announce(pool, externalReference="A-1"))
    again = await announce(pool, externalReference="A-1")
    assert refusals(again) == [(UserErrorCode.ALREADY_RECORDED, "externalReference")]


async def test_a_signing_fulfils_a_planned_agreement_once(pool: "Pool") -> None:
    side = {"party": city_party(), "signatories": [{"person": person()}], "ordinals": [{"ordinal": 1, "of": "x"}]}
    planned = subject(
        await announce(
            pool,
            title="Memorandum on tourism",
            areas=["tourism", "culture"],
            summary="Announced",
            parties=[side, *parties(city_party("Pristina", "XK"))],
            externalReference="A-1",
        )
    )
    kind = "MEMORANDUM_OF_UNDERSTANDING"
    facts = {"kind": kind, "fulfils": planned, "potentialAreas": ["health"], "citations": [citation()]}
    fulfilled = await sign(pool, **facts, parties=parties(city_party("Pristina", "XK"), city_party()))
    assert subject(fulfilled) == planned
    row = await agreement(pool, planned)
    assert (row["version"], row["status"], row["signed_on"]) == (2, "IN_FORCE", "2024-03-22")
    assert (row["title"], row["summary"], row["external_reference"]) == ("Memorandum on tourism", "Announced", "A-1")
    areas = await rows(
        pool, "SELECT slug, standing FROM agreement_area JOIN area ON area.id = area_id ORDER BY position"
    )
    assert [tuple(area.values()) for area in areas] == [
        ("tourism", "AGREED"),
        ("culture", "AGREED"),
        ("health", "POTENTIAL"),
    ]
    named = await rows(pool, "SELECT name FROM agreement_party JOIN city ON city.id = city_id ORDER BY position")
    assert [one["name"] for one in named] == ["Pristina", "Kaohsiung"]
    assert await count(pool, "signatory") == await count(pool, "ordinal_claim") == 0
    last = (await feed(pool))[-1]
    assert (last["subject_id"], last["kind"], last["version"], last["signing"]) == (planned, "UPDATED", 2, True)
    again = await sign(pool, **facts, signedOn="2024-03-23")
    assert refusals(again) == [(UserErrorCode.NOT_PLANNED, "fulfils")]
    assert again.refusals[0].candidates == (planned,)


async def test_two_signings_at_once_fulfil_a_plan_once(pool: "Pool") -> None:
    planned = subject(await announce(pool))
    posts = (sign(pool, fulfils=planned, signedOn=f"2024-01-0{number}") for number in range(1, 5))
    outcomes = await asyncio.gather(*posts)
    assert sum(outcome.subject_id == planned for outcome in outcomes) == 1
    assert {refusal.code for outcome in outcomes for refusal in outcome.refusals} == {UserErrorCode.NOT_PLANNED}


async def test_refuses_a_fulfilment_that_succeeds_itself(pool: "Pool") -> None:
    planned = subject(await announce(pool))
    outcome = await sign(pool, fulfils=planned, amends=planned)
    assert refusals(outcome) == [(UserErrorCode.INVALID, "amends")]
