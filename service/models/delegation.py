"""Delegations: who travelled, from whom, to whom."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from service.models.columns import Folded, bound, choice, identifier, partial_date, party_check, reference, word
from service.models.enums import DelegationRole, DelegationStatus
from service.models.record import Record, date_indexes, order_index


class Delegation(Record, table=True):
    """A group that a party sent, or planned to send."""

    __table_args__ = (
        party_check("from", "from_city_id", "from_organization_id"),
        CheckConstraint("arrived_on_earliest <= departed_on_latest", name="period"),
        *date_indexes("delegation", "arrived_on"),
        order_index("delegation", "name", "name_folded"),
        order_index("delegation", "created_at", "created_at"),
    )

    id: str = identifier("del")
    name: str = word("The delegation's name, or one made from who sent it and where it went.")
    name_folded: str = word("The name without case and accents.", kind=Folded)
    status: DelegationStatus = choice(DelegationStatus, "Whether it travelled.", default="COMPLETED")
    from_city_id: str | None = reference("city.id", optional=True)
    from_organization_id: str | None = reference("organization.id", optional=True)
    members_complete: bool = Field(
        default=True, description="False where the sources name some members and leave others open."
    )
    destination_city_id: str | None = reference("city.id", optional=True)
    destination_country_code: str | None = reference("country.code", optional=True)
    arrived_on: str | None = partial_date("The first day at the destination.")
    arrived_on_earliest: date | None = bound("earliest", "arrived_on")
    arrived_on_latest: date | None = bound("latest", "arrived_on")
    departed_on: str | None = partial_date("The last day at the destination.")
    departed_on_earliest: date | None = bound("earliest", "departed_on")
    departed_on_latest: date | None = bound("latest", "departed_on")
    purpose: str | None = word("Why it travelled, in the recorder's own words.", optional=True)


class DelegationMember(SQLModel, table=True):
    """A person who travelled with a delegation."""

    __tablename__ = "delegation_member"
    __table_args__ = (
        Index("uq_delegation_member_leader", "delegation_id", unique=True, postgresql_where=text("role = 'LEADER'")),
    )

    delegation_id: str = reference("delegation.id", key=True)
    position: int = Field(primary_key=True)
    person_id: str = reference("person.id")
    office: str | None = word("The member's office, as the source gives it.", optional=True)
    role: DelegationRole = choice(DelegationRole, "Whether the member led it.", default="MEMBER")


class DelegationInviter(SQLModel, table=True):
    """A party at whose invitation a delegation travelled."""

    __tablename__ = "delegation_inviter"
    __table_args__ = (party_check("party", "city_id", "organization_id"),)

    delegation_id: str = reference("delegation.id", key=True)
    position: int = Field(primary_key=True)
    city_id: str | None = reference("city.id", optional=True)
    organization_id: str | None = reference("organization.id", optional=True)


class DelegationHost(SQLModel, table=True):
    """A party, and where known the person, that received a delegation."""

    __tablename__ = "delegation_host"
    __table_args__ = (party_check("party", "city_id", "organization_id"),)

    delegation_id: str = reference("delegation.id", key=True)
    position: int = Field(primary_key=True)
    city_id: str | None = reference("city.id", optional=True)
    organization_id: str | None = reference("organization.id", optional=True)
    person_id: str | None = reference("person.id", optional=True)
    office: str | None = word("The person's office, as the source gives it.", optional=True)


class DelegationEvent(SQLModel, table=True):
    """An event that a delegation took part in."""

    __tablename__ = "delegation_event"

    delegation_id: str = reference("delegation.id", key=True)
    position: int = Field(primary_key=True)
    event_id: str = reference("event.id")
