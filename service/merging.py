"""Merging a duplicate into the record that stays: all that names the one names the other from then on.

Knows what two records of one thing may contradict. What names them is found by referring, so that no table is
forgotten. A merge waits for the writing that is under way and is waited for, so that nothing names the duplicate
while its references move; see recording.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from service.belonging import wholes
from service.errors import UserErrorCode
from service.inputs import IdText, Input, key_field
from service.models import TABLES
from service.models.enums import ChangeKind
from service.recording import Transaction
from service.referring import Link, links_to, moved_later
from service.revision import Current, revise

_INHERITED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "city": {
        "nativeName": ("native_name",),
        "region": ("region",),
        "latitude": ("latitude", "longitude"),
        "population": ("population",),
        "timeZone": ("time_zone",),
        "geonamesId": ("geonames_id",),
        "wikidataId": ("wikidata_id",),
    },
    "organization": {
        "nativeName": ("native_name",),
        "city": ("city_id",),
        "country": ("country_code",),
        "establishedOn": ("established_on",),
        "website": ("website",),
    },
    "person": {"nativeName": ("native_name",)},
}
"""Facts that the survivor takes over where it has none."""
_CANDIDATES = 20


class MergeInput(Input):
    """A record that is the same as another, and the one that stays."""

    idempotency_key: str = key_field()
    duplicate: IdText = Field(
        description="The identifier of the record that is one too many; it names the survivor from then on."
    )
    into: IdText = Field(description="The identifier of the record that stays: the survivor.")


async def merge_cities(tx: Transaction, payload: MergeInput) -> str:
    """Merge a city into another."""
    return await _merge(tx, "city", payload)


async def merge_organizations(tx: Transaction, payload: MergeInput) -> str:
    """Merge an organization into another."""
    return await _merge(tx, "organization", payload)


async def merge_people(tx: Transaction, payload: MergeInput) -> str:
    """Merge a person into another."""
    return await _merge(tx, "person", payload)


async def _merge(tx: Transaction, table: str, payload: MergeInput) -> str:
    duplicate, survivor = await _lock_both(tx, table, payload)
    await _refuse_contradictions(tx, table, duplicate.id, survivor.id)
    if table == "organization":
        await _refuse_circle(tx, duplicate.id, survivor)
    tx.check()
    ids = (duplicate.id, survivor.id)
    await _drop_repeated(tx, table, *ids)
    for link in links_to(table):
        await _move(tx, link, *ids)
    # What was merged into the duplicate before names the new survivor, so that chains stay short.
    await tx.connection.execute(f"UPDATE {table} SET merged_into_id = $2 WHERE merged_into_id = $1", *ids)
    await tx.connection.execute("UPDATE citation SET subject_id = $2 WHERE subject_id = $1", *ids)
    await tx.connection.execute(
        "INSERT INTO spelling (folded, subject_id) SELECT folded, $2 FROM spelling WHERE subject_id = $1"
        " ON CONFLICT DO NOTHING",
        *ids,
    )
    await tx.connection.execute("DELETE FROM spelling WHERE subject_id = $1", duplicate.id)
    changes = _inherited(table, duplicate, survivor)
    taken = [column for columns in changes.values() for column in columns]
    cleared = "".join(f", {column} = NULL" for column in taken if column in {"geonames_id", "wikidata_id"})
    await tx.connection.execute(
        f"UPDATE {table} SET merged_into_id = $2, updated_at = now(){cleared} WHERE id = $1", *ids
    )
    await revise(tx, survivor, changes, kind=ChangeKind.MERGED)
    return survivor.id


async def _lock_both(tx: Transaction, table: str, payload: MergeInput) -> tuple[Current, Current]:
    """Lock duplicate and survivor; raise Refused where either is none, or they are one already."""
    rows = await tx.connection.fetch(
        f"""
        SELECT * FROM {table}
        WHERE id IN ($1, $2, (SELECT merged_into_id FROM {table} WHERE id = $2)) AND retracted_at IS NULL
        ORDER BY id FOR UPDATE
        """,
        payload.duplicate,
        payload.into,
    )
    found = {row["id"]: row for row in rows}
    duplicate, survivor = found.get(payload.duplicate), found.get(payload.into)
    if survivor is not None and survivor["merged_into_id"]:
        survivor = found.get(survivor["merged_into_id"])
    for row, name in ((duplicate, "duplicate"), (survivor, "into")):
        if row is None:
            tx.refuse(UserErrorCode.NOT_FOUND, f"names no {table} of the registry", (name,))
    tx.check()
    assert duplicate is not None and survivor is not None  # noqa: S101 (for the type checker: refused)
    if duplicate["merged_into_id"]:
        message = "was merged before: see the candidate"
        tx.refuse(UserErrorCode.INVALID, message, ("duplicate",), (duplicate["merged_into_id"],))
    elif duplicate["id"] == survivor["id"]:
        tx.refuse(UserErrorCode.INVALID, "is the record that is to stay: name another", ("duplicate",))
    tx.check()
    return Current(table, duplicate["id"], dict(duplicate)), Current(table, survivor["id"], dict(survivor))


async def _refuse_contradictions(tx: Transaction, table: str, duplicate: str, survivor: str) -> None:
    """Refuse two that face each other somewhere: whoever agreed with, or gave to, the other is no duplicate."""
    if table not in {"city", "organization"}:
        return
    column = f"{table}_id"
    rows = await tx.connection.fetch(
        f"""
        SELECT agreement.id FROM agreement
            JOIN agreement_party AS one ON one.agreement_id = agreement.id AND one.{column} = $1
            JOIN agreement_party AS other ON other.agreement_id = agreement.id AND other.{column} = $2
        WHERE agreement.retracted_at IS NULL
        UNION ALL
        SELECT id FROM contribution
        WHERE retracted_at IS NULL AND ((giver_{column} = $1 AND recipient_{column} = $2)
            OR (giver_{column} = $2 AND recipient_{column} = $1))
        LIMIT {_CANDIDATES}
        """,
        duplicate,
        survivor,
    )
    if rows:
        message = "faces the survivor in the candidates, so that they cannot be one: retract those if they are wrong"
        tx.refuse(UserErrorCode.DUPLICATE_PARTY, message, ("duplicate",), tuple(row["id"] for row in rows))


async def _refuse_circle(tx: Transaction, duplicate: str, survivor: Current) -> None:
    """Refuse a survivor that is part of the duplicate by way of others; one that is so directly is so no more."""
    between = await wholes(tx, "organization", survivor.row["part_of_organization_id"])
    if duplicate in between[1:]:
        message = "has a part of which the survivor is part: see the candidate, and change what it is part of"
        tx.refuse(UserErrorCode.INVALID, message, ("duplicate",), tuple(between[:1]))


async def _drop_repeated(tx: Transaction, table: str, duplicate: str, survivor: str) -> None:
    """Remove the duplicate from where nothing is said but what is said of the survivor already."""
    for link in links_to(table):
        columns = [c.name for c in TABLES[link.table].columns if c.computed is None]
        if link.table in {"agreement_party", link.owner} or "position" not in columns:
            continue
        same = " AND ".join(
            f"mine.{name} IS NOT DISTINCT FROM theirs.{name}"
            for name in columns
            if name not in {"id", "position", link.column}
        )
        await tx.connection.execute(
            f"""
            DELETE FROM {link.table} AS mine USING {link.table} AS theirs
            WHERE mine.{link.column} = $1 AND theirs.{link.column} = $2 AND {same or "true"}
            """,
            duplicate,
            survivor,
        )
    if table == "person":
        await _keep_one_member(tx, duplicate, survivor)


async def _keep_one_member(tx: Transaction, duplicate: str, survivor: str) -> None:
    """Where both travelled with a delegation, keep the one who led it, else the survivor."""
    await tx.connection.execute(
        """
        DELETE FROM delegation_member AS dropped USING delegation_member AS other
        WHERE other.delegation_id = dropped.delegation_id
            AND ((dropped.person_id = $1 AND other.person_id = $2 AND dropped.role <> 'LEADER')
                OR (dropped.person_id = $2 AND other.person_id = $1 AND other.role = 'LEADER'))
        """,
        duplicate,
        survivor,
    )


async def _move(tx: Transaction, link: Link, duplicate: str, survivor: str) -> None:
    """Let the rows that name the duplicate name the survivor."""
    table, column = link.table, link.column
    if table == "city_name":
        await tx.connection.execute(
            "INSERT INTO city_name (city_id, language, name) SELECT $2, language, name FROM city_name"
            " WHERE city_id = $1 ON CONFLICT DO NOTHING",
            duplicate,
            survivor,
        )
        await tx.connection.execute("DELETE FROM city_name WHERE city_id = $1", duplicate)
        return
    renumbered, kept = "", ""
    if moved_later(link):
        last = f"(SELECT coalesce(max(position), 0) FROM {table} WHERE {column} = $2)"
        renumbered = f", position = position + {last}"
    if table == "agreement_party":  # of a retracted agreement both may be parties still: it stays as it was
        kept = (
            f" AND NOT EXISTS (SELECT FROM agreement_party AS other"
            f" WHERE other.agreement_id = agreement_party.agreement_id AND other.{column} = $2)"
        )
    if table == link.owner and column == "part_of_organization_id":
        await tx.connection.execute(
            "UPDATE organization SET part_of_organization_id = NULL WHERE id = $2 AND part_of_organization_id = $1",
            duplicate,
            survivor,
        )
    await tx.connection.execute(
        f"UPDATE {table} SET {column} = $2{renumbered} WHERE {column} = $1{kept}", duplicate, survivor
    )


def _inherited(table: str, duplicate: Current, survivor: Current) -> dict[str, dict[str, Any]]:
    """Return the facts that the survivor lacks and the duplicate has."""
    return {
        field: {column: duplicate.row[column] for column in columns}
        for field, columns in _INHERITED[table].items()
        if all(survivor.row[column] is None and duplicate.row[column] is not None for column in columns)
    }
