"""Records looked up by identifier or by spelling, and the names that newcomers are locked by.

Knows the tables of records, spellings, sources and countries. Which of the records found an input means is
decided elsewhere.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from service.inputs import SourceInput
from service.matching import Candidate, Spellings

if TYPE_CHECKING:
    from service.recording import Connection

# A merged record resolves to its survivor, however often that one was merged in turn.
_FOLLOWED = """
    WITH RECURSIVE followed AS (
        SELECT {by} AS asked, id, merged_into_id FROM {table} WHERE {by} = ANY($1)
        UNION ALL
        SELECT asked, survivor.id, survivor.merged_into_id
        FROM followed JOIN {table} AS survivor ON survivor.id = followed.merged_into_id
    )
    SELECT followed.asked, found.id, found.name, {country} AS country
    FROM followed JOIN {table} AS found ON found.id = followed.id
    WHERE followed.merged_into_id IS NULL AND found.retracted_at IS NULL
"""
_BY_IDENTIFIER = {
    ("city", "id"): _FOLLOWED.format(table="city", by="id", country="country_code"),
    ("city", "geonames_id"): _FOLLOWED.format(table="city", by="geonames_id", country="country_code"),
    ("city", "wikidata_id"): _FOLLOWED.format(table="city", by="wikidata_id", country="country_code"),
    ("organization", "id"): _FOLLOWED.format(table="organization", by="id", country="country_code"),
    ("person", "id"): _FOLLOWED.format(table="person", by="id", country="NULL"),
    ("agreement", "id"): """
        SELECT id AS asked, id, title AS name, NULL AS country FROM agreement
        WHERE id = ANY($1) AND retracted_at IS NULL
    """,
    ("event", "id"): """
        SELECT id AS asked, id, name, NULL AS country FROM event WHERE id = ANY($1) AND retracted_at IS NULL
    """,
    ("programme", "id"): """
        SELECT id AS asked, id, name, NULL AS country FROM programme WHERE id = ANY($1) AND retracted_at IS NULL
    """,
    ("source", "id"): "SELECT id AS asked, id, title AS name, NULL AS country FROM source WHERE id = ANY($1)",
}
NAMES, SIGNINGS = -1, -2
"""The spaces of names that are locked: of newcomers, then of signings. Transactions lock in this order."""
LOCKS_EACH = 64
_TABLES = {"cty": "city", "org": "organization", "per": "person"}


async def by_identifier(
    connection: "Connection", table: str, by: str, identifiers: Sequence[Any]
) -> dict[Any, Candidate]:
    """Return the records that have the identifiers; what was merged is answered by its survivor."""
    rows = await connection.fetch(_BY_IDENTIFIER[table, by], identifiers)
    return {row["asked"]: Candidate(row["id"], row["name"], country=row["country"]) for row in rows}


async def by_spelling(connection: "Connection", folded: Collection[str]) -> Spellings:
    """Return the cities, organizations and people that are spelled so, in one statement."""
    spellings = Spellings()
    if not folded:
        return spellings
    rows = await connection.fetch(
        """
        SELECT spelling.folded, spelling.subject_id,
            coalesce(city.name, organization.name, person.name) AS name,
            coalesce(city.native_name, organization.native_name, person.native_name) AS native_name,
            coalesce(city.country_code, organization.country_code) AS country,
            city.region, organization.city_id
        FROM spelling
            LEFT JOIN city ON city.id = spelling.subject_id
                AND city.retracted_at IS NULL AND city.merged_into_id IS NULL
            LEFT JOIN organization ON organization.id = spelling.subject_id
                AND organization.retracted_at IS NULL AND organization.merged_into_id IS NULL
            LEFT JOIN person ON person.id = spelling.subject_id
                AND person.retracted_at IS NULL AND person.merged_into_id IS NULL
        WHERE spelling.folded = ANY($1)
            AND coalesce(city.id, organization.id, person.id) IS NOT NULL
        """,
        folded,
    )
    for row in rows:
        found = Candidate(
            row["subject_id"], row["name"], row["native_name"], row["country"], row["region"], row["city_id"]
        )
        spellings.add(_TABLES[found.id[:3]], [row["folded"]], found)
    return spellings


async def known_countries(connection: "Connection", codes: Collection[str]) -> set[str]:
    """Return those of the codes that the registry knows."""
    rows = await connection.fetch("SELECT code FROM country WHERE code = ANY($1)", sorted(codes))
    return {row["code"] for row in rows}


async def lock_names(connection: "Connection", space: int, keys: Iterable[int]) -> None:
    """Lock the names of a space until the transaction ends, in one order for all; wait for whoever holds one.

    The server has room for few thousand locks in all, so whoever needs many takes the space as a whole.
    """
    ordered = sorted(set(keys))
    if len(ordered) > LOCKS_EACH:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", space)
        return
    await connection.execute(
        """
        SELECT pg_advisory_xact_lock_shared($1),
            (SELECT count(pg_advisory_xact_lock(key)) FROM unnest($2::bigint[]) AS key)
        """,
        space,
        ordered,
    )


def name_key(*parts: str) -> int:
    """Return the number under which a name is locked."""
    return int.from_bytes(sha256("\0".join(parts).encode()).digest()[:8], signed=True)


def source_id(caller: str, source: SourceInput) -> str:
    """Return the identifier of a source, made from who cites it and all its particulars.

    A caller that describes a source again means the same one, and two transactions that do so at once agree.
    """
    particulars = (caller, source.title, source.publisher, source.published_on, source.url, source.language)
    return "src_" + sha256("\0".join(value or "" for value in particulars).encode()).hexdigest()[:26]


async def keep_sources(connection: "Connection", sources: Mapping[str, SourceInput]) -> None:
    """Write the sources that are not there yet."""
    await connection.executemany(
        """
        INSERT INTO source (id, title, publisher, published_on, url, language) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO NOTHING
        """,
        [
            (id_, source.title, source.publisher, source.published_on, source.url, source.language)
            for id_, source in sorted(sources.items())
        ],
    )
