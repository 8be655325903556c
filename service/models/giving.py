"""Contributions and programmes: what was given, and what a city set out to do."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from service.models.columns import Folded, bound, choice, identifier, partial_date, party_check, reference, word
from service.models.enums import ContributionKind
from service.models.record import Record, date_indexes, order_index


class Contribution(Record, table=True):
    """Something that a party gave to another: money, an object, help, knowledge, publicity."""

    __table_args__ = (
        party_check("giver", "giver_city_id", "giver_organization_id"),
        party_check("recipient", "recipient_city_id", "recipient_organization_id", optional=True),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("num_nonnulls(amount, currency) <> 1", name="amount_has_currency"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        *date_indexes("contribution", "given_on"),
    )

    id: str = identifier("con")
    kind: ContributionKind = choice(ContributionKind, "What was given.")
    giver_city_id: str | None = reference("city.id", optional=True)
    giver_organization_id: str | None = reference("organization.id", optional=True)
    recipient_city_id: str | None = reference("city.id", optional=True)
    recipient_organization_id: str | None = reference("organization.id", optional=True)
    given_on: str | None = partial_date("When it was given.")
    given_on_earliest: date | None = bound("earliest", "given_on")
    given_on_latest: date | None = bound("latest", "given_on")
    description: str = word("What was given, in the recorder's own words.")
    amount: Decimal | None = Field(default=None, description="The sum, exactly as the source gives it.")
    currency: str | None = word("ISO 4217 code of the sum's currency.", optional=True)
    purpose: str | None = word("What it was given for.", optional=True)
    presented_by_id: str | None = reference("person.id", optional=True)
    event_id: str | None = reference("event.id", optional=True)


class Programme(Record, table=True):
    """A plan of a party that agreements may serve, such as an education programme with targets."""

    __table_args__ = (
        party_check("owner", "owner_city_id", "owner_organization_id"),
        order_index("programme", "name", "name_folded"),
    )

    id: str = identifier("prg")
    name: str = word("What it is called, as its owner calls it.")
    name_folded: str = word("The name without case and accents.", kind=Folded)
    owner_city_id: str | None = reference("city.id", optional=True)
    owner_organization_id: str | None = reference("organization.id", optional=True)
    started_on: str | None = partial_date("When it was launched.")
    started_on_earliest: date | None = bound("earliest", "started_on")
    started_on_latest: date | None = bound("latest", "started_on")
    description: str | None = word("What it is for, in the recorder's own words.", optional=True)


class ProgrammePartner(SQLModel, table=True):
    """A party that takes part in a programme."""

    __tablename__ = "programme_partner"
    __table_args__ = (party_check("party", "city_id", "organization_id"),)

    programme_id: str = reference("programme.id", key=True)
    position: int = Field(primary_key=True)
    city_id: str | None = reference("city.id", optional=True)
    organization_id: str | None = reference("organization.id", optional=True)


class ProgrammeTarget(SQLModel, table=True):
    """Something that a programme set out to reach."""

    __tablename__ = "programme_target"

    programme_id: str = reference("programme.id", key=True)
    position: int = Field(primary_key=True)
    description: str = word("What is to be reached.")
    due_on: str | None = partial_date("By when.")
    due_on_earliest: date | None = bound("earliest", "due_on")
    due_on_latest: date | None = bound("latest", "due_on")
