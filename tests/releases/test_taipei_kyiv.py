"""The release on Taipei and Kyiv: a memorandum without a date, a delegation, and help for Ukraine."""

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

TITLE = "Taipei stands with Ukraine: Taipei and Kyiv sign MOU on City-to-City Cooperation"
KYIV_PEOPLE = ["Volodymyr Bondarenko", "Valentyn Mondryivskyi", "Grygorii Malenko", "Ganna Bilokin"]


@pytest.fixture(scope="module")
def memorandum(ask: Ask) -> Facts:
    """The one agreement of the two cities."""
    (only,) = agreements_between(ask, "Taipei", "Kyiv")
    return only


@pytest.fixture(scope="module")
def meeting(ask: Ask) -> Facts:
    return named(ask, "events", "Meeting of the deputy mayors of Taipei and Kyiv")


@pytest.fixture(scope="module")
def delegation(ask: Ask) -> Facts:
    (only,) = matching(ask, "delegations", {"from": {"city": {"name": {"equals": "Kyiv"}}}})
    return only


@pytest.fixture(scope="module")
def support(ask: Ask) -> Facts:
    return named(ask, "events", "Support Ukraine")


@pytest.fixture(scope="module")
def donation(ask: Ask) -> Facts:
    (only,) = [one for one in records(ask, "contributions") if one["kind"] == "DONATION"]
    return only


def test_no_signing_date_is_guessed(memorandum: Facts) -> None:
    assert (memorandum["signedOn"], memorandum["effectiveOn"], memorandum["expectedOn"]) == (None, None, None)
    assert basis(memorandum, "signedOn") == set()


def test_the_memorandum_is_signed_though_nobody_says_when(ask: Ask, memorandum: Facts) -> None:
    assert memorandum["kind"] == "MEMORANDUM_OF_UNDERSTANDING"
    assert memorandum["status"] == "IN_FORCE"
    undated = matching(ask, "agreements", {"signedOn": {"known": False}, "status": {"equals": "IN_FORCE"}})
    assert memorandum["title"] in [one["title"] for one in undated]


def test_no_possible_date_is_claimed_either(ask: Ask) -> None:
    some_day = {"from": "1900-01-01", "to": "2100-01-01", "certainty": "POSSIBLE"}
    kyiv = {"city": {"name": {"equals": "Kyiv"}}}
    assert matching(ask, "agreements", {"party": kyiv, "signedOn": some_day}) == []


def test_no_ceremony_is_made_up(memorandum: Facts, meeting: Facts) -> None:
    assert memorandum["event"] is None
    assert "memorandum was signed" in meeting["description"]


def test_no_venue_and_no_day_of_the_meeting_is_guessed(delegation: Facts, meeting: Facts) -> None:
    assert meeting["name"] in names(delegation["events"])
    assert (meeting["venue"], meeting["city"]) == (None, None)
    assert (meeting["startsOn"], meeting["endsOn"]) == (None, None)


def test_the_release_names_no_publisher_and_no_day(memorandum: Facts) -> None:
    (published,) = {tuple(one["source"].values()) for one in memorandum["citations"]}
    assert published == (TITLE, None, None, None, "en")


def test_that_the_deputy_mayors_were_the_ones_who_signed_is_inferred(memorandum: Facts) -> None:
    signed = {(one["person"]["name"], one["office"], one["party"]["name"]) for one in memorandum["signatories"]}
    assert signed == {("Shu-Chuan Lee", "Deputy Mayor", "Taipei"), ("Volodymyr Bondarenko", "Deputy Mayor", "Kyiv")}
    assert basis(memorandum, "signatories") == {"INFERRED"}
    assert memorandum["witnesses"] == []


def test_eight_areas_were_agreed(memorandum: Facts) -> None:
    assert areas(memorandum["agreed"]) == {
        "energy efficiency",
        "sustainable urban planning and construction",
        "sustainable transport system",
        "education",
        "culture",
        "child and youth services",
        "open governance",
        "digital technology",
    }
    assert locators(memorandum, "areas") == {"paragraph 1"}


def test_the_three_wishes_of_the_deputy_mayor_are_not_areas_of_the_agreement(memorandum: Facts, meeting: Facts) -> None:
    assert "technology" not in areas(memorandum["agreed"] + memorandum["potential"])
    assert memorandum["potential"] == []
    assert "technology, education and culture" in meeting["description"]


def test_kyiv_is_not_a_sister_city(ask: Ask) -> None:
    kyiv = {"city": {"name": {"equals": "Kyiv"}}}
    assert matching(ask, "agreements", {"party": kyiv, "kind": {"equals": "SISTER_CITY"}}) == []


def test_warsaw_is_a_sister_city_since_an_unknown_day(ask: Ask) -> None:
    (twinning,) = agreements_between(ask, "Taipei", "Warsaw")
    assert (twinning["kind"], twinning["status"], twinning["signedOn"]) == ("SISTER_CITY", "IN_FORCE", None)
    assert basis(twinning, None) == {"INFERRED"}, "a sister city is named, an agreement is not"
    assert twinning["signatories"] == []
    assert named(ask, "cities", "Warsaw")["country"] == {"code": "PL"}


def test_warsaw_got_the_euros(donation: Facts) -> None:
    assert (donation["giver"]["name"], donation["recipient"]["name"]) == ("Taipei", "Warsaw")
    assert (donation["amount"], donation["currency"]) == ("300000", "EUR")
    assert donation["givenOn"] == "2022-04"
    assert "refugees from Ukraine" in donation["purpose"]
    assert locators(donation, "amount") == {"paragraph 5"}


