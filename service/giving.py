"""Recording contributions and programmes: what was given, and what a party set out to do.

Knows the rules of both and their rows.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from service.citation import gather_citations, write_citations
from service.errors import UserErrorCode
from service.event import EventRef, gather_event_ref, write_named_events
from service.folding import fold
from service.inputs import (
    LIST,
    TEXT,
    CitationInput,
    Input,
    NameText,
    PartialDateText,
    PartyRef,
    PersonRef,
    citations_field,
    key_field,
)
from service.models.columns import new_id
from service.models.enums import ChangeKind, ContributionKind
from service.recording import Transaction
from service.reference import Mention, References, known, party_columns, resolve

_NO_FACTS = {"idempotency_key", "citations"}
_CURRENCY = r"^[A-Z]{3}$"


class RecordContributionInput(Input):
    """Something that a party gave to another."""

    idempotency_key: str = key_field()
    kind: ContributionKind = Field(description="What was given.")
    giver: PartyRef = Field(description="Who gave it.")
    recipient: PartyRef | None = Field(
        default=None, description="To whom it was given; left out where no source names one."
    )
    given_on: PartialDateText | None = Field(
        default=None, description="When it was given, as precise as the source gives it."
    )
    description: str = Field(max_length=TEXT, description="What was given, in your own words.")
    amount: Decimal | None = Field(
        default=None,
        gt=0,
        max_digits=24,
        decimal_places=6,
        description="The sum, exactly as the source gives it; together with its currency.",
    )
    currency: Annotated[str, Field(pattern=_CURRENCY)] | None = Field(
        default=None, description="The sum's currency as an ISO 4217 code, such as EUR."
    )
    purpose: str | None = Field(default=None, max_length=TEXT, description="What it was given for, in your own words.")
    presented_by: PersonRef | None = Field(default=None, description="Who handed it over, where a source says.")
    event: EventRef | None = Field(default=None, description="The event at which it was given.")
    citations: list[CitationInput] | None = citations_field()


class ProgrammeTargetInput(Input):
    """Something that a programme set out to reach."""

    description: str = Field(max_length=TEXT, description="What is to be reached, in your own words.")
    due_on: PartialDateText | None = Field(default=None, description="By when, as precise as the source gives it.")


class RecordProgrammeInput(Input):
    """A plan of a party that agreements may serve."""

    idempotency_key: str = key_field()
    name: NameText = Field(description="What it is called, as its owner calls it.")
    owner: PartyRef = Field(description="The city or organization whose programme it is.")
    partners: list[PartyRef] | None = Field(
        default=None, max_length=LIST, description="The parties that take part in it, as far as the sources name them."
    )
    started_on: PartialDateText | None = Field(
        default=None, description="When it was launched, as precise as the source gives it."
    )
    description: str | None = Field(default=None, max_length=TEXT, description="What it is for, in your own words.")
    targets: list[ProgrammeTargetInput] | None = Field(
        default=None, max_length=LIST, description="What it set out to reach."
    )
    citations: list[CitationInput] | None = citations_field()


async def record_contribution(tx: Transaction, payload: RecordContributionInput) -> str:
    """Record what one party gave to another."""
    if (payload.amount is None) != (payload.currency is None):
        lacking = "currency" if payload.currency is None else "amount"
        message = "must be given together with the other: amount and currency belong together"
        tx.refuse(UserErrorCode.INVALID, message, (lacking,))
    references = References(tx)
    cited = gather_citations(tx, references, "contribution", payload.citations, ("citations",))
    giver = references.party(payload.giver, ("giver",))
    recipient = references.party(payload.recipient, ("recipient",))
    presenter = references.person(payload.presented_by, ("presentedBy",))
    event = gather_event_ref(tx, references, payload.event, ("event",))
    await resolve(tx, [references])
    if recipient and recipient.id and recipient.id == giver.id:
        tx.refuse(UserErrorCode.INVALID, "is the giver: name another party", ("recipient",), (giver.id,))
    tx.check()
    await write_named_events(tx, [event])
    id_ = new_id("con")
    await tx.connection.execute(
        """
        INSERT INTO contribution (id, kind, giver_city_id, giver_organization_id, recipient_city_id,
            recipient_organization_id, given_on, description, amount, currency, purpose, presented_by_id, event_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        id_,
        payload.kind.value,
        *party_columns(giver),
        *party_columns(recipient),
        payload.given_on,
        payload.description,
        payload.amount,
        payload.currency,
        payload.purpose,
        known(presenter),
        event.id if event else None,
    )
    await write_citations(tx, [(id_, one) for one in cited])
    tx.announce(ChangeKind.CREATED, id_, payload.fields_given(without=_NO_FACTS))
    return id_


async def record_programme(tx: Transaction, payload: RecordProgrammeInput) -> str:
    """Record a programme with its partners and targets."""
    references = References(tx)
    cited = gather_citations(tx, references, "programme", payload.citations, ("citations",))
    owner = references.party(payload.owner, ("owner",))
    partners = [references.party(party, ("partners", str(at))) for at, party in enumerate(payload.partners or ())]
    await resolve(tx, [references])
    tx.check()
    id_ = new_id("prg")
    await tx.connection.execute(
        """
        INSERT INTO programme (id, name, name_folded, owner_city_id, owner_organization_id, started_on, description)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        id_,
        payload.name,
        fold(payload.name),
        *party_columns(owner),
        payload.started_on,
        payload.description,
    )
    await write_partners(tx, id_, partners)
    await write_targets(tx, id_, payload.targets or [])
    await write_citations(tx, [(id_, one) for one in cited])
    tx.announce(ChangeKind.CREATED, id_, payload.fields_given(without=_NO_FACTS))
    return id_


async def write_partners(tx: Transaction, id_: str, partners: list[Mention]) -> None:
    """Write the parties that take part in a programme."""
    await tx.connection.executemany(
        """
        INSERT INTO programme_partner (programme_id, position, city_id, organization_id) VALUES ($1, $2, $3, $4)
        """,
        [(id_, position, *party_columns(partner)) for position, partner in enumerate(partners, 1)],
    )


async def write_targets(tx: Transaction, id_: str, targets: list[ProgrammeTargetInput]) -> None:
    """Write what a programme set out to reach."""
    await tx.connection.executemany(
        "INSERT INTO programme_target (programme_id, position, description, due_on) VALUES ($1, $2, $3, $4)",
        [(id_, position, target.description, target.due_on) for position, target in enumerate(targets, 1)],
    )
