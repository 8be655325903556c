"""Relationships: what two cities have done together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from schema.agreement import Agreement
from schema.connection import PAGING, Connection, PageInfo, PageSource, list_arguments, page
from schema.delegation import Delegation
from schema.entity import TYPES, entity
from schema.errors import ErrorCode
from schema.event import Event
from schema.giving import Contribution
from schema.inputs import publish_input_model
from schema.lookup import city_identifier
from schema.scalars import PartialDate
from schema.source import Argument, Source, fields, leaf, rows, visible
from service import models, plan
from service.inputs import CityRef
from service.plan import (
    Among,
    AnyOf,
    Column,
    Compare,
    Condition,
    Exists,
    Expression,
    Known,
    Lookup,
    Or,
    OrderKey,
    Value,
    both,
    linked,
)

if TYPE_CHECKING:
    from schema.city import City
    from schema.planner import Request

TimelineItem = Annotated[
    Agreement | Event | Delegation | Contribution,
    strawberry.union("TimelineItem", description="Something that two cities did together."),
]
TYPES["TimelineItem"] = TimelineItem
KINDS = {"agreement": "Agreement", "event": "Event", "delegation": "Delegation", "contribution": "Contribution"}
TIMELINE_ORDER = (OrderKey("earliest", "date", nullable=True), OrderKey("id"))
Pair = tuple[Expression, Expression]


def party_of(link: str, key: str, city: Expression) -> Condition:
    """Return the condition that a row of the link names both the row at hand and the city."""
    return Exists(link, both(linked(key), Compare(Column("city_id"), "=", city)))


def agreed(pair: Pair) -> Condition:
    """Return the condition that both cities are party to the agreement at hand."""
    return both(visible(models.Agreement), *(party_of("agreement_party", "agreement_id", city) for city in pair))


def met(pair: Pair) -> Condition:
    """Return the condition that both cities had a part in the event at hand: its place, a host, a participant.

    Who was only invited, or declined, had none.
    """

    def there(city: Expression) -> Condition:
        own = Compare(Column("city_id"), "=", city)
        came = both(own, AnyOf(Column("status"), ("CONFIRMED", "ATTENDED")))
        columns = (("event", "id", own), ("event_host", "event_id", own), ("participation", "event_id", came))
        return Among(Column("id"), columns)

    return both(visible(models.Event), *(there(city) for city in pair))


def travelled(pair: Pair) -> Condition:
    """Return the condition that one city sent the delegation at hand and the other was its goal or its host."""

    def went(sender: Expression, host: Expression) -> Condition:
        goal = Compare(Column("destination_city_id"), "=", host)
        received = Or((goal, party_of("delegation_host", "delegation_id", host)))
        return both(Compare(Column("from_city_id"), "=", sender), received)

    return both(visible(models.Delegation), Or((went(*pair), went(*reversed(pair)))))


def gave(pair: Pair) -> Condition:
    """Return the condition that one city gave the contribution at hand to the other."""

    def to(giver: Expression, recipient: Expression) -> Condition:
        given = Compare(Column("giver_city_id"), "=", giver)
        return both(given, Compare(Column("recipient_city_id"), "=", recipient))

    return both(visible(models.Contribution), Or((to(*pair), to(*reversed(pair)))))


@dataclass(frozen=True)
class CitiesSource(Source):
    """The two cities, in the order asked."""

    def plan(self, request: Request) -> plan.Node:
        """Plan each city."""
        return plan.Array(
            tuple(plan.One("city", Compare(Column("id"), "=", city), request.select()) for city in request.given)
        )


@dataclass(frozen=True)
class SinceSource(Source):
    """The earliest known signing between the two."""

    def plan(self, request: Request) -> plan.Node:
        """Plan the first date of the agreements in the order of signing."""
        first = (OrderKey("signed_on_earliest", "date"), OrderKey("id"))
        return Lookup("agreement", Column("signed_on"), both(Known(Column("signed_on")), agreed(request.given)), first)


@dataclass(frozen=True)
class SharedAgreementsSource(PageSource):
    """The agreements between the two."""

    def rows(self, request: Request) -> Condition:
        """Return the condition that both are party."""
        return agreed(request.given)


@dataclass(frozen=True)
class ItemsSource(Source):
    """The items of a timeline's rows: all of them, or the row at hand."""

    whole_page: bool = False

    def plan(self, request: Request) -> plan.Node:
        """Plan a choice by what kind of row it is."""
        item = plan.Choice(
            tuple(
                (
                    Compare(Column("kind"), "=", Value(table)),
                    plan.One(table, linked("id", "id"), request.select(type_), required=True),
                )
                for table, type_ in KINDS.items()
            )
        )
        return plan.PageRows(item) if self.whole_page else item


