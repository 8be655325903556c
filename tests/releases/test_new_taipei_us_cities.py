"""The release of 24 October 2023: New Taipei and five cities of the United States."""

import pytest

from tests.releases.reading import (
    Ask,
    Facts,
    agreements_between,
    areas,
    basis,
    matching,
    named,
    names,
    notes,
    records,
    sources,
)

TITLE = (
    "New Taipei City Collaborates with U.S. Cities for Cultural, Educational, and Economic Partnerships, "
    "Forging a Diverse and Prosperous International City"
)
LAUNCH = "2023 New Taipei City-U.S. Multi-City Cultural, Educational, and Economic Cooperation Launch Press Conference"
REGIONS = {
    "Saratoga": None,
    "Cupertino": "California",
    "Aurora": "Colorado",
    "Johns Creek": "Georgia",
    "Holmdel": "New Jersey",
}
PARK, SCHOOL = "Baogao Intelligent Industrial Park", "Jhangshu International Creative Technical High School"
each_partner = pytest.mark.parametrize("partner", REGIONS)


@pytest.fixture(scope="module")
def launch(ask: Ask) -> Facts:
    return named(ask, "events", LAUNCH)


@pytest.fixture(scope="module")
def programmes(ask: Ask) -> dict[str, Facts]:
    """The programmes by name."""
    return {one["name"]: one for one in records(ask, "programmes")}


def test_there_are_five_agreements_not_one(ask: Ask) -> None:
    agreements = agreements_between(ask, "New Taipei")
    assert len(agreements) == 5
    partners = {one["party"]["name"] for each in agreements for one in each["parties"]} - {"New Taipei"}
    assert partners == set(REGIONS)
    assert {len(each["parties"]) for each in agreements} == {2}


@each_partner
def test_each_memorandum_was_signed_on_the_inferred_day_of_the_launch(ask: Ask, partner: str) -> None:
    (memorandum,) = agreements_between(ask, "New Taipei", partner)
    assert (memorandum["kind"], memorandum["status"]) == ("MEMORANDUM_OF_UNDERSTANDING", "IN_FORCE")
    assert memorandum["signedOn"] == "2023-10-05"
    assert basis(memorandum, "signedOn") == {"INFERRED"}
    assert memorandum["event"]["name"] == LAUNCH


@each_partner
def test_that_this_city_was_one_of_the_five_is_inferred(ask: Ask, partner: str) -> None:
    (memorandum,) = agreements_between(ask, "New Taipei", partner)
    assert basis(memorandum, "parties") == {"INFERRED"}
    assert memorandum["partiesComplete"] is True


@each_partner
def test_each_memorandum_covers_culture_education_and_trade(ask: Ask, partner: str) -> None:
    (memorandum,) = agreements_between(ask, "New Taipei", partner)
    assert areas(memorandum["agreed"]) == {"cultural and art industries", "education", "economy and trade"}
    assert partner in memorandum["summary"]


@each_partner
def test_who_signed_is_not_said(ask: Ask, partner: str) -> None:
    (memorandum,) = agreements_between(ask, "New Taipei", partner)
    assert memorandum["signatories"] == memorandum["witnesses"] == []


@each_partner
def test_each_partner_lies_in_the_united_states(ask: Ask, partner: str) -> None:
    city = named(ask, "cities", partner)
    assert city["country"] == {"code": "US"}
    assert city["region"] == REGIONS[partner]


def test_no_state_is_guessed_for_saratoga(ask: Ask) -> None:
    saratoga = named(ask, "cities", "Saratoga")
    assert saratoga["region"] is None
    assert basis(saratoga, "region") == set()


def test_the_georgia_of_johns_creek_is_the_state(ask: Ask) -> None:
    assert matching(ask, "cities", {"country": {"equals": "GE"}}) == []
    johns_creek = named(ask, "cities", "Johns Creek")
    assert (johns_creek["region"], basis(johns_creek, "region")) == ("Georgia", {"STATED"})


def test_5_october_is_the_event_with_its_year_inferred(launch: Facts) -> None:
    assert (launch["kind"], launch["status"]) == ("PRESS_CONFERENCE", "HELD")
    assert (launch["startsOn"], launch["endsOn"]) == ("2023-10-05", "2023-10-05")
    assert basis(launch, "startsOn") == basis(launch, "endsOn") == {"INFERRED"}
    assert names(launch["hosts"]) == ["New Taipei"]
    assert len(launch["agreements"]["nodes"]) == 5


