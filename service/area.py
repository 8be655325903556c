"""Areas of cooperation, named by name or slug.

Knows that an area is one whatever its spelling, and that a new one is added. Knows no agreement.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from service.errors import Path, UserErrorCode
from service.folding import slug
from service.models.columns import new_id
from service.recording import Transaction

if TYPE_CHECKING:
    from service.recording import Connection


def gather_areas(tx: Transaction, names: list[str] | None, path: Path) -> dict[str, str]:
    """Return the names by slug, each area once, in their order; refuse a name without letters and digits."""
    areas: dict[str, str] = {}
    for index, name in enumerate(names or ()):
        if key := slug(name):
            areas.setdefault(key, name)
        else:
            tx.refuse(UserErrorCode.INVALID, "holds no letter and no digit", (*path, str(index)))
    return areas


async def resolve_areas(tx: Transaction, names: Mapping[str, str]) -> dict[str, str]:
    """Return the identifiers of the areas by slug, and add those that are new."""
    found = await _by_slug(tx.connection, names) if names else {}
    new = sorted(set(names) - set(found))
    if not new:
        return found
    # In one order, so that two transactions that add the same areas wait for each other instead of deadlocking.
    await tx.connection.executemany(
        "INSERT INTO area (id, slug, name) VALUES ($1, $2, $3) ON CONFLICT (slug) DO NOTHING",
        [(new_id("are"), key, names[key]) for key in new],
    )
    return await _by_slug(tx.connection, names)


async def _by_slug(connection: "Connection", names: Mapping[str, str]) -> dict[str, str]:
    rows = await connection.fetch("SELECT slug, id FROM area WHERE slug = ANY($1)", list(names))
    return {row["slug"]: row["id"] for row in rows}
