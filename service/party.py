"""Creating cities and organizations, and recording people with their offices.

Knows what makes two of them the same and their full rows. One that is merely named by another record is
written by creation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from service import finding
from service.citation import gather_citations, write_citations
from service.dates import out_of_order
from service.errors import Path, UserErrorCode
from service.folding import fold
from service.inputs import NamedPerson, PersonRef
from service.matching import spellings_of
from service.models.columns import new_id
from service.models.enums import ChangeKind
from service.party_inputs import (
    CityInput,
    CreateCityInput,
    CreateOrganizationInput,
    MembershipInput,
    OfficeInput,
    RecordPersonInput,
)
from service.recording import Transaction
from service.reference import Mention, References, known, party_columns, resolve

_NO_FACTS = {"idempotency_key", "citations"}


async def create_city(tx: Transaction, payload: CreateCityInput) -> str:
    """Create a city, unless the country has one of this name in the same region."""
    given = payload.city
    if (given.latitude is None) != (given.longitude is None):
        lacking = "longitude" if given.longitude is None else "latitude"
        tx.refuse(UserErrorCode.INVALID, "must be given together with the other coordinate", ("city", lacking))
    _check_name(tx, given.name, ("city", "name"))
    references = References(tx)
    cited = gather_citations(tx, references, "city", payload.citations, ("citations",))
    references.country(given.country, ("city", "country"))
    await resolve(tx, [references])
    spellings = spellings_of(given.name, given.native_name, *(one.name for one in given.names or ()))
    await finding.lock_names(
        tx.connection, finding.NAMES, (finding.name_key("city", given.country, one) for one in spellings)
    )
    facts = CityFacts(given.name, given.country, given.region, given.geonames_id)
    await refuse_taken_identifiers(tx, given, ("city",))
    await refuse_known_city(tx, facts, ("city", "name"))
    tx.check()
    id_ = new_id("cty")
    await _write_city(tx, id_, given)
    await _write_spellings(tx, id_, spellings)
    await write_citations(tx, [(id_, one) for one in cited])
    tx.announce(ChangeKind.CREATED, id_, given.fields_given())
    return id_


def _check_name(tx: Transaction, name: str, path: Path) -> None:
    if not fold(name):
        tx.refuse(UserErrorCode.INVALID, "holds no letter and no digit", path)


async def refuse_taken_identifiers(tx: Transaction, given: Any, path: Path, but: str = "") -> None:
    """Refuse identifiers from elsewhere that another city has."""
    for name, value, statement in (
        ("geonamesId", given.geonames_id, "SELECT id FROM city WHERE geonames_id = $1 AND retracted_at IS NULL"),
        ("wikidataId", given.wikidata_id, "SELECT id FROM city WHERE wikidata_id = $1 AND retracted_at IS NULL"),
    ):
        taken = await tx.connection.fetchval(statement, value) if value is not None else None
        if taken not in {None, but}:
            message = "belongs to a city that the registry holds: see the candidate"
            tx.refuse(UserErrorCode.ALREADY_RECORDED, message, (*path, name), (taken,))


@dataclass(frozen=True)
class CityFacts:
    """What tells a city from its namesakes."""

    name: str
    country: str
    region: str | None
    geonames_id: int | None


async def refuse_known_city(tx: Transaction, facts: CityFacts, path: Path, but: str = "") -> None:
    """Refuse a name that another city of the region has, unless GeoNames tells the namesakes apart."""
    rows = await tx.connection.fetch(
        """
        SELECT city.id, city.region, city.geonames_id
        FROM spelling JOIN city ON city.id = spelling.subject_id
        WHERE spelling.folded = $1 AND city.country_code = $2
            AND city.retracted_at IS NULL AND city.merged_into_id IS NULL AND city.id <> $3
        """,
        fold(facts.name),
        facts.country,
        but,
    )
    region = fold(facts.region or "")
    alike = [
        row["id"]
        for row in rows
        if fold(row["region"] or "") == region and None in {facts.geonames_id, row["geonames_id"]}
    ]
    if alike:
        message = "is a city that the registry holds: use the candidate, or give the region that tells them apart"
        tx.refuse(UserErrorCode.ALREADY_RECORDED, message, path, tuple(sorted(alike)))


async def _write_city(tx: Transaction, id_: str, given: CityInput) -> None:
    await tx.connection.execute(
        """
        INSERT INTO city (id, name, name_folded, native_name, country_code, region, latitude, longitude, population,
            time_zone, geonames_id, wikidata_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        id_,
        given.name,
        fold(given.name),
        given.native_name,
        given.country,
        given.region,
        given.latitude,
        given.longitude,
        given.population,
        given.time_zone,
        given.geonames_id,
        given.wikidata_id,
    )
    await tx.connection.executemany(
        "INSERT INTO city_name (city_id, language, name) VALUES ($1, $2, $3)",
        list(dict.fromkeys((id_, one.language, one.name) for one in given.names or ())),
    )


