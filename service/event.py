"""Recording an event: when and where it was, who hosted it, who took part or was invited.

Knows the rules of events and their rows, also of one that another record names as new.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from service.citation import gather_citations, write_citations
from service.creation import inherit
from service.dates import out_of_order
from service.errors import Path, UserErrorCode
from service.folding import fold
from service.inputs import (
    LIST,
    NAME,
    TEXT,
    CitationInput,
    CityRef,
    IdText,
    Input,
    NameText,
    PartialDateText,
    PartyRef,
    PersonRef,
    citations_field,
    key_field,
)
from service.models.columns import new_id
from service.models.enums import (
    Attendance,
    ChangeKind,
    EventKind,
    EventMode,
    EventStatus,
    ParticipationRole,
    ParticipationStatus,
)
from service.recording import Transaction
from service.reference import Mention, References, known, party_columns, resolve


class ParticipationInput(Input):
    """One who took part in an event or was invited to: a person, a party, or a person on a party's behalf."""

    person: PersonRef | None = Field(default=None, description="Who took part; left out where a party as such did.")
    party: PartyRef | None = Field(
        default=None, description="On whose behalf the person took part, or the party itself where no person is named."
    )
    office: str | None = Field(
        default=None, max_length=NAME, description="The person's office at the time, as the source gives it."
    )
    role: ParticipationRole = Field(description="What they were there to do.")
    status: ParticipationStatus = Field(
        description="How sure it is that they took part. An invitation is not an attendance."
    )
    attendance: Attendance | None = Field(
        default=None,
        description="Whether they were there in person or remote; only for those who attended or confirmed. Leave "
        "it out where no source says.",
    )


class EventInput(Input):
    """An occasion of city diplomacy, held or planned."""

    kind: EventKind = Field(description="What sort of occasion it is.")
    name: NameText = Field(description="The event's name, as it is commonly given.")
    status: EventStatus | None = Field(default=EventStatus.HELD, description="Whether it took place; HELD if left out.")
    starts_on: PartialDateText | None = Field(
        default=None, description="Its first day, as precise as the source gives it; left out where no source does."
    )
    ends_on: PartialDateText | None = Field(
        default=None, description="Its last day, as precise as the source gives it; left out where no source does."
    )
    mode: EventMode | None = Field(default=None, description="How the people met; left out where no source says.")
    venue: str | None = Field(default=None, max_length=NAME, description="The place within the city.")
    city: CityRef | None = Field(default=None, description="The city in which it took place, or is to.")
    hosts: list[PartyRef] | None = Field(default=None, max_length=LIST, description="The parties that hosted it.")
    part_of: IdText | None = Field(default=None, description="The identifier of the larger event that it is part of.")
    participants: list[ParticipationInput] | None = Field(
        default=None, max_length=LIST, description="Who took part and who was invited, as far as the sources name them."
    )
    description: str | None = Field(default=None, max_length=TEXT, description="What happened, in your own words.")


class EventRef(Input):
    """Names an event by identifier, or describes a new one."""

    one_of: ClassVar[bool] = True

    id: IdText | None = Field(default=None, description="The event's identifier in this registry.")
    new: EventInput | None = Field(default=None, description="The event, to be recorded along with what names it.")


class RecordEventInput(Input):
    """An event to record."""

    idempotency_key: str = key_field()
    event: EventInput = Field(description="What took place or is planned, where, when, and with whom.")
    citations: list[CitationInput] | None = citations_field()


@dataclass
class EventDraft:
    """An event about to be written, with the records that it names."""

    id: str
    given: EventInput
    references: References
    city: Mention | None
    part_of: Mention | None
    hosts: list[Mention]
    participants: list[tuple[Mention | None, Mention | None]]


