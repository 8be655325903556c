"""The interfaces: Node, Record and Party."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strawberry import ID, auto

from schema.change import ChangeConnection, history
from schema.connection import Connection, pages
from schema.entity import TYPES, entity
from schema.source import column, many, one
from service import models, plan
from service.plan import linked

if TYPE_CHECKING:
    from schema.agreement import Agreement
    from schema.country import Country
    from schema.evidence import Citation

TYPES["Connection"] = Connection


@entity(None, interface=True)
class Node:
    """Anything that node(id:) finds."""

    id: ID = column("id", "Opaque and stable; node(id:) finds the record from it alone.")


@entity(models.Record, interface=True)
class Record(Node):
    """What every record carries: its version, where its facts come from, and what happened to it."""

    version: auto
    created_at: auto
    updated_at: auto
    citations: list[Citation] = many(
        models.Citation,
        linked("subject_id"),
        "Where the record's facts come from.",
        order=(plan.OrderKey("id"),),
    )
    history: ChangeConnection = history("What happened to the record, oldest first.")


@entity(None, interface=True)
class Party(Record):
    """Whoever can be bound by an agreement, host an event or send a delegation."""

    name: str = column("name", "Usual name in English or in Latin letters.")
    native_name: str | None = column("native_name", "Name in its own language and script.")
    country: Country | None = one(models.Country, "country_code", "The country that it belongs to.", to="code")
    agreements: Connection[Agreement] = pages(models.Agreement, "The agreements that it is party to.")