@dataclass(frozen=True)
class TimelineSource(Source):
    """Everything that the two have done together, oldest first."""

    def plan(self, request: Request) -> plan.Node:
        """Plan a page of a union of four tables."""
        pair = request.given
        parts = (
            ("agreement", "signed_on_earliest", agreed(pair)),
            ("event", "starts_on_earliest", met(pair)),
            ("delegation", "arrived_on_earliest", travelled(pair)),
            ("contribution", "given_on_earliest", gave(pair)),
        )
        return page(request, plan.Merged(parts), plan.And(), TIMELINE_ORDER)


def source(kind: type[Source], description: str, **given: Any) -> Any:
    """Answer with a source of this module."""
    return kind(description=description, **given)


@entity(None)
class TimelineEdge:
    """An item of a timeline, with its place in it."""

    cursor: str = leaf(plan.RowCursor(), "Give it as after or before to page on from here.")
    node: TimelineItem = source(ItemsSource, "What happened: an agreement, an event, a delegation or a contribution.")


@entity(None)
class TimelineConnection:
    """A page of a timeline."""

    edges: list[TimelineEdge] = rows("The page's items, each with its cursor.")
    nodes: list[TimelineItem] = source(ItemsSource, "What happened, oldest first.", whole_page=True)
    page_info: PageInfo = fields("Whether there is more, and the cursors at both ends.")


@entity(None)
class Relationship:
    """What two cities have done together."""

    cities: list[City] = source(CitiesSource, "The two cities, in the order asked.")
    since: PartialDate | None = source(SinceSource, "The earliest known signing between the two.")
    agreements: Connection[Agreement] = source(
        SharedAgreementsSource,
        "The agreements between the two.",
        table="agreement",
        filter_name="AgreementFilter",
        arguments=list_arguments(models.Agreement, "AgreementFilter"),
    )
    timeline: TimelineConnection = source(
        TimelineSource,
        "Everything that the two have done together, oldest first: agreements of both, events that both had a part in "
        "(as the place, a host, or a participant who confirmed or attended; an invitation is not enough), delegations "
        "from one to the other, and contributions of one to the other.",
        arguments=PAGING,
    )


@dataclass(frozen=True)
class RelationshipSource(Source):
    """The relationship between two cities."""

    def plan(self, request: Request) -> plan.Node:
        """Plan the relationship; null where a city is not known or both are one."""
        refs = request.arguments["between"]
        if len(refs) != 2:
            raise request.refusal(f"between names {len(refs)} cities; name two.", ErrorCode.INVALID)
        pair: Pair = (city_identifier(refs[0]), city_identifier(refs[1]))
        both_known = both(*(Known(city) for city in pair), Compare(pair[0], "<>", pair[1]))
        return plan.Choice(((both_known, request.select(given=pair)),))


def relationship(description: str) -> Any:
    """Offer the relationship between two cities."""
    between = Argument("between", f"list[{publish_input_model(CityRef)}]", "The two cities.")
    return RelationshipSource(description=description, arguments=(between,))
