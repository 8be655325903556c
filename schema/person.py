"""People and their offices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strawberry import auto

from schema.city import through
from schema.connection import Connection, pages
from schema.entity import entity
from schema.record import Party, Record
from schema.scalars import PartialDate
from schema.source import column, many, party, visible
from service import models
from service.plan import Column, Compare, Exists, Value, both, linked

if TYPE_CHECKING:
    from schema.agreement import Agreement
    from schema.delegation import Delegation
    from schema.event import Participation

SIGNED = Exists(
    "signatory",
    both(
        linked("agreement_id"),
        Compare(Column("person_id"), "=", Column("id", up=2)),
        Compare(Column("role"), "=", Value("SIGNATORY")),
    ),
)


@entity(models.Person)
class Person(Record):
    """Someone who signed, witnessed, travelled, spoke or was invited."""

    name: auto
    native_name: auto
    offices: list[Office] = many(models.Office, linked("person_id"), "Offices as the sources give them.")
    signed: Connection[Agreement] = pages(
        models.Agreement, "What they signed for a party; what they only witnessed is not in it.", SIGNED
    )
    delegations: Connection[Delegation] = pages(
        models.Delegation,
        "Delegations that the person travelled with.",
        through("delegation_member", "delegation_id", "person_id"),
    )
    participations: Connection[Participation] = pages(
        models.Participation,
        "Events that the person took part in or was invited to.",
        both(linked("person_id"), Exists("event", both(linked("id", "event_id"), visible(models.Event)))),
    )


@entity(models.Office)
class Office:
    """An office that a person held, as a source gives it."""

    title: auto
    of: Party | None = party("of_", "The city or organization that it is an office of.")
    from_: PartialDate | None = column("from_on")
    to: PartialDate | None = column("to_on")
