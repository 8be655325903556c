"""Amending an agreement, and ending or suspending it.

Knows what must still hold of an agreement once it is changed, and what ends one. A planned agreement is turned
into a signed one by recording the signing, never here.
"""

from datetime import timedelta
from typing import Any

from pydantic import Field, StrictBool

from service.agreement import made_title_of, write_area_names
from service.agreement_inputs import RecordSigningInput
from service.area import gather_areas
from service.citation import gather_citations, write_citations
from service.dates import is_ahead, out_of_order
from service.errors import UserErrorCode
from service.event import EventDraft, EventRef, gather_event_ref, write_named_events
from service.folding import fold
from service.inputs import (
    INT_MAX,
    LIST,
    TEXT,
    CitationInput,
    IdText,
    Input,
    NameText,
    PartialDateText,
    PartyRef,
    WholeNumber,
    citations_field,
    key_field,
)
from service.models.enums import AgreementKind, AgreementStatus, AreaStanding
from service.recording import Transaction
from service.reference import Mention, References, known, party_columns, resolve
from service.revision import Current, Patch, Update, lock_record, revise

_FIELD = RecordSigningInput.model_fields
_ENDED = {AgreementStatus.ENDED, AgreementStatus.CANCELLED}
_VERSION = "The version that the input is meant for; another one is refused with VERSION_CONFLICT."


class AmendAgreementInput(Patch):
    """Changes to an agreement: a field left out stays as it is, a field given as null is cleared."""

    kept = ("kind",)

    idempotency_key: str = key_field()
    id: IdText = Field(description="Which agreement, by the id that it was answered with.")
    expected_version: WholeNumber = Field(ge=1, le=INT_MAX, description=_VERSION)
    kind: AgreementKind | None = Field(default=None, description=_FIELD["kind"].description)
    title: NameText | None = Field(
        default=None, description="The instrument's title; null has it made from kind and parties."
    )
    signed_on: PartialDateText | None = Field(
        default=None, description="When it was signed. A planned agreement has no such date: record the signing."
    )
    effective_on: PartialDateText | None = Field(default=None, description=_FIELD["effective_on"].description)
    expires_on: PartialDateText | None = Field(default=None, description=_FIELD["expires_on"].description)
    summary: str | None = Field(default=None, max_length=TEXT, description=_FIELD["summary"].description)
    areas: list[NameText] | None = Field(
        default=None, max_length=LIST, description="The areas of cooperation that were agreed: all of them."
    )
    potential_areas: list[NameText] | None = Field(
        default=None, max_length=LIST, description="The areas named as having potential only: all of them."
    )
    event: EventRef | None = Field(default=None, description=_FIELD["event"].description)
    programme: IdText | None = Field(default=None, description=_FIELD["programme"].description)
    citations: list[CitationInput] | None = citations_field()


class EndAgreementInput(Input):
    """The end of an agreement, or that it was put on hold."""

    idempotency_key: str = key_field()
    id: IdText = Field(description="Which agreement, by the id that it was answered with.")
    expected_version: WholeNumber = Field(ge=1, le=INT_MAX, description=_VERSION)
    ended_on: PartialDateText | None = Field(
        default=None, description="When it was ended or suspended; left out where no source says."
    )
    ended_by: PartyRef | None = Field(default=None, description="Who ended or suspended it, where it was one party.")
    suspended: StrictBool | None = Field(default=False, description="True where it was put on hold and not ended.")
    note: str | None = Field(default=None, max_length=TEXT, description="How or why, in your own words.")
    citations: list[CitationInput] | None = citations_field()


async def amend_agreement(tx: Transaction, payload: AmendAgreementInput) -> str:
    """Change an agreement."""
    current = await lock_record(tx, "agreement", payload.id, payload.expected_version)
    references = References(tx)
    cited = gather_citations(tx, references, "agreement", payload.citations, ("citations",))
    if payload.model_fields_set <= {"idempotency_key", "id", "expected_version"}:
        tx.refuse(UserErrorCode.INVALID, "gives no field: name what is to change", ())
    event = gather_event_ref(tx, references, payload.event, ("event",))
    programme = references.record("programme", payload.programme, ("programme",))
    areas = {
        AreaStanding.AGREED: gather_areas(tx, payload.areas, ("areas",)),
        AreaStanding.POTENTIAL: gather_areas(tx, payload.potential_areas, ("potentialAreas",)),
    }
    _check_dates(tx, current, payload)
    await resolve(tx, [references])
    tx.check()
    await write_named_events(tx, [event])
    replaced = {
        standing: names
        for (standing, names), name in zip(areas.items(), ("areas", "potential_areas"), strict=True)
        if payload.gives(name)
    }
    await write_area_names(tx, current.id, replaced)
    update = Update(tx, current, payload, references, cited)
    changes = update.columns("kind", "signed_on", "effective_on", "expires_on", "summary")
    changes |= _linked(payload, event, programme)
    if payload.gives("title"):
        title = payload.title or await made_title_of(tx, current.id, AgreementKind[_kind(current, payload)])
        changes["title"] = {"title": title, "title_folded": fold(title)}
    await write_citations(tx, [(current.id, one) for one in cited])
    others = [*(["areas"] if replaced else []), *(["citations"] if cited else [])]
    await revise(tx, current, changes, others=others)
    return current.id


