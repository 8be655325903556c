"""What each field answers: one entry a field, in the order of the types. A column's own field needs none."""

from typing import Any

from graphql import GraphQLError

from service.folding import fold
from tests.oracle.answers import (
    Reference,
    answers,
    belonging,
    follow,
    follow_party,
    oldest_first,
    page_of,
    parties_of,
    visible,
)
from tests.oracle.registry import Row

# ── every record ──────────────────────────────────────────────────────────────────────────────────────────


@answers("Record.citations")
def citations(reference: Reference, record: Row) -> list[Row]:
    """Return the citations of a record, in the order of their identifiers."""
    return sorted(reference.rows("citation", subject_id=record["id"]), key=lambda row: str(row["id"]))


follow("Citation.source", "source", "source_id")

# ── places ────────────────────────────────────────────────────────────────────────────────────────────────


@answers("Country.name")
def name_of_country(reference: Reference, country: Row, language: str | None = None) -> str:
    """Return the name in the language, or in it without its last parts, or in English; or else the code."""
    names = {row["language"]: row["name"] for row in reference.rows("country_name", country_code=country["code"])}
    tag = language or "en"
    while tag:
        if tag in names:
            return str(names[tag])
        tag = tag.rpartition("-")[0]
    return str(names.get("en", country["code"]))


@answers("City.names")
def names_of_city(reference: Reference, city: Row) -> list[Row]:
    """Return the names of a city by language and name."""
    return sorted(reference.rows("city_name", city_id=city["id"]), key=lambda row: (row["language"], row["name"]))


page_of("Country.cities", "city", "country_code")
follow("City.country", "country", "country_code")
page_of("City.agreements", "agreement", link=("agreement_party", "agreement_id", "city_id"))
page_of("City.events", "event", "city_id", link=("event_host", "event_id", "city_id"))
page_of("City.delegationsSent", "delegation", "from_city_id")
page_of(
    "City.delegationsReceived",
    "delegation",
    "destination_city_id",
    link=("delegation_host", "delegation_id", "city_id"),
)
page_of("City.organizations", "organization", "city_id")

# ── organizations and people ──────────────────────────────────────────────────────────────────────────────

follow("Organization.country", "country", "country_code")
follow("Organization.city", "city", "city_id")
follow_party("Organization.partOf", "part_of_")
belonging("Organization.members", "membership", "organization_id")
page_of("Organization.agreements", "agreement", link=("agreement_party", "agreement_id", "organization_id"))
follow("Membership.person", "person", "person_id")
belonging("Person.offices", "office", "person_id")
page_of("Person.signed", "agreement", link=("signatory", "agreement_id", "person_id"), role="SIGNATORY")
page_of("Person.delegations", "delegation", link=("delegation_member", "delegation_id", "person_id"))
follow_party("Office.of", "of_")


@answers("Person.participations")
def participations(reference: Reference, person: Row, **arguments: Any) -> dict[str, Any]:
    """Return a page of the events that the person took part in, but those taken back."""
    rows = reference.rows("participation", person_id=person["id"])
    return reference.page("participation", [row for row in rows if reference.find(row["event_id"], "event")], arguments)


@answers("Office.from", "Membership.from")
def from_on(_: Reference, period: Row) -> Any:
    """Return when it began."""
    return period["from_on"]


@answers("Office.to", "Membership.to")
def to_on(_: Reference, period: Row) -> Any:
    """Return when it ended."""
    return period["to_on"]


# ── agreements ────────────────────────────────────────────────────────────────────────────────────────────


@answers("Agreement.status")
def status(reference: Reference, agreement: Row) -> str:
    """Return where the agreement stands today."""
    return reference.status(agreement)


@answers("Agreement.successors")
def successors(reference: Reference, agreement: Row) -> list[Row]:
    """Return the agreements that name this one as what they reaffirm, amend or supersede, oldest first."""
    keys = ("reaffirms_id", "amends_id", "supersedes_id")
    later = [row for row in reference.rows("agreement") if agreement["id"] in [row[key] for key in keys]]
    return oldest_first([row for row in later if visible(row)], "signed_on")


@answers("AgreementParty.signatories")
def signatories_of_party(reference: Reference, party: Row) -> list[Row]:
    """Return who signed for the party."""
    keys = ("agreement_id", "city_id", "organization_id")
    found = reference.rows("signatory", role="SIGNATORY", **{key: party[key] for key in keys})
    return sorted(found, key=lambda row: int(row["position"]))


@answers("AgreementParty.ordinals")
def ordinals(reference: Reference, party: Row) -> list[Row]:
    """Return the counts that sources attribute to the party."""
    found = reference.rows("ordinal_claim", agreement_id=party["agreement_id"], party_position=party["position"])
    return sorted(found, key=lambda row: int(row["position"]))


follow_party("Agreement.endedBy", "ended_by_")
belonging("Agreement.parties", "agreement_party", "agreement_id")
belonging("Agreement.signatories", "signatory", "agreement_id", role="SIGNATORY")
belonging("Agreement.witnesses", "signatory", "agreement_id", role="WITNESS")
belonging("Agreement.areas", "agreement_area", "agreement_id")
follow("Agreement.event", "event", "event_id")
follow("Agreement.reaffirms", "agreement", "reaffirms_id")
follow("Agreement.amends", "agreement", "amends_id")
follow("Agreement.supersedes", "agreement", "supersedes_id")
follow("Agreement.programme", "programme", "programme_id")
follow_party("AgreementParty.party", "")
follow("OrdinalClaim.citation", "citation", "citation_id")
follow("Signatory.person", "person", "person_id")
follow_party("Signatory.party", "")
follow("AgreementArea.area", "area", "area_id")
follow("AgreementArea.proposedBy", "person", "proposed_by_id")
page_of("Area.agreements", "agreement", link=("agreement_area", "agreement_id", "area_id"))

