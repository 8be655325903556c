"""Organizations and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strawberry import auto

from schema.city import through
from schema.connection import Connection, pages
from schema.entity import entity
from schema.record import Party
from schema.scalars import PartialDate
from schema.source import column, many, one, party
from service import models
from service.plan import linked

if TYPE_CHECKING:
    from schema.agreement import Agreement
    from schema.city import City
    from schema.country import Country
    from schema.person import Person


@entity(models.Organization)
class Organization(Party):
    """A company, public body, school or other organization that takes part in city diplomacy."""

    name: auto
    native_name: auto
    kind: auto
    city: City | None = one(models.City, "city_id", "The city where it sits.")
    country: Country | None = one(models.Country, "country_code", "The country that it belongs to.", to="code")
    part_of: Party | None = party("part_of_", "The city or organization that it is part of.")
    established_on: auto
    website: auto
    members: list[Membership] = many(models.Membership, linked("organization_id"), "Its members, as sources name them.")
    members_complete: auto
    agreements: Connection[Agreement] = pages(
        models.Agreement,
        "The agreements that it is party to.",
        through("agreement_party", "agreement_id", "organization_id"),
    )


@entity(models.Membership)
class Membership:
    """A person's membership of an organization."""

    person: Person = one(models.Person, "person_id", "The member.", required=True)
    role: auto
    from_: PartialDate | None = column("from_on")
    to: PartialDate | None = column("to_on")
