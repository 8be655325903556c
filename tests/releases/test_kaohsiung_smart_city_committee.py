"""The release on Kaohsiung's Smart City Committee: a body, a memorandum with companies, and two panels."""

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
    notes,
    people,
    records,
    sources,
)

TITLE = "Kaohsiung Smart City Committee Establishment"
COMPANIES = [
    "Siemens",
    "Chunghwa Telecom Co.",
    "FET",
    "TWM",
    "Compal",
    "Askey",
    "EstiNet Technologies Inc",
    "Studio X-Gene Co. LTD",
    "ARTC",
]
PANELS = {
    "Smart Governance X Big Data": [
        ("Audrey Tang", "Minister without portfolio", "Executive Yuan"),
        ("Lee-Feng Chien", "Board of Science and Technology", "Executive Yuan"),
    ],
    "Digital Industries X New Southbound": [
        ("Cheng-Hung Cho", "CEO", "Institute for Information Industry"),
        ("Chun-Shen He", "Managing Director", "Advantech"),
    ],
}
each_panel = pytest.mark.parametrize("panel", PANELS)


@pytest.fixture(scope="module")
def committee(ask: Ask) -> Facts:
    return named(ask, "organizations", "Kaohsiung Smart City Committee")


@pytest.fixture(scope="module")
def establishment(ask: Ask) -> Facts:
    (only,) = matching(ask, "events", {"kind": {"equals": "ESTABLISHMENT"}})
    return only


@pytest.fixture(scope="module")
def memorandum(ask: Ask) -> Facts:
    """The one agreement to which companies are party."""
    (only,) = matching(ask, "agreements", {"party": {"organization": {"name": {"equals": "Siemens"}}}})
    return only


def test_the_committee_was_established_on_25_december_2020(committee: Facts) -> None:
    assert committee["kind"] == "COMMITTEE"
    assert committee["establishedOn"] == "2020-12-25"
    assert basis(committee, "establishedOn") == {"STATED"}
    assert committee["city"] == {"name": "Kaohsiung"}
    assert committee["partOf"]["name"] == "Kaohsiung"


def test_the_committee_has_no_named_members_and_is_not_complete(committee: Facts) -> None:
    assert committee["members"] == []
    assert committee["membersComplete"] is False
    assert "certificates" in notes(committee, "members")


def test_panel_speakers_are_not_members(ask: Ask) -> None:
    members = {name for each in records(ask, "organizations") for name in people(each["members"])}
    assert members.isdisjoint(speaker for panel in PANELS.values() for speaker, *_ in panel)


def test_the_committee_signed_nothing(committee: Facts) -> None:
    assert committee["agreements"]["nodes"] == []


def test_the_publisher_is_named_and_the_day_of_publication_is_not(committee: Facts) -> None:
    (published,) = {tuple(one["source"].values()) for one in committee["citations"]}
    assert published == (TITLE, "Kaohsiung City Government Information Bureau", None, None, "en")


def test_the_contact_office_is_known(ask: Ask) -> None:
    office = named(ask, "organizations", "Kaohsiung City Smart City Project Management Office")
    assert office["kind"] == "MUNICIPAL_BODY"
    assert "contact" in notes(office, None)


def test_the_mayor_convened_the_establishment(establishment: Facts) -> None:
    assert (establishment["startsOn"], establishment["status"]) == ("2020-12-25", "HELD")
    assert establishment["venue"] is None
    (chen,) = establishment["participants"]
    assert (chen["person"]["name"], chen["office"], chen["role"], chen["status"]) == (
        "Chen Chi-mai",
        "Mayor",
        "CONVENER",
        "ATTENDED",
    )


@pytest.mark.parametrize("words", ["certificates", "central government", "trial site", "health care", "pandemic"])
def test_what_the_mayor_did_and_said_is_told(establishment: Facts, words: str) -> None:
    assert words in establishment["description"]


def test_the_parties_of_the_memorandum_are_the_city_and_nine_companies(memorandum: Facts) -> None:
    parties = [(one["party"]["__typename"], one["party"]["name"]) for one in memorandum["parties"]]
    assert parties == [("City", "Kaohsiung"), *[("Organization", name) for name in COMPANIES]]
    assert [one["position"] for one in memorandum["parties"]] == list(range(1, 11))


def test_the_list_of_parties_is_open(memorandum: Facts) -> None:
    assert memorandum["partiesComplete"] is False
    assert "left open" in notes(memorandum, "partiesComplete")


@pytest.mark.parametrize("name", COMPANIES)
def test_each_party_is_an_organization_whose_kind_is_inferred(ask: Ask, name: str) -> None:
    company = named(ask, "organizations", name)
    assert company["kind"] == "COMPANY"
    assert basis(company, "kind") == {"INFERRED"}
    assert (company["country"], company["city"], company["website"]) == (None, None, None)
    assert sources(company) == {TITLE}


