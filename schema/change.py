"""Changes: the feed as a list, and what happened to one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strawberry import ID, UNSET, auto

from schema.connection import EVERYTHING, PageInfo, page_size
from schema.entity import NODES, InputField, entity, publish_enum, publish_input
from schema.errors import ErrorCode
from schema.source import Argument, Source, column, fields, leaf, rows, same_row
from service import models, plan
from service.chain import parse_feed_cursor
from service.models.columns import Described
from service.models.enums import ChangeKind
from service.plan import AnyOf, Column, Compare, Condition, FeedCursor, FeedPosition, Or, StartsWith, Value, both

if TYPE_CHECKING:
    from schema.planner import Request
    from schema.record import Record

CURSOR = FeedCursor(Column("seq"), Column("hash"))
ORDER = (plan.OrderKey("seq", "bigint"),)


class RecordType(Described):
    """The types of record that changes are about."""

    CITY = "CITY", "Cities."
    ORGANIZATION = "ORGANIZATION", "Organizations."
    PERSON = "PERSON", "People."
    AGREEMENT = "AGREEMENT", "Agreements."
    EVENT = "EVENT", "Events."
    DELEGATION = "DELEGATION", "Delegations."
    CONTRIBUTION = "CONTRIBUTION", "Contributions."
    PROGRAMME = "PROGRAMME", "Programmes."


publish_enum(RecordType)
publish_enum(ChangeKind)
publish_input(
    "ChangeFilter",
    "Asks for changes.",
    {
        "types": InputField("list[RecordType] | None", "Only changes of records of these types.", UNSET),
        "kinds": InputField("list[ChangeKind] | None", "Only changes of these kinds.", UNSET),
        "subject": InputField("ID | None", "Only changes of this record.", UNSET),
    },
)


def condition(given: dict[str, Any] | None) -> Condition:
    """Return the condition on a change that a ChangeFilter asks for."""
    given = given or {}
    parts: list[Condition] = []
    if given.get("types") is not None:
        parts.append(Or(tuple(StartsWith(Column("subject_id"), f"{one}_") for one in prefixes(given["types"]))))
    if given.get("kinds") is not None:
        parts.append(AnyOf(Column("kind"), tuple(str(kind) for kind in given["kinds"])))
    if given.get("subject") is not None:
        parts.append(Compare(Column("subject_id"), "=", Value(given["subject"])))
    return both(*parts)


def prefixes(types: list[RecordType]) -> tuple[str, ...]:
    """Return with what the identifiers of records of these types begin."""
    known = {type_.upper(): prefix for prefix, (type_, _) in NODES.items()}
    return tuple(known[str(one)] for one in types)


@dataclass(frozen=True)
class SubjectSource(Source):
    """The record that a change is about, found by its identifier's prefix."""

    def plan(self, request: Request) -> plan.Node:
        """Plan a choice of all types of record; null once the record was retracted."""
        return plan.Choice(
            tuple(
                (StartsWith(Column("subject_id"), f"{prefix}_"), request.referred(type_, table, "subject_id"))
                for prefix, (type_, table) in NODES.items()
                if request.planner.is_a(type_, "Record")
            )
        )


def subject(description: str) -> Any:
    """Offer the record that the change is about."""
    return SubjectSource(description=description)


@entity(models.Change)
class Change:
    """One committed change. Changes are numbered without gaps in the order in which they were committed."""

    cursor: str = leaf(CURSOR, "Resumes a listing or a subscription just behind this change.")
    at: auto
    actor: auto
    kind: auto
    subject_id: ID = column("subject_id")
    subject: Record | None = subject("The record as it is now; null once retracted.")
    version: auto
    fields: list[str] = column("fields")


@entity(None)
class ChangeEdge:
    """A change, with its place in the feed."""

    cursor: str = leaf(CURSOR, "Resumes a listing or a subscription just behind this change.")
    node: Change = same_row("What was committed at this place of the feed.")


@entity(None)
class ChangeConnection:
    """A page of changes."""

    edges: list[ChangeEdge] = rows("The page's changes, each with its cursor.")
    nodes: list[Change] = rows("The page's changes in the order of their commits.")
    page_info: PageInfo = fields("Whether there is more, and the cursors at both ends.")


@dataclass(frozen=True)
class ChangesSource(Source):
    """Changes in the order of their commits, of those that fulfil the condition."""

    where: Condition = EVERYTHING

    def plan(self, request: Request) -> plan.Node:
        """Plan a page; its cursors are the feed's own."""
        size, _ = page_size(request)
        after = request.arguments.get("after")
        request.count_rows(size)
        return plan.Page(
            table="change",
            where=both(self.where, condition(request.arguments.get("filter"))),
            order=ORDER,
            size=size,
            selection=request.inside(size).select(),
            after=None if after is None else (feed_position(request, after),),
            cursor=CURSOR,
        )


def feed_position(request: Request, text: str) -> FeedPosition:
    """Return the place that a cursor of the feed names; what is no cursor is refused."""
    try:
        cursor = parse_feed_cursor(text)
    except ValueError:
        message = "after is no cursor of the feed; take one from an answer."
        raise request.refusal(message, ErrorCode.CURSOR_INVALID) from None
    return FeedPosition(cursor.epoch, cursor.seq, cursor.hash_prefix)


AFTER = Argument("after", "str | None", "The feed's cursor to go on from.")


def history(description: str) -> Any:
    """Offer the changes of the record at hand, oldest first."""
    first = Argument("first", "int | None", "So many, 100 at most.", 20)
    return ChangesSource(plan.linked("subject_id"), description=description, arguments=(first, AFTER))


def changes(description: str) -> Any:
    """Offer the changes of the whole registry, oldest first."""
    first = Argument("first", "int | None", "So many, 100 at most.", 100)
    which = Argument("filter", "ChangeFilter | None", "Which changes; all if not given.")
    return ChangesSource(description=description, arguments=(AFTER, first, which))
