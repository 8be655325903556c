"""The registry's tables as SQLAlchemy maps them, with the relations that the schema follows."""

from datetime import date, datetime

from sqlalchemy import DateTime, FetchedValue, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Table(DeclarativeBase):
    """What all tables share."""


class CountryName(Table):
    __tablename__ = "country_name"

    country_code: Mapped[str] = mapped_column(ForeignKey("country.code"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Country(Table):
    __tablename__ = "country"

    code: Mapped[str] = mapped_column(primary_key=True)
    english: Mapped[CountryName] = relationship(
        primaryjoin="and_(CountryName.country_code == Country.code, CountryName.language == 'en')", viewonly=True
    )

    @property
    def name(self) -> str:
        """Return the country's name in English."""
        return self.english.name


class City(Table):
    __tablename__ = "city"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    native_name: Mapped[str | None]
    country_code: Mapped[str] = mapped_column(ForeignKey("country.code"))
    country: Mapped[Country] = relationship()


class Organization(Table):
    __tablename__ = "organization"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    country_code: Mapped[str | None] = mapped_column(ForeignKey("country.code"))
    country: Mapped[Country | None] = relationship()


class Person(Table):
    __tablename__ = "person"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    native_name: Mapped[str | None]


class Event(Table):
    __tablename__ = "event"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    starts_on: Mapped[str | None]
    venue: Mapped[str | None]
    city_id: Mapped[str | None] = mapped_column(ForeignKey("city.id"))
    city: Mapped[City | None] = relationship()


class AgreementParty(Table):
    __tablename__ = "agreement_party"

    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreement.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name_as_signed: Mapped[str | None]
    city_id: Mapped[str | None] = mapped_column(ForeignKey("city.id"))
    organization_id: Mapped[str | None] = mapped_column(ForeignKey("organization.id"))
    party_country_code: Mapped[str | None] = mapped_column(server_default=FetchedValue(), deferred=True)
    agreement_kind: Mapped[str | None] = mapped_column(server_default=FetchedValue(), deferred=True)
    agreement_signed_on_earliest: Mapped[date | None] = mapped_column(server_default=FetchedValue(), deferred=True)
    agreement_retracted_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), server_default=FetchedValue(), deferred=True
    )
    city: Mapped[City | None] = relationship()
    organization: Mapped[Organization | None] = relationship()

    @property
    def party(self) -> City | Organization:
        """Return whichever of the two is set."""
        party = self.city or self.organization
        assert party is not None
        return party


class Signatory(Table):
    __tablename__ = "signatory"

    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreement.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str]
    office: Mapped[str | None]
    attendance: Mapped[str | None]
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship()


class Area(Table):
    __tablename__ = "area"

    id: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]


class AgreementArea(Table):
    __tablename__ = "agreement_area"

    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreement.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    standing: Mapped[str]
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"))
    area: Mapped[Area] = relationship()


class Agreement(Table):
    __tablename__ = "agreement"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    title_folded: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str]
    signed_on: Mapped[str | None]
    signed_on_earliest: Mapped[date | None] = mapped_column(server_default=FetchedValue())
    signed_on_latest: Mapped[date | None] = mapped_column(server_default=FetchedValue())
    expires_on_latest: Mapped[date | None] = mapped_column(server_default=FetchedValue())
    retracted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    parties_complete: Mapped[bool] = mapped_column(deferred=True)
    recorded_by: Mapped[str] = mapped_column(deferred=True)
    event_id: Mapped[str | None] = mapped_column(ForeignKey("event.id"))
    event: Mapped[Event | None] = relationship()
    parties: Mapped[list[AgreementParty]] = relationship(order_by=AgreementParty.position)
    signatories: Mapped[list[Signatory]] = relationship(
        order_by=Signatory.position,
        primaryjoin="and_(Signatory.agreement_id == Agreement.id, Signatory.role == 'SIGNATORY')",
        viewonly=True,
    )
    areas: Mapped[list[AgreementArea]] = relationship(order_by=AgreementArea.position)

    @property
    def standing(self) -> str:
        """Return the status today: a term may have run out."""
        ended = self.expires_on_latest is not None and self.expires_on_latest < date.today()  # noqa: DTZ011  # as the database's day
        return "EXPIRED" if ended and self.status in ("IN_FORCE", "SUSPENDED") else self.status