@pytest.mark.parametrize("expanded", ["Far EasTone", "Taiwan Mobile", "Automotive Research"])
def test_abbreviations_are_not_expanded(ask: Ask, expanded: str) -> None:
    assert matching(ask, "organizations", {"name": {"contains": expanded}}) == []


def test_the_day_of_the_memorandum_is_inferred_from_the_establishment(memorandum: Facts, establishment: Facts) -> None:
    assert (memorandum["kind"], memorandum["status"]) == ("MEMORANDUM_OF_UNDERSTANDING", "IN_FORCE")
    assert memorandum["signedOn"] == "2020-12-25"
    assert basis(memorandum, "signedOn") == {"INFERRED"}
    assert memorandum["event"]["name"] == establishment["name"]


def test_the_mayor_signed_for_the_city_and_nobody_is_named_for_the_companies(memorandum: Facts) -> None:
    signed = [(one["person"]["name"], one["office"], one["party"]["name"]) for one in memorandum["signatories"]]
    assert signed == [("Chen Chi-mai", "Mayor", "Kaohsiung")]
    assert basis(memorandum, "signatories") == {"STATED"}
    assert {one["attendance"] for one in memorandum["signatories"]} == {None}


def test_six_areas_were_agreed(memorandum: Facts) -> None:
    assert areas(memorandum["agreed"]) == {
        "human resources for digital technologies",
        "smart city application services",
        "self-driving car application development",
        "smart healthcare",
        "5G AIoT",
        "smart agriculture",
    }
    assert memorandum["potential"] == []
    assert locators(memorandum, "areas") == {"paragraph 2"}


@each_panel
def test_each_panel_was_held_by_two_experts(ask: Ask, panel: str) -> None:
    event = named(ask, "events", panel)
    assert (event["kind"], event["status"]) == ("PANEL", "HELD")
    held_by = [(one["person"]["name"], one["office"], one["party"]["name"]) for one in event["participants"]]
    assert held_by == PANELS[panel]
    assert {(one["role"], one["status"]) for one in event["participants"]} == {("PANELIST", "ATTENDED")}


@each_panel
def test_each_panel_was_part_of_the_meeting_and_its_day_is_inferred(ask: Ask, panel: str, establishment: Facts) -> None:
    event = named(ask, "events", panel)
    assert event["partOf"] == {"name": establishment["name"]}
    assert panel in names(establishment["parts"])
    assert (event["startsOn"], event["endsOn"]) == ("2020-12-25", "2020-12-25")
    assert basis(event, "startsOn") == basis(event, "endsOn") == {"INFERRED"}


def test_the_experts_hold_the_offices_that_the_release_gives(ask: Ask) -> None:
    for expert, office, of in (each for panel in PANELS.values() for each in panel):
        held = named(ask, "people", expert)["offices"]
        assert [(one["title"], one["of"]["name"]) for one in held] == [(office, of)]


def test_the_experts_are_party_to_nothing(ask: Ask) -> None:
    for expert in (each[0] for panel in PANELS.values() for each in panel):
        assert named(ask, "people", expert)["signed"]["nodes"] == []


def test_the_alliance_met_the_month_before(ask: Ask) -> None:
    meeting = named(ask, "events", "5G AIoT International Alliance")
    assert (meeting["kind"], meeting["startsOn"], meeting["participants"]) == ("MEETING", "2020-11", [])
    assert basis(meeting, "startsOn") == {"INFERRED"}
    assert named(ask, "organizations", "5G AIoT International Alliance")["kind"] == "ALLIANCE"


def test_the_opening_ceremony_was_to_come_and_names_no_guest(ask: Ask) -> None:
    opening = named(ask, "events", "Kaohsiung smart city opening ceremony")
    assert (opening["status"], opening["startsOn"], opening["participants"]) == ("PLANNED", None, [])


def test_one_person_in_two_spellings_is_one_person_across_two_releases(ask: Ask) -> None:
    (chen,) = matching(ask, "people", {"name": {"startsWith": "Chen Chi"}})
    assert matching(ask, "people", {"name": {"startsWith": "Chi-Mai"}}) in ([], [chen])
    assert chen["nativeName"] == "陳其邁"
    assert [(one["title"], one["of"]["name"]) for one in chen["offices"]] == [("Mayor", "Kaohsiung")]
    assert sources(chen) == {TITLE, "Kaohsiung and Pristina sign a sister city agreement"}


def test_that_person_signed_in_both_releases(ask: Ask, memorandum: Facts) -> None:
    (twinning,) = agreements_between(ask, "Kaohsiung", "Pristina")
    signed = {one["title"] for one in named(ask, "people", "Chen Chi-mai")["signed"]["nodes"]}
    assert signed == {memorandum["title"], twinning["title"]}


def test_smart_healthcare_is_one_area_of_two_releases(ask: Ask, memorandum: Facts) -> None:
    (twinning,) = agreements_between(ask, "Kaohsiung", "Pristina")
    found = matching(ask, "agreements", {"area": {"slug": {"equals": "smart-healthcare"}}})
    assert {one["title"] for one in found} == {memorandum["title"], twinning["title"]}
