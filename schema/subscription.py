"""The subscriptions: a list of fields, each a selection of the feed's changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlmodel import SQLModel

from schema import change, filters
from schema.agreement import Agreement
from schema.change import CURSOR, Change
from schema.city import City
from schema.delegation import Delegation
from schema.entity import NODES, entity
from schema.errors import ErrorCode
from schema.event import Event
from schema.source import Argument, Source, child, leaf, named, same_row, survivor, table, visible
from service import models, plan
from service.following import Interest
from service.plan import (
    Column,
    Compare,
    Condition,
    Constant,
    Exists,
    StartsWith,
    Value,
    both,
    linked,
)

if TYPE_CHECKING:
    from schema.planner import Request

AFTER = Argument(
    "after",
    "str | None",
    "A cursor of the feed. With it, all that was committed after it comes first, each once and in order, then what "
    "is committed from then on; without it, only what is committed from now on.",
)
CHECKPOINT_CURSOR = "."
"""Stands for the cursor in a checkpoint's plan: no response key and no type is named so."""


@dataclass(frozen=True)
class Followed:
    """What a subscription says of changes, which ones may concern it, and what it says while there are none."""

    messages: plan.Messages
    interest: Interest
    checkpoint: plan.Object | None = None


def message_cursor() -> Any:
    """Offer the cursor of the change at hand."""
    return leaf(CURSOR, "Keep it: a subscription that is given it as after goes on just behind this message.")


def message_change() -> Any:
    """Offer the change at hand."""
    return same_row("What happened to the record, when, and by whom.")


@dataclass(frozen=True)
class ChangedRecordSource(Source):
    """The record that the change at hand is about, as it is now."""

    type: str
    table: str

    def plan(self, request: Request) -> plan.Node:
        """Plan the record; null once retracted, and the survivor once merged."""
        return request.referred(self.type, self.table, "subject_id")


def changed(model: type[SQLModel], description: str) -> Any:
    """Offer the record that the change at hand is about."""
    return ChangedRecordSource(model.__name__, table(model), description=description)


@entity(None)
class ChangeMessage:
    """A change, or a checkpoint: how far the feed has come while nothing happens that was asked for."""

    cursor: str = message_cursor()
    change: Change | None = same_row("The change; null at a checkpoint, which comes every 15 seconds at least.")


@entity(None)
class SigningMessage:
    """A signing that was recorded."""

    cursor: str = message_cursor()
    agreement: Agreement = child(
        models.Agreement,
        linked("id", "subject_id"),
        "The agreement that was signed, as it is now.",
        required=True,
    )


@entity(None)
class AgreementMessage:
    """A change of an agreement."""

    cursor: str = message_cursor()
    change: Change = message_change()
    agreement: Agreement | None = changed(models.Agreement, "The agreement as it is now; null once retracted.")


@entity(None)
class EventMessage:
    """A change of an event."""

    cursor: str = message_cursor()
    change: Change = message_change()
    event: Event | None = changed(models.Event, "The event as it is now; null once retracted.")


@entity(None)
class DelegationMessage:
    """A change of a delegation."""

    cursor: str = message_cursor()
    change: Change = message_change()
    delegation: Delegation | None = changed(models.Delegation, "The delegation as it is now; null once retracted.")


@entity(None)
class CityMessage:
    """A change of a city."""

    cursor: str = message_cursor()
    change: Change = message_change()
    city: City | None = changed(
        models.City, "The city as it is now, the survivor where it was merged; null once retracted."
    )


@dataclass(frozen=True)
class ChangesSource(Source):
    """The changes of the whole registry."""

    def plan(self, request: Request) -> Any:
        """Plan the messages, and the checkpoint between them."""
        given = request.arguments.get("filter") or {}
        types, kinds = given.get("types"), given.get("kinds")
        interest = Interest(
            None if types is None else change.prefixes(types),
            None if kinds is None else tuple(str(kind) for kind in kinds),
            given.get("subject"),
        )
        message = request.select()
        messages = plan.Messages(change.condition(given), request.response(message))
        return Followed(messages, interest, request.response(checkpoint(message)))


