"""The report of 22 March 2024: Kaohsiung and Pristina become sister cities."""

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
    sources,
)

STAY = "Visit of the mayor of Pristina to Kaohsiung"
LIBRARY = "Visit to the Kaohsiung Main Public Library"


@pytest.fixture(scope="module")
def agreement(ask: Ask) -> Facts:
    """The one agreement of the two cities."""
    (only,) = agreements_between(ask, "Kaohsiung", "Pristina")
    return only


@pytest.fixture(scope="module")
def ceremony(ask: Ask) -> Facts:
    return named(ask, "events", "Signing of the sister city agreement between Kaohsiung and Pristina")


@pytest.fixture(scope="module")
def planned(ask: Ask) -> Facts:
    """The memorandum that was announced beside it."""
    party = {"organization": {"name": {"equals": "Kaohsiung Megabay"}}}
    (only,) = matching(ask, "agreements", {"party": party})
    return only


@pytest.fixture(scope="module")
def delegation(ask: Ask) -> Facts:
    (only,) = matching(ask, "delegations", {"from": {"city": {"name": {"equals": "Pristina"}}}})
    return only


def test_the_cities_became_sister_cities_on_22_march_2024(agreement: Facts) -> None:
    assert agreement["kind"] == "SISTER_CITY"
    assert agreement["status"] == "IN_FORCE"
    assert agreement["signedOn"] == "2024-03-22"
    assert basis(agreement, "signedOn") == {"STATED"}
    assert [one["party"]["name"] for one in agreement["parties"]] == ["Kaohsiung", "Pristina"]
    assert agreement["partiesComplete"] is True


def test_the_report_is_by_the_agency_of_the_same_day(agreement: Facts) -> None:
    published = {(one["source"]["publisher"], one["source"]["publishedOn"]) for one in agreement["citations"]}
    assert published == {("CNA", "2024-03-22")}


def test_the_mayors_signed_each_for_his_city(agreement: Facts) -> None:
    signed = [(one["person"]["name"], one["office"], one["party"]["name"]) for one in agreement["signatories"]]
    assert signed == [("Chen Chi-mai", "Mayor", "Kaohsiung"), ("Përparim Rama", "Mayor", "Pristina")]


def test_the_witness_was_remote_and_the_signatories_were_not(agreement: Facts) -> None:
    assert [one["attendance"] for one in agreement["signatories"]] == ["IN_PERSON", "IN_PERSON"]
    (witness,) = agreement["witnesses"]
    assert witness["person"] == {"name": "Liu Shih-chung", "nativeName": "劉世忠"}
    assert witness["office"] == "Taiwan's representative to Hungary"
    assert witness["role"] == "WITNESS"
    assert witness["attendance"] == "REMOTE"
    assert locators(agreement, "witnesses") == {"paragraph 2"}


def test_the_witness_signed_nothing(ask: Ask) -> None:
    liu = named(ask, "people", "Liu Shih-chung")
    assert liu["signed"]["nodes"] == []
    assert [one["title"] for one in liu["offices"]] == ["Taiwan's representative to Hungary"]


def test_the_39th_belongs_to_kaohsiung_and_first_asian_to_pristina(agreement: Facts) -> None:
    claims = {
        one["party"]["name"]: [(claim["ordinal"], claim["of"]) for claim in one["ordinals"]]
        for one in agreement["parties"]
    }
    assert claims == {"Kaohsiung": [(39, "sister city")], "Pristina": [(1, "sister city in Asia")]}


def test_each_count_is_cited(agreement: Facts) -> None:
    cited = [claim["citation"]["locator"] for one in agreement["parties"] for claim in one["ordinals"]]
    assert cited == ["paragraph 2", "paragraph 2"]


def test_the_agreed_areas_are_those_of_the_citys_department(agreement: Facts) -> None:
    assert areas(agreement["agreed"]) == {
        "smart traffic",
        "smart healthcare",
        "digital transformation",
        "culture",
        "education",
    }
    assert {one["proposedBy"] for one in agreement["agreed"]} == {None}
    assert locators(agreement, "areas") == {"paragraph 6", "paragraph 7"}
    assert "department" in notes(agreement, "areas")


