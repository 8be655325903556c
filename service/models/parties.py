"""Organizations and people: who binds a city, belongs to it or acts for it."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from service.models.columns import (
    Folded,
    Url,
    bound,
    choice,
    identifier,
    partial_date,
    party_check,
    reference,
    word,
)
from service.models.enums import OrganizationKind
from service.models.record import Record, order_index


class Organization(Record, table=True):
    """A company, public body, school or other organization that takes part in city diplomacy."""

    __table_args__ = (
        party_check("part_of", "part_of_city_id", "part_of_organization_id", optional=True),
        CheckConstraint("part_of_organization_id <> id", name="not_part_of_itself"),
        order_index("organization", "name", "name_folded", whole=True),
    )

    id: str = identifier("org")
    name: str = word("Usual name in English or in Latin letters.")
    name_folded: str = word("The name without case and accents.", kind=Folded)
    native_name: str | None = word("Name in its own language and script.", optional=True)
    kind: OrganizationKind = choice(OrganizationKind, "What sort of body it is.")
    city_id: str | None = reference("city.id", "The city where it sits.", optional=True)
    country_code: str | None = reference("country.code", optional=True)
    part_of_city_id: str | None = reference("city.id", "The city that it is part of.", optional=True)
    part_of_organization_id: str | None = reference(
        "organization.id", "The organization that it is part of.", optional=True
    )
    established_on: str | None = partial_date("When it was founded.")
    established_on_earliest: date | None = bound("earliest", "established_on")
    established_on_latest: date | None = bound("latest", "established_on")
    website: str | None = word("Its own web site.", kind=Url, optional=True)
    members_complete: bool = Field(
        default=True, description="False where the sources name some members and leave others open."
    )
    merged_into_id: str | None = reference("organization.id", "The survivor of a merge.", optional=True)


class Person(Record, table=True):
    """Someone who signed, witnessed, travelled, spoke or was invited."""

    __table_args__ = (order_index("person", "name", "name_folded", whole=True),)

    id: str = identifier("per")
    name: str = word("Usual name in Latin letters, family name placed as its owner places it.")
    name_folded: str = word("The name without case and accents.", kind=Folded)
    native_name: str | None = word("Name in the person's own script.", optional=True)
    merged_into_id: str | None = reference("person.id", "The survivor of a merge.", optional=True)


class Membership(SQLModel, table=True):
    """A person's membership of an organization."""

    __table_args__ = (CheckConstraint("from_on_earliest <= to_on_latest", name="period"),)

    organization_id: str = reference("organization.id", key=True)
    position: int = Field(primary_key=True)
    person_id: str = reference("person.id")
    role: str = word("What the person is in it, as the source puts it.")
    from_on: str | None = partial_date("When the membership began.")
    from_on_earliest: date | None = bound("earliest", "from_on")
    from_on_latest: date | None = bound("latest", "from_on")
    to_on: str | None = partial_date("When the membership ended.")
    to_on_earliest: date | None = bound("earliest", "to_on")
    to_on_latest: date | None = bound("latest", "to_on")


class Office(SQLModel, table=True):
    """An office that a person held, as a source gives it."""

    __table_args__ = (
        party_check("of", "of_city_id", "of_organization_id", optional=True),
        CheckConstraint("from_on_earliest <= to_on_latest", name="period"),
    )

    person_id: str = reference("person.id", key=True)
    position: int = Field(primary_key=True)
    title: str = word("The office's title, such as Mayor.")
    of_city_id: str | None = reference("city.id", optional=True)
    of_organization_id: str | None = reference("organization.id", optional=True)
    from_on: str | None = partial_date("When the office began.")
    from_on_earliest: date | None = bound("earliest", "from_on")
    from_on_latest: date | None = bound("latest", "from_on")
    to_on: str | None = partial_date("When the office ended.")
    to_on_earliest: date | None = bound("earliest", "to_on")
    to_on_latest: date | None = bound("latest", "to_on")
