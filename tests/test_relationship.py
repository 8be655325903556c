"""What two cities are said to have done together."""

import pytest

from tests.api import Api
from tests.factories import city, city_party

TIMELINE = """query ($between: [CityRef!]!) {
  relationship(between: $between) { timeline { nodes { ... on Event { name } } } }
}"""


@pytest.mark.parametrize(
    ("status", "met"), [("CONFIRMED", True), ("ATTENDED", True), ("INVITED", False), ("DECLINED", False)]
)
async def test_cities_meet_at_an_event_where_one_came_as_a_participant_and_not_where_it_was_only_invited(
    api: Api, status: str, met: bool
) -> None:
    guest = {"party": city_party("Pristina", "XK"), "role": "GUEST", "status": status}
    event = {"kind": "SUMMIT", "name": "Summit", "hosts": [city_party()], "participants": [guest]}
    await api.written("recordEvent", {"idempotencyKey": "summit", "event": event})
    answer = await api.ask(TIMELINE, {"between": [city(), city("Pristina", "XK")]})
    assert answer["relationship"]["timeline"]["nodes"] == ([{"name": "Summit"}] if met else [])
