"""An agreement about to be written: its own row and what hangs on it.

Knows how an agreement is gathered from an input and how its rows are written. Which agreement may be recorded
is decided by signing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from service.agreement_inputs import AnnounceAgreementInput, PartyInput, RecordSigningInput, SignatoryInput
from service.area import gather_areas, resolve_areas
from service.citation import Cited, gather_citations, write_citations
from service.errors import Path, UserErrorCode
from service.event import EventDraft, gather_event_ref, write_named_events
from service.folding import fold
from service.inputs import is_name
from service.models.columns import new_id
from service.models.enums import AgreementKind, AgreementStatus, AreaStanding, ChangeKind, SignatoryRole
from service.recording import Transaction
from service.reference import Mention, References, known
from service.rows import insert

_NO_FACTS = {"idempotency_key", "validate_only", "citations", "fulfils", "potential_areas_proposed_by"}


@dataclass
class AgreementDraft:
    """An agreement about to be written, with the input that it comes from and the records that it names."""

    id: str
    payload: RecordSigningInput | AnnounceAgreementInput
    references: References
    cited: list[Cited]
    parties: list[Mention]
    signatories: list[list[Mention]]
    event: Mention | EventDraft | None
    programme: Mention | None
    areas: dict[AreaStanding, dict[str, str]]
    witnesses: list[Mention] = field(default_factory=list)
    proposed_by: Mention | None = None
    links: dict[str, Mention | None] = field(default_factory=dict)

    @property
    def signing(self) -> RecordSigningInput | None:
        """The input, where it records a signing."""
        return self.payload if isinstance(self.payload, RecordSigningInput) else None

    @property
    def fulfilled(self) -> str:
        """The identifier of the planned agreement that a signing fulfils, or nothing."""
        return known(self.links.get("fulfils")) or ""

    @property
    def complete(self) -> bool:
        """Whether the sources name all parties."""
        return self.payload.parties_complete is not False

    @property
    def party_set(self) -> list[str]:
        """The parties' identifiers in a fixed order."""
        return sorted(party.id for party in self.parties)

    @property
    def fields(self) -> tuple[str, ...]:
        """The published names of the facts that the input gives; both standings of areas are one field."""
        given = self.payload.fields_given(without=_NO_FACTS)
        return tuple(dict.fromkeys(("status", *("areas" if name == "potentialAreas" else name for name in given))))


def gather_agreement(tx: Transaction, payload: RecordSigningInput | AnnounceAgreementInput) -> AgreementDraft:
    """Note the records that a signing or an announcement names."""
    references = References(tx)
    cited = gather_citations(tx, references, "agreement", payload.citations, ("citations",))
    parties, signatories = _gather_parties(references, payload.parties)
    draft = AgreementDraft(
        new_id("agr"),
        payload,
        references,
        cited,
        parties,
        signatories,
        event=gather_event_ref(tx, references, payload.event, ("event",)),
        programme=references.record("programme", payload.programme, ("programme",)),
        areas={AreaStanding.AGREED: gather_areas(tx, payload.areas, ("areas",))},
    )
    if isinstance(payload, RecordSigningInput):
        _gather_signing(tx, draft, payload)
    return draft


def _gather_signing(tx: Transaction, draft: AgreementDraft, payload: RecordSigningInput) -> None:
    """Note what only a signing names."""
    draft.areas[AreaStanding.POTENTIAL] = gather_areas(tx, payload.potential_areas, ("potentialAreas",))
    draft.witnesses = _gather_people(draft.references, payload.witnesses, ("witnesses",))
    proposer = payload.potential_areas_proposed_by
    if proposer and not payload.potential_areas:
        message = "must be left out where there are no potentialAreas"
        tx.refuse(UserErrorCode.INVALID, message, ("potentialAreasProposedBy",))
    draft.proposed_by = draft.references.person(proposer, ("potentialAreasProposedBy",))
    for name in ("fulfils", "reaffirms", "amends", "supersedes"):
        draft.links[name] = draft.references.record("agreement", getattr(payload, name), (name,))
        if name != "fulfils" and payload.fulfils is not None and getattr(payload, name) == payload.fulfils:
            tx.refuse(UserErrorCode.INVALID, "names the agreement itself, which this signing fulfils", (name,))