def test_24_october_is_the_publication(launch: Facts) -> None:
    published = {(one["source"]["title"], one["source"]["publishedOn"]) for one in launch["citations"]}
    assert published == {(TITLE, "2023-10-24")}
    assert {one["source"]["publisher"] for one in launch["citations"]} == {"New Taipei City Government"}


def test_no_venue_of_the_launch_is_guessed(launch: Facts) -> None:
    assert (launch["venue"], launch["city"], launch["mode"]) == (None, None, None)


def test_the_guests_of_the_five_cities_attended(launch: Facts) -> None:
    attended = {
        (one["party"]["name"], one["person"] and one["person"]["name"], one["office"])
        for one in launch["participants"]
        if one["status"] == "ATTENDED"
    }
    assert attended == {
        ("New Taipei", "Liou Her-Ran", "Deputy Mayor"),
        ("Saratoga", "Kookie Fitzsimmons", "Mayor"),
        ("Cupertino", "Hung Wei", "Mayor"),
        ("Aurora", None, None),
        ("Johns Creek", None, None),
        ("Holmdel", None, None),
    }


def test_the_officials_were_invited_and_are_not_said_to_have_attended(launch: Facts) -> None:
    invited = [one for one in launch["participants"] if one["status"] == "INVITED"]
    assert [(one["person"]["name"], one["party"]["name"], one["office"], one["attendance"]) for one in invited] == [
        ("Patrick Ho", "Ministry of Foreign Affairs", "Senior Executive Officer", None),
        ("Arend Zwartjes", "American Institute in Taiwan", "Public Diplomacy Section Chief", None),
    ]


def test_an_invited_official_attended_nothing(ask: Ask) -> None:
    for name in ("Patrick Ho", "Arend Zwartjes"):
        took_part = named(ask, "people", name)["participations"]["nodes"]
        assert [one["status"] for one in took_part] == ["INVITED"]


@pytest.mark.parametrize(
    "words", ["emblems", "flags", "keys", "Others", "international market", "Education Department"]
)
def test_what_else_the_release_says_of_the_launch_is_told(launch: Facts, words: str) -> None:
    assert words in launch["description"]


def test_republic_of_china_is_taiwan(ask: Ask) -> None:
    ministry = named(ask, "organizations", "Ministry of Foreign Affairs")
    assert (ministry["kind"], ministry["country"]) == ("GOVERNMENT", {"code": "TW"})
    assert "Republic of China" in notes(ministry, "country")
    assert matching(ask, "cities", {"country": {"equals": "CN"}}) == []


def test_names_with_a_comma_are_family_name_first(ask: Ask) -> None:
    liou, principal = named(ask, "people", "Liou Her-Ran"), named(ask, "people", "Chen Haw-Ran")
    assert [(one["title"], one["of"]["name"]) for one in liou["offices"]] == [("Deputy Mayor", "New Taipei")]
    assert [(one["title"], one["of"]["name"]) for one in principal["offices"]] == [("Principal", SCHOOL)]
    assert "comma" in notes(liou, None)


def test_the_rabbit_was_a_gift_of_the_deputy_mayor_to_no_one_party(ask: Ask) -> None:
    (gift,) = [one for one in records(ask, "contributions") if one["kind"] == "GIFT"]
    assert "WELCOME Rabbit" in gift["description"]
    assert "gold ingots" in gift["description"]
    assert (gift["giver"]["name"], gift["presentedBy"]["name"]) == ("New Taipei", "Liou Her-Ran")
    assert (gift["recipient"], gift["amount"], gift["currency"]) == (None, None, None)
    assert (gift["event"]["name"], gift["givenOn"]) == (LAUNCH, "2023-10-05")
    assert basis(gift, "givenOn") == basis(gift, "giver") == {"INFERRED"}


def test_the_partners_were_at_the_design_expo(ask: Ask) -> None:
    expo = named(ask, "events", "2023 Taiwan Design Expo")
    assert (expo["kind"], expo["startsOn"], expo["endsOn"]) == ("EXPO", "2023", None)
    assert {one["party"]["name"] for one in expo["participants"]} == set(REGIONS)
    assert basis(expo, "participants") == basis(expo, "startsOn") == {"INFERRED"}


