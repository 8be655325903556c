"""The release on Taipei and Daegu: a reaffirmation, what came before it and what was planned."""

import pytest

from tests.releases.reading import (
    Ask,
    Facts,
    agreements_between,
    areas,
    basis,
    locators,
    matching,
    named,
    names,
    people,
    records,
    sources,
)

TITLE = (
    "Mayors of Taipei and South Korea’s Daegu Sign Agreement to Reaffirm Sister City Friendship "
    "Through a Video Conference"
)
CONFERENCE = "Video conference of the mayors of Taipei and Daegu"
OPENING = "Opening ceremony of the Taipei 2017 Universiade"


@pytest.fixture(scope="module")
def reaffirmation(ask: Ask) -> Facts:
    (only,) = [one for one in agreements_between(ask, "Taipei", "Daegu") if one["kind"] == "REAFFIRMATION"]
    return only


@pytest.fixture(scope="module")
def twinning(ask: Ask) -> Facts:
    """The agreement of 2010."""
    (only,) = [one for one in agreements_between(ask, "Taipei", "Daegu") if one["kind"] == "SISTER_CITY"]
    return only


@pytest.fixture(scope="module")
def tourism(ask: Ask) -> Facts:
    """The memorandum of the tourism bureaus."""
    (only,) = matching(ask, "agreements", {"party": {"organization": {"name": {"equals": "Tourism Bureau of Taipei"}}}})
    return only


@pytest.fixture(scope="module")
def conference(ask: Ask) -> Facts:
    return named(ask, "events", CONFERENCE)


@pytest.fixture(scope="module")
def delegation(ask: Ask) -> Facts:
    (only,) = matching(ask, "delegations", {"from": {"city": {"name": {"equals": "Daegu"}}}})
    return only


def test_three_dates_have_three_meanings(ask: Ask, reaffirmation: Facts, twinning: Facts) -> None:
    summit = named(ask, "events", "2021 Smart City Leaders Summit")
    assert reaffirmation["signedOn"] == "2021-03-26"
    assert summit["startsOn"] == "2021-03-23"
    assert twinning["signedOn"] == "2010-11-04"


def test_the_day_of_the_reaffirmation_is_inferred_from_the_conference(reaffirmation: Facts) -> None:
    assert basis(reaffirmation, "signedOn") == {"INFERRED"}
    assert reaffirmation["title"] == "Agreement to Reaffirm Sister City Friendship"
    assert reaffirmation["status"] == "IN_FORCE"


def test_the_day_of_the_first_signing_is_inferred_from_their_becoming_sister_cities(twinning: Facts) -> None:
    assert basis(twinning, "signedOn") == {"INFERRED"}
    assert locators(twinning, "signedOn") == {"paragraph 5"}
    assert twinning["signatories"] == []


def test_the_reaffirmation_points_at_the_agreement_of_2010(reaffirmation: Facts, twinning: Facts) -> None:
    assert reaffirmation["reaffirms"] == {"title": twinning["title"], "signedOn": "2010-11-04"}
    assert twinning["successors"] == [{"title": reaffirmation["title"]}]


def test_both_mayors_signed_by_video(reaffirmation: Facts) -> None:
    signed = [
        (one["person"]["name"], one["office"], one["party"]["name"], one["attendance"])
        for one in reaffirmation["signatories"]
    ]
    assert signed == [("Ko Wen-je", "Mayor", "Taipei", "REMOTE"), ("Kwon Young-jin", "Mayor", "Daegu", "REMOTE")]


def test_five_areas_were_agreed(reaffirmation: Facts) -> None:
    assert areas(reaffirmation["agreed"]) == {
        "smart cities",
        "pandemic prevention",
        "sanitation",
        "tourism",
        "culture",
    }
    assert reaffirmation["potential"] == []


def test_the_release_names_no_publisher_and_no_day(reaffirmation: Facts) -> None:
    (published,) = {tuple(one["source"].values()) for one in reaffirmation["citations"]}
    assert published == (TITLE, None, None, None, "en")


def test_the_conference_was_online_and_has_no_venue(reaffirmation: Facts, conference: Facts) -> None:
    assert reaffirmation["event"]["name"] == conference["name"]
    assert (conference["mode"], conference["venue"], conference["city"]) == ("ONLINE", None, None)
    assert conference["startsOn"] == "2021-03-26"
    assert basis(conference, "startsOn") == {"STATED"}
    assert {one["attendance"] for one in conference["participants"]} == {"REMOTE"}


@pytest.mark.parametrize("words", ["afternoon", "tenth anniversary", "vaccin", "invited each other", "art and culture"])
def test_what_the_mayors_spoke_of_is_told(conference: Facts, words: str) -> None:
    assert words in conference["description"]


def test_the_wishes_of_daegus_mayor_are_no_areas_of_the_agreement(reaffirmation: Facts) -> None:
    assert "art" not in areas(reaffirmation["agreed"] + reaffirmation["potential"])


def test_kwon_took_part_in_the_leaders_summit_of_taipei_by_video(ask: Ask) -> None:
    summit = named(ask, "events", "2021 Smart City Leaders Summit")
    assert (summit["kind"], summit["mode"], names(summit["hosts"])) == ("SUMMIT", "ONLINE", ["Taipei"])
    assert basis(summit, "startsOn") == {"INFERRED"}, "the day is stated, the year is not"
    (kwon,) = summit["participants"]
    assert (kwon["person"]["name"], kwon["status"], kwon["attendance"]) == ("Kwon Young-jin", "ATTENDED", "REMOTE")