def _gather_parties(references: References, parties: list[PartyInput]) -> tuple[list[Mention], list[list[Mention]]]:
    """Note the parties and, for each, its signatories."""
    mentions, signatories = [], []
    for index, given in enumerate(parties):
        here = ("parties", str(index))
        mentions.append(references.party(given.party, (*here, "party")))
        signatories.append(_gather_people(references, given.signatories, (*here, "signatories")))
    return mentions, signatories


def _gather_people(references: References, given: list[SignatoryInput] | None, path: Path) -> list[Mention]:
    """Note the people among signatories or witnesses."""
    return [references.person(one.person, (*path, str(at), "person")) for at, one in enumerate(given or ())]


_TITLES = {
    AgreementKind.SISTER_CITY: "Sister city agreement",
    AgreementKind.FRIENDSHIP_CITY: "Friendship city agreement",
    AgreementKind.COOPERATION: "Cooperation agreement",
    AgreementKind.MEMORANDUM_OF_UNDERSTANDING: "Memorandum of understanding",
    AgreementKind.LETTER_OF_INTENT: "Letter of intent",
    AgreementKind.REAFFIRMATION: "Reaffirmation",
    AgreementKind.JOINT_DECLARATION: "Joint declaration",
    AgreementKind.PROJECT: "Project agreement",
    AgreementKind.SCHOOL_PARTNERSHIP: "School partnership",
    AgreementKind.OTHER: "Agreement",
}
_NAMES_IN_TITLE = 5


def made_title(draft: AgreementDraft) -> str:
    """Return a title made from the kind and the parties, for an agreement that is given none."""
    return _title(draft.payload.kind, [party.name for party in draft.parties], complete=draft.complete)


async def made_title_of(tx: Transaction, id_: str, kind: AgreementKind) -> str:
    """Return a title made from the kind and the parties of an agreement that is there."""
    rows = await tx.connection.fetch(
        """
        SELECT coalesce(city.name, organization.name) AS name, agreement.parties_complete
        FROM agreement_party JOIN agreement ON agreement.id = agreement_id
            LEFT JOIN city ON city.id = city_id LEFT JOIN organization ON organization.id = organization_id
        WHERE agreement_id = $1 ORDER BY position
        """,
        id_,
    )
    return _title(kind, [row["name"] for row in rows], complete=rows[0]["parties_complete"])


def _title(kind: AgreementKind, names: list[str], *, complete: bool) -> str:
    """Write a title with as many of the names as it has room for, and none where it has for no name at all."""
    for shown in range(_NAMES_IN_TITLE, 0, -1):
        listed = names[:shown] if complete and len(names) <= shown else [*names[:shown], "others"]
        title = f"{_TITLES[kind]} between {', '.join(listed[:-1])} and {listed[-1]}"
        if is_name(title):
            return title
    return _TITLES[kind]


async def write_agreements(tx: Transaction, drafts: Sequence[AgreementDraft], status: AgreementStatus) -> None:
    """Write the agreements with all that hangs on them, and announce them."""
    await write_named_events(tx, [draft.event for draft in drafts])
    await insert(tx.connection, "agreement", _COLUMNS, [_row(tx, draft, status) for draft in drafts])
    await write_citations(tx, [(draft.id, one) for draft in drafts for one in draft.cited])
    await write_hangings(tx, drafts)
    for draft in drafts:
        fields = tuple(dict.fromkeys(("kind", "title", *draft.fields)))
        tx.announce(ChangeKind.CREATED, draft.id, fields, signing=status is AgreementStatus.IN_FORCE)


_COLUMNS = (
    "id kind title title_folded status expected_on signed_on effective_on expires_on summary parties_complete"
    " event_id programme_id external_reference recorded_by reaffirms_id amends_id supersedes_id"
)


def _row(tx: Transaction, draft: AgreementDraft, status: AgreementStatus) -> tuple[object, ...]:
    given, signing = draft.payload, draft.signing
    title = given.title or made_title(draft)
    return (
        draft.id,
        given.kind.value,
        title,
        fold(title),
        status.value,
        given.expected_on if isinstance(given, AnnounceAgreementInput) else None,
        signing and signing.signed_on,
        signing and signing.effective_on,
        signing and signing.expires_on,
        given.summary,
        draft.complete,
        draft.event.id if draft.event else None,
        known(draft.programme),
        given.external_reference,
        tx.caller,
        *(known(draft.links.get(name)) for name in ("reaffirms", "amends", "supersedes")),
    )


