"""Which rows a filter object keeps: two-valued, so that what cannot be decided does not hold and its negation does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from service.folding import fold
from tests.oracle.days import earliest, latest
from tests.oracle.registry import Row

if TYPE_CHECKING:
    from tests.oracle.answers import Reference

# What changes are about, by the letters that the subject's identifier starts with.
RECORD_TYPES = {
    "cty": "CITY",
    "org": "ORGANIZATION",
    "per": "PERSON",
    "agr": "AGREEMENT",
    "evt": "EVENT",
    "del": "DELEGATION",
    "con": "CONTRIBUTION",
    "prg": "PROGRAMME",
}
Filter = Mapping[str, Any]
Field = Callable[["Reference", Row, Any], bool]


def keeps(reference: "Reference", kind: str, asked: Filter | None, row: Row) -> bool:
    """Tell whether a row fulfils every field of the filter; null restricts nothing."""
    return all(_holds(reference, kind, key, value, row) for key, value in (asked or {}).items() if value is not None)


def _holds(reference: "Reference", kind: str, key: str, value: Any, row: Row) -> bool:
    if key == "and":
        return all(keeps(reference, kind, one, row) for one in value)
    if key == "or":
        return any(keeps(reference, kind, one, row) for one in value)
    if key == "not":
        reference.negated = not reference.negated
        holds = not keeps(reference, kind, value, row)
        reference.negated = not reference.negated
        return holds
    field = FIELDS[f"{kind}.{key}"]
    holds = field(reference, row, value)
    if reference.negated:
        unknown = isinstance(field, Of) and row[field.column] is None
        reference.negations.add((f"{kind}.{key}", "unknown" if unknown else str(holds)))
    return holds


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────


def exact(value: Any, asked: Filter) -> bool:
    """Tell whether a value equals what is asked for; an unknown one equals nothing."""
    return (asked.get("equals") is None or value == asked["equals"]) and (
        asked.get("in") is None or (value is not None and value in asked["in"])
    )


def text(value: str | None, asked: Filter, change: Callable[[str], str] = str) -> bool:
    """Tell whether a text is what is asked for."""
    wanted: dict[str, Any] = {
        key: change(asked[key]) for key in ("equals", "contains", "startsWith") if asked.get(key) is not None
    }
    if asked.get("in") is not None:
        wanted["in"] = [change(one) for one in asked["in"]]
    return (
        exact(value, wanted)
        and ("contains" not in wanted or (value is not None and wanted["contains"] in value))
        and ("startsWith" not in wanted or (value is not None and value.startswith(wanted["startsWith"])))
    )


def number(value: int | None, asked: Filter) -> bool:
    """Tell whether a number is what is asked for."""
    return (
        exact(value, {"equals": asked.get("equals")})
        and (asked.get("min") is None or (value is not None and value >= asked["min"]))
        and (asked.get("max") is None or (value is not None and value <= asked["max"]))
    )


def partial_date(value: str | None, asked: Filter) -> bool:
    """Tell whether a date lies, or may lie, within the bounds; an unknown one fulfils only known: false."""
    first, last = (None if asked.get(key) is None else date.fromisoformat(asked[key]) for key in ("from", "to"))
    if asked.get("known") is False:
        return value is None and first is None and last is None
    if value is None:
        return False
    days = earliest(value), latest(value)
    if asked.get("certainty") == "POSSIBLE":  # some day of it
        return (first is None or days[1] >= first) and (last is None or days[0] <= last)
    return (first is None or days[0] >= first) and (last is None or days[1] <= last)  # every day of it


# ── fields of filters ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Of:
    """Judges a column of the row."""

    column: str
    judge: Callable[..., bool]
    change: Callable[[str], str] | None = None

    def __call__(self, reference: "Reference", row: Row, asked: Any) -> bool:
        """Tell whether the value is what is asked for."""
        return self.judge(row[self.column], asked, *([self.change] if self.change else []))


def to(table: str, kind: str, column: str) -> Field:
    """Judge the row of the table that a column names; none fulfils nothing."""

    def judge(reference: "Reference", row: Row, asked: Filter) -> bool:
        found = reference.row(table, row[column])
        return found is not None and keeps(reference, kind, asked, found)

    return judge


def party(prefix: str = "") -> Field:
    """Judge the party that two columns name."""

    def judge(reference: "Reference", row: Row, asked: Filter) -> bool:
        ((kind, wanted),) = asked.items()
        filters = {"city": "CityFilter", "organization": "OrganizationFilter"}
        return to(kind, filters[kind], f"{prefix}{kind}_id")(reference, row, wanted)

    return judge


def some(link: str, column: str, field: Field, role: str | None = None) -> Field:
    """Ask that one of the rows that belong to the row fulfils the field, of those with the role if one is named."""

    def judge(reference: "Reference", row: Row, asked: Filter) -> bool:
        belonging = reference.rows(link, **{column: row["id"]})
        return any(field(reference, each, asked) for each in belonging if role is None or each["role"] == role)

    return judge


FIELDS: dict[str, Field] = {
    "CityFilter.id": Of("id", exact),
    "CityFilter.name": Of("name_folded", text, fold),
    "CityFilter.country": Of("country_code", exact),
    "CityFilter.region": Of("region", text),
    "CityFilter.population": Of("population", number),
    "CityFilter.geonamesId": Of("geonames_id", number),
    "CityFilter.wikidataId": Of("wikidata_id", text),
    "OrganizationFilter.id": Of("id", exact),
    "OrganizationFilter.name": Of("name_folded", text, fold),
    "OrganizationFilter.country": Of("country_code", exact),
    "OrganizationFilter.city": to("city", "CityFilter", "city_id"),
    "PersonFilter.id": Of("id", exact),
    "PersonFilter.name": Of("name_folded", text, fold),
    "AreaFilter.id": Of("id", exact),
    "AreaFilter.slug": Of("slug", text),
    "AreaFilter.name": Of("name", text),
    "AgreementFilter.id": Of("id", exact),
    "AgreementFilter.kind": Of("kind", exact),
    "AgreementFilter.status": lambda reference, row, asked: exact(reference.status(row), asked),
    "AgreementFilter.title": Of("title_folded", text, fold),
    "AgreementFilter.signedOn": Of("signed_on", partial_date),
    "AgreementFilter.expiresOn": Of("expires_on", partial_date),
    "AgreementFilter.party": some("agreement_party", "agreement_id", party()),
    "AgreementFilter.area": some("agreement_area", "agreement_id", to("area", "AreaFilter", "area_id")),
    "AgreementFilter.signatory": some(
        "signatory", "agreement_id", to("person", "PersonFilter", "person_id"), "SIGNATORY"
    ),
    "AgreementFilter.event": to("event", "EventFilter", "event_id"),
    "AgreementFilter.externalReference": Of("external_reference", text),
    "EventFilter.id": Of("id", exact),
    "EventFilter.kind": Of("kind", exact),
    "EventFilter.name": Of("name_folded", text, fold),
    "EventFilter.startsOn": Of("starts_on", partial_date),
    "EventFilter.city": to("city", "CityFilter", "city_id"),
    "EventFilter.host": some("event_host", "event_id", party()),
    "EventFilter.participant": some("participation", "event_id", to("person", "PersonFilter", "person_id")),
    "ChangeFilter.types": lambda _, row, asked: RECORD_TYPES[row["subject_id"].partition("_")[0]] in asked,
    "ChangeFilter.kinds": lambda _, row, asked: row["kind"] in asked,
    "ChangeFilter.subject": lambda _, row, asked: bool(row["subject_id"] == asked),
    "DelegationFilter.id": Of("id", exact),
    "DelegationFilter.from": party("from_"),
    "DelegationFilter.host": some("delegation_host", "delegation_id", party()),
    "DelegationFilter.member": some("delegation_member", "delegation_id", to("person", "PersonFilter", "person_id")),
    "DelegationFilter.arrivedOn": Of("arrived_on", partial_date),
}
