"""Single records: by identifier, by reference, and where the feed stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schema.inputs import publish_input_model
from schema.source import Argument, NodeSource, Source, visible
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
    return ByIdSource(description=description, arguments=(Argument("id", "ID", "The record's identifier."),))


@dataclass(frozen=True)
class CitySource(Source):
    """The city that a reference names."""

    def plan(self, request: Request) -> plan.Node:
        """Plan the city; a name that several cities bear makes the statement fail, see execution.py."""
        ref = request.arguments["ref"]
        if "id" in ref:
            return request.node(ref["id"])
        if "named" in ref:
            condition = named_city(ref["named"])
        elif "geonamesId" in ref:
            condition = Compare(Column("geonames_id"), "=", Value(ref["geonamesId"], "integer"))
        else:
            condition = Compare(Column("wikidata_id"), "=", Value(ref["wikidataId"]))
        return plan.One("city", both(condition, visible(models.City)), request.select())


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
