"""The subscriptions: a list of fields, each a selection of the feed's changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schema.agreement import Agreement
from schema.entity import entity
from schema.filters import condition
from schema.source import Argument, Source, child, leaf, visible
from service import models, plan
from service.plan import Column, Compare, Exists, FeedCursor, Value, both, linked

if TYPE_CHECKING:
    from schema.planner import Request

AFTER = Argument(
    "after",
    "str | None",
    "A cursor of the feed. With it, all that was committed after it comes first, each once and in order, then what "
    "is committed from then on; without it, only what is committed from now on.",
)


def message_cursor() -> Any:
    """Offer the cursor of the change at hand."""
    return leaf(
        FeedCursor(Column("seq"), Column("hash")),
        "Keep it: a subscription that is given it as after goes on just behind this message.",
    )


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


@dataclass(frozen=True)
class SigningsSource(Source):
    """The changes that recorded a signing which fulfils the filter."""

    def plan(self, request: Request) -> plan.Node:
        """Plan the messages; a signing that has since been retracted has none."""
        fulfils = both(
            linked("id", "subject_id"),
            visible(models.Agreement),
            condition("AgreementFilter", request.arguments.get("filter")),
        )
        signing = Compare(Column("signing"), "=", Value(True, "boolean"))
        messages: plan.Node = request.messages(both(signing, Exists("agreement", fulfils)))
        return messages


def signings(description: str) -> Any:
    """Offer the changes that recorded a signing."""
    which = Argument("filter", "AgreementFilter | None", "Which agreements; all if not given.")
    return SigningsSource(description=description, arguments=(AFTER, which))


@entity(None)
class Subscription:
    """What can be followed. Every subscriber gets every committed change once, in the order of commits."""

    signing_recorded: SigningMessage = signings("Each signing that is recorded.")