# ── events ────────────────────────────────────────────────────────────────────────────────────────────────


@answers("Event.parts")
def parts(reference: Reference, event: Row) -> list[Row]:
    """Return the events that belong to it, oldest first."""
    return oldest_first([row for row in reference.rows("event", part_of_id=event["id"]) if visible(row)], "starts_on")


follow("Event.city", "city", "city_id")
parties_of("Event.hosts", "event_host", "event_id")
follow("Event.partOf", "event", "part_of_id")
belonging("Event.participants", "participation", "event_id")
page_of("Event.agreements", "agreement", "event_id")
page_of("Event.delegations", "delegation", link=("delegation_event", "delegation_id", "event_id"))
page_of("Event.contributions", "contribution", "event_id")
follow("Participation.person", "person", "person_id")
follow_party("Participation.party", "")
follow("Participation.event", "event", "event_id")

# ── delegations ───────────────────────────────────────────────────────────────────────────────────────────


@answers("Delegation.leader")
def leader(reference: Reference, delegation: Row) -> Row | None:
    """Return who led it."""
    return next(iter(reference.rows("delegation_member", delegation_id=delegation["id"], role="LEADER")), None)


@answers("Delegation.events")
def events_of_delegation(reference: Reference, delegation: Row) -> list[Row]:
    """Return the events that it took part in, but those taken back."""
    found = sorted(
        reference.rows("delegation_event", delegation_id=delegation["id"]), key=lambda row: int(row["position"])
    )
    events = [reference.row("event", row["event_id"]) for row in found]
    return [event for event in events if event and visible(event)]


follow_party("Delegation.from", "from_")
belonging("Delegation.members", "delegation_member", "delegation_id")
parties_of("Delegation.invitedBy", "delegation_inviter", "delegation_id")
belonging("Delegation.hosts", "delegation_host", "delegation_id")
follow("Delegation.destinationCity", "city", "destination_city_id")
follow("Delegation.destinationCountry", "country", "destination_country_code")
follow("DelegationMember.person", "person", "person_id")
follow_party("DelegationHost.party", "")
follow("DelegationHost.person", "person", "person_id")

# ── contributions and programmes ──────────────────────────────────────────────────────────────────────────

follow_party("Contribution.giver", "giver_")
follow_party("Contribution.recipient", "recipient_")
follow("Contribution.presentedBy", "person", "presented_by_id")
follow("Contribution.event", "event", "event_id")
follow_party("Programme.owner", "owner_")
parties_of("Programme.partners", "programme_partner", "programme_id")
belonging("Programme.targets", "programme_target", "programme_id")
page_of("Programme.agreements", "agreement", "programme_id")

# ── queries ───────────────────────────────────────────────────────────────────────────────────────────────


@answers("Query.node")
def node(reference: Reference, _: None, id: str) -> Row | None:  # the argument's name
    """Return any record by its identifier."""
    return reference.find(id)


def by_id(field: str, table: str) -> None:
    """Let the field answer a record of one table by its identifier."""

    def find(reference: Reference, _: None, id: str) -> Row | None:  # the argument's name
        return reference.find(id, table)

    answers(field)(find)


@answers("Query.countries")
def countries(reference: Reference, _: None) -> list[Row]:
    """Return all countries by code."""
    return sorted(reference.rows("country"), key=lambda row: str(row["code"]))


@answers("Query.city")
def city(reference: Reference, _: None, ref: dict[str, Any]) -> Row | None:
    """Return the city that a reference names; a name that several bear is an error."""
    if "id" in ref:
        return reference.find(ref["id"], "city")
    cities = [row for row in reference.rows("city") if visible(row)]
    if "geonamesId" in ref:
        cities = [row for row in cities if row["geonames_id"] == ref["geonamesId"]]
    elif "wikidataId" in ref:
        cities = [row for row in cities if row["wikidata_id"] == ref["wikidataId"]]
    else:
        named = ref["named"]
        bearers = [row["subject_id"] for row in reference.rows("spelling", folded=fold(named["name"]))]
        cities = [row for row in cities if row["id"] in bearers and row["country_code"] == named["country"]]
        if named.get("region") is not None:
            cities = [row for row in cities if row["region"] == named["region"]]
    if len(cities) > 1:
        raise GraphQLError("Several cities bear this name.", extensions={"code": "AMBIGUOUS_REFERENCE"})
    return cities[0] if cities else None


for table in ("organization", "person", "agreement", "event", "delegation"):
    by_id(f"Query.{table}", table)

for plural, table in {
    "cities": "city",
    "organizations": "organization",
    "people": "person",
    "agreements": "agreement",
    "events": "event",
    "delegations": "delegation",
    "contributions": "contribution",
    "programmes": "programme",
    "areas": "area",
    "sources": "source",
}.items():
    page_of(f"Query.{plural}", table)
