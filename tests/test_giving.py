from decimal import Decimal
from typing import TYPE_CHECKING

import asyncpg
import pytest

from service.errors import Refused, UserErrorCode, parse
from service.giving import RecordContributionInput, RecordProgrammeInput, record_contribution, record_programme
from service.recording import Outcome, record
from tests.factories import citation, city_party, organization_party, person
from tests.registry import feed, refusals, rows, subject

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]


async def give(pool: "Pool", **facts: object) -> Outcome:
    given = {"kind": "DONATION", "giver": city_party("Taipei"), "description": "Money for refugees", **facts}
    payload = parse(RecordContributionInput, {"idempotencyKey": "key", **given})
    return await record(pool, "city", "key", payload, record_contribution)


async def test_a_contribution_is_written_to_the_last_digit(pool: "Pool") -> None:
    id_ = subject(
        await give(
            pool,
            recipient=city_party("Warsaw", "PL"),
            givenOn="2022-04",
            amount="300000.10",
            currency="EUR",
            purpose="Help",
            presentedBy=person(),
            event={"new": {"kind": "SOLIDARITY", "name": "Stand by"}},
            citations=[citation(field="amount")],
        )
    )
    [row] = await rows(pool, "SELECT * FROM contribution WHERE id = $1", id_)
    assert (str(row["amount"]), row["currency"], row["given_on"]) == ("300000.10", "EUR", "2022-04")
    assert row["giver_city_id"] != row["recipient_city_id"] is not None
    assert row["presented_by_id"] is not None
    assert row["event_id"] is not None
    assert (await feed(pool))[-1]["fields"] == [
        *("kind", "giver", "recipient", "givenOn", "description", "amount", "currency", "purpose", "presentedBy"),
        "event",
    ]


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"amount": Decimal(5)}, "currency"),
        ({"currency": "EUR"}, "amount"),
        ({"recipient": city_party("taipei")}, "recipient"),
    ],
)
async def test_refuses_a_contribution_that_contradicts_itself(
    pool: "Pool", facts: dict[str, object], path: str
) -> None:
    assert refusals(await give(pool, **facts)) == [(UserErrorCode.INVALID, path)]


@pytest.mark.parametrize(
    "facts",
    [{"amount": "0"}, {"amount": "-1"}, {"amount": "NaN"}, {"amount": "1e30"}, {"currency": "euro"}, {"amount": "x"}],
)
async def test_refuses_sums_that_are_none(pool: "Pool", facts: dict[str, object]) -> None:
    with pytest.raises(Refused):
        await give(pool, **facts)


async def test_a_programme_is_written_with_partners_and_targets(pool: "Pool") -> None:
    given = {
        "name": "School pairing",
        "owner": city_party("New Taipei"),
        "partners": [city_party("Cupertino", "US"), organization_party("A school")],
        "startedOn": "2023-04",
        "description": "Pairs schools",
        "targets": [{"description": "Every school", "dueOn": "2030"}, {"description": "More"}],
        "citations": [citation(field="targets")],
    }
    payload = parse(RecordProgrammeInput, {"idempotencyKey": "key", **given})
    id_ = subject(await record(pool, "city", "key", payload, record_programme))
    [row] = await rows(pool, "SELECT * FROM programme")
    assert (row["id"], row["name"], row["started_on"]) == (id_, "School pairing", "2023-04")
    assert await rows(pool, "SELECT description, due_on FROM programme_target ORDER BY position") == [
        {"description": "Every school", "due_on": "2030"},
        {"description": "More", "due_on": None},
    ]
    partners = await rows(pool, "SELECT city_id IS NULL AS organized FROM programme_partner ORDER BY position")
    assert [one["organized"] for one in partners] == [False, True]
    assert (await feed(pool))[-1]["subject_id"] == id_


async def test_refuses_a_programme_of_nobody(pool: "Pool") -> None:
    given = {"name": "School pairing", "owner": {"city": {"id": "cty_none"}}}
    payload = parse(RecordProgrammeInput, {"idempotencyKey": "key", **given})
    outcome = await record(pool, "city", "key", payload, record_programme)
    assert refusals(outcome) == [(UserErrorCode.NOT_FOUND, "owner.city.id")]
