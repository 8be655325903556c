"""Every table, declared once: its columns, what they mean, and what must always hold.

columns  the kinds of column            parties     organizations and people
enums    the closed lists               agreement   agreements and what hangs on them
record   what every record carries      event, delegation, giving
places   countries and cities           evidence    sources and citations
search   words by which they are found  feed        changes and keys
"""

from sqlmodel import SQLModel

from service.models.agreement import Agreement, AgreementArea, AgreementParty, Area, OrdinalClaim, Signatory
from service.models.columns import declare_checks
from service.models.delegation import (
    Delegation,
    DelegationEvent,
    DelegationHost,
    DelegationInviter,
    DelegationMember,
)
from service.models.event import Event, EventHost, Participation
from service.models.evidence import Citation, Source
from service.models.feed import ApiKey, Change, FeedHead, IdempotencyKey, Retraction
from service.models.giving import Contribution, Programme, ProgrammePartner, ProgrammeTarget
from service.models.parties import Membership, Office, Organization, Person
from service.models.places import City, CityName, Country, CountryName, Spelling
from service.models.record import Record
from service.models.search import SearchWord

__all__ = [
    "MODELS",
    "TABLES",
    "Agreement",
    "AgreementArea",
    "AgreementParty",
    "ApiKey",
    "Area",
    "Change",
    "Citation",
    "City",
    "CityName",
    "Contribution",
    "Country",
    "CountryName",
    "Delegation",
    "DelegationEvent",
    "DelegationHost",
    "DelegationInviter",
    "DelegationMember",
    "Event",
    "EventHost",
    "FeedHead",
    "IdempotencyKey",
    "Membership",
    "Office",
    "OrdinalClaim",
    "Organization",
    "Participation",
    "Person",
    "Programme",
    "ProgrammePartner",
    "ProgrammeTarget",
    "Record",
    "Retraction",
    "SearchWord",
    "Signatory",
    "Source",
    "Spelling",
]

TABLES = SQLModel.metadata.tables
MODELS: dict[str, type[SQLModel]] = {
    str(mapper.class_.__tablename__): mapper.class_ for mapper in SQLModel._sa_registry.mappers
}
declare_checks(TABLES.values())
