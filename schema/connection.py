"""Connections: pages of a list by cursor, never by offset.

Every order is total: the identifier is its last key. A cursor holds the key values of its row and the names of
what is listed and of the order, so that one that belongs to another list is refused rather than misread.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from graphql import get_named_type
from sqlmodel import SQLModel

from schema.entity import TYPES, InputField, entity, publish_enum, publish_input
from schema.errors import ErrorCode
from schema.filters import OFFERS, condition
from schema.orders import DEFAULTS, ORDERS, Direction
from schema.source import (
    Argument,
    Source,
    fields,
    leaf,
    rows,
    same_row,
    table,
    visible,
)
from service import plan
from service.plan import Condition

if TYPE_CHECKING:
    from schema.planner import Request

EVERYTHING = plan.And()
T = TypeVar("T")
TYPES["T"] = T


@entity(None)
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = leaf(plan.PageFlag(True), "Whether there is more after this page.")
    has_previous_page: bool = leaf(plan.PageFlag(False), "Whether there is more before it.")
    start_cursor: str | None = leaf(
        plan.PageEnd(False), "Cursor of the first edge, to go back from; null on an empty page."
    )
    end_cursor: str | None = leaf(plan.PageEnd(True), "Cursor of the last edge, to go on from; null on an empty page.")


@entity(None)
class Edge(Generic[T]):
    """An element of a list, with its place in it."""

    cursor: str = leaf(plan.RowCursor(), "Give it as after or before to page on from here.")
    node: T = same_row("What stands at this place of the list.")


@entity(None)
class Connection(Generic[T]):
    """A page of a list."""

    edges: list[Edge[T]] = rows("The page's elements, each with its cursor.")
    nodes: list[T] = rows("The page's elements in order, where no cursor of theirs is needed.")
    page_info: PageInfo = fields("Whether there is more, and the cursors at both ends.")
    total_count: int = leaf(plan.TotalCount(), "How many elements all pages have together; counted only when selected.")


publish_enum(Direction)
for _table, (_fields, _keys) in ORDERS.items():
    publish_enum(_fields)
    publish_input(
        f"{_table.capitalize()}Order",
        "An order; unknown values come last, whichever the direction.",
        {
            "field": InputField(_fields.__name__, "What to order by."),
            "direction": InputField("Direction | None", "Which end comes first.", Direction.ASC),
        },
    )

PAGING = (
    Argument("first", "int | None", "So many from the start, or after the cursor: 20 if not given, 100 at most."),
    Argument("after", "str | None", "The cursor to go on from."),
    Argument("last", "int | None", "So many from the end, or before the cursor; not together with first."),
    Argument("before", "str | None", "The cursor to go back from."),
)


@dataclass(frozen=True)
class PageSource(Source):
    """A page of the rows of a model."""

    table: str
    where: plan.Condition = EVERYTHING
    filter_name: str | None = None

    def plan(self, request: Request) -> plan.Node:
        """Plan the page that the arguments ask for."""
        where = self.rows(request)
        if self.filter_name:
            where = plan.both(where, condition(self.filter_name, request.arguments.get("filter")))
        planned = page(request, self.table, where, order_keys(self.table, request.arguments.get("orderBy")))
        return replace(planned, filtered=bool(request.arguments.get("filter")))

    def rows(self, request: Request) -> Condition:
        """Return the condition that every row of the list fulfils."""
        return self.where


def page(
    request: Request,
    relation: plan.Relation,
    where: plan.Condition,
    order: tuple[plan.OrderKey, ...],
    about: str = "",
) -> plan.Page:
    """Plan the page of a relation's rows that the arguments first, after, last and before ask for.

    What the order is about is told apart in cursors, where it means another for each.
    """
    size, backward = page_size(request)
    listed = get_named_type(request.type).name.removesuffix("Connection")
    tag = f"{listed}:{about}:" if about else f"{listed}:"
    tag += ",".join(key.column + ("-" if key.descending else "+") for key in order)
    request.count_rows(size)
    return plan.Page(
        table=relation,
        where=where,
        order=order,
        size=size,
        selection=request.inside(size).select(given=request.given),
        tag=tag,
        backward=backward,
        after=read_cursor(request, "after", tag, order),
        before=read_cursor(request, "before", tag, order),
    )


def pages(model: type[SQLModel], description: str, where: plan.Condition = EVERYTHING) -> Any:
    """Offer the visible rows of the model, of those that fulfil the condition, page by page.

    A filter and an order are offered wherever the model has them.
    """
    name = table(model)
    filter_name = f"{model.__name__}Filter" if f"{model.__name__}Filter" in OFFERS else None
    shown = plan.both(where, visible(model))
    return PageSource(name, shown, filter_name, description=description, arguments=list_arguments(model, filter_name))


def list_arguments(model: type[SQLModel], filter_name: str | None) -> tuple[Argument, ...]:
    """Return the arguments of a list of the model's rows."""
    name = table(model)
    arguments: list[Argument] = []
    if filter_name:
        arguments.append(Argument("filter", f"{filter_name} | None", "Which of them; all if not given."))
    if name in ORDERS:
        by = DEFAULTS[name]
        usual = by.column.removesuffix("_folded").removesuffix("_earliest").replace("_", " ")
        usual += ", latest first" if by.descending else ""
        arguments.append(Argument("order_by", f"list[{model.__name__}Order] | None", f"By {usual}, if not given."))
    return (*arguments, *PAGING)


