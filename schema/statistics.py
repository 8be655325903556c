"""Statistics: agreements counted by one of their properties."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schema.entity import entity, publish_enum
from schema.filters import condition
from schema.source import Argument, Source, column, visible
from service import models, plan
from service.models.columns import Described
from service.models.enums import AgreementKind, AgreementStatus
from service.plan import (
    Aggregate,
    Column,
    Compare,
    Condition,
    Exists,
    Expression,
    FirstKnown,
    Grouped,
    Known,
    Lookup,
    OrderKey,
    Prefix,
    Value,
    both,
    linked,
)

if TYPE_CHECKING:
    from schema.planner import Request

UNKNOWN = "unknown"
COUNT = (Aggregate("count", "count"),)
AGREEMENTS = (Aggregate("count", "distinct", Column("agreement_id")),)
LARGEST_FIRST = (OrderKey("count", "bigint", descending=True), OrderKey("key"))


class AgreementDimension(Described):
    """What agreements can be counted by."""

    KIND = "KIND", "By kind."
    STATUS = "STATUS", "By where they stand today."
    YEAR = "YEAR", 'By year of signing, oldest first; those whose year is not known under "unknown".'
    COUNTRY = "COUNTRY", "By country of a party; an agreement counts once for each country."
    CITY = "CITY", "By city that is party; an agreement counts once for each."
    AREA = "AREA", "By area covered, agreed or potential; an agreement counts once for each."


def of(table: str, name: str, key: str) -> Lookup:
    """Return a column of the row of the table that a key of the row at hand names."""
    return Lookup(table, Column(name), linked("id", key))


def words(members: type[Described]) -> plan.Node:
    """Return a choice that says an enumeration's member in words."""
    return plan.Choice(
        tuple(
            (Compare(Column("key"), "=", Value(str(member))), plan.Constant(str(member).replace("_", " ").capitalize()))
            for member in members
        )
    )


def by_own(key: Expression) -> Callable[[Condition], Grouped]:
    """Group agreements by a property of their own."""
    return lambda which: Grouped("agreement", which, key, COUNT)


def by_part(table: str, key: Expression) -> Callable[[Condition], Grouped]:
    """Group the rows that hang on agreements, and count the agreements."""
    return lambda which: Grouped(
        table, both(Known(key), Exists("agreement", both(linked("id", "agreement_id"), which))), key, AGREEMENTS
    )


COUNTRY_NAME = Lookup(
    "country_name", Column("name"), both(linked("country_code", "key"), Compare(Column("language"), "=", Value("en")))
)
COUNTRY_LABEL = FirstKnown((COUNTRY_NAME, Column("key")))  # not every country has a name in English
AREA_NAME = Lookup("area", Column("name"), linked("slug", "key"))
YEAR = FirstKnown((Prefix(Column("signed_on"), 4), Value(UNKNOWN)))
# For each dimension: how agreements are grouped, what a group is called, and in which order groups stand.
DIMENSIONS: dict[str, tuple[Callable[[Condition], Grouped], plan.Node, tuple[OrderKey, ...]]] = {
    "KIND": (by_own(Column("kind")), words(AgreementKind), LARGEST_FIRST),
    "STATUS": (by_own(Column("status")), words(AgreementStatus), LARGEST_FIRST),
    "YEAR": (by_own(YEAR), Column("key"), (OrderKey("key"),)),
    "COUNTRY": (by_part("agreement_party", Column("party_country_code")), COUNTRY_LABEL, LARGEST_FIRST),
    "CITY": (by_part("agreement_party", Column("city_id")), of("city", "name", "key"), LARGEST_FIRST),
    "AREA": (by_part("agreement_area", of("area", "slug", "area_id")), AREA_NAME, LARGEST_FIRST),
}


@dataclass(frozen=True)
class LabelSource(Source):
    """What a group is called."""

    def plan(self, request: Request) -> plan.Node:
        """Plan the label of the dimension at hand."""
        label: plan.Node = request.given
        return label


def label(description: str) -> Any:
    """Offer what the group at hand is called."""
    return LabelSource(description=description)


@entity(None)
class AgreementCount:
    """How many agreements have one property."""

    key: str = column("key", "What they have in common: a member's name, a year, a code, an id or a slug.")
    label: str = label("The same for people to read, in English.")
    count: int = column("count", "How many agreements.")


@dataclass(frozen=True)
class StatisticsSource(Source):
    """Agreements counted by a dimension."""

    def plan(self, request: Request) -> plan.Node:
        """Plan the groups of the agreements that fulfil the filter."""
        group, called, order = DIMENSIONS[str(request.arguments["by"])]
        given = request.arguments.get("filter")
        which = both(visible(models.Agreement), condition("AgreementFilter", given))
        request.count_rows(request.limits.list_rows)
        return plan.Many(group(which), plan.And(), order, request.select(given=called), filtered=bool(given))


def statistics(description: str) -> Any:
    """Offer agreements counted by a dimension."""
    publish_enum(AgreementDimension)
    which = Argument("filter", "AgreementFilter | None", "Which agreements; all if not given.")
    by = Argument("by", "AgreementDimension", "What to count by.")
    return StatisticsSource(description=description, arguments=(which, by))