def _kind(current: Current, payload: AmendAgreementInput) -> str:
    return payload.kind or current.row["kind"]


def _linked(
    payload: AmendAgreementInput, event: Mention | EventDraft | None, programme: Mention | None
) -> dict[str, dict[str, Any]]:
    ids = {"event": event.id if event else None, "programme": known(programme)}
    return {name: {f"{name}_id": id_} for name, id_ in ids.items() if payload.gives(name)}


def _check_dates(tx: Transaction, current: Current, payload: AmendAgreementInput) -> None:
    if payload.signed_on and current.row["status"] in {AgreementStatus.PLANNED, AgreementStatus.CANCELLED}:
        message = "must be left out: the agreement is not known to have been signed; record the signing that fulfils it"
        tx.refuse(UserErrorCode.INVALID, message, ("signedOn",))
    if is_ahead(payload.signed_on, tx.now):
        message = "lies in the future wherever on earth one stands"
        tx.refuse(UserErrorCode.SIGNED_IN_THE_FUTURE, message, ("signedOn",))
    signed, effective, expires = (current.then(payload, f"{name}_on") for name in ("signed", "effective", "expires"))
    for published, first, last, field in (
        ("signedOn", signed, expires, "expires_on"),
        ("effectiveOn", effective, expires, "expires_on"),
        ("signedOn", signed, current.row["ended_on"], ""),
    ):
        if out_of_order(first, last):
            path, message = (("expiresOn",), f"lies before {published}")
            if not payload.gives(field):
                path, message = ((published,), f"lies after {'expiresOn' if field else 'endedOn'}")
            tx.refuse(UserErrorCode.DATES_OUT_OF_ORDER, message, path)


async def end_agreement(tx: Transaction, payload: EndAgreementInput) -> str:
    """End an agreement or put it on hold; one that was only planned is cancelled."""
    current = await lock_record(tx, "agreement", payload.id, payload.expected_version)
    status = _status_then(tx, current, payload)
    references = References(tx)
    cited = gather_citations(tx, references, "agreement", payload.citations, ("citations",))
    ended_by = references.party(payload.ended_by, ("endedBy",))
    if is_ahead(payload.ended_on, tx.now):
        message = "lies in the future wherever on earth one stands: amend expiresOn instead"
        tx.refuse(UserErrorCode.INVALID, message, ("endedOn",))
    if out_of_order(current.row["signed_on"], payload.ended_on):
        tx.refuse(UserErrorCode.DATES_OUT_OF_ORDER, "lies before signedOn", ("endedOn",))
    await resolve(tx, [references])
    tx.check()
    city_id, organization_id = party_columns(ended_by)
    changes: dict[str, dict[str, Any]] = {
        "status": {"status": status.value},
        "endedOn": {"ended_on": payload.ended_on},
        "endedBy": {"ended_by_city_id": city_id, "ended_by_organization_id": organization_id},
        "endNote": {"end_note": payload.note},
    }
    await write_citations(tx, [(current.id, one) for one in cited])
    await revise(tx, current, changes, others=["citations"] if cited else [])
    return current.id


def _status_then(tx: Transaction, current: Current, payload: EndAgreementInput) -> AgreementStatus:
    """Return the status that the agreement will have; refuse what has ended before, by whatever way."""
    status = AgreementStatus[current.row["status"]]
    expired = current.row["expires_on_latest"]
    if status in _ENDED or (payload.suspended and status is AgreementStatus.SUSPENDED):
        message = f"names an agreement that is {status} already"
        tx.refuse(UserErrorCode.ALREADY_ENDED, message, ("id",), (current.id,))
    elif expired and expired < (tx.now - timedelta(days=1)).date() and payload.ended_on is None:
        message = f"names an agreement whose term ran out on {expired}: give endedOn where it was ended before"
        tx.refuse(UserErrorCode.ALREADY_ENDED, message, ("id",), (current.id,))
    elif out_of_order(payload.ended_on, current.row["expires_on"]):
        tx.refuse(UserErrorCode.ALREADY_ENDED, "lies after the term had run out", ("endedOn",), (current.id,))
    if status is AgreementStatus.PLANNED:
        if payload.suspended:
            message = "must be left out: an agreement that is only planned cannot be put on hold"
            tx.refuse(UserErrorCode.INVALID, message, ("suspended",))
        return AgreementStatus.CANCELLED
    return AgreementStatus.SUSPENDED if payload.suspended else AgreementStatus.ENDED
