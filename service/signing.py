"""Recording a signing, and announcing an agreement that is planned.

Knows the rules of both: which signing may be recorded, which the registry holds already, and how a signing
fulfils a planned agreement. Rows are written by agreement.
"""

from collections.abc import Sequence
from typing import Any

from service import finding
from service.agreement import AgreementDraft, gather_agreement, write_agreements, write_hangings
from service.agreement_inputs import AnnounceAgreementInput, RecordSigningInput
from service.citation import write_citations
from service.dates import is_ahead, out_of_order
from service.errors import UserErrorCode
from service.event import write_named_events
from service.folding import fold
from service.models.enums import AgreementStatus, AreaStanding, ChangeKind
from service.recording import Transaction
from service.reference import known, resolve


async def record_signing(tx: Transaction, payload: RecordSigningInput) -> str:
    """Record a signing, or turn the planned agreement that it fulfils into a signed one."""
    _check_dates(tx, payload)
    draft = gather_agreement(tx, payload)
    await resolve(tx, [draft.references])
    _check_parties(tx, draft)
    tx.check()
    await _refuse_recorded(tx, [draft])
    planned = draft.links["fulfils"]
    if planned is not None:
        await _lock_planned(tx, planned.id)
    tx.check()
    if planned is not None:
        draft.id = planned.id
        await _fulfil(tx, draft, payload)
    else:
        await write_agreements(tx, [draft], AgreementStatus.IN_FORCE)
    return draft.id


async def announce_agreement(tx: Transaction, payload: AnnounceAgreementInput) -> str:
    """Record that an agreement is planned."""
    draft = gather_agreement(tx, payload)
    await resolve(tx, [draft.references])
    _check_parties(tx, draft)
    tx.check()
    await _refuse_recorded(tx, [draft])
    tx.check()
    await write_agreements(tx, [draft], AgreementStatus.PLANNED)
    return draft.id


def _check_dates(tx: Transaction, payload: RecordSigningInput) -> None:
    if is_ahead(payload.signed_on, tx.now):
        message = "lies in the future wherever on earth one stands: announce a planned agreement instead"
        tx.refuse(UserErrorCode.SIGNED_IN_THE_FUTURE, message, ("signedOn",))
    for name, earlier in (("signedOn", payload.signed_on), ("effectiveOn", payload.effective_on)):
        if out_of_order(earlier, payload.expires_on):
            tx.refuse(UserErrorCode.DATES_OUT_OF_ORDER, f"lies before {name}", ("expiresOn",))


def _check_parties(tx: Transaction, draft: AgreementDraft) -> None:
    """Refuse a party that is given twice, under whatever names, and an agreement with too few."""
    seen: dict[str, int] = {}
    for index, party in enumerate(draft.parties):
        if party.id and seen.setdefault(party.id, index) != index:
            message = f"is the same record as parties.{seen[party.id]}: give each party once"
            tx.refuse(UserErrorCode.DUPLICATE_PARTY, message, ("parties", str(index), "party"), (party.id,))
    if len(draft.parties) < (2 if draft.complete else 1):
        message = "needs two at least" if draft.complete else "needs one at least, although partiesComplete is false"
        tx.refuse(UserErrorCode.TOO_FEW_PARTIES, message, ("parties",))


async def _refuse_recorded(tx: Transaction, drafts: Sequence[AgreementDraft]) -> None:
    """Refuse what the registry holds: the same kind, parties and signing date, or the same external reference."""
    dated = [(draft, draft.signing.signed_on) for draft in drafts if draft.signing and draft.signing.signed_on]
    if dated:
        await _refuse_alike(tx, dated)
    referenced = [draft.payload.external_reference for draft in drafts if draft.payload.external_reference]
    if referenced:
        rows = await tx.connection.fetch(
            "SELECT id FROM agreement WHERE recorded_by = $1 AND external_reference = ANY($2)", tx.caller, referenced
        )
        for row in rows:
            message = "was used by you for another agreement: see the candidate"
            tx.refuse(UserErrorCode.ALREADY_RECORDED, message, ("externalReference",), (row["id"],))


