"""Delegations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strawberry import auto

from schema.entity import entity
from schema.record import Party, Record
from schema.source import OneSource, child, many, one, parties, party, visible
from service import models
from service.plan import Column, Compare, Exists, Value, both, linked

if TYPE_CHECKING:
    from schema.city import City
    from schema.country import Country
    from schema.event import Event
    from schema.person import Person


@entity(models.Delegation)
class Delegation(Record):
    """A group that a party sent, or planned to send."""

    name: auto
    status: auto
    from_: Party = party("from_", "The party that sent it.")
    leader: DelegationMember | None = child(
        models.DelegationMember,
        both(linked("delegation_id"), Compare(Column("role"), "=", Value("LEADER"))),
        "Who led it, where a source says.",
    )
    members: list[DelegationMember] = many(
        models.DelegationMember, linked("delegation_id"), "Who travelled with it, its leader included."
    )
    members_complete: auto
    invited_by: list[Party] = parties(models.DelegationInviter, "delegation_id", "At whose invitation it travelled.")
    hosts: list[DelegationHost] = many(models.DelegationHost, linked("delegation_id"), "Who received it.")
    destination_city: City | None = one(models.City, "destination_city_id", "The city that it travelled to.")
    destination_country: Country | None = one(
        models.Country, "destination_country_code", "The country that it travelled to.", to="code"
    )
    arrived_on: auto
    departed_on: auto
    purpose: auto
    events: list[Event] = many(
        models.DelegationEvent,
        both(
            linked("delegation_id"),
            Exists("event", both(linked("id", "event_id"), visible(models.Event))),
        ),
        "Events that it took part in.",
        row=OneSource("event", linked("id", "event_id"), required=True),
    )


@entity(models.DelegationMember)
class DelegationMember:
    """A person who travelled with a delegation."""

    person: Person = one(models.Person, "person_id", "Who it was.", required=True)
    office: auto
    role: auto


@entity(models.DelegationHost)
class DelegationHost:
    """A party, and where known the person, that received a delegation."""

    party: Party = party("", "The city or organization that received it.")
    person: Person | None = one(models.Person, "person_id", "Who received it on the party's behalf.")
    office: auto
