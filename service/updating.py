"""Updating events, delegations and programmes: lists that are given replace those that are there.

Knows what must still hold once the changes are made. Rows are written by the modules that record them.
"""

from typing import Any

from pydantic import Field

from service.belonging import wholes
from service.citation import gather_citation, write_citations
from service.dates import out_of_order
from service.delegation import DelegationInput, gather_delegation, made_name, write_lists
from service.errors import UserErrorCode
from service.event import EventInput, gather_event, write_hosts, write_named_events, write_participants
from service.folding import fold
from service.giving import RecordProgrammeInput, write_partners, write_targets
from service.inputs import CitationInput, IdText, Input, key_field
from service.recording import Transaction
from service.reference import References, known, resolve
from service.revision import Current, Patch, Update, UpdateInput, begin_update, lock_any, revise, update_input

UpdateEventInput = update_input("Event", EventInput, kept={"kind", "name", "status"})
UpdateDelegationInput = update_input(
    "Delegation", DelegationInput, without={"from_"}, kept={"status", "members_complete"}
)
UpdateProgrammeInput = update_input("Programme", RecordProgrammeInput, without={"owner"}, kept={"name"})


async def update_event(tx: Transaction, payload: UpdateInput) -> str:
    """Change an event."""
    update = await begin_update(tx, "event", payload)
    patch, id_ = update.patch, update.current.id
    draft = gather_event(tx, update.references, patch, ("patch",))
    await resolve(tx, [update.references])
    check_period(tx, update, "starts_on", "ends_on")
    if id_ in (larger := await wholes(tx, "event", known(draft.part_of))):
        message = "is the event itself, or part of it: name the larger one"
        tx.refuse(UserErrorCode.INVALID, message, ("patch", "partOf"), tuple(larger[:1]))
    tx.check()
    draft.id = id_
    if patch.gives("hosts"):
        await tx.connection.execute("DELETE FROM event_host WHERE event_id = $1", id_)
        await write_hosts(tx, [draft])
    if patch.gives("participants"):
        await tx.connection.execute("DELETE FROM participation WHERE event_id = $1", id_)
        await write_participants(tx, [draft])
    changes = update.columns("kind", "status", "starts_on", "ends_on", "mode", "venue", "description")
    changes |= named(patch) | linked(patch, city=known(draft.city), part_of=known(draft.part_of))
    return await update.write(changes, "hosts", "participants")


async def update_delegation(tx: Transaction, payload: UpdateInput) -> str:
    """Change a delegation."""
    update = await begin_update(tx, "delegation", payload)
    patch, current = update.patch, update.current
    draft = gather_delegation(tx, update.references, patch, ("patch",))
    await resolve(tx, [update.references])
    check_period(tx, update, "arrived_on", "departed_on")
    country = await _destination_country(tx, update, draft)
    tx.check()
    draft.id = current.id
    await write_named_events(tx, draft.events)
    await write_lists(tx, draft, replaced=patch.model_fields_set)
    changes = update.columns("status", "members_complete", "arrived_on", "departed_on", "purpose")
    changes |= linked(patch, destination_city=known(draft.city))
    if country != current.row["destination_country_code"]:
        changes["destinationCountry"] = {"destination_country_code": country}
    if patch.gives("name"):
        name = patch.name or await made_name(tx, await _sender_name(tx, current), draft, country)
        changes["name"] = {"name": name, "name_folded": fold(name)}
    return await update.write(changes, "members", "invited_by", "hosts", "events")


async def _destination_country(tx: Transaction, update: Update, draft: Any) -> str | None:
    """Return the country travelled to once the changes are made; it follows from the city where there is one."""
    patch, row = update.patch, update.current.row
    if patch.gives("destination_city"):
        city_country = draft.city.country if draft.city else None
    else:
        city_country = await tx.connection.fetchval(
            "SELECT country_code FROM city WHERE id = $1", row["destination_city_id"]
        )
    given: str | None = patch.destination_country
    if patch.gives("destination_country"):
        if city_country and given != city_country:
            message = f"must be {city_country}, where destinationCity lies, or left out"
            tx.refuse(UserErrorCode.INVALID, message, ("patch", "destinationCountry"))
        return given
    stays: str | None = city_country or row["destination_country_code"]
    return stays


async def _sender_name(tx: Transaction, current: Current) -> str:
    name: str = await tx.connection.fetchval(
        "SELECT name FROM city WHERE id = $1 UNION ALL SELECT name FROM organization WHERE id = $2",
        current.row["from_city_id"],
        current.row["from_organization_id"],
    )
    return name


async def update_programme(tx: Transaction, payload: UpdateInput) -> str:
    """Change a programme."""
    update = await begin_update(tx, "programme", payload)
    patch, id_ = update.patch, update.current.id
    partners = [
        update.references.party(party, ("patch", "partners", str(at))) for at, party in enumerate(patch.partners or ())
    ]
    await resolve(tx, [update.references])
    tx.check()
    if patch.gives("partners"):
        await tx.connection.execute("DELETE FROM programme_partner WHERE programme_id = $1", id_)
        await write_partners(tx, id_, partners)
    if patch.gives("targets"):
        await tx.connection.execute("DELETE FROM programme_target WHERE programme_id = $1", id_)
        await write_targets(tx, id_, patch.targets or [])
    return await update.write(named(patch) | update.columns("started_on", "description"), "partners", "targets")


class CiteInput(Input):
    """A source for a record that is there."""

    idempotency_key: str = key_field()
    subject: IdText = Field(description="The identifier of the record that is cited for.")
    citation: CitationInput = Field(description="The source, and what it supports.")


async def cite(tx: Transaction, payload: CiteInput) -> str:
    """Add a citation to a record, of whatever kind."""
    current = await lock_any(tx, payload.subject, None, ("subject",))
    references = References(tx)
    cited = gather_citation(tx, references, current.table, payload.citation, ("citation",))
    await resolve(tx, [references])
    tx.check()
    await write_citations(tx, [(current.id, cited)])
    await revise(tx, current, {}, others=["citations"])
    return current.id


def named(patch: Patch) -> dict[str, dict[str, Any]]:
    """Return the change of a name, with its folded form."""
    name = getattr(patch, "name", None)
    return {"name": {"name": name, "name_folded": fold(name)}} if name else {}


def linked(patch: Patch, **ids: str | None) -> dict[str, dict[str, Any]]:
    """Return the changes of fields that name a record, given with its identifier."""
    fields = type(patch).model_fields
    return {fields[name].alias or name: {f"{name}_id": id_} for name, id_ in ids.items() if patch.gives(name)}


def check_period(tx: Transaction, update: Update, first: str, last: str) -> None:
    """Refuse a period that would end before it begins, whichever end is changed."""
    current, patch = update.current, update.patch
    if not (patch.gives(first) and patch.gives(last)) and out_of_order(
        current.then(patch, first), current.then(patch, last)
    ):
        fields = type(patch).model_fields
        name, (before, other) = (last, ("before", first)) if patch.gives(last) else (first, ("after", last))
        path = ("patch", str(fields[name].alias))
        tx.refuse(UserErrorCode.DATES_OUT_OF_ORDER, f"lies {before} {fields[other].alias}", path)
