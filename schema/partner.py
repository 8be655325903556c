"""Partners: the cities that agreements join to a city, a row each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from strawberry import UNSET

from schema.connection import PAGING, PageInfo, page
from schema.entity import entity, publish_enum
from schema.scalars import PartialDate
from schema.source import Argument, RowsSource, Source, column, fields, leaf, rows, visible
from service import models, plan
from service.models.enums import AgreementKind, AgreementStatus
from service.plan import (
    Aggregate,
    AnyOf,
    Column,
    Compare,
    Condition,
    Exists,
    FirstKnown,
    Known,
    Lookup,
    OrderKey,
    Value,
    both,
    linked,
)

if TYPE_CHECKING:
    from schema.city import City
    from schema.planner import Request

ORDER = (OrderKey("newest", "date", descending=True), OrderKey("key", descending=True))
PARTNER = linked("id", "key")
SIGNED_ON = Lookup("agreement", Column("signed_on"), linked("id", "agreement_id"))
AGGREGATES = (
    Aggregate("newest", "largest", FirstKnown((Column("agreement_signed_on_earliest"), Value(date.min, "date")))),
    # Of two signings whose dates start on one day, such as 2024 and 2024-01, the same one each time.
    Aggregate("since", "first", SIGNED_ON, (Column("agreement_signed_on_earliest"), Column("agreement_id"))),
    Aggregate("kinds", "set", Column("agreement_kind")),
    Aggregate("agreement_count", "count"),
)


@dataclass(frozen=True)
class PartnerSource(Source):
    """The city of the row at hand."""

    def plan(self, request: Request) -> plan.Node:
        """Plan the city that the row's key names."""
        return plan.One("city", PARTNER, request.select(), required=True)


@dataclass(frozen=True)
class PartnerRowsSource(RowsSource):
    """The cities of the page's rows."""

    def plan(self, request: Request) -> plan.Node:
        """Plan the city of each row."""
        return plan.PageRows(plan.One("city", PARTNER, request.select(), required=True))


def partner(description: str) -> Any:
    """Offer the partner of the row at hand."""
    return PartnerSource(description=description)


def partner_rows(description: str) -> Any:
    """Offer the partners of the page at hand."""
    return PartnerRowsSource(description=description)


@entity(None)
class PartnerEdge:
    """A partner, and what joins it to the city."""

    cursor: str = leaf(plan.RowCursor(), "Give it as after to page on from here.")
    node: City = partner("The city at the other end of the agreements.")
    since: PartialDate | None = column("since", "The earliest known signing between the two.")
    kinds: list[AgreementKind] = column("kinds", "The kinds of agreement between the two.")
    agreement_count: int = column("agreement_count", "How many agreements there are between the two.")


@entity(None)
class PartnerConnection:
    """A page of partners."""

    edges: list[PartnerEdge] = rows("The page's partners, each with what joins it to the city.")
    nodes: list[City] = partner_rows("The cities alone, without what joins them.")
    page_info: PageInfo = fields("Whether there is more, and the cursors at both ends.")
    total_count: int = leaf(plan.TotalCount(), "How many partners all pages have together.")


@dataclass(frozen=True)
class PartnersSource(Source):
    """The cities that agreements join to the city at hand."""

    def plan(self, request: Request) -> plan.Node:
        """Plan a page of groups: the other parties of the city's agreements, by city."""
        agreement: list[Condition] = [linked("id", "agreement_id"), visible(models.Agreement)]
        for argument, name in (("kinds", "kind"), ("statuses", "status")):
            if (given := request.arguments.get(argument)) is not None:
                agreement.append(AnyOf(Column(name), tuple(str(one) for one in given)))
        ours = both(linked("agreement_id", "agreement_id"), Compare(Column("city_id"), "=", Column("id", up=2)))
        where = both(
            Known(Column("city_id")),
            Compare(Column("city_id"), "<>", Column("id", up=1)),
            Exists("agreement_party", ours),
            Exists("agreement", both(*agreement)),
        )
        groups = plan.Grouped("agreement_party", where, Column("city_id"), AGGREGATES)
        return page(request, groups, plan.And(), ORDER)


def partners(description: str) -> Any:
    """Offer the partners of the city at hand."""
    publish_enum(AgreementKind)
    publish_enum(AgreementStatus)
    kinds = Argument("kinds", "list[AgreementKind] | None", "Only agreements of these kinds count.", UNSET)
    statuses = Argument(
        "statuses",
        "list[AgreementStatus] | None",
        "Only agreements that stand so today count; name all for all.",
        [AgreementStatus.IN_FORCE],
    )
    return PartnersSource(description=description, arguments=(kinds, statuses, *PAGING))
