"""What a subscription says, of which changes, and where it goes on; each change once and in order."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tests.api import Api
from tests.factories import city, city_party, parties
from tests.followers import (
    AGREEMENTS,
    CHANGES,
    CITIES,
    DELEGATIONS,
    EVENTS,
    SIGNINGS,
    Replica,
    follow,
    joined,
    position,
    replica,
)
from tests.registry import feed
from tests.test_merging import identifier, merge, retraction
from tests.test_updating import amendment, recorded, signed, update

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]


@pytest.fixture
async def here(database: str) -> AsyncIterator[Replica]:
    """A replica on the test's registry."""
    async with replica(database) as here:
        yield here


async def write_everything(api: Api, pool: "Pool") -> None:
    """Make changes of every kind, of every type that can be followed."""
    agreement = await signed(api)
    await api.written("amendAgreement", amendment(agreement, title="A title"))
    event = await recorded(api, "recordEvent", {"event": {"kind": "EXPO", "name": "Expo", "city": city()}}, "event")
    await api.written("updateEvent", update(event, 1, name="Fair"))
    delegation = await recorded(
        api, "recordDelegation", {"delegation": {"from": city_party("Aachen", "DE")}}, "delegation"
    )
    await api.written("updateDelegation", update(delegation, 1, purpose="Trade"))
    await signed(api, parties=parties(city_party("Bonn", "DE"), city_party("Celle", "DE")))
    duplicate, survivor = [await identifier(pool, "city", name) for name in ("Bonn", "Aachen")]
    await api.written("mergeCities", merge(duplicate, survivor))
    await api.written("retract", retraction(agreement, 2))
    await api.written("retract", retraction(event, 2))
    await api.written("retract", retraction(delegation, 2))
    await recorded(api, "recordProgramme", {"name": "Plan", "owner": city_party("Celle", "DE")}, "programme")


def about(prefix: str) -> Any:
    return lambda change: change["subject_id"].startswith(prefix)


FOLLOWED = [
    pytest.param(CHANGES, lambda change: True, id="all changes"),
    pytest.param(AGREEMENTS, about("agr_"), id="agreements"),
    pytest.param(EVENTS, about("evt_"), id="events"),
    pytest.param(DELEGATIONS, about("del_"), id="delegations"),
    pytest.param(CITIES, about("cty_"), id="cities"),
]


@pytest.mark.parametrize(("query", "chosen"), FOLLOWED)
async def test_says_each_change_of_its_type_once_live_and_resumed_from_anywhere(
    here: Replica, pool: "Pool", query: str, chosen: Any
) -> None:
    start = await position(here.api)
    live = await follow(here, query)
    first = await joined(live)
    await write_everything(here.api, pool)
    changes = await feed(pool)
    expected = [(change["kind"], change["subject_id"], change["version"]) for change in changes if chosen(change)]
    answers = [await first, *[await live.take() for _ in expected[1:]]]
    assert [tuple(answer["change"].values())[:3] for answer in answers] == expected
    cursors = [start, *(answer["cursor"] for answer in answers)]
    for at, cursor in enumerate(cursors[:-1]):
        resumed = await follow(here, query, after=cursor)
        again = await resumed.until(cursors[-1])
        assert [answer["cursor"] for answer in again] == cursors[at + 1 :]
        assert [answer["change"] for answer in again] == [answer["change"] for answer in answers[at:]]
        resumed.follower.leave()


async def test_signings_are_said_once_and_those_taken_back_are_not_repeated(here: Replica, pool: "Pool") -> None:
    start = await position(here.api)
    live = await follow(here, SIGNINGS)
    first = await joined(live)
    await write_everything(here.api, pool)
    retracted, kept = [change["subject_id"] for change in await feed(pool) if change["signing"]]
    assert [(await first)["agreement"]["id"], (await live.take())["agreement"]["id"]] == [retracted, kept]
    resumed = await follow(here, SIGNINGS, after=start)
    assert [answer["agreement"]["id"] for answer in await resumed.rest()] == [kept]


