"""Single records: by identifier, by reference, and where the feed stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schema.errors import ErrorCode
from schema.inputs import publish_input_model
from schema.source import Argument, NodeSource, Source, node_condition, visible
from service import models, plan
from service.folding import fold
from service.inputs import CityRef
from service.plan import Column, Compare, Exists, Lookup, Value, both, linked

if TYPE_CHECKING:
    from schema.planner import Request


@dataclass(frozen=True)
class ByIdSource(Source):
    """The record of the field's type that the argument id names."""

    def plan(self, request: Request) -> plan.Node:
        """Plan the record; null where the identifier names none of that type."""
        return request.node(request.arguments["id"])


def by_id(description: str) -> Any:
    """Offer a record by its identifier."""
    return ByIdSource(
        description=description,
        arguments=(Argument("id", "ID", "As an answer gave it; that of a duplicate finds its survivor."),),
    )


@dataclass(frozen=True)
class ByIdsSource(Source):
    """The records that the argument ids names, one by one."""

    def plan(self, request: Request) -> plan.Node:
        """Plan each record; more than a page of them is refused."""
        ids, most = request.arguments["ids"], request.limits.page_size_max
        if len(ids) > most:
            raise request.refusal(f"ids has {len(ids)} elements; {most} are allowed.", ErrorCode.INVALID)
        request.count_rows(len(ids))
        return plan.Array(tuple(request.node(one) for one in ids))


def by_ids(description: str) -> Any:
    """Offer records by their identifiers."""
    return ByIdsSource(description=description, arguments=(Argument("ids", "list[ID]", "At most 100 identifiers."),))


@dataclass(frozen=True)
class CitySource(Source):
    """The city that a reference names."""

    def plan(self, request: Request) -> plan.Node:
        """Plan the city; a name that several cities bear makes the statement fail, see execution.py."""
        ref = request.arguments["ref"]
        return request.node(ref["id"]) if "id" in ref else plan.One("city", city_condition(ref), request.select())


def city_condition(ref: dict[str, Any]) -> plan.Condition:
    """Return the condition that a visible city is the one that the reference names, other than by its identifier."""
    if "named" in ref:
        condition = named_city(ref["named"])
    elif "geonamesId" in ref:
        condition = Compare(Column("geonames_id"), "=", Value(ref["geonamesId"], "integer"))
    else:
        condition = Compare(Column("wikidata_id"), "=", Value(ref["wikidataId"]))
    return both(condition, visible(models.City))


def city_identifier(ref: dict[str, Any]) -> Lookup:
    """Return the identifier of the city that the reference names; null where there is none."""
    condition = node_condition("city", Value(ref["id"])) if "id" in ref else city_condition(ref)
    return Lookup("city", Column("id"), condition)


def named_city(named: dict[str, Any]) -> plan.Condition:
    """Return the condition that a city bears the name, in any language, within its country and region."""
    parts: list[plan.Condition] = [
        Exists("spelling", both(linked("subject_id"), Compare(Column("folded"), "=", Value(fold(named["name"]))))),
        Compare(Column("country_code"), "=", Value(named["country"])),
    ]
    if named.get("region") is not None:
        parts.append(Compare(Column("region"), "=", Value(named["region"])))
    return both(*parts)


def city_by_reference() -> Any:
    """Offer a city by its identifier here or elsewhere, or by name."""
    return CitySource(
        description="A city, by identifier or name; null where there is none, an error where several bear the name.",
        arguments=(Argument("ref", publish_input_model(CityRef), "What names the city."),),
    )


def feed_cursor() -> Any:
    """Offer the feed's position, of the same moment as everything selected beside it."""
    head = Lookup("feed_head", plan.FeedCursor(Column("seq"), Column("hash")), plan.And())
    return NodeSource(
        head, description="Where the feed stands now: subscribe from here to miss nothing after what was just read."
    )
