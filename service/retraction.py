"""Taking back a record that was made in error: it leaves every answer, and its history stays.

Knows that what others stand on cannot be taken from under them.
"""

from pydantic import Field

from service.errors import UserErrorCode
from service.inputs import INT_MAX, TEXT, IdText, Input, WholeNumber, key_field
from service.models.enums import ChangeKind
from service.recording import Transaction
from service.referring import links_to
from service.revision import lock_any, revise

_NEEDED = ("city", "organization", "person")
"""Records that others cannot do without; of the rest, what names them shows null or leaves them out."""
_NAMED = 10


class RetractInput(Input):
    """A record to be taken back because it was made in error."""

    idempotency_key: str = key_field()
    id: IdText = Field(description="Which record, by the id that it was answered with.")
    expected_version: WholeNumber = Field(
        ge=1, le=INT_MAX, description="The version that was found to be wrong; another one is refused."
    )
    reason: str = Field(max_length=TEXT, description="What is wrong with it. Kept for the operators of the registry.")


async def retract(tx: Transaction, payload: RetractInput) -> str:
    """Hide a record. A city, organization or person is refused while other records name it: merge it instead."""
    current = await lock_any(tx, payload.id, payload.expected_version, ("id",))
    if current.table in _NEEDED and (named_by := await _named_by(tx, current.table, current.id)):
        message = "is named by other records: retract those first, or merge this one into the one that was meant"
        tx.refuse(UserErrorCode.INVALID, message, ("id",), named_by)
    tx.check()
    await tx.connection.execute(
        "INSERT INTO retraction (subject_id, reason) VALUES ($1, $2)", current.id, payload.reason
    )
    await tx.connection.execute(f"UPDATE {current.table} SET retracted_at = now() WHERE id = $1", current.id)
    await revise(tx, current, {}, kind=ChangeKind.RETRACTED)
    return current.id


async def _named_by(tx: Transaction, table: str, id_: str) -> tuple[str, ...]:
    """Return some of the visible records that name the record."""
    found: dict[str, None] = {}
    for link in links_to(table):
        if link.hangs:
            continue
        merged = " AND owner.merged_into_id IS NULL" if link.owner in _NEEDED else ""
        rows = await tx.connection.fetch(
            f"""
            SELECT DISTINCT owner.id
            FROM {link.table} AS link JOIN {link.owner} AS owner ON owner.id = link.{link.owner_key}
            WHERE link.{link.column} = $1 AND owner.retracted_at IS NULL AND owner.id <> $1{merged}
            ORDER BY owner.id LIMIT {_NAMED}
            """,
            id_,
        )
        found.update((row["id"], None) for row in rows)
    return tuple(found)[:_NAMED]
