"""Updating cities, organizations and people: their facts, and the spellings by which they are found.

Knows which names and identifiers must stay one record's own.
"""

from collections.abc import Sequence
from typing import Any

from service import finding
from service.belonging import wholes
from service.errors import UserErrorCode
from service.folding import fold
from service.matching import person_spellings, spellings_of
from service.party import (
    CityFacts,
    check_periods,
    gather_members,
    refuse_known_city,
    refuse_known_organization,
    refuse_taken_identifiers,
    write_members,
    write_offices,
)
from service.party_inputs import CityInput, CreateOrganizationInput, RecordPersonInput
from service.recording import Transaction
from service.reference import known, party_columns, resolve
from service.revision import Current, Update, UpdateInput, begin_update, update_input
from service.updating import linked, named

UpdateCityInput = update_input("City", CityInput, kept={"name", "country"})
UpdateOrganizationInput = update_input(
    "Organization", CreateOrganizationInput, kept={"name", "kind", "members_complete"}
)
UpdatePersonInput = update_input("Person", RecordPersonInput, kept={"name"})


async def update_city(tx: Transaction, payload: UpdateInput) -> str:
    """Change a city's facts."""
    update = await begin_update(tx, "city", payload)
    patch, current = update.patch, update.current
    update.references.country(patch.country, ("patch", "country"))
    await resolve(tx, [update.references])
    if (current.then(patch, "latitude") is None) != (current.then(patch, "longitude") is None):
        lacking = "latitude" if current.then(patch, "latitude") is None else "longitude"
        tx.refuse(UserErrorCode.INVALID, "must be given together with the other coordinate", ("patch", lacking))
    country = patch.country or current.row["country_code"]
    names = await _city_names(tx, update)
    await _lock_spellings(tx, "city", country, spellings_of(*names))
    await refuse_taken_identifiers(tx, patch, ("patch",), but=current.id)
    if update.given("name", "country", "region"):
        facts = CityFacts(names[0] or "", country, current.then(patch, "region"), current.then(patch, "geonames_id"))
        await refuse_known_city(tx, facts, ("patch", "name"), but=current.id)
    tx.check()
    await _respell(tx, current, [*await _names_in_languages(tx, current.id)], spellings_of(*names))
    if patch.gives("names"):
        await tx.connection.execute("DELETE FROM city_name WHERE city_id = $1", current.id)
        await tx.connection.executemany(
            "INSERT INTO city_name (city_id, language, name) VALUES ($1, $2, $3)",
            list(dict.fromkeys((current.id, one.language, one.name) for one in patch.names or ())),
        )
    changes = update.columns("native_name", "region", "latitude", "longitude", "population", "time_zone")
    changes |= update.columns("geonames_id", "wikidata_id") | named(patch)
    if patch.country:
        changes["country"] = {"country_code": patch.country}
    return await update.write(changes, "names")


async def _city_names(tx: Transaction, update: Update) -> list[str | None]:
    """Return all names that the city will have, the usual one first."""
    patch, current = update.patch, update.current
    names = [current.then(patch, "name"), current.then(patch, "native_name")]
    if patch.gives("names"):
        return [*names, *(one.name for one in patch.names or ())]
    return [*names, *await _names_in_languages(tx, current.id)]


async def _names_in_languages(tx: Transaction, id_: str) -> list[str]:
    rows = await tx.connection.fetch("SELECT name FROM city_name WHERE city_id = $1", id_)
    return [row["name"] for row in rows]


