"""How the readings ask: the fields of each type as fragments, records by name, and what their citations say.

Knows the schema and nothing of what the releases say.
"""

from typing import Any, Protocol

Facts = dict[str, Any]


class Ask(Protocol):
    """Asks the registry and returns the data; an answer with errors fails the test."""

    def __call__(self, query: str, **variables: Any) -> Any: ...


FRAGMENTS = {
    "cited": "on Record { citations { field locator basis note source { title publisher publishedOn url language } } }",
    "party": "on Party { __typename name country { code } }",
    "agreement": """on Agreement {
        ...cited kind title status expectedOn signedOn effectiveOn expiresOn endedOn summary partiesComplete
        parties { position nameAsSigned party { ...party } signatories { person { name } office attendance }
            ordinals { ordinal of citation { locator source { title } } } }
        signatories { person { name nativeName } office role attendance party { name } }
        witnesses { person { name nativeName } office role attendance party { name } }
        agreed: areas(standing: AGREED) { area { name } proposedBy { name } }
        potential: areas(standing: POTENTIAL) { area { name } proposedBy { name } }
        event { name venue startsOn } reaffirms { title signedOn } successors { title } programme { name }
    }""",
    "event": """on Event {
        ...cited kind name status startsOn endsOn mode venue city { name } hosts { ...party } partOf { name }
        parts { name } description
        participants { person { name } party { ...party } office role status attendance }
        agreements { nodes { title } } delegations { nodes { name } } contributions { nodes { description } }
    }""",
    "delegation": """on Delegation {
        ...cited name status from { ...party } leader { person { name } office } membersComplete
        members { person { name } office role } invitedBy { ...party }
        hosts { party { ...party } person { name } office } destinationCity { name } destinationCountry { code }
        arrivedOn departedOn purpose events { name }
    }""",
    "organization": """on Organization {
        ...cited name kind city { name } country { code } partOf { ...party } establishedOn website
        members { person { name } role } membersComplete
        agreements { nodes { title } }
    }""",
    "person": """on Person {
        ...cited name nativeName offices { title of { ...party } from to }
        signed { nodes { title } } delegations { nodes { name } }
        participations { nodes { event { name } role status attendance } }
    }""",
    "city": """on City {
        ...cited name nativeName names { name } country { code } region latitude longitude population timeZone
        geonamesId wikidataId
    }""",
    "contribution": """on Contribution {
        ...cited kind giver { ...party } recipient { ...party } givenOn description amount currency purpose
        presentedBy { name } event { name }
    }""",
    "programme": """on Programme {
        ...cited name owner { ...party } partners { ...party } startedOn description
        targets { description dueOn } agreements { nodes { title } }
    }""",
}
LISTS = {
    "agreements": "agreement",
    "cities": "city",
    "contributions": "contribution",
    "delegations": "delegation",
    "events": "event",
    "organizations": "organization",
    "people": "person",
    "programmes": "programme",
}
"""Every list of records, and the fragment of its type."""


def fields_of(kind: str) -> str:
    """Return the fragments that a selection of this kind needs."""
    needed = ["cited", "party", kind] if kind != "city" else ["cited", "city"]
    return " ".join(f"fragment {name} {FRAGMENTS[name]}" for name in needed)


def records(ask: Ask, listed: str) -> list[Facts]:
    """Return every record of a list, page after page."""
    kind = LISTS[listed]
    query = f"""
        query ($after: String) {{
            {listed}(first: 20, after: $after) {{ nodes {{ ...{kind} }} pageInfo {{ hasNextPage endCursor }} }}
        }} {fields_of(kind)}"""
    found: list[Facts] = []
    after = None
    while True:
        page = ask(query, after=after)[listed]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def matching(ask: Ask, listed: str, condition: Facts) -> list[Facts]:
    """Return the records of a list that the filter lets through."""
    kind = LISTS[listed]
    type_ = {"people": "Person", "cities": "City"}.get(listed, listed[:-1].capitalize())
    query = f"""
        query ($filter: {type_}Filter) {{ {listed}(first: 100, filter: $filter) {{ nodes {{ ...{kind} }} }} }}
        {fields_of(kind)}"""
    nodes: list[Facts] = ask(query, filter=condition)[listed]["nodes"]
    return nodes


def named(ask: Ask, listed: str, name: str) -> Facts:
    """Return the one record of a list that bears the name."""
    (record,) = matching(ask, listed, {"name": {"equals": name}})
    return record


def agreements_between(ask: Ask, *cities: str) -> list[Facts]:
    """Return the agreements to which all of the cities are party."""
    conditions = [{"party": {"city": {"name": {"equals": city}}}} for city in cities]
    return matching(ask, "agreements", {"and": conditions})


def names(things: list[Facts]) -> list[str]:
    """Return the names of the things, in their order."""
    return [thing["name"] for thing in things]


def people(entries: list[Facts]) -> list[str | None]:
    """Return the names of those who signed, took part or travelled; None for a party without a person."""
    return [entry["person"] and entry["person"]["name"] for entry in entries]


def areas(entries: list[Facts]) -> set[str]:
    """Return the names of the areas."""
    return {entry["area"]["name"] for entry in entries}


def basis(record: Facts, field: str | None) -> set[str]:
    """Return how surely the citations support a field: STATED, INFERRED, or nothing where none names it."""
    return {one["basis"] for one in record["citations"] if one["field"] == field}


def locators(record: Facts, field: str | None) -> set[str | None]:
    """Return where the sources speak of a field."""
    return {one["locator"] for one in record["citations"] if one["field"] == field}


def notes(record: Facts, field: str | None) -> str:
    """Return the notes of the citations of a field, as one text."""
    return " ".join(one["note"] or "" for one in record["citations"] if one["field"] == field)


def sources(record: Facts) -> set[str]:
    """Return the titles of the record's sources."""
    return {one["source"]["title"] for one in record["citations"]}