@pytest.mark.parametrize("place", [PARK, SCHOOL])
def test_visits_scheduled_are_planned_and_not_made(ask: Ask, place: str) -> None:
    visit = named(ask, "events", f"Visit to {place}")
    assert (visit["kind"], visit["status"], visit["venue"], visit["startsOn"]) == ("VISIT", "PLANNED", place, None)
    assert {one["status"] for one in visit["participants"]} == {"INVITED"}
    assert {one["party"]["name"] for one in visit["participants"]} == set(REGIONS)
    assert basis(visit, "participants") == {"INFERRED"}


def test_no_delegation_is_made_up(ask: Ask) -> None:
    assert matching(ask, "delegations", {"host": {"city": {"name": {"equals": "New Taipei"}}}}) == []


def test_the_initiative_with_cupertino_is_a_programme_since_2021(ask: Ask, programmes: dict[str, Facts]) -> None:
    initiative = programmes["Twin-city initiative of New Taipei and Cupertino"]
    assert (initiative["owner"]["name"], names(initiative["partners"])) == ("New Taipei", ["Cupertino"])
    assert initiative["startedOn"] == "2021"
    assert "digital learning" in initiative["description"]
    assert matching(ask, "agreements", {"kind": {"equals": "SISTER_CITY"}, "party": _city("Cupertino")}) == []


def test_cupertino_is_in_silicon_valley(ask: Ask) -> None:
    assert "Silicon Valley" in notes(named(ask, "cities", "Cupertino"), None)


def test_new_taipei_took_part_in_auroras_festival_at_an_unknown_time(ask: Ask) -> None:
    festival = named(ask, "events", "Global Culture Festival")
    assert (festival["kind"], festival["city"], festival["startsOn"]) == ("FESTIVAL", {"name": "Aurora"}, None)
    (taker,) = festival["participants"]
    assert (taker["party"]["name"], taker["status"]) == ("New Taipei", "ATTENDED")


def test_the_school_pairing_target_is_a_programmes_and_due_2030(programmes: dict[str, Facts]) -> None:
    paper = programmes["New Taipei City International Education White Paper"]
    (target,) = paper["targets"]
    assert target["dueOn"] == "2030"
    assert "Every primary and secondary school" in target["description"]
    assert (paper["owner"]["name"], paper["startedOn"]) == ("New Taipei", "2023-04")
    assert basis(paper, "startedOn") == {"STATED"}


@pytest.mark.parametrize("words", ["more than a hundred", "school districts", "online"])
def test_what_the_white_paper_set_up_is_told(programmes: dict[str, Facts], words: str) -> None:
    assert words in programmes["New Taipei City International Education White Paper"]["description"]


def test_no_agreement_is_tied_to_a_programme_as_none_is_said_to_be(ask: Ask, programmes: dict[str, Facts]) -> None:
    assert [one["programme"] for one in agreements_between(ask, "New Taipei")] == [None] * 5
    assert [one["agreements"]["nodes"] for one in programmes.values()] == [[], []]


def test_no_school_is_paired_by_the_plan_alone(ask: Ask) -> None:
    assert matching(ask, "agreements", {"kind": {"equals": "SCHOOL_PARTNERSHIP"}}) == []


def test_the_organizations_of_the_release_are_known(ask: Ask) -> None:
    kinds = {
        PARK: "INNOVATION",
        SCHOOL: "SCHOOL",
        "American Institute in Taiwan": "REPRESENTATIVE_OFFICE",
        "Education Department of New Taipei City": "MUNICIPAL_BODY",
    }
    for name, kind in kinds.items():
        found = named(ask, "organizations", name)
        assert found["kind"] == kind
        assert sources(found) == {TITLE}


def test_the_mayors_of_the_partners_hold_their_offices(ask: Ask) -> None:
    for name, city in (("Kookie Fitzsimmons", "Saratoga"), ("Hung Wei", "Cupertino")):
        mayor = named(ask, "people", name)
        assert [(one["title"], one["of"]["name"]) for one in mayor["offices"]] == [("Mayor", city)]


def _city(name: str) -> Facts:
    return {"city": {"name": {"equals": name}}}