def test_kyiv_got_nothing(ask: Ask) -> None:
    recipients = [one["recipient"] and one["recipient"]["name"] for one in records(ask, "contributions")]
    assert "Kyiv" not in recipients


def test_four_came_from_kyiv_led_by_the_deputy_mayor(delegation: Facts) -> None:
    assert people(delegation["members"]) == KYIV_PEOPLE
    assert delegation["leader"]["person"]["name"] == "Volodymyr Bondarenko"
    assert [one["role"] for one in delegation["members"]] == ["LEADER", "MEMBER", "MEMBER", "MEMBER"]
    assert basis(delegation, "leader") == {"STATED"}


def test_their_offices_are_as_the_release_gives_them(ask: Ask) -> None:
    held = {}
    for name in [*KYIV_PEOPLE, "Shu-Chuan Lee"]:
        (office,) = named(ask, "people", name)["offices"]
        held[name] = (office["title"], office["of"]["name"])
    assert held == {
        "Volodymyr Bondarenko": ("Deputy Mayor", "Kyiv"),
        "Valentyn Mondryivskyi": ("Counselor", "Kyiv City Council"),
        "Grygorii Malenko": ("Counselor", "Kyiv City Council"),
        "Ganna Bilokin": (
            "Head of the international cooperation unit, international relations department",
            "Kyiv City State Administration",
        ),
        "Shu-Chuan Lee": ("Deputy Mayor", "Taipei"),
    }


def test_the_delegation_was_invited_by_the_foreign_ministry_of_taiwan(delegation: Facts) -> None:
    (ministry,) = delegation["invitedBy"]
    assert (ministry["name"], ministry["country"]) == ("Ministry of Foreign Affairs", {"code": "TW"})
    assert locators(delegation, "invitedBy") == {"paragraph 4"}


def test_taipeis_deputy_mayor_received_it(delegation: Facts) -> None:
    (host,) = delegation["hosts"]
    assert (host["party"]["name"], host["person"]["name"], host["office"]) == (
        "Taipei",
        "Shu-Chuan Lee",
        "Deputy Mayor",
    )


def test_of_the_journey_only_the_year_follows(delegation: Facts) -> None:
    assert (delegation["arrivedOn"], delegation["departedOn"]) == ("2023", None)
    assert basis(delegation, "arrivedOn") == {"INFERRED"}
    assert delegation["destinationCountry"] == {"code": "TW"}


def test_the_delegation_attended_expo_and_forum(ask: Ask, delegation: Facts) -> None:
    assert {"2023 Smart City Summit & Expo", "Net Zero City Forum"} < set(names(delegation["events"]))
    for name, kind in (("2023 Smart City Summit & Expo", "EXPO"), ("Net Zero City Forum", "FORUM")):
        event = named(ask, "events", name)
        assert (event["kind"], event["startsOn"], event["venue"]) == (kind, "2023", None)
        assert basis(event, "startsOn") == {"INFERRED"}
        assert {one["status"] for one in event["participants"]} == {"ATTENDED"}


@pytest.mark.parametrize("words", ["enterprises", "building sites", "agencies"])
def test_what_else_the_delegation_did_is_told(delegation: Facts, words: str) -> None:
    assert words in delegation["purpose"]


def test_all_four_were_at_the_meeting(meeting: Facts) -> None:
    assert (meeting["kind"], meeting["status"], names(meeting["hosts"])) == ("MEETING", "HELD", ["Taipei"])
    assert people(meeting["participants"]) == ["Shu-Chuan Lee", *KYIV_PEOPLE]
    assert {one["status"] for one in meeting["participants"]} == {"ATTENDED"}


@pytest.mark.parametrize("words", ["the war", "invited Taipei's government", "victory", "rebuilding"])
def test_what_the_deputy_mayors_said_is_told(meeting: Facts, words: str) -> None:
    assert words in meeting["description"]


def test_taipei_was_invited_to_kyiv_and_is_not_said_to_have_gone(ask: Ask) -> None:
    visit = named(ask, "events", "Visit of Taipei City Government to Kyiv")
    assert (visit["status"], visit["city"], visit["startsOn"]) == ("PLANNED", {"name": "Kyiv"}, None)
    (taipei,) = visit["participants"]
    assert (taipei["party"]["name"], taipei["status"], taipei["attendance"]) == ("Taipei", "INVITED", None)
    assert matching(ask, "delegations", {"from": {"city": {"name": {"equals": "Taipei"}}}}) == []


def test_support_ukraine_was_held_at_the_city_hall(support: Facts) -> None:
    assert (support["kind"], support["status"]) == ("SOLIDARITY", "HELD")
    assert (support["startsOn"], support["venue"]) == ("2022-03-03", "Taipei City Hall")
    assert basis(support, "startsOn") == {"STATED"}
    assert names(support["hosts"]) == ["Taipei"]
    assert support["city"] == {"name": "Taipei"}


@pytest.mark.parametrize("words", ["flag", "Wall of Democracy", "messages", "24 February 2022"])
def test_what_happened_there_and_why_is_told(support: Facts, words: str) -> None:
    assert words in support["description"]


def test_the_donation_and_the_support_are_two_things(donation: Facts, support: Facts) -> None:
    assert donation["event"] is None
    assert support["contributions"]["nodes"] == []


def test_kyiv_lies_in_ukraine(ask: Ask) -> None:
    kyiv = named(ask, "cities", "Kyiv")
    assert kyiv["country"] == {"code": "UA"}
    assert basis(kyiv, "country") == {"STATED"}
    assert sources(kyiv) == {TITLE}