def checkpoint(selection: plan.Object) -> plan.Object:
    """Plan a message without a change."""
    return plan.Object(
        tuple(
            (key, node if isinstance(node, Constant) else Constant(CHECKPOINT_CURSOR if node == CURSOR else None))
            for key, node in selection.fields
        )
    )


@dataclass(frozen=True)
class SigningsSource(Source):
    """The changes that recorded a signing which fulfils the filter."""

    def plan(self, request: Request) -> Any:
        """Plan the messages; a signing that has since been retracted has none."""
        fulfils = both(
            linked("id", "subject_id"),
            visible(models.Agreement),
            filters.condition("AgreementFilter", request.arguments.get("filter")),
        )
        signing = Compare(Column("signing"), "=", Value(True, "boolean"))
        return Followed(request.messages(both(signing, Exists("agreement", fulfils))), Interest(signing=True))


@dataclass(frozen=True)
class RecordsSource(Source):
    """The changes of records of a type: of one, or of those that fulfil the filter as they are now.

    A retracted record fulfils what it fulfilled last, so that whoever follows it learns that it is gone.
    """

    type: str
    table: str

    def plan(self, request: Request) -> Any:
        """Plan the messages."""
        (prefix,) = (prefix for prefix, (type_, _) in NODES.items() if type_ == self.type)
        conditions: list[Condition] = [StartsWith(Column("subject_id"), f"{prefix}_")]
        identifier = request.arguments.get("id")
        if identifier is not None:
            if not identifier.startswith(f"{prefix}_"):
                raise request.refusal(
                    f"id names no {self.type}; its identifiers begin with {prefix}_.", ErrorCode.INVALID
                )
            conditions.append(self.is_about(identifier))
        if fulfilled := request.arguments.get("filter"):
            asked = filters.condition(f"{self.type}Filter", fulfilled)
            conditions.append(Exists(self.table, both(named(self.table, Column("subject_id", up=1)), asked)))
        return Followed(request.messages(both(*conditions)), Interest((prefix,), subject=identifier))

    def is_about(self, identifier: str) -> Condition:
        """Return the condition that a change is about a record, or about one that is the same since a merge."""
        if "merged_into_id" not in models.TABLES[self.table].c:
            return Compare(Column("subject_id"), "=", Value(identifier))
        given = survivor(self.table, Value(identifier))
        return Compare(survivor(self.table, Column("subject_id", up=1)), "=", given)


def changes(description: str) -> Any:
    """Offer the changes of the whole registry."""
    which = Argument("filter", "ChangeFilter | None", "Which changes; all if not given.")
    return ChangesSource(description=description, arguments=(AFTER, which))


def signings(description: str) -> Any:
    """Offer the changes that recorded a signing."""
    which = Argument("filter", "AgreementFilter | None", "Which agreements; all if not given.")
    return SigningsSource(description=description, arguments=(AFTER, which))


def records(model: type[SQLModel], description: str) -> Any:
    """Offer the changes of the model's records."""
    one = Argument("id", "ID | None", "Only changes of this record, also of those that it has been merged with.")
    which = Argument(
        "filter",
        f"{model.__name__}Filter | None",
        "Only changes of records that fulfil it as they are now, or were when they were retracted; all if not given.",
    )
    return RecordsSource(model.__name__, table(model), description=description, arguments=(AFTER, one, which))


@entity(None)
class Subscription:
    """What can be followed. Every subscriber gets every committed change once, in the order of commits."""

    changes: ChangeMessage = changes("Each change of any record, and checkpoints while there is none.")
    signing_recorded: SigningMessage = signings("Each agreement once it is known to be signed, planned before or not.")
    agreement_changed: AgreementMessage = records(models.Agreement, "Each change of an agreement.")
    event_changed: EventMessage = records(models.Event, "Each change of an event.")
    delegation_changed: DelegationMessage = records(models.Delegation, "Each change of a delegation.")
    city_changed: CityMessage = records(models.City, "Each change of a city.")