def test_the_potential_areas_are_those_that_rama_named(agreement: Facts) -> None:
    assert areas(agreement["potential"]) == {
        "information and communications technology",
        "smart cities",
        "startup industry",
    }
    assert {one["proposedBy"]["name"] for one in agreement["potential"]} == {"Përparim Rama"}


def test_it_was_signed_at_the_city_government(agreement: Facts, ceremony: Facts) -> None:
    assert agreement["event"]["name"] == ceremony["name"]
    assert ceremony["kind"] == "SIGNING_CEREMONY"
    assert ceremony["status"] == "HELD"
    assert (ceremony["startsOn"], ceremony["endsOn"]) == ("2024-03-22", "2024-03-22")
    assert ceremony["venue"] == "Kaohsiung City Government"
    assert ceremony["city"]["name"] == "Kaohsiung"


def test_the_ceremony_was_hybrid_as_one_took_part_by_video(ceremony: Facts) -> None:
    assert ceremony["mode"] == "HYBRID"
    assert basis(ceremony, "mode") == {"INFERRED"}
    present = {one["person"]["name"]: (one["status"], one["attendance"]) for one in ceremony["participants"]}
    assert present == {
        "Chen Chi-mai": ("ATTENDED", "IN_PERSON"),
        "Përparim Rama": ("ATTENDED", "IN_PERSON"),
        "Liu Shih-chung": ("ATTENDED", "REMOTE"),
    }


@pytest.mark.parametrize("word", ["Kosovo", "democracy", "5G AIoT", "electric vehicles", "creativity", "partnership"])
def test_what_the_mayors_said_is_told(ceremony: Facts, word: str) -> None:
    assert word in ceremony["description"]


def test_18_to_23_march_is_the_stay_in_taiwan(delegation: Facts) -> None:
    assert (delegation["arrivedOn"], delegation["departedOn"]) == ("2024-03-18", "2024-03-23")
    assert delegation["destinationCountry"] == {"code": "TW"}
    assert delegation["destinationCity"] is None
    assert basis(delegation, "arrivedOn") == basis(delegation, "departedOn") == {"STATED"}


def test_that_the_stay_was_completed_is_inferred(delegation: Facts) -> None:
    assert delegation["status"] == "COMPLETED"
    assert basis(delegation, "status") == {"INFERRED"}


def test_rama_led_a_delegation_whose_other_members_are_not_named(delegation: Facts) -> None:
    assert people(delegation["members"]) == ["Përparim Rama"]
    assert delegation["leader"]["person"]["name"] == "Përparim Rama"
    assert basis(delegation, "leader") == {"INFERRED"}
    assert delegation["membersComplete"] is False


def test_the_delegation_came_for_the_expo_of_2024(ask: Ask, delegation: Facts) -> None:
    expo = named(ask, "events", "2024 Smart City Summit and Expo")
    assert expo["name"] in names(delegation["events"])
    assert expo["name"] in delegation["purpose"]
    assert (expo["kind"], expo["startsOn"], expo["endsOn"]) == ("EXPO", "2024", None)
    assert basis(expo, "startsOn") == {"INFERRED"}
    (rama,) = expo["participants"]
    assert (rama["person"]["name"], rama["status"]) == ("Përparim Rama", "CONFIRMED")


def test_the_delegation_is_found_from_kaohsiung(ask: Ask) -> None:
    query = """{ city(ref: { named: { name: "Kaohsiung", country: "TW" } }) {
        delegationsReceived { nodes { from { name } hosts { party { name } person { name } } } } } }"""
    assert ask(query)["city"]["delegationsReceived"]["nodes"] == [
        {"from": {"name": "Pristina"}, "hosts": [{"party": {"name": "Kaohsiung"}, "person": {"name": "Chen Chi-mai"}}]}
    ]


def test_the_four_days_in_kaohsiung_have_no_dates(ask: Ask) -> None:
    stay = named(ask, "events", STAY)
    assert (stay["startsOn"], stay["endsOn"]) == (None, None)
    assert "four days" in stay["description"]
    assert people(stay["participants"]) == ["Përparim Rama"]
    assert stay["participants"][0]["attendance"] == "IN_PERSON"


