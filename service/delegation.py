"""Recording a delegation: who travelled, from whom, to whom, and at whose invitation.

Knows the rules of delegations and their rows.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import Field, StrictBool

from service.citation import gather_citations, write_citations
from service.dates import out_of_order
from service.errors import Path, UserErrorCode
from service.event import EventDraft, EventRef, gather_event_ref, write_named_events
from service.folding import fold
from service.inputs import (
    LIST,
    NAME,
    TEXT,
    CitationInput,
    CityRef,
    CountryCodeText,
    Input,
    NameText,
    PartialDateText,
    PartyRef,
    PersonRef,
    citations_field,
    is_name,
    key_field,
)
from service.models.columns import new_id
from service.models.enums import ChangeKind, DelegationRole, DelegationStatus
from service.recording import Transaction
from service.reference import Mention, References, known, party_columns, resolve


class DelegationMemberInput(Input):
    """A person who travelled with a delegation."""

    person: PersonRef = Field(description="Who it was.")
    office: str | None = Field(
        default=None, max_length=NAME, description="The member's office, as the source gives it."
    )
    role: DelegationRole | None = Field(
        default=DelegationRole.MEMBER, description="LEADER for the one who led it; MEMBER if left out."
    )


class DelegationHostInput(Input):
    """A party, and where known the person, that received a delegation."""

    party: PartyRef = Field(description="The city or organization that received the delegation.")
    person: PersonRef | None = Field(default=None, description="Who received it on that party's behalf.")
    office: str | None = Field(default=None, max_length=NAME, description="That person's office.")


class DelegationInput(Input):
    """A group that a party sent, or plans to send."""

    name: NameText | None = Field(
        default=None, description="Its name; made from who sent it and where it went if left out."
    )
    status: DelegationStatus | None = Field(
        default=DelegationStatus.COMPLETED, description="Whether it travelled; COMPLETED if left out."
    )
    from_: PartyRef = Field(alias="from", description="The city or organization that sent it.")
    members: list[DelegationMemberInput] | None = Field(
        default=None, max_length=LIST, description="Who travelled, as far as the sources name them; one LEADER at most."
    )
    members_complete: StrictBool | None = Field(
        default=True, description="False where the sources name some members and leave others open."
    )
    invited_by: list[PartyRef] | None = Field(
        default=None, max_length=LIST, description="At whose invitation it travelled."
    )
    hosts: list[DelegationHostInput] | None = Field(default=None, max_length=LIST, description="Who received it.")
    destination_city: CityRef | None = Field(default=None, description="The city that it travelled to.")
    destination_country: CountryCodeText | None = Field(
        default=None, description="The country that it travelled to; follows from destinationCity where that is given."
    )
    arrived_on: PartialDateText | None = Field(
        default=None, description="The first day at the destination, as precise as the source gives it."
    )
    departed_on: PartialDateText | None = Field(
        default=None, description="The last day at the destination, as precise as the source gives it."
    )
    purpose: str | None = Field(default=None, max_length=TEXT, description="Why it travelled, in your own words.")
    events: list[EventRef] | None = Field(default=None, max_length=LIST, description="The events that it took part in.")


class RecordDelegationInput(Input):
    """A delegation to record."""

    idempotency_key: str = key_field()
    delegation: DelegationInput = Field(description="Who travelled, from where, to whom, and when.")
    citations: list[CitationInput] | None = citations_field()


@dataclass
class DelegationDraft:
    """A delegation about to be written, with the records that it names; a patch names no sender."""

    id: str
    given: Any
    sender: Mention | None
    members: list[Mention]
    invited_by: list[Mention]
    hosts: list[tuple[Mention, Mention | None]]
    city: Mention | None
    events: list[Mention | EventDraft | None]


async def record_delegation(tx: Transaction, payload: RecordDelegationInput) -> str:
    """Record a delegation."""
    references = References(tx)
    cited = gather_citations(tx, references, "delegation", payload.citations, ("citations",))
    draft = gather_delegation(tx, references, payload.delegation, ("delegation",))
    await resolve(tx, [references])
    country = _destination_country(tx, draft)
    tx.check()
    await write_named_events(tx, draft.events)
    await _write_delegation(tx, draft, country)
    await write_lists(tx, draft)
    await write_citations(tx, [(draft.id, one) for one in cited])
    fields = draft.given.fields_given()
    tx.announce(ChangeKind.CREATED, draft.id, tuple(dict.fromkeys(("name", *fields))))
    return draft.id


def gather_delegation(tx: Transaction, references: References, given: Any, path: Path) -> DelegationDraft:
    """Check what can be checked without the database, and note the records that a delegation or a patch names."""
    if out_of_order(given.arrived_on, given.departed_on):
        tx.refuse(UserErrorCode.DATES_OUT_OF_ORDER, "lies before arrivedOn", (*path, "departedOn"))
    leaders = [at for at, member in enumerate(given.members or ()) if member.role is DelegationRole.LEADER]
    for at in leaders[1:]:
        message = f"must be MEMBER: members.{leaders[0]} leads the delegation already"
        tx.refuse(UserErrorCode.INVALID, message, (*path, "members", str(at), "role"))
    references.country(given.destination_country, (*path, "destinationCountry"))
    events = [
        gather_event_ref(tx, references, event, (*path, "events", str(at)))
        for at, event in enumerate(given.events or ())
    ]
    _check_events(references, events, path)
    return DelegationDraft(
        new_id("del"),
        given,
        references.party(getattr(given, "from_", None), (*path, "from")),
        [
            references.person(member.person, (*path, "members", str(at), "person"))
            for at, member in enumerate(given.members or ())
        ],
        [references.party(party, (*path, "invitedBy", str(at))) for at, party in enumerate(given.invited_by or ())],
        [
            (
                references.party(host.party, (*path, "hosts", str(at), "party")),
                references.person(host.person, (*path, "hosts", str(at), "person")),
            )
            for at, host in enumerate(given.hosts or ())
        ],
        references.city(given.destination_city, (*path, "destinationCity")),
        events,
    )


def _destination_country(tx: Transaction, draft: DelegationDraft) -> str | None:
    """Return the country travelled to; refuse one that the destination city does not lie in."""
    given = draft.given.destination_country
    follows = draft.city.country if draft.city else None
    if given and follows and given != follows:
        message = f"must be {follows}, where destinationCity lies, or left out"
        tx.refuse(UserErrorCode.INVALID, message, ("delegation", "destinationCountry"))
    return follows or given


def _check_events(references: References, events: list[Mention | EventDraft | None], path: Path) -> None:
    seen: set[str] = set()
    for at, event in enumerate(events):
        given = event.value if isinstance(event, Mention) else None
        if given and given in seen:
            message = "names an event that stands in the list already"
            references.tx.refuse(UserErrorCode.INVALID, message, (*path, "events", str(at)))
        seen.update({given} if given else ())


async def made_name(tx: Transaction, sender: str, draft: DelegationDraft, country: str | None) -> str:
    """Return a name made from who sent the delegation and where it went, as far as it has room for them."""
    destination = draft.city.name if draft.city else None
    if destination is None and country is not None:
        destination = await tx.connection.fetchval(
            "SELECT name FROM country_name WHERE country_code = $1 AND language = 'en'", country
        )
    if destination is None and draft.hosts:
        destination = draft.hosts[0][0].name
    names = (f"Delegation from {sender} to {destination}" if destination else "", f"Delegation from {sender}")
    return next(filter(is_name, filter(None, names)), "Delegation")


async def _write_delegation(tx: Transaction, draft: DelegationDraft, country: str | None) -> None:
    given = draft.given
    assert draft.sender is not None  # noqa: S101 (for the type checker: the input requires one)
    name = given.name or await made_name(tx, draft.sender.name, draft, country)
    await tx.connection.execute(
        """
        INSERT INTO delegation (id, name, name_folded, status, from_city_id, from_organization_id, members_complete,
            destination_city_id, destination_country_code, arrived_on, departed_on, purpose)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        draft.id,
        name,
        fold(name),
        (given.status or DelegationStatus.COMPLETED).value,
        *party_columns(draft.sender),
        given.members_complete is not False,
        known(draft.city),
        country,
        given.arrived_on,
        given.departed_on,
        given.purpose,
    )


