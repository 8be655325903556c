"""Filters: each field of one says which condition it asks for.

The fields of one filter object must all hold; null restricts nothing. A condition that cannot be decided,
because a value is unknown, does not hold, and its negation does. Knows plans and no SQL.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from strawberry import UNSET

from schema.entity import InputField, publish_enum, publish_input
from service import plan
from service.folding import fold
from service.models import enums
from service.models.columns import Described
from service.plan import Column, Compare, Condition, Exists, Known, Not, OrderKey, Value, both, linked

Ask = Callable[[Any], Condition]
WIDEST = timedelta(days=365)  # from the first to the last day of a date known to the year, a leap year


class Certainty(Described):
    """How a filter treats a date that is known to the month or the year only."""

    CERTAIN = "CERTAIN", "The whole month or year lies within the bounds."
    POSSIBLE = "POSSIBLE", "Some day of the month or year lies within the bounds."


@dataclass(frozen=True)
class Offer:
    """A field of a filter: its type, what it asks for, and what it means."""

    annotation: str
    ask: Ask
    description: str


OFFERS: dict[str, dict[str, Offer]] = {}


def condition(filter_name: str, value: dict[str, Any] | None) -> Condition:
    """Return the condition that a filter object asks for; none asks for nothing."""
    offers = OFFERS[filter_name]
    return both(*(offers[key].ask(asked) for key, asked in (value or {}).items() if asked is not None))


def publish(name: str, description: str, offers: dict[str, Offer], *, combined: bool = True) -> None:
    """Publish a filter; a combined one can be joined with others of its kind by and, or, not."""
    if combined:
        offers = {
            "and": Offer(
                f"list[{name}]",
                lambda given: both(*(condition(name, one) for one in given)),
                "Every one of these must hold; with none, everything fulfils it.",
            ),
            "or": Offer(
                f"list[{name}]",
                lambda given: plan.Or(tuple(condition(name, one) for one in given)),
                "At least one of these must hold; with none, nothing fulfils it.",
            ),
            "not": Offer(
                name,
                lambda given: Not(condition(name, given)),
                "This must not hold. What cannot be decided, because a value is unknown, does not.",
            ),
            **offers,
        }
    OFFERS[name] = offers
    publish_leaf(name, description, {key: (offer.annotation, offer.description) for key, offer in offers.items()})


def publish_leaf(
    name: str, description: str, fields: dict[str, tuple[str, str]], *, one_of: bool = False, **defaults: Any
) -> None:
    """Publish an input whose fields, given with type and description, may all be left out."""
    optional = {
        key: InputField(f"{annotation} | None", meaning, defaults.get(key, UNSET))
        for key, (annotation, meaning) in fields.items()
    }
    publish_input(name, description, optional, one_of=one_of)


# ── what a leaf asks for ──────────────────────────────────────────────────────────────────────────────────


def equal(column: str, type_: str = "text") -> Ask:
    """Ask that a column is the value, or one of the values."""

    def ask(given: dict[str, Any]) -> Condition:
        parts: list[Condition] = []
        if given.get("equals") is not None:
            parts.append(Compare(Column(column), "=", Value(_stored(given["equals"]), type_)))
        if given.get("in") is not None:
            parts.append(plan.AnyOf(Column(column), tuple(_stored(value) for value in given["in"]), type_))
        return both(*parts)

    return ask


def _stored(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def text(column: str, *, folded: bool = False) -> Ask:
    """Ask of a text that it equals, contains or starts with another; folded, without case and accents."""
    change: Callable[[str], str] = fold if folded else str

    def ask(given: dict[str, Any]) -> Condition:
        changed: dict[str, Any] = {
            key: [change(one) for one in value] if isinstance(value, list) else change(value)
            for key, value in given.items()
            if value is not None
        }
        parts = [equal(column)(changed)]
        if "contains" in changed:
            parts.append(plan.Contains(Column(column), changed["contains"]))
        if "startsWith" in changed:
            parts.append(plan.StartsWith(Column(column), changed["startsWith"]))
        return both(*parts)

    return ask


def number(column: str, *, ordered: bool = False) -> Ask:
    """Ask of a whole number that it equals another or lies within bounds, which are included.

    Where the number is ordered by, the bounds are put on what the order's index holds.
    """
    key = plan.Sortable(OrderKey(column, "integer", descending=True, nullable=True)) if ordered else Column(column)

    def ask(given: dict[str, Any]) -> Condition:
        operators: dict[str, plan.Operator] = {"equals": "=", "min": ">=", "max": "<="}
        asked = {name: value for name, value in given.items() if value is not None}
        bounds = (Compare(key, operators[name], Value(value, "integer")) for name, value in asked.items())
        return both(*bounds, *([Known(Column(column))] if asked and ordered else []))

    return ask


def partial_date(column: str) -> Ask:
    """Ask of a partial date that it lies, or may lie, within bounds, which are included.

    Each bound is also put on the earliest day as it is ordered by, which it implies: a window of dates is then a
    range of the index, however far it lies from the list's start.
    """
    latest = Column(f"{column}_latest")
    earliest = plan.Sortable(OrderKey(f"{column}_earliest", "date", descending=True, nullable=True))

    def ask(given: dict[str, Any]) -> Condition:
        known, start, end = given.get("known"), given.get("from"), given.get("to")
        if known is False:
            return plan.Or() if start is not None or end is not None else Not(Known(Column(column)))
        possible = given.get("certainty") == Certainty.POSSIBLE
        parts: list[Condition] = [Known(Column(column))]
        if start is not None:
            if possible:
                parts.append(Compare(latest, ">=", Value(start, "date")))
                start = start - min(WIDEST, start - date.min)
            parts.append(Compare(earliest, ">=", Value(start, "date")))
        if end is not None:
            if not possible:
                parts.append(Compare(latest, "<=", Value(end, "date")))
            parts.append(Compare(earliest, "<=", Value(end, "date")))
        return both(*parts)

    return ask


def related(table: str, filter_name: str, *, key: str = "id", to: str) -> Ask:
    """Ask that the row which a column names fulfils a filter."""
    return lambda given: Exists(table, both(linked(key, to), condition(filter_name, given)))


def some(link: str, key: str, ask: Ask, *also: Condition) -> Ask:
    """Ask that some row that belongs to the row at hand fulfils a condition."""
    return lambda given: Exists(link, both(linked(key), *also, ask(given)))


def party(prefix: str = "") -> Ask:
    """Ask of the party that two columns name that it fulfils a city's or an organization's filter."""
    city = related("city", "CityFilter", to=f"{prefix}city_id")
    organization = related("organization", "OrganizationFilter", to=f"{prefix}organization_id")
    return lambda given: city(given["city"]) if "city" in given else organization(given["organization"])


# ── leaves ────────────────────────────────────────────────────────────────────────────────────────────────

_EQUALS, _IN = "The whole of it; what is unknown equals nothing.", "Any of these; none, if the list is empty."


def _publish_choice(name: str, value: str, description: str) -> None:
    publish_leaf(name, description, {"equals": (value, _EQUALS), "in": (f"list[{value}]", _IN)})


for _enum in (enums.AgreementKind, enums.AgreementStatus, enums.EventKind):
    publish_enum(_enum)
    _publish_choice(f"{_enum.__name__}Filter", _enum.__name__, f"Asks for members of {_enum.__name__}.")
publish_enum(Certainty)
_publish_choice("IDFilter", "ID", "Asks for identifiers.")
_publish_choice("CountryCodeFilter", "CountryCode", "Asks for countries.")
publish_leaf(
    "StringFilter",
    "Asks for texts. Names and titles are compared without case and accents, all else letter by letter.",
    {
        "equals": ("str", _EQUALS),
        "in": ("list[str]", _IN),
        "contains": ("str", "A part of the text."),
        "startsWith": ("str", "The beginning of the text."),
    },
)
publish_leaf(
    "IntFilter",
    "Asks for whole numbers; an unknown number matches nothing.",
    {"equals": ("int", _EQUALS), "min": ("int", "This or more."), "max": ("int", "This or less.")},
)
publish_leaf(
    "PartialDateFilter",
    "Asks for dates of any precision. An unknown date matches only known: false.",
    {
        "from": ("Date", "This day or later."),
        "to": ("Date", "This day or earlier."),
        "certainty": ("Certainty", "What to do with a date that is known to the month or the year only."),
        "known": ("bool", "Whether a date is known at all."),
    },
    certainty=Certainty.CERTAIN,
)

# ── filters of records ────────────────────────────────────────────────────────────────────────────────────

_ID = Offer("IDFilter", equal("id"), "By identifier; that of a duplicate or of a retracted record finds nothing.")
_NAME = Offer("StringFilter", text("name_folded", folded=True), "By name, without case and accents.")

publish_leaf(
    "PartyFilter",
    "Asks for a party, of one type.",
    {
        "city": ("CityFilter", "A city like this."),
        "organization": ("OrganizationFilter", "An organization like this."),
    },
    one_of=True,
)
publish(
    "CityFilter",
    "Asks for cities.",
    {
        "id": _ID,
        "name": _NAME,
        "country": Offer("CountryCodeFilter", equal("country_code"), "By the country where it lies."),
        "region": Offer("StringFilter", text("region"), "By first-level division, letter by letter."),
        "population": Offer("IntFilter", number("population", ordered=True), "By number of inhabitants."),
        "geonamesId": Offer("IntFilter", number("geonames_id"), "By identifier in GeoNames, a number."),
        "wikidataId": Offer("StringFilter", text("wikidata_id"), "By identifier in Wikidata, such as Q181557."),
    },
)
publish(
    "OrganizationFilter",
    "Asks for organizations.",
    {
        "id": _ID,
        "name": _NAME,
        "country": Offer("CountryCodeFilter", equal("country_code"), "By the country it is of, where that is known."),
        "city": Offer("CityFilter", related("city", "CityFilter", to="city_id"), "By the city where it sits."),
    },
)
publish("PersonFilter", "Asks for people.", {"id": _ID, "name": _NAME})
publish(
    "AreaFilter",
    "Asks for areas of cooperation.",
    {
        "id": _ID,
        "slug": Offer("StringFilter", text("slug"), "By slug, letter by letter."),
        "name": Offer("StringFilter", text("name"), "By name, letter by letter."),
    },
    combined=False,
)
publish(
    "AgreementFilter",
    "Asks for agreements. A filter on a list, such as party, holds when some element matches.",
    {
        "id": _ID,
        "kind": Offer("AgreementKindFilter", equal("kind"), "By what the parties bound themselves to."),
        "status": Offer("AgreementStatusFilter", equal("status"), "By where the agreement stands today."),
        "title": Offer("StringFilter", text("title_folded", folded=True), "By title, without case and accents."),
        "signedOn": Offer(
            "PartialDateFilter", partial_date("signed_on"), "By the day of its signing; what is only planned has none."
        ),
        "expiresOn": Offer("PartialDateFilter", partial_date("expires_on"), "By the last day of its term."),
        "party": Offer("PartyFilter", some("agreement_party", "agreement_id", party()), "By a party to it."),
        "area": Offer(
            "AreaFilter",
            some("agreement_area", "agreement_id", related("area", "AreaFilter", to="area_id")),
            "By an area that it covers, agreed or potential.",
        ),
        "signatory": Offer(
            "PersonFilter",
            some(
                "signatory",
                "agreement_id",
                related("person", "PersonFilter", to="person_id"),
                Compare(Column("role"), "=", Value("SIGNATORY")),
            ),
            "By someone who signed it; witnesses do not count.",
        ),
        "event": Offer("EventFilter", related("event", "EventFilter", to="event_id"), "By the event of its signing."),
        "externalReference": Offer(
            "StringFilter", text("external_reference"), "By the recording caller's own identifier."
        ),
    },
)
publish(
    "EventFilter",
    "Asks for events. A filter on a list, such as host, holds when some element matches.",
    {
        "id": _ID,
        "kind": Offer("EventKindFilter", equal("kind"), "By what sort of occasion it is."),
        "name": _NAME,
        "startsOn": Offer("PartialDateFilter", partial_date("starts_on"), "By its first day."),
        "city": Offer("CityFilter", related("city", "CityFilter", to="city_id"), "By the city where it took place."),
        "host": Offer("PartyFilter", some("event_host", "event_id", party()), "By a party that hosted it."),
        "participant": Offer(
            "PersonFilter",
            some("participation", "event_id", related("person", "PersonFilter", to="person_id")),
            "By someone who took part or was invited.",
        ),
    },
)
publish(
    "DelegationFilter",
    "Asks for delegations. A filter on a list, such as member, holds when some element matches.",
    {
        "id": _ID,
        "from": Offer("PartyFilter", party("from_"), "By the party that sent it."),
        "host": Offer("PartyFilter", some("delegation_host", "delegation_id", party()), "By a party that received it."),
        "member": Offer(
            "PersonFilter",
            some("delegation_member", "delegation_id", related("person", "PersonFilter", to="person_id")),
            "By someone who travelled with it.",
        ),
        "arrivedOn": Offer("PartialDateFilter", partial_date("arrived_on"), "By the day of its arrival."),
    },
)
