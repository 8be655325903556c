"""A subscription that was begun is kept for others who begin the same, behind whatever cursor."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from schema.document import RequestRefused
from schema.execution import GraphQLRequest
from schema.following import subscribe
from tests.followers import CHANGES, Replica, follow, position, replica
from tests.test_updating import signed

BY_COUNTRY = """
subscription ($after: String, $country: CountryCode!) {
  signingRecorded(after: $after, filter: {party: {city: {country: {equals: $country}}}}) { cursor }
}
"""
TWICE = """
subscription ($after: String!) {
  agreementChanged(after: $after, filter: {title: {startsWith: $after}}) { cursor }
}
"""
WITH_DEFAULT = 'subscription ($after: String = "none") { changes(after: $after) { cursor } }'


@pytest.fixture
async def here(database: str) -> AsyncIterator[Replica]:
    """A replica on the test's registry."""
    async with replica(database) as here:
        yield here


def begun(here: Replica) -> int:
    return len(here.api.executor.subscriptions.begun.values)


async def refusal(here: Replica, query: str, **variables: Any) -> dict[str, Any]:
    with pytest.raises(RequestRefused) as refused:
        await subscribe(here.api.executor, GraphQLRequest(query, None, variables))
    error: dict[str, Any] = json.loads(json.dumps(refused.value.errors[0].formatted))
    return error


async def test_goes_on_behind_each_subscribers_own_cursor(here: Replica) -> None:
    places = [await position(here.api)]
    for day in ("2001-01-01", "2002-02-02"):
        await signed(here.api, signedOn=day)
        places.append(await position(here.api))
    told = [await (await follow(here, CHANGES, after=place)).rest() for place in places]
    assert [bool(each) for each in told] == [True, True, False]
    assert told[1] == told[0][-len(told[1]) :]
    assert begun(here) == 1


async def test_tells_other_variables_apart(here: Replica) -> None:
    first = await follow(here, BY_COUNTRY, country="DE")
    again = await follow(here, BY_COUNTRY, country="DE", after=await position(here.api))
    other = await follow(here, BY_COUNTRY, country="FR")
    assert first.follower.subscription == again.follower.subscription
    assert first.follower.subscription != other.follower.subscription


async def test_a_cursor_that_is_asked_for_elsewhere_as_well_is_told_apart(here: Replica) -> None:
    first = await follow(here, TWICE, after=await position(here.api))
    await signed(here.api)
    again = await follow(here, TWICE, after=await position(here.api))
    assert first.follower.subscription != again.follower.subscription


async def test_a_cursor_that_is_left_out_is_not_the_one_given_before(here: Replica) -> None:
    await follow(here, WITH_DEFAULT, after=await position(here.api))
    assert (await refusal(here, WITH_DEFAULT))["extensions"]["code"] == "CURSOR_INVALID"
    await follow(here, WITH_DEFAULT, after=None)


async def test_refuses_null_for_a_cursor_that_must_be_given(here: Replica) -> None:
    required = "subscription ($after: String!) { changes(after: $after) { cursor } }"
    first = await refusal(here, required, after=None)
    await follow(here, required, after=await position(here.api))
    assert begun(here) == 1
    assert await refusal(here, required, after=None) == first


async def test_refuses_a_cursor_as_it_does_the_first_time(here: Replica) -> None:
    for wrong in ("x", 1, ["x"], {"a": "x"}):
        first = await refusal(here, CHANGES, after=wrong)
        await follow(here, CHANGES, after=await position(here.api))
        assert begun(here)
        assert await refusal(here, CHANGES, after=wrong) == first
        here.api.executor.subscriptions.begun.clear()
        here.api.executor.subscriptions.cursors.clear()