def test_the_tourism_memorandum_is_planned_for_2021_and_not_signed(tourism: Facts) -> None:
    assert tourism["title"] == "Memorandum on Mutual Tourism Promotion and Cooperation"
    assert tourism["status"] == "PLANNED"
    assert (tourism["expectedOn"], tourism["signedOn"]) == ("2021", None)
    assert basis(tourism, "expectedOn") == {"INFERRED"}
    assert tourism["signatories"] == []
    assert areas(tourism["agreed"]) == {"tourism"}


def test_the_tourism_memorandum_is_between_the_bureaus_not_the_cities(ask: Ask, tourism: Facts) -> None:
    parties = [(one["party"]["__typename"], one["party"]["name"]) for one in tourism["parties"]]
    assert parties == [("Organization", "Tourism Bureau of Taipei"), ("Organization", "Tourism Bureau of Daegu")]
    assert len(agreements_between(ask, "Taipei", "Daegu")) == 2
    for bureau, city in (("Tourism Bureau of Taipei", "Taipei"), ("Tourism Bureau of Daegu", "Daegu")):
        assert named(ask, "organizations", bureau)["partOf"]["name"] == city


def test_kwon_led_a_delegation_to_the_universiade_in_person(ask: Ask, delegation: Facts) -> None:
    assert delegation["leader"]["person"]["name"] == "Kwon Young-jin"
    assert delegation["membersComplete"] is False
    assert delegation["status"] == "COMPLETED"
    assert delegation["destinationCity"] == {"name": "Taipei"}
    assert names(delegation["events"]) == [OPENING]
    (kwon,) = named(ask, "events", OPENING)["participants"]
    assert (kwon["person"]["name"], kwon["status"], kwon["attendance"]) == ("Kwon Young-jin", "ATTENDED", "IN_PERSON")


def test_of_the_universiade_only_the_year_is_known(ask: Ask, delegation: Facts) -> None:
    games, opening = (named(ask, "events", name) for name in ("Taipei 2017 Universiade", OPENING))
    assert opening["partOf"] == {"name": games["name"]}
    assert (games["kind"], games["startsOn"], games["endsOn"]) == ("SPORTS", "2017", None)
    assert (opening["startsOn"], opening["endsOn"]) == ("2017", None)
    assert (delegation["arrivedOn"], delegation["departedOn"]) == ("2017", "2017")
    assert basis(games, "startsOn") == basis(opening, "startsOn") == basis(delegation, "arrivedOn") == {"INFERRED"}


def test_daegu_gave_taipei_its_experience_of_a_universiade(ask: Ask) -> None:
    (given,) = [one for one in records(ask, "contributions") if one["kind"] == "KNOWLEDGE_SHARING"]
    assert (given["giver"]["name"], given["recipient"]["name"]) == ("Daegu", "Taipei")
    assert "Universiade" in given["description"]
    assert given["givenOn"] is None


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [("Chimaek Festival", "FESTIVAL", "arts"), ("World Water Cities Forum", "FORUM", "water")],
)
def test_taipei_took_part_several_times_and_no_year_is_given(ask: Ask, name: str, kind: str, shown: str) -> None:
    event = named(ask, "events", name)
    assert (event["kind"], event["startsOn"], event["endsOn"]) == (kind, None, None)
    assert names(event["hosts"]) == ["Daegu"]
    (taipei,) = event["participants"]
    assert (taipei["person"], taipei["party"]["name"], taipei["status"]) == (None, "Taipei", "ATTENDED")
    assert "several times" in event["description"]
    assert shown in event["description"]


def test_each_city_promotes_the_other(ask: Ask) -> None:
    promotions = [one for one in records(ask, "contributions") if one["kind"] == "PROMOTION"]
    assert {(one["giver"]["name"], one["recipient"]["name"]) for one in promotions} == {
        ("Taipei", "Daegu"),
        ("Daegu", "Taipei"),
    }
    for one in promotions:
        assert (one["givenOn"], one["amount"]) == (None, None)
        assert locators(one, None) == {"paragraph 4"}
        assert "public transport" in one["description"]


def test_the_anniversary_visit_of_2020_was_postponed(ask: Ask) -> None:
    visit = named(ask, "events", "Anniversary visit of the mayor of Daegu to Taiwan")
    assert (visit["kind"], visit["status"], visit["startsOn"]) == ("VISIT", "POSTPONED", "2020")
    assert basis(visit, "startsOn") == {"INFERRED"}
    assert people(visit["participants"]) == ["Kwon Young-jin"]
    assert visit["participants"][0]["status"] != "ATTENDED"
    assert "pandemic" in visit["description"]


def test_the_postponed_visit_is_no_delegation(ask: Ask) -> None:
    kwon = named(ask, "people", "Kwon Young-jin")
    assert kwon["delegations"]["nodes"] == [{"name": "Delegation from Daegu to Taipei"}]


def test_daegu_lies_in_south_korea(ask: Ask) -> None:
    daegu = named(ask, "cities", "Daegu")
    assert daegu["country"] == {"code": "KR"}
    assert basis(daegu, "country") == {"STATED"}
    assert sources(daegu) == {TITLE}