async def _refuse_alike(tx: Transaction, dated: Sequence[tuple[AgreementDraft, str]]) -> None:
    """Refuse signings that are there; alike ones are locked first, so that two at once do not both find none.

    OFFSET 0 keeps the planner from reading all agreements where it knows nothing of the tables yet.
    """
    await finding.lock_names(tx.connection, (_lock_key(draft, signed_on) for draft, signed_on in dated))
    rows = await tx.connection.fetch(
        """
        SELECT alike.id
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS asked (kind, signed_on, first_party, parties)
            CROSS JOIN LATERAL (
                SELECT agreement_id FROM agreement_party WHERE city_id = asked.first_party
                UNION ALL
                SELECT agreement_id FROM agreement_party WHERE organization_id = asked.first_party
            ) AS first
            CROSS JOIN LATERAL (
                SELECT id FROM agreement
                WHERE id = first.agreement_id AND kind = asked.kind AND signed_on = asked.signed_on
                    AND retracted_at IS NULL
                OFFSET 0
            ) AS alike
        WHERE asked.parties = (
            SELECT string_agg(coalesce(city_id, organization_id), ' ' ORDER BY coalesce(city_id, organization_id))
            FROM agreement_party WHERE agreement_id = alike.id)
        """,
        [draft.payload.kind.value for draft, _ in dated],
        [signed_on for _, signed_on in dated],
        [draft.party_set[0] for draft, _ in dated],
        [" ".join(draft.party_set) for draft, _ in dated],
    )
    for row in rows:
        message = "an agreement of this kind was recorded for these parties and this date: see the candidate"
        tx.refuse(UserErrorCode.ALREADY_RECORDED, message, (), (row["id"],))


def _lock_key(draft: AgreementDraft, signed_on: str) -> int:
    return finding.name_key("agreement", draft.payload.kind, signed_on, *draft.party_set)


async def _lock_planned(tx: Transaction, id_: str) -> None:
    """Lock the agreement to be fulfilled, and refuse one that is not planned."""
    status = await tx.connection.fetchval("SELECT status FROM agreement WHERE id = $1 FOR NO KEY UPDATE", id_)
    if status != AgreementStatus.PLANNED:
        message = f"is {status}: only a planned agreement can be fulfilled"
        tx.refuse(UserErrorCode.NOT_PLANNED, message, ("fulfils",), (id_,))


async def _fulfil(tx: Transaction, draft: AgreementDraft, payload: RecordSigningInput) -> None:
    """Turn the planned agreement into a signed one: what is given replaces what was announced, the rest stays."""
    await write_named_events(tx, [draft.event])
    version = await tx.connection.fetchval(
        """
        UPDATE agreement SET version = version + 1, updated_at = now(), status = 'IN_FORCE',
            kind = $2, title = coalesce($3, title), title_folded = coalesce($4, title_folded),
            signed_on = $5, effective_on = $6, expires_on = $7, summary = coalesce($8, summary),
            parties_complete = $9, event_id = coalesce($10, event_id), programme_id = coalesce($11, programme_id),
            reaffirms_id = $12, amends_id = $13, supersedes_id = $14,
            external_reference = coalesce($15, external_reference),
            recorded_by = CASE WHEN $15::text IS NULL THEN recorded_by ELSE $16 END
        WHERE id = $1
        RETURNING version
        """,
        draft.id,
        payload.kind.value,
        payload.title,
        payload.title and fold(payload.title),
        payload.signed_on,
        payload.effective_on,
        payload.expires_on,
        payload.summary,
        draft.complete,
        draft.event.id if draft.event else None,
        known(draft.programme),
        *(known(draft.links[name]) for name in ("reaffirms", "amends", "supersedes")),
        payload.external_reference,
        tx.caller,
    )
    await _clear_hangings(tx, draft, payload)
    await write_citations(tx, [(draft.id, one) for one in draft.cited])
    await write_hangings(tx, [draft])
    tx.announce(ChangeKind.UPDATED, draft.id, draft.fields, version=version, signing=True)


async def _clear_hangings(tx: Transaction, draft: AgreementDraft, payload: RecordSigningInput) -> None:
    """Remove what the signing replaces; areas that were announced are kept where the signing names none."""
    if payload.areas is None:
        rows: list[Any] = await tx.connection.fetch(
            """
            SELECT area.slug, area.name FROM agreement_area JOIN area ON area.id = agreement_area.area_id
            WHERE agreement_id = $1 AND standing = 'AGREED' ORDER BY position
            """,
            draft.id,
        )
        draft.areas[AreaStanding.AGREED] = {row["slug"]: row["name"] for row in rows}
    await tx.connection.execute("DELETE FROM ordinal_claim WHERE agreement_id = $1", draft.id)
    await tx.connection.execute("DELETE FROM signatory WHERE agreement_id = $1", draft.id)
    await tx.connection.execute("DELETE FROM agreement_party WHERE agreement_id = $1", draft.id)
    await tx.connection.execute("DELETE FROM agreement_area WHERE agreement_id = $1", draft.id)