def gather_event(tx: Transaction, references: References, given: EventInput, path: Path) -> EventDraft:
    """Check what can be checked without the database, and note the records that the event names."""
    if out_of_order(given.starts_on, given.ends_on):
        tx.refuse(UserErrorCode.DATES_OUT_OF_ORDER, "lies before startsOn", (*path, "endsOn"))
    participants = []
    for index, one in enumerate(given.participants or ()):
        here = (*path, "participants", str(index))
        if one.person is None and one.party is None:
            tx.refuse(UserErrorCode.INVALID, "must name a person, a party or both", here)
        if one.attendance and one.status not in {ParticipationStatus.ATTENDED, ParticipationStatus.CONFIRMED}:
            message = f"must be left out: someone who is {one.status} is not known to have been present"
            tx.refuse(UserErrorCode.INVALID, message, (*here, "attendance"))
        person = references.person(one.person, (*here, "person"))
        participants.append((person, references.party(one.party, (*here, "party"))))
    hosts = [references.party(host, (*path, "hosts", str(at))) for at, host in enumerate(given.hosts or ())]
    city = references.city(given.city, (*path, "city"))
    part_of = references.record("event", given.part_of, (*path, "partOf"))
    return EventDraft(new_id("evt"), given, references, city, part_of, hosts, participants)


def gather_event_ref(
    tx: Transaction, references: References, ref: EventRef | None, path: Path
) -> Mention | EventDraft | None:
    """Note an event that is named by id, or prepare the new one."""
    if ref is None:
        return None
    if ref.new is not None:
        return gather_event(tx, references, ref.new, (*path, "new"))
    return references.record("event", ref.id, (*path, "id"))


async def write_named_events(tx: Transaction, named: Sequence[Mention | EventDraft | None]) -> None:
    """Write the new ones among the events that a record names; they inherit that record's sources."""
    drafts = [event for event in named if isinstance(event, EventDraft)]
    await write_events(tx, drafts)
    await inherit(tx, [(draft.id, None, [one.id for one in draft.references.sources]) for draft in drafts])


async def write_events(tx: Transaction, drafts: Sequence[EventDraft]) -> None:
    """Write the events with their hosts and participants, and announce them."""
    if not drafts:
        return
    await tx.connection.executemany(
        """
        INSERT INTO event (id, kind, name, name_folded, status, starts_on, ends_on, mode, venue, city_id, part_of_id,
            description)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        [_event_row(draft) for draft in drafts],
    )
    await write_hosts(tx, drafts)
    await write_participants(tx, drafts)
    for draft in drafts:
        tx.announce(ChangeKind.CREATED, draft.id, draft.given.fields_given())


def _event_row(draft: EventDraft) -> tuple[object, ...]:
    given = draft.given
    return (
        draft.id,
        given.kind.value,
        given.name,
        fold(given.name),
        (given.status or EventStatus.HELD).value,
        given.starts_on,
        given.ends_on,
        given.mode and given.mode.value,
        given.venue,
        known(draft.city),
        known(draft.part_of),
        given.description,
    )


async def write_hosts(tx: Transaction, drafts: Sequence[EventDraft]) -> None:
    """Write who hosted the events."""
    rows = [
        (draft.id, position, *party_columns(host)) for draft in drafts for position, host in enumerate(draft.hosts, 1)
    ]
    if rows:
        await tx.connection.executemany(
            "INSERT INTO event_host (event_id, position, city_id, organization_id) VALUES ($1, $2, $3, $4)", rows
        )


async def write_participants(tx: Transaction, drafts: Sequence[EventDraft]) -> None:
    """Write who took part in the events, or was invited to."""
    rows = []
    for draft in drafts:
        paired = zip(draft.given.participants or (), draft.participants, strict=True)
        for position, (given, (person, party)) in enumerate(paired, 1):
            presence = (given.role.value, given.status.value, given.attendance and given.attendance.value)
            who = (known(person), *party_columns(party), given.office)
            rows.append((new_id("ptn"), draft.id, position, *who, *presence))
    if rows:
        await tx.connection.executemany(
            """
            INSERT INTO participation (id, event_id, position, person_id, city_id, organization_id, office, role,
                status, attendance)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            rows,
        )


async def record_event(tx: Transaction, payload: RecordEventInput) -> str:
    """Record an event."""
    references = References(tx)
    cited = gather_citations(tx, references, "event", payload.citations, ("citations",))
    draft = gather_event(tx, references, payload.event, ("event",))
    await resolve(tx, [references])
    tx.check()
    await write_events(tx, [draft])
    await write_citations(tx, [(draft.id, one) for one in cited])
    return draft.id
