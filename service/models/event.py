"""Events, who hosted them and who took part."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from service.models.columns import (
    Folded,
    bound,
    choice,
    identifier,
    optional_choice,
    partial_date,
    party_check,
    reference,
    word,
)
from service.models.enums import (
    Attendance,
    EventKind,
    EventMode,
    EventStatus,
    ParticipationRole,
    ParticipationStatus,
)
from service.models.record import Record, date_indexes, order_index


class Event(Record, table=True):
    """An occasion of city diplomacy, held or planned."""

    __table_args__ = (
        CheckConstraint("part_of_id <> id", name="not_part_of_itself"),
        CheckConstraint("starts_on_earliest <= ends_on_latest", name="period"),
        *date_indexes("event", "starts_on", whole=True),
        order_index("event", "name", "name_folded", whole=True),
        order_index("event", "created_at", "created_at"),
    )

    id: str = identifier("evt")
    kind: EventKind = choice(EventKind, "What sort of occasion it is.")
    name: str = word("What it is called, as it is commonly given.")
    name_folded: str = word("The name without case and accents.", kind=Folded)
    status: EventStatus = choice(EventStatus, "Whether it took place.", default="HELD")
    starts_on: str | None = partial_date("Its first day; null where no source gives it.")
    starts_on_earliest: date | None = bound("earliest", "starts_on")
    starts_on_latest: date | None = bound("latest", "starts_on")
    ends_on: str | None = partial_date("Its last day; null where no source gives it.")
    ends_on_earliest: date | None = bound("earliest", "ends_on")
    ends_on_latest: date | None = bound("latest", "ends_on")
    mode: EventMode | None = optional_choice(EventMode, "How the people met; null where no source says.")
    venue: str | None = word("The place within the city.", optional=True)
    city_id: str | None = reference("city.id", optional=True)
    part_of_id: str | None = reference("event.id", optional=True)
    description: str | None = word("What happened, in the recorder's own words.", optional=True)


class EventHost(SQLModel, table=True):
    """A party that hosted an event."""

    __tablename__ = "event_host"
    __table_args__ = (party_check("party", "city_id", "organization_id"),)

    event_id: str = reference("event.id", key=True)
    position: int = Field(primary_key=True)
    city_id: str | None = reference("city.id", optional=True)
    organization_id: str | None = reference("organization.id", optional=True)


class Participation(SQLModel, table=True):
    """One taking part in an event, or invited to: a person, a party, or a person for a party."""

    __table_args__ = (
        party_check("party", "city_id", "organization_id", optional=True),
        CheckConstraint("num_nonnulls(person_id, city_id, organization_id) > 0", name="someone"),
        CheckConstraint("attendance IS NULL OR status IN ('CONFIRMED', 'ATTENDED')", name="invited_is_not_present"),
    )

    id: str = identifier("ptn")
    event_id: str = reference("event.id")
    position: int = Field()
    person_id: str | None = reference("person.id", optional=True)
    city_id: str | None = reference("city.id", optional=True)
    organization_id: str | None = reference("organization.id", optional=True)
    office: str | None = word("The office in which the person took part.", optional=True)
    role: ParticipationRole = choice(ParticipationRole, "What they were there to do.")
    status: ParticipationStatus = choice(ParticipationStatus, "Whether they came, or were only invited.")
    attendance: Attendance | None = optional_choice(Attendance, "How they were present; null where no source says.")