async def _write_spellings(tx: Transaction, id_: str, spellings: list[str]) -> None:
    await tx.connection.executemany(
        "INSERT INTO spelling (folded, subject_id) VALUES ($1, $2)", [(spelling, id_) for spelling in spellings]
    )


async def create_organization(tx: Transaction, payload: CreateOrganizationInput) -> str:
    """Create an organization, unless the registry has one of this name in the same place."""
    _check_name(tx, payload.name, ("name",))
    references = References(tx)
    cited = gather_citations(tx, references, "organization", payload.citations, ("citations",))
    city = references.city(payload.city, ("city",))
    part_of = references.party(payload.part_of, ("partOf",))
    references.country(payload.country, ("country",))
    members = gather_members(references, payload.members or [])
    await resolve(tx, [references])
    if city and city.country and payload.country not in {None, city.country}:
        tx.refuse(UserErrorCode.INVALID, f"must be {city.country}, where the city lies, or left out", ("country",))
    tx.check()
    country = city.country if city else payload.country
    spellings = spellings_of(payload.name, payload.native_name)
    await finding.lock_names(
        tx.connection, finding.NAMES, (finding.name_key("organization", "", one) for one in spellings)
    )
    await refuse_known_organization(tx, fold(payload.name), country, known(city))
    tx.check()
    id_ = new_id("org")
    await _write_organization(tx, id_, payload, city, country, part_of)
    await write_members(tx, id_, payload.members or [], members)
    await _write_spellings(tx, id_, spellings)
    await write_citations(tx, [(id_, one) for one in cited])
    tx.announce(ChangeKind.CREATED, id_, payload.fields_given(without=_NO_FACTS))
    return id_


def gather_members(references: References, members: Sequence[MembershipInput], path: Path = ()) -> list[Mention]:
    """Note an organization's members, and refuse periods that end before they begin."""
    check_periods(references.tx, members, (*path, "members"))
    return [
        references.person(member.person, (*path, "members", str(at), "person")) for at, member in enumerate(members)
    ]


def check_periods(tx: Transaction, periods: Sequence[MembershipInput | OfficeInput], path: Path) -> None:
    """Refuse memberships and offices that would end before they begin."""
    for at, period in enumerate(periods):
        if out_of_order(period.from_, period.to):
            tx.refuse(UserErrorCode.DATES_OUT_OF_ORDER, "lies before from", (*path, str(at), "to"))


async def refuse_known_organization(
    tx: Transaction, folded: str, country: str | None, city_id: str | None, path: Path = ("name",), but: str = ""
) -> None:
    """Refuse a name that the same country and city have already, or that stands there without either."""
    rows = await tx.connection.fetch(
        """
        SELECT organization.id
        FROM spelling JOIN organization ON organization.id = spelling.subject_id
        WHERE spelling.folded = $1 AND organization.retracted_at IS NULL AND organization.merged_into_id IS NULL
            AND (organization.country_code IS NULL OR organization.country_code IS NOT DISTINCT FROM $2)
            AND (organization.city_id IS NULL OR organization.city_id IS NOT DISTINCT FROM $3)
            AND organization.id <> $4
        ORDER BY organization.id
        """,
        folded,
        country,
        city_id,
        but,
    )
    if rows:
        message = "is an organization that the registry holds: see the candidates"
        tx.refuse(UserErrorCode.ALREADY_RECORDED, message, path, tuple(row["id"] for row in rows))