async def write_hangings(tx: Transaction, drafts: Sequence[AgreementDraft]) -> None:
    """Write the agreements' parties, signatories, witnesses, areas and ordinals; citations stand already."""
    await _write_parties(tx, drafts)
    await _write_people(tx, drafts)
    await _write_areas(tx, drafts)
    await _write_ordinals(tx, drafts)


async def _write_parties(tx: Transaction, drafts: Sequence[AgreementDraft]) -> None:
    await insert(
        tx.connection,
        "agreement_party",
        "agreement_id position city_id organization_id name_as_signed",
        [
            (draft.id, position, party.city_id, party.organization_id, given.name_as_signed)
            for draft in drafts
            for position, (party, given) in enumerate(zip(draft.parties, draft.payload.parties, strict=True), 1)
        ],
    )


async def _write_people(tx: Transaction, drafts: Sequence[AgreementDraft]) -> None:
    rows = []
    for draft in drafts:
        signed: list[tuple[Mention, SignatoryInput, str, str | None, str | None]] = [
            (person, given, SignatoryRole.SIGNATORY.value, party.city_id, party.organization_id)
            for party, side, people in zip(draft.parties, draft.payload.parties, draft.signatories, strict=True)
            for person, given in zip(people, side.signatories or (), strict=True)
        ]
        signed += [
            (person, given, SignatoryRole.WITNESS.value, None, None)
            for person, given in zip(draft.witnesses, (draft.signing and draft.signing.witnesses) or (), strict=True)
        ]
        for position, (person, given, role, city_id, organization_id) in enumerate(signed, 1):
            attendance = given.attendance and given.attendance.value
            who = (person.id, given.office, role, attendance)
            rows.append((draft.id, position, *who, city_id, organization_id))
    columns = "agreement_id position person_id office role attendance city_id organization_id"
    await insert(tx.connection, "signatory", columns, rows)


async def _write_areas(tx: Transaction, drafts: Sequence[AgreementDraft]) -> None:
    names = {key: name for draft in drafts for areas in draft.areas.values() for key, name in areas.items()}
    ids = await resolve_areas(tx, names)
    rows = []
    for draft in drafts:
        named = [(standing, key) for standing in AreaStanding for key in draft.areas.get(standing, ())]
        for position, (standing, key) in enumerate(named, 1):
            proposed_by = known(draft.proposed_by) if standing is AreaStanding.POTENTIAL else None
            rows.append((draft.id, position, ids[key], standing.value, proposed_by))
    await insert(tx.connection, "agreement_area", "agreement_id position area_id standing proposed_by_id", rows)


async def write_area_names(tx: Transaction, id_: str, replaced: dict[AreaStanding, dict[str, str]]) -> None:
    """Replace an agreement's areas of the standings given; their names are given by slug."""
    if not replaced:
        return
    ids = await resolve_areas(tx, {key: name for areas in replaced.values() for key, name in areas.items()})
    await tx.connection.execute(
        "DELETE FROM agreement_area WHERE agreement_id = $1 AND standing = ANY($2)", id_, [*replaced]
    )
    last = await tx.connection.fetchval(
        "SELECT coalesce(max(position), 0) FROM agreement_area WHERE agreement_id = $1", id_
    )
    named = [(standing.value, ids[key]) for standing, areas in replaced.items() for key in areas]
    await tx.connection.executemany(
        "INSERT INTO agreement_area (agreement_id, position, area_id, standing) VALUES ($1, $2, $3, $4)",
        [(id_, position, area_id, standing) for position, (standing, area_id) in enumerate(named, last + 1)],
    )


async def _write_ordinals(tx: Transaction, drafts: Sequence[AgreementDraft]) -> None:
    rows = [
        (draft.id, party_position, position, claim.ordinal, claim.of, _citation_of_ordinals(draft))
        for draft in drafts
        for party_position, party in enumerate(draft.payload.parties, 1)
        for position, claim in enumerate(party.ordinals or (), 1)
    ]
    columns = "agreement_id party_position position ordinal of citation_id"
    await insert(tx.connection, "ordinal_claim", columns, rows)


def _citation_of_ordinals(draft: AgreementDraft) -> str | None:
    """Return the citation for the ordinals, else the one for the whole record, if there is one."""
    for wanted in ("ordinals", None):
        for one in draft.cited:
            if one.given.field == wanted:
                return one.id
    return None