def page_size(request: Request) -> tuple[int, bool]:
    """Return how many rows the page holds, and whether they are taken from the end."""
    first, last = request.arguments.get("first"), request.arguments.get("last")
    most = request.limits.page_size_max
    if first is not None and last is not None:
        raise request.refusal("Give first or last, not both.", ErrorCode.INVALID)
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= most:
            raise request.refusal(
                f"{name} is {size}; it must be from 0 to {most}. Page on with a cursor.", ErrorCode.INVALID
            )
    if last is not None:
        return last, True
    return request.limits.page_size if first is None else first, False


def order_keys(table_name: str, asked: list[dict[str, Any]] | None) -> tuple[plan.OrderKey, ...]:
    """Return the keys of a total order: those asked for, each once, then the identifier."""
    if asked:
        offered = ORDERS[table_name][1]
        given: dict[str, bool] = {}
        for one in asked:
            given.setdefault(str(one["field"]), one.get("direction") == Direction.DESC)
        keys = [replace(offered[field], descending=descending) for field, descending in given.items()]
    else:
        keys = [DEFAULTS[table_name]]
    if keys[-1].column == "id":
        return tuple(keys)
    return (*keys, plan.OrderKey("id", descending=keys[0].descending))


def read_cursor(request: Request, argument: str, tag: str, order: tuple[plan.OrderKey, ...]) -> tuple[Any, ...] | None:
    """Return the key values that a cursor holds; one of another list or order is refused."""
    cursor = request.arguments.get(argument)
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(values, list) or values[0] != tag or len(values) != len(order) + 1:
            raise ValueError("another order")
        return tuple(_key_value(value, key) for value, key in zip(values[1:], order, strict=True))
    except (ValueError, IndexError, KeyError, binascii.Error, OverflowError, RecursionError):
        message = f"{argument} is no cursor of this list in this order; take one from its own pageInfo or edges."
        raise request.refusal(message, ErrorCode.CURSOR_INVALID) from None


def _key_value(value: Any, key: plan.OrderKey) -> Any:
    if key.type == "integer":
        if not isinstance(value, int) or isinstance(value, bool) or not -(2**31) <= value < 2**31:
            raise ValueError("no integer")
        return value
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("no text")
    if key.type == "date":
        infinite = {"infinity": date.max, "-infinity": date.min}  # as the driver writes them
        return infinite.get(value) or date.fromisoformat(value)
    if key.type == "timestamptz":
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ValueError("no time zone")
        return instant.astimezone(UTC)
    value.encode()
    return value