async def update_organization(tx: Transaction, payload: UpdateInput) -> str:
    """Change an organization's facts; members given replace those that are there."""
    update = await begin_update(tx, "organization", payload)
    patch, current = update.patch, update.current
    city = update.references.city(patch.city, ("patch", "city"))
    part_of = update.references.party(patch.part_of, ("patch", "partOf"))
    update.references.country(patch.country, ("patch", "country"))
    members = gather_members(update.references, patch.members or [], ("patch",))
    await resolve(tx, [update.references])
    larger = await wholes(tx, "organization", part_of.organization_id if part_of else None)
    if current.id in larger:
        message = "is the organization itself, or part of it: name the larger one"
        tx.refuse(UserErrorCode.INVALID, message, ("patch", "partOf"), tuple(larger[:1]))
    city_id = known(city) if patch.gives("city") else current.row["city_id"]
    country = await _country_then(tx, update, city_id)
    names = (current.then(patch, "name"), current.then(patch, "native_name"))
    spellings = spellings_of(*names)
    await _lock_spellings(tx, "organization", "", spellings)
    if update.given("name", "city", "country"):
        await refuse_known_organization(tx, fold(names[0]), country, city_id, ("patch", "name"), but=current.id)
    tx.check()
    await _respell(tx, current, [], spellings)
    if patch.gives("members"):
        await tx.connection.execute("DELETE FROM membership WHERE organization_id = $1", current.id)
        await write_members(tx, current.id, patch.members or [], members)
    changes = update.columns("native_name", "kind", "established_on", "website", "members_complete")
    changes |= named(patch) | linked(patch, city=city_id)
    if country != current.row["country_code"]:
        changes["country"] = {"country_code": country}
    if patch.gives("part_of"):
        part_of_city, part_of_organization = party_columns(part_of)
        changes["partOf"] = {"part_of_city_id": part_of_city, "part_of_organization_id": part_of_organization}
    return await update.write(changes, "members")


async def _country_then(tx: Transaction, update: Update, city_id: str | None) -> str | None:
    """Return the organization's country once the changes are made; it follows from the city where there is one."""
    patch, row = update.patch, update.current.row
    of_city: str | None = await tx.connection.fetchval("SELECT country_code FROM city WHERE id = $1", city_id)
    if patch.gives("country") and of_city and patch.country != of_city:
        tx.refuse(UserErrorCode.INVALID, f"must be {of_city}, where the city lies, or left out", ("patch", "country"))
    given: str | None = patch.country if patch.gives("country") else row["country_code"]
    return of_city or given


async def update_person(tx: Transaction, payload: UpdateInput) -> str:
    """Change a person's names; offices given replace those that are there."""
    update = await begin_update(tx, "person", payload)
    patch, current = update.patch, update.current
    offices = [
        update.references.party(office.of, ("patch", "offices", str(at), "of"))
        for at, office in enumerate(patch.offices or ())
    ]
    check_periods(tx, patch.offices or [], ("patch", "offices"))
    await resolve(tx, [update.references])
    spellings = person_spellings(current.then(patch, "name"), current.then(patch, "native_name"))
    if not fold(current.then(patch, "name")):
        tx.refuse(UserErrorCode.INVALID, "holds no letter and no digit", ("patch", "name"))
    await _lock_spellings(tx, "person", "", spellings)
    tx.check()
    await _respell(tx, current, [], spellings)
    if patch.gives("offices"):
        await tx.connection.execute("DELETE FROM office WHERE person_id = $1", current.id)
        await write_offices(tx, current.id, patch.offices or [], offices)
    return await update.write(update.columns("native_name") | named(patch), "offices")


async def _lock_spellings(tx: Transaction, table: str, home: str, spellings: Sequence[str]) -> None:
    if not spellings:
        tx.refuse(UserErrorCode.INVALID, "holds no letter and no digit", ("patch", "name"))
    keys = [finding.name_key(table, home, one) for one in spellings]
    await finding.lock_names(tx.connection, finding.NAMES, keys)


async def _respell(tx: Transaction, current: Current, other_names: list[str], spellings: Sequence[str]) -> None:
    """Replace the spellings of the names that the record has; those that a merge brought along stay."""
    row: Any = current.row
    spell = person_spellings if current.table == "person" else spellings_of
    old = {*spell(row["name"], row["native_name"]), *spellings_of(*other_names)}
    await tx.connection.execute(
        "DELETE FROM spelling WHERE subject_id = $1 AND folded = ANY($2)", current.id, sorted(old - set(spellings))
    )
    await tx.connection.executemany(
        "INSERT INTO spelling (folded, subject_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        [(spelling, current.id) for spelling in spellings],
    )