def test_the_memorandum_of_the_organizations_is_planned_and_undated(planned: Facts) -> None:
    assert planned["kind"] == "MEMORANDUM_OF_UNDERSTANDING"
    assert planned["status"] == "PLANNED"
    assert (planned["signedOn"], planned["expectedOn"]) == (None, None)
    parties = [(one["party"]["__typename"], one["party"]["name"]) for one in planned["parties"]]
    assert parties == [("Organization", "Kaohsiung Megabay"), ("Organization", "Innovation Centre Kosovo")]
    assert locators(planned, None) == {"paragraph 8"}


def test_rama_attends_the_planned_signing_and_does_not_sign(ask: Ask, planned: Facts) -> None:
    assert planned["signatories"] == []
    ceremony = named(ask, "events", planned["event"]["name"])
    assert (ceremony["kind"], ceremony["status"], ceremony["startsOn"]) == ("SIGNING_CEREMONY", "PLANNED", None)
    (rama,) = ceremony["participants"]
    assert (rama["person"]["name"], rama["role"], rama["status"]) == ("Përparim Rama", "GUEST", "CONFIRMED")
    assert rama["attendance"] is None


def test_rama_signed_the_agreement_of_the_cities_only(ask: Ask, agreement: Facts) -> None:
    rama = named(ask, "people", "Përparim Rama")
    assert rama["signed"]["nodes"] == [{"title": agreement["title"]}]
    assert [(one["title"], one["of"]["name"]) for one in rama["offices"]] == [("Mayor", "Pristina")]


def test_rama_was_invited_to_the_library_and_is_not_said_to_have_gone(ask: Ask) -> None:
    visit = named(ask, "events", LIBRARY)
    assert (visit["kind"], visit["status"], visit["startsOn"]) == ("VISIT", "PLANNED", None)
    assert visit["venue"] == "Kaohsiung Main Public Library"
    (rama,) = visit["participants"]
    assert (rama["person"]["name"], rama["status"], rama["attendance"]) == ("Përparim Rama", "INVITED", None)
    assert names(visit["hosts"]) == ["Kaohsiung"]
    assert "architect" in visit["description"]


def test_attended_events_of_rama_leave_out_plans_and_invitations(ask: Ask) -> None:
    rama = named(ask, "people", "Përparim Rama")
    attended = {one["event"]["name"] for one in rama["participations"]["nodes"] if one["status"] == "ATTENDED"}
    assert attended == {STAY, "Signing of the sister city agreement between Kaohsiung and Pristina"}


def test_pristina_lies_in_kosovo_and_kaohsiung_in_taiwan(ask: Ask) -> None:
    pristina = named(ask, "cities", "Pristina")
    assert pristina["country"] == {"code": "XK"}
    assert basis(pristina, "country") == {"STATED"}
    assert "capital" in notes(pristina, "country")
    assert named(ask, "cities", "Kaohsiung")["country"] == {"code": "TW"}


def test_names_in_own_script_are_given_where_the_report_gives_them(ask: Ask) -> None:
    chen = named(ask, "people", "Chen Chi-mai")
    assert chen["nativeName"] == "陳其邁"
    assert "paragraph 1" in locators(chen, "nativeName")
    assert named(ask, "people", "Përparim Rama")["nativeName"] is None


def test_the_organizations_of_the_report_are_known(ask: Ask) -> None:
    kinds = {
        "Kaohsiung City Department of Administrative and International Affairs": ("MUNICIPAL_BODY", "TW"),
        "Kaohsiung Main Public Library": ("CULTURAL", "TW"),
        "Kaohsiung Megabay": ("OTHER", "TW"),
        "Innovation Centre Kosovo": ("INNOVATION", "XK"),
    }
    for name, (kind, country) in kinds.items():
        found = named(ask, "organizations", name)
        assert (found["kind"], found["country"]["code"]) == (kind, country)
        assert sources(found) == {"Kaohsiung and Pristina sign a sister city agreement"}
