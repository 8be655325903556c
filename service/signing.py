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
from service.errors import Path, UserErrorCode
from service.event import write_named_events
from service.folding import fold
from service.models.enums import AgreementStatus, AreaStanding, ChangeKind
from service.recording import Transaction, check_all
from service.reference import known, resolve


async def record_signing(tx: Transaction, payload: RecordSigningInput) -> str:
    """Record a signing, or turn the planned agreement that it fulfils into a signed one."""
    (id_,) = await record_signings(tx, [(tx, payload)])
    return id_


async def record_signings(tx: Transaction, inputs: Sequence[tuple[Transaction, RecordSigningInput]]) -> list[str]:
    """Record several signings in few statements, each given with its own share of the transaction.

    Writes nothing where any is refused or stands in another's way; raises Refused then.
    """
    parts = [part for part, _ in inputs]
    for part, payload in inputs:
        _check_dates(part, payload)
    drafts = [gather_agreement(part, payload) for part, payload in inputs]
    await resolve(tx, [draft.references for draft in drafts])
    for draft in drafts:
        _check_parties(draft)
    check_all(parts)
    await _refuse_recorded(tx, drafts)
    _postpone_alike(drafts)
    await _lock_planned(tx, drafts)
    check_all(parts)
    await write_agreements(tx, [draft for draft in drafts if not draft.fulfilled], AgreementStatus.IN_FORCE)
    for draft, (_, payload) in zip(drafts, inputs, strict=True):
        if draft.fulfilled:
            draft.id = draft.fulfilled
            await _fulfil(tx, draft, payload)
    return [draft.id for draft in drafts]


async def announce_agreement(tx: Transaction, payload: AnnounceAgreementInput) -> str:
    """Record that an agreement is planned."""
    draft = gather_agreement(tx, payload)
    await resolve(tx, [draft.references])
    _check_parties(draft)
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


def _check_parties(draft: AgreementDraft) -> None:
    """Refuse a party that is given twice, under whatever names, and an agreement with too few."""
    tx = draft.references.tx
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
    if dated := [draft for draft in drafts if draft.signing and draft.signing.signed_on]:
        await _refuse_alike(tx, dated)
    referenced = {draft.payload.external_reference: draft for draft in drafts if draft.payload.external_reference}
    if referenced:
        rows = await tx.connection.fetch(
            """
            SELECT id, external_reference FROM agreement
            WHERE recorded_by = $1 AND external_reference = ANY($2) AND retracted_at IS NULL
            """,
            tx.caller,
            list(referenced),
        )
        for row in rows:
            message = "was used by you for another agreement: see the candidate"
            refuse = referenced[row["external_reference"]].references.tx.refuse
            refuse(UserErrorCode.ALREADY_RECORDED, message, ("externalReference",), (row["id"],))


async def _refuse_alike(tx: Transaction, dated: Sequence[AgreementDraft]) -> None:
    """Refuse signings that are there; alike ones are locked first, so that two at once do not both find none.

    OFFSET 0 keeps the planner from joining whole tables where it knows nothing of them yet: each party's few
    agreements are read by index.
    """
    await finding.lock_names(tx.connection, finding.SIGNINGS, map(_lock_key, dated))
    rows = await tx.connection.fetch(
        """
        SELECT asked.at, alike.id
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
                AS asked (kind, signed_on, newest_party, parties, at)
            CROSS JOIN LATERAL (
                (SELECT agreement_id FROM agreement_party WHERE city_id = asked.newest_party OFFSET 0)
                UNION ALL
                (SELECT agreement_id FROM agreement_party WHERE organization_id = asked.newest_party OFFSET 0)
            ) AS named
            CROSS JOIN LATERAL (
                SELECT id FROM agreement
                WHERE id = named.agreement_id AND kind = asked.kind AND signed_on = asked.signed_on
                    AND retracted_at IS NULL
                OFFSET 0
            ) AS alike
        WHERE asked.parties = (
            SELECT string_agg(coalesce(city_id, organization_id), ' ' ORDER BY coalesce(city_id, organization_id))
            FROM agreement_party WHERE agreement_id = alike.id)
        ORDER BY asked.at, alike.id
        """,
        *zip(*map(_facts, dated), strict=True),
    )
    for row in rows:
        message = "an agreement of this kind was recorded for these parties and this date: see the candidate"
        refuse = dated[row["at"] - 1].references.tx.refuse
        refuse(UserErrorCode.ALREADY_RECORDED, message, (), (row["id"],))


def _facts(draft: AgreementDraft) -> tuple[str, str | None, str, str]:
    """Return what makes two signings the same: kind, date, and the parties, of which one is looked up.

    The one that came into the registry last is taken, as it will have the fewest agreements.
    """
    parties = draft.party_set
    signed_on = draft.signing.signed_on if draft.signing else None
    return draft.payload.kind.value, signed_on, parties[-1], " ".join(parties)


def _postpone_alike(drafts: Sequence[AgreementDraft]) -> None:
    """Let a signing wait for an earlier one of the same transaction that it repeats or gets in the way of."""
    seen: set[tuple[object, ...]] = set()
    for draft in drafts:
        marks: list[tuple[tuple[object, ...], Path]] = []
        if draft.signing and draft.signing.signed_on:
            marks.append((_facts(draft), ()))
        if draft.payload.external_reference:
            marks.append(((draft.payload.external_reference,), ("externalReference",)))
        if draft.fulfilled:
            marks.append((("fulfils", draft.fulfilled), ("fulfils",)))
        for mark, path in marks:
            if mark in seen:
                draft.references.tx.postpone("is given by an earlier input of the same call as well", path)
        seen.update(mark for mark, _ in marks)


def _lock_key(draft: AgreementDraft) -> int:
    kind, signed_on, _, parties = _facts(draft)
    return finding.name_key("agreement", kind, signed_on or "", parties)


async def _lock_planned(tx: Transaction, drafts: Sequence[AgreementDraft]) -> None:
    """Lock the agreements to be fulfilled, and refuse those that are not planned."""
    fulfilled = [draft for draft in drafts if draft.fulfilled]
    if not fulfilled:
        return
    rows = await tx.connection.fetch(
        "SELECT id, status FROM agreement WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
        [draft.fulfilled for draft in fulfilled],
    )
    statuses = {row["id"]: row["status"] for row in rows}
    for draft in fulfilled:
        if statuses[draft.fulfilled] != AgreementStatus.PLANNED:
            message = f"is {statuses[draft.fulfilled]}: only a planned agreement can be fulfilled"
            draft.references.tx.refuse(UserErrorCode.NOT_PLANNED, message, ("fulfils",), (draft.fulfilled,))


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
