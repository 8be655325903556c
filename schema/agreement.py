"""Agreements, and all that hangs on one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strawberry import auto

from schema.connection import Connection, pages
from schema.entity import entity
from schema.record import Node, Party, Record
from schema.source import Argument, many, one, party
from service import models, plan
from service.plan import Column, Compare, Same, Value, both, linked

if TYPE_CHECKING:
    from schema.event import Event
    from schema.evidence import Citation
    from schema.giving import Programme
    from schema.person import Person


def with_role(role: str) -> plan.Condition:
    """Return the condition that someone was at the signing in the role."""
    return Compare(Column("role"), "=", Value(role))


@entity(models.Agreement)
class Agreement(Record):
    """Something that cities or organizations agreed, or announced that they will agree."""

    kind: auto
    title: auto
    status: auto
    expected_on: auto
    signed_on: auto
    effective_on: auto
    expires_on: auto
    ended_on: auto
    ended_by: Party | None = party("ended_by_", "The party that ended it; null where that was not one party.")
    end_note: auto
    summary: auto
    parties: list[AgreementParty] = many(
        models.AgreementParty, linked("agreement_id"), "Its parties, in the order of the instrument."
    )
    parties_complete: auto
    signatories: list[Signatory] = many(
        models.Signatory, both(linked("agreement_id"), with_role("SIGNATORY")), "Who signed it, for any party."
    )
    witnesses: list[Signatory] = many(
        models.Signatory, both(linked("agreement_id"), with_role("WITNESS")), "Who witnessed the signing."
    )
    areas: list[AgreementArea] = many(
        models.AgreementArea,
        linked("agreement_id"),
        "What it covers.",
        arguments=(Argument("standing", "AreaStanding | None", "Only areas named as firmly as this."),),
    )
    event: Event | None = one(models.Event, "event_id", "Where it was, or is to be, signed.")
    reaffirms: Agreement | None = one(models.Agreement, "reaffirms_id", "The agreement that it renews.")
    amends: Agreement | None = one(models.Agreement, "amends_id", "The agreement that it changes.")
    supersedes: Agreement | None = one(models.Agreement, "supersedes_id", "The agreement that it replaces.")
    successors: list[Agreement] = many(
        models.Agreement,
        plan.Or((linked("reaffirms_id"), linked("amends_id"), linked("supersedes_id"))),
        "Agreements that reaffirm, amend or supersede this one, oldest first.",
        order=(plan.OrderKey("signed_on_earliest", "date", nullable=True), plan.OrderKey("id")),
    )
    programme: Programme | None = one(models.Programme, "programme_id", "The programme that it serves.")
    external_reference: auto


@entity(models.AgreementParty)
class AgreementParty:
    """One party to an agreement."""

    position: auto
    party: Party = party("", "The city or organization that is bound.")
    name_as_signed: auto
    signatories: list[Signatory] = many(
        models.Signatory,
        both(
            linked("agreement_id", "agreement_id"),
            with_role("SIGNATORY"),
            Same(Column("city_id"), Column("city_id", up=1)),
            Same(Column("organization_id"), Column("organization_id", up=1)),
        ),
        "Who signed for this party.",
    )
    ordinals: list[OrdinalClaim] = many(
        models.OrdinalClaim,
        both(linked("agreement_id", "agreement_id"), linked("party_position", "position")),
        'Counts that a source attributes to this party, such as "its 39th sister city"; never computed.',
    )


@entity(models.OrdinalClaim)
class OrdinalClaim:
    """A count that a source attributes to a party; never computed."""

    ordinal: auto
    of: auto
    citation: Citation | None = one(models.Citation, "citation_id", "The source that makes the claim.")


@entity(models.Signatory)
class Signatory:
    """A person at the signing: one who signed for a party, or a witness."""

    person: Person = one(models.Person, "person_id", "Who it was.", required=True)
    office: auto
    party: Party | None = party("", "The party that the person signed for; null for a witness.")
    role: auto
    attendance: auto


@entity(models.AgreementArea)
class AgreementArea:
    """A subject that an agreement covers, and how firmly it was named."""

    area: Area = one(models.Area, "area_id", "The subject.", required=True)
    standing: auto
    proposed_by: Person | None = one(models.Person, "proposed_by_id", "Who named it, where a source says.")


@entity(models.Area)
class Area(Node):
    """A subject on which cities work together."""

    slug: auto
    name: auto
    agreements: Connection[Agreement] = pages(
        models.Agreement,
        "Agreements that cover it, agreed or potential.",
        plan.Exists(
            "agreement_area", both(linked("agreement_id"), Compare(Column("area_id"), "=", Column("id", up=2)))
        ),
    )
