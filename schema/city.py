"""Cities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strawberry import auto

from schema.connection import Connection, pages
from schema.entity import entity
from schema.partner import PartnerConnection, partners
from schema.record import Party
from schema.source import many, one
from service import models, plan
from service.plan import Among, Column, Compare, Exists, both, linked

if TYPE_CHECKING:
    from schema.agreement import Agreement
    from schema.country import Country, LocalizedName
    from schema.delegation import Delegation
    from schema.event import Event
    from schema.organization import Organization


def through(link: str, key: str, column: str) -> plan.Condition:
    """Return the condition that a row of the link names both the row at hand and the row around it."""
    return Exists(link, both(linked(key), Compare(Column(column), "=", Column("id", up=2))))


OF_CITY = Compare(Column("city_id"), "=", Column("id", up=2))
TO_CITY = Compare(Column("destination_city_id"), "=", Column("id", up=2))


@entity(models.City)
class City(Party):
    """A municipality that can be party to agreements, host events and send delegations."""

    name: auto
    native_name: auto
    names: list[LocalizedName] = many(
        models.CityName,
        linked("city_id"),
        "Its names in other languages.",
        order=(plan.OrderKey("language"), plan.OrderKey("name")),
    )
    country: Country = one(models.Country, "country_code", "The country that it lies in.", to="code", required=True)
    region: auto
    latitude: auto
    longitude: auto
    population: auto
    time_zone: auto
    geonames_id: auto
    wikidata_id: auto
    agreements: Connection[Agreement] = pages(
        models.Agreement,
        "The agreements that it is party to.",
        through("agreement_party", "agreement_id", "city_id"),
    )
    partners: PartnerConnection = partners("Cities joined to this one by agreements, newest link first.")
    events: Connection[Event] = pages(
        models.Event,
        "Events that it hosted or that took place in it.",
        Among(Column("id"), (("event", "id", OF_CITY), ("event_host", "event_id", OF_CITY))),
    )
    delegations_sent: Connection[Delegation] = pages(
        models.Delegation, "Delegations that set out from it.", linked("from_city_id")
    )
    delegations_received: Connection[Delegation] = pages(
        models.Delegation,
        "Delegations that it received, or that travelled to it.",
        Among(Column("id"), (("delegation", "id", TO_CITY), ("delegation_host", "delegation_id", OF_CITY))),
    )
    organizations: Connection[Organization] = pages(
        models.Organization, "Organizations that sit in it.", linked("city_id")
    )
