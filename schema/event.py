"""Events and who took part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strawberry import auto

from schema.city import through
from schema.connection import Connection, pages
from schema.entity import entity
from schema.record import Party, Record
from schema.source import Argument, many, one, parties, party
from service import models, plan
from service.plan import linked

if TYPE_CHECKING:
    from schema.agreement import Agreement
    from schema.city import City
    from schema.delegation import Delegation
    from schema.giving import Contribution
    from schema.person import Person


@entity(models.Event)
class Event(Record):
    """An occasion of city diplomacy, held or planned."""

    kind: auto
    name: auto
    status: auto
    starts_on: auto
    ends_on: auto
    mode: auto
    venue: auto
    city: City | None = one(models.City, "city_id", "The city where it took place.")
    hosts: list[Party] = parties(models.EventHost, "event_id", "Who hosted it.")
    part_of: Event | None = one(models.Event, "part_of_id", "The larger event that it belongs to.")
    parts: list[Event] = many(
        models.Event,
        linked("part_of_id"),
        "The events that belong to it, oldest first.",
        order=(plan.OrderKey("starts_on_earliest", "date", nullable=True), plan.OrderKey("id")),
    )
    participants: list[Participation] = many(
        models.Participation,
        linked("event_id"),
        "Who took part or was invited.",
        arguments=(
            Argument("role", "ParticipationRole | None", "Only those who were there to do this."),
            Argument("status", "ParticipationStatus | None", "Only those of whom this is known."),
        ),
    )
    agreements: Connection[Agreement] = pages(
        models.Agreement, "Agreements that were, or are to be, signed at it.", linked("event_id")
    )
    delegations: Connection[Delegation] = pages(
        models.Delegation, "Delegations that took part in it.", through("delegation_event", "delegation_id", "event_id")
    )
    contributions: Connection[Contribution] = pages(models.Contribution, "What was given at it.", linked("event_id"))
    description: auto


@entity(models.Participation)
class Participation:
    """One taking part in an event, or invited to; an invitation is not an attendance."""

    person: Person | None = one(models.Person, "person_id", "The person, where one is named.")
    party: Party | None = party("", "On whose behalf the person took part, or the party itself.")
    office: auto
    role: auto
    status: auto
    attendance: auto
    event: Event = one(models.Event, "event_id", "Where they took part, or were asked to.", required=True)
