"""A retracted record is told of to whoever followed it by a filter, whichever of its relations the filter asks for."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from schema.filters import OFFERS
from tests.api import Api
from tests.factories import city, city_party, organization_party, parties, person
from tests.followers import AGREEMENTS, DELEGATIONS, EVENTS, Replica, follow, joined, position, replica
from tests.test_merging import retraction
from tests.test_updating import recorded, signed

Make = Callable[[Api, str, str], Awaitable[str]]
TAIPEI = {"name": {"equals": "taipei"}, "country": {"equals": "TW"}}
OFFICE = {"name": {"equals": "office of taipei"}, "city": TAIPEI}
MAYOR = {"name": {"contains": "chi-mai"}}
FORUM = {"city": TAIPEI, "host": {"organization": OFFICE}, "participant": MAYOR}


@pytest.fixture
async def here(database: str) -> AsyncIterator[Replica]:
    """A replica on the test's registry."""
    async with replica(database) as here:
        yield here


def office(name: str) -> dict[str, Any]:
    """Return a reference to a city's office as a party."""
    return organization_party(f"Office of {name}", city=city(name))


async def event(api: Api, place: str, who: str) -> str:
    """Record an event that names a city, its office and a person."""
    guest = {"person": person(who), "role": "GUEST", "status": "INVITED"}
    facts = {"kind": "PANEL", "name": "Forum", "city": city(place), "hosts": [city_party(place), office(place)]}
    return await recorded(api, "recordEvent", {"event": {**facts, "participants": [guest]}}, "event")


async def agreement(api: Api, place: str, who: str) -> str:
    """Record a signing that names them, at such an event."""
    sides = parties(city_party(place), office(place))
    sides[0]["signatories"] = [{"person": person(who)}]
    held = await event(api, place, who)
    return await signed(api, parties=sides, areas=[f"of {place}"], event={"id": held})


async def delegation(api: Api, place: str, who: str) -> str:
    """Record a delegation that names them."""
    hosts = [{"party": city_party(place)}, {"party": office(place)}]
    facts = {"from": city_party(place), "hosts": hosts, "members": [{"person": person(who), "role": "LEADER"}]}
    return await recorded(api, "recordDelegation", {"delegation": facts}, "delegation")


FOLLOWED: dict[str, tuple[str, Make, list[dict[str, Any]]]] = {
    "AgreementFilter": (
        AGREEMENTS,
        agreement,
        [
            {"party": {"city": TAIPEI}},
            {"party": {"organization": OFFICE}},
            {"area": {"name": {"equals": "of Taipei"}}},
            {"signatory": MAYOR},
            {"event": FORUM},
        ],
    ),
    "EventFilter": (
        EVENTS,
        event,
        [{"city": TAIPEI}, {"host": {"city": TAIPEI}}, {"host": {"organization": OFFICE}}, {"participant": MAYOR}],
    ),
    "DelegationFilter": (
        DELEGATIONS,
        delegation,
        [
            {"from": {"city": TAIPEI}},
            {"host": {"city": TAIPEI}},
            {"host": {"organization": OFFICE}},
            {"member": MAYOR},
        ],
    ),
}
CASES = [
    pytest.param(query, make, asked, id=f"{filter_} {next(iter(asked))}")
    for filter_, (query, make, filters) in FOLLOWED.items()
    for asked in filters
]


@pytest.mark.parametrize("filter_", FOLLOWED)
def test_every_relation_that_can_be_asked_for_is_tried(filter_: str) -> None:
    records = ("AreaFilter", "CityFilter", "EventFilter", "OrganizationFilter", "PartyFilter", "PersonFilter")
    offered = {name for name, offer in OFFERS[filter_].items() if offer.annotation in records and name != "not"}
    assert offered == {name for asked in FOLLOWED[filter_][2] for name in asked}


@pytest.mark.parametrize(("query", "make", "asked"), CASES)
async def test_a_retraction_is_told_live_and_resumed_to_those_whose_filter_it_fulfilled(
    here: Replica, query: str, make: Make, asked: dict[str, Any]
) -> None:
    wanted, other = await make(here.api, "Taipei", "Chen Chi-mai"), await make(here.api, "Aachen", "Rama")
    start = await position(here.api)
    filters = ((asked, wanted), ({"not": asked}, other), ({"or": [asked, {"id": {"in": []}}]}, wanted))
    live = [await joined(await follow(here, query, filter=filter_)) for filter_, _ in filters]
    for id_ in (other, wanted):
        await here.api.written("retract", retraction(id_))
    for task, (filter_, expected) in zip(live, filters, strict=True):
        told = await task
        assert told["change"] == {"kind": "RETRACTED", "subjectId": expected, "version": 2}
        assert [record for key, record in told.items() if key not in ("cursor", "change")] == [None]
        assert await (await follow(here, query, after=start, filter=filter_)).rest() == [told]