async def write_lists(tx: Transaction, draft: DelegationDraft, *, replaced: Collection[str] = ()) -> None:
    """Write who travelled, who invited, who received and which events; those replaced are removed first."""
    for name, table in _LISTS.items():
        if name in replaced:
            await tx.connection.execute(f"DELETE FROM {table} WHERE delegation_id = $1", draft.id)
    await _write_members(tx, draft)
    await _write_parties(tx, draft)
    await _write_events(tx, draft)


_LISTS = {
    "members": "delegation_member",
    "invited_by": "delegation_inviter",
    "hosts": "delegation_host",
    "events": "delegation_event",
}


async def _write_members(tx: Transaction, draft: DelegationDraft) -> None:
    paired: Iterable[tuple[Mention, DelegationMemberInput]] = zip(draft.members, draft.given.members or (), strict=True)
    rows = [
        (draft.id, position, person.id, given.office, (given.role or DelegationRole.MEMBER).value)
        for position, (person, given) in enumerate(paired, 1)
    ]
    await tx.connection.executemany(
        """
        INSERT INTO delegation_member (delegation_id, position, person_id, office, role) VALUES ($1, $2, $3, $4, $5)
        """,
        rows,
    )


async def _write_parties(tx: Transaction, draft: DelegationDraft) -> None:
    await tx.connection.executemany(
        """
        INSERT INTO delegation_inviter (delegation_id, position, city_id, organization_id) VALUES ($1, $2, $3, $4)
        """,
        [(draft.id, position, *party_columns(party)) for position, party in enumerate(draft.invited_by, 1)],
    )
    await tx.connection.executemany(
        """
        INSERT INTO delegation_host (delegation_id, position, city_id, organization_id, person_id, office)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        [
            (draft.id, position, *party_columns(party), known(person), given.office)
            for position, ((party, person), given) in enumerate(
                zip(draft.hosts, draft.given.hosts or (), strict=True), 1
            )
        ],
    )


async def _write_events(tx: Transaction, draft: DelegationDraft) -> None:
    await tx.connection.executemany(
        "INSERT INTO delegation_event (delegation_id, position, event_id) VALUES ($1, $2, $3)",
        [(draft.id, position, event.id) for position, event in enumerate(draft.events, 1) if event],
    )