async def _write_organization(
    tx: Transaction,
    id_: str,
    payload: CreateOrganizationInput,
    city: Mention | None,
    country: str | None,
    part_of: Mention | None,
) -> None:
    await tx.connection.execute(
        """
        INSERT INTO organization (id, name, name_folded, native_name, kind, city_id, country_code, part_of_city_id,
            part_of_organization_id, established_on, website, members_complete)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        id_,
        payload.name,
        fold(payload.name),
        payload.native_name,
        payload.kind.value,
        known(city),
        country,
        *party_columns(part_of),
        payload.established_on,
        payload.website,
        payload.members_complete is not False,
    )


async def write_members(tx: Transaction, id_: str, given: Sequence[MembershipInput], people: Sequence[Mention]) -> None:
    """Write an organization's members."""
    await tx.connection.executemany(
        """
        INSERT INTO membership (organization_id, position, person_id, role, from_on, to_on)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        [
            (id_, position, person.id, member.role, member.from_, member.to)
            for position, (member, person) in enumerate(zip(given, people, strict=True), 1)
        ],
    )


async def record_person(tx: Transaction, payload: RecordPersonInput) -> str:
    """Record a person, or give a known one the native name and the offices that are new."""
    references = References(tx)
    cited = gather_citations(tx, references, "person", payload.citations, ("citations",))
    named = NamedPerson(name=payload.name, native_name=payload.native_name)
    subject = References(tx)  # apart from the citations, whose sources it would inherit beside being cited itself
    person = subject.person(PersonRef(named=named), ())
    person.path = ()
    offices = [
        references.party(office.of, ("offices", str(at), "of")) for at, office in enumerate(payload.offices or ())
    ]
    check_periods(tx, payload.offices or [], ("offices",))
    await resolve(tx, [subject, references])
    tx.check()
    added = await write_offices(tx, person.id, payload.offices or [], offices)
    await write_citations(tx, [(person.id, one) for one in cited])
    changed = bool(tx.announcements) and tx.announcements[-1].subject_id == person.id
    if changed and added:
        last = tx.announcements.pop()
        tx.announcements.append(replace(last, fields=(*last.fields, "offices")))
    elif added:
        version = await tx.connection.fetchval(
            "UPDATE person SET version = version + 1, updated_at = now() WHERE id = $1 RETURNING version", person.id
        )
        tx.announce(ChangeKind.UPDATED, person.id, ("offices",), version=version)
    elif not changed:
        message = "is a person whom the registry holds with all of this: see the candidate"
        tx.refuse(UserErrorCode.ALREADY_RECORDED, message, ("name",), (person.id,))
    return person.id


async def write_offices(
    tx: Transaction, id_: str, offices: Sequence[OfficeInput], parties: Sequence[Mention | None]
) -> bool:
    """Write the offices that the person is not yet known to have held; tell whether there were any."""
    rows = await tx.connection.fetch(
        """
        SELECT title, of_city_id, of_organization_id, from_on, to_on
        FROM office WHERE person_id = (SELECT id FROM person WHERE id = $1 FOR NO KEY UPDATE) ORDER BY position
        """,
        id_,
    )
    held = [tuple(row) for row in rows]
    given = [
        (office.title, *party_columns(party), office.from_, office.to)
        for office, party in zip(offices, parties, strict=True)
    ]
    new = [office for office in dict.fromkeys(given) if office not in held]
    await tx.connection.executemany(
        """
        INSERT INTO office (person_id, position, title, of_city_id, of_organization_id, from_on, to_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        [(id_, position, *office) for position, office in enumerate(new, len(held) + 1)],
    )
    return bool(new)