async def test_a_retracted_record_is_null_to_whoever_follows_it(here: Replica) -> None:
    id_ = await signed(here.api)
    other = await signed(here.api, signedOn="2021")
    party = {"party": {"city": {"name": {"equals": "pristina"}}}}
    by_id, by_filter = await follow(here, AGREEMENTS, id=id_), await follow(here, AGREEMENTS, filter=party)
    unconcerned = await follow(here, AGREEMENTS, filter={"signedOn": {"from": "2021-01-01"}})
    tasks = [await joined(reader) for reader in (by_id, by_filter, unconcerned)]
    await here.api.written("retract", retraction(id_))
    for task in tasks[:2]:
        answer = await task
        assert answer["agreement"] is None
        assert answer["change"] == {"kind": "RETRACTED", "subjectId": id_, "version": 2}
    await here.api.written("amendAgreement", amendment(other, title="Another"))
    assert (await tasks[2])["agreement"] == {"id": other, "version": 2}
    assert (await by_filter.take())["agreement"] == {"id": other, "version": 2}


async def test_a_merged_city_is_followed_as_its_survivor(here: Replica, pool: "Pool") -> None:
    start = await position(here.api)
    await signed(here.api, parties=parties(city_party("Bonn", "DE"), city_party("Celle", "DE")))
    await signed(here.api, parties=parties(city_party("Aachen", "DE"), city_party("Celle", "DE")))
    duplicate, survivor = [await identifier(pool, "city", name) for name in ("Bonn", "Aachen")]
    live = await follow(here, CITIES, id=duplicate)
    task = await joined(live)
    await here.api.written("mergeCities", merge(duplicate, survivor))
    await here.api.written("updateCity", update(survivor, 2, population=250_000))
    kept = {"id": survivor, "version": 2}
    assert (await task)["city"]["id"] == survivor
    assert (await task)["change"] == {"kind": "MERGED", "subjectId": survivor, "version": 2}
    assert (await live.take())["city"] == {**kept, "version": 3}
    resumed = await follow(here, CITIES, id=duplicate, after=start)
    seen = [
        (answer["change"]["subjectId"], answer["change"]["version"])
        for answer in await resumed.until(await position(here.api))
    ]
    assert seen == [(duplicate, 1), (survivor, 1), (survivor, 2), (survivor, 3)]


IN_CELLE = {"party": {"city": {"name": {"equals": "celle"}}}}
FILTERED = [
    pytest.param(CHANGES, {"types": ["CITY"], "kinds": ["MERGED"]}, ["MERGED cty"], id="changes of a type and a kind"),
    pytest.param(CHANGES, {"types": [], "kinds": None}, [], id="changes of no type"),
    pytest.param(AGREEMENTS, IN_CELLE, ["CREATED agr"], id="agreements of a city"),
    pytest.param(EVENTS, {"name": {"equals": "fair"}}, ["CREATED evt", "UPDATED evt", "RETRACTED evt"], id="events"),
    pytest.param(EVENTS, {"name": {"equals": "expo"}}, [], id="events as they were once"),
    pytest.param(DELEGATIONS, {"from": {"city": {"country": {"equals": "TW"}}}}, [], id="delegations"),
    pytest.param(CITIES, {"country": {"equals": "XK"}}, ["CREATED cty"], id="cities"),
]


@pytest.mark.parametrize(("query", "asked", "expected"), FILTERED)
async def test_a_filter_leaves_out_the_rest(
    here: Replica, pool: "Pool", query: str, asked: dict[str, Any], expected: list[str]
) -> None:
    start = await position(here.api)
    await write_everything(here.api, pool)
    answers = await (await follow(here, query, after=start, filter=asked)).rest()
    assert [f"{answer['change']['kind']} {answer['change']['subjectId'][:3]}" for answer in answers] == expected
