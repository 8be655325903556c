"""Contributions and programmes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strawberry import auto

from schema.connection import Connection, pages
from schema.entity import entity
from schema.record import Party, Record
from schema.source import many, one, parties, party
from service import models
from service.plan import linked

if TYPE_CHECKING:
    from schema.agreement import Agreement
    from schema.event import Event
    from schema.person import Person


@entity(models.Contribution)
class Contribution(Record):
    """Something that a party gave to another: money, an object, help, knowledge, publicity."""

    kind: auto
    giver: Party = party("giver_", "Who gave it.")
    recipient: Party | None = party("recipient_", "Who it was given to; null where that was not one party.")
    given_on: auto
    description: auto
    amount: auto
    currency: auto
    purpose: auto
    presented_by: Person | None = one(models.Person, "presented_by_id", "Who handed it over.")
    event: Event | None = one(models.Event, "event_id", "Where it was given.")


@entity(models.Programme)
class Programme(Record):
    """A plan of a party that agreements may serve, such as an education programme with targets."""

    name: auto
    owner: Party = party("owner_", "Who planned it.")
    partners: list[Party] = parties(models.ProgrammePartner, "programme_id", "Who else takes part in it.")
    started_on: auto
    description: auto
    targets: list[ProgrammeTarget] = many(models.ProgrammeTarget, linked("programme_id"), "What it set out to reach.")
    agreements: Connection[Agreement] = pages(models.Agreement, "Agreements that serve it.", linked("programme_id"))


@entity(models.ProgrammeTarget)
class ProgrammeTarget:
    """Something that a programme set out to reach."""

    description: auto
    due_on: auto
