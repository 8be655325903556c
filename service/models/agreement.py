"""Agreements, and all that hangs on one: parties, signatories, areas, ordinals."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from service.models.columns import (
    CountryCode,
    Folded,
    Identifier,
    bound,
    carried,
    choice,
    identifier,
    optional_choice,
    partial_date,
    party_check,
    reference,
    word,
)
from service.models.enums import AgreementKind, AgreementStatus, AreaStanding, Attendance, SignatoryRole
from service.models.record import Record, date_indexes, order_index, unique_index

NEWEST = "coalesce(signed_on_earliest, '-infinity'::date)"
TERM = " AND expires_on_latest IS NOT NULL AND status IN ('IN_FORCE', 'SUSPENDED')"


def _newest_first(name: str, *columns: str, of: str = "") -> Index:
    """Declare an index of shown agreements in the usual order of lists, beside something that narrows them."""
    shown = text("retracted_at IS NULL" + of)
    return Index(f"ix_agreement_{name}", *map(text, columns), postgresql_where=shown)


class Agreement(Record, table=True):
    """Something that cities or organizations agreed, or announced that they will agree."""

    __table_args__ = (
        unique_index("agreement", "recorded_by", "external_reference"),
        party_check("ended_by", "ended_by_city_id", "ended_by_organization_id", optional=True),
        CheckConstraint("id NOT IN (reaffirms_id, amends_id, supersedes_id)", name="not_its_own_successor"),
        CheckConstraint("status <> 'PLANNED' OR signed_on IS NULL", name="planned_is_not_signed"),
        CheckConstraint("status <> 'EXPIRED'", name="expired_is_computed"),
        CheckConstraint("signed_on_earliest <= expires_on_latest", name="signed_before_expiry"),
        CheckConstraint("effective_on_earliest <= expires_on_latest", name="effective_before_expiry"),
        CheckConstraint("signed_on_earliest <= ended_on_latest", name="signed_before_end"),
        *date_indexes("agreement", "signed_on"),
        *date_indexes("agreement", "expires_on"),
        order_index("agreement", "title", "title_folded"),
        order_index("agreement", "created_at", "created_at"),
        order_index("agreement", "updated_at", "updated_at"),
        _newest_first("of_kind", "kind", NEWEST, "id"),
        _newest_first("of_status", "status", NEWEST, "id"),
        # What has not run out yet is passed over within the index.
        _newest_first("by_term", NEWEST, "id", "expires_on_latest", of=TERM),
    )

    id: str = identifier("agr")
    kind: AgreementKind = choice(AgreementKind, "What the parties bound themselves to.")
    title: str = word("The instrument's title, or one made from its kind and parties.")
    title_folded: str = word("The title without case and accents.", kind=Folded)
    status: AgreementStatus = choice(
        AgreementStatus,
        "Where the agreement stands today. PLANNED: announced and not known to have been signed. "
        "EXPIRED follows from expiresOn.",
    )
    expected_on: str | None = partial_date("When a planned agreement was expected to be signed.")
    expected_on_earliest: date | None = bound("earliest", "expected_on")
    expected_on_latest: date | None = bound("latest", "expected_on")
    signed_on: str | None = partial_date("When it was signed; null where no source gives it.")
    signed_on_earliest: date | None = bound("earliest", "signed_on")
    signed_on_latest: date | None = bound("latest", "signed_on")
    effective_on: str | None = partial_date("When it took effect, where that was not the signing.")
    effective_on_earliest: date | None = bound("earliest", "effective_on")
    effective_on_latest: date | None = bound("latest", "effective_on")
    expires_on: str | None = partial_date("The last day of its term.")
    expires_on_earliest: date | None = bound("earliest", "expires_on")
    expires_on_latest: date | None = bound("latest", "expires_on")
    ended_on: str | None = partial_date("When it was ended.")
    ended_on_earliest: date | None = bound("earliest", "ended_on")
    ended_on_latest: date | None = bound("latest", "ended_on")
    ended_by_city_id: str | None = reference("city.id", optional=True)
    ended_by_organization_id: str | None = reference("organization.id", optional=True)
    end_note: str | None = word("How or why it was ended, in the recorder's own words.", optional=True)
    summary: str | None = word("What it is about, in the recorder's own words.", optional=True)
    parties_complete: bool = Field(
        default=True, description="False where the sources name some parties and leave others open."
    )
    event_id: str | None = reference("event.id", optional=True)
    reaffirms_id: str | None = reference("agreement.id", optional=True)
    amends_id: str | None = reference("agreement.id", optional=True)
    supersedes_id: str | None = reference("agreement.id", optional=True)
    programme_id: str | None = reference("programme.id", optional=True)
    external_reference: str | None = word(
        "The recording caller's own identifier of the agreement; unique for each caller.", optional=True
    )
    recorded_by: str = word("The caller that recorded it.")


def _listed_by(name: str, *columns: str, of: str, covering: Sequence[str] = ()) -> Index:
    """Declare the index behind agreements of a party, in the usual order of lists; of some of the rows."""
    newest = text(f"coalesce(agreement_{NEWEST.removeprefix('coalesce(')}")
    return Index(
        f"ix_agreement_party_by_{name}",
        *columns,
        newest,
        "agreement_id",
        postgresql_where=text(of),
        postgresql_include=covering,
    )


CITIES = "agreement_retracted_at IS NULL AND city_id IS NOT NULL"
# An expression over a column is not answered from the index unless the column is there as well.
DAY = ("agreement_signed_on_earliest",)


class AgreementParty(SQLModel, table=True):
    """One party to an agreement; with what lists of agreements by party are found by."""

    __tablename__ = "agreement_party"
    __table_args__ = (
        party_check("party", "city_id", "organization_id"),
        UniqueConstraint("agreement_id", "city_id"),
        UniqueConstraint("agreement_id", "organization_id"),
        # Those of retracted agreements as well: a merge moves them.
        _listed_by("city", "city_id", of="city_id IS NOT NULL"),
        _listed_by("organization", "organization_id", of="organization_id IS NOT NULL"),
        _listed_by("country", "party_country_code", of=CITIES, covering=DAY),
        _listed_by("country_kind", "party_country_code", "agreement_kind", of=CITIES, covering=DAY),
        _listed_by(
            "organization_country",
            "party_country_code",
            of="agreement_retracted_at IS NULL AND organization_id IS NOT NULL",
        ),
    )

    agreement_id: str = reference("agreement.id", key=True)
    position: int = Field(primary_key=True, description="Its place in the instrument, from 1.")
    city_id: str | None = reference("city.id", optional=True, index=False)
    organization_id: str | None = reference("organization.id", optional=True, index=False)
    name_as_signed: str | None = word("The party's name as the instrument gives it, where it differs.", optional=True)
    party_country_code: str | None = carried("city.country_code", "organization.country_code", kind=CountryCode)
    agreement_kind: str | None = carried("agreement.kind")
    agreement_signed_on_earliest: date | None = carried("agreement.signed_on_earliest", kind=Date)
    agreement_retracted_at: datetime | None = carried("agreement.retracted_at", kind=DateTime(timezone=True))


class Signatory(SQLModel, table=True):
    """A person at the signing: one who signed for a party, or a witness."""

    __table_args__ = (
        party_check("party", "city_id", "organization_id", optional=True),
        ForeignKeyConstraint(
            ["agreement_id", "city_id"],
            ["agreement_party.agreement_id", "agreement_party.city_id"],
            onupdate="CASCADE",
            name="fk_signatory_city_party",
        ),
        ForeignKeyConstraint(
            ["agreement_id", "organization_id"],
            ["agreement_party.agreement_id", "agreement_party.organization_id"],
            onupdate="CASCADE",
            name="fk_signatory_organization_party",
        ),
    )

    agreement_id: str = reference("agreement.id", key=True)
    position: int = Field(primary_key=True)
    person_id: str = reference("person.id")
    office: str | None = word("The office in which the person acted, as the source gives it.", optional=True)
    role: SignatoryRole = choice(SignatoryRole, "Whether the person signed or witnessed.")
    attendance: Attendance | None = optional_choice(
        Attendance, "How the person was present; null where no source says."
    )
    city_id: str | None = Field(default=None, sa_column=Column(Identifier, nullable=True))
    organization_id: str | None = Field(default=None, sa_column=Column(Identifier, nullable=True))


class OrdinalClaim(SQLModel, table=True):
    """A count that a source attributes to a party, such as "its 39th sister city"; never computed."""

    __tablename__ = "ordinal_claim"
    __table_args__ = (
        ForeignKeyConstraint(
            ["agreement_id", "party_position"], ["agreement_party.agreement_id", "agreement_party.position"]
        ),
        CheckConstraint("ordinal > 0", name="ordinal"),
    )

    agreement_id: str = Field(sa_column=Column(Identifier, primary_key=True))
    party_position: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    ordinal: int = Field(description="The number claimed: 39 for a 39th, 1 for a first.")
    of: str = Field(sa_column=Column("of", Text, nullable=False), description="Of what, such as: sister city.")
    citation_id: str | None = reference("citation.id", optional=True)


class Area(SQLModel, table=True):
    """A subject on which cities work together."""

    id: str = identifier("are")
    slug: str = word("Short name for addresses, such as smart-healthcare.", unique=True, kind=Folded)
    name: str = word("The subject's name.")


class AgreementArea(SQLModel, table=True):
    """A subject that an agreement covers, and how firmly it was named."""

    __tablename__ = "agreement_area"
    __table_args__ = (UniqueConstraint("agreement_id", "area_id", "standing"),)

    agreement_id: str = reference("agreement.id", key=True)
    position: int = Field(primary_key=True)
    area_id: str = reference("area.id")
    standing: AreaStanding = choice(AreaStanding, "Whether it was agreed or named as having potential.")
    proposed_by_id: str | None = reference("person.id", optional=True)


def _has_run_out(raw: Callable[[str], str]) -> str:
    return f"{raw('status')} IN ('IN_FORCE', 'SUSPENDED') AND {raw('expires_on_latest')} < current_date"


def _status_today(raw: Callable[[str], str]) -> str:
    """Write the status as it is read: a term that has run out needs nobody to record that it did."""
    return f"CASE WHEN {_has_run_out(raw)} THEN 'EXPIRED' ELSE {raw('status')} END"


def _is_today(raw: Callable[[str], str], status: str, bound: Callable[[], str]) -> str:
    """Write that the status, as it is read, is one: so that indexes and statistics know what is asked for."""
    if status == AgreementStatus.EXPIRED:
        return _has_run_out(raw)
    stored = f"{raw('status')} = {bound()}"
    if status in (AgreementStatus.IN_FORCE, AgreementStatus.SUSPENDED):
        return f"{stored} AND ({raw('expires_on_latest')} < current_date) IS NOT TRUE"
    return stored


SQLModel.metadata.tables["agreement"].c.status.info.update(read_as=_status_today, equal_as=_is_today)
