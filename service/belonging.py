"""What is part of what: an event of a larger one, an organization of another, and nothing of itself.

Knows the columns that say so. What is found on the way up is locked, so that two changes at once, each of which would
be fine alone, do not close a circle: one of them waits, or both are in each other's way and one is tried again.
"""

from service.recording import Transaction

_PART_OF = {"event": "part_of_id", "organization": "part_of_organization_id"}


async def wholes(tx: Transaction, table: str, id_: str | None) -> list[str]:
    """Return the record of the identifier and all that it is part of, the nearest first."""
    found: dict[str, None] = {}
    while id_ is not None and id_ not in found:
        found[id_] = None
        id_ = await tx.connection.fetchval(f"SELECT {_PART_OF[table]} FROM {table} WHERE id = $1 FOR SHARE", id_)
    return list(found)
