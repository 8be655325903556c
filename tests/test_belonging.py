"""Nothing is part of itself, by whatever way and whoever says so at once."""

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tests.api import Api
from tests.test_merging import merge
from tests.test_updating import recorded, update

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]

EVENT = ("recordEvent", "updateEvent", "event")
ORGANIZATION = ("createOrganization", "updateOrganization", "organization")


async def chain(api: Api, create: str, table: str, names: str) -> list[str]:
    """Record as many as there are letters, each part of the one before."""
    made: list[str] = []
    for name in names:
        whole = made[-1] if made else None
        if table == "event":
            given: dict[str, Any] = {"event": {"kind": "EXPO", "name": name, "partOf": whole}}
        else:
            given = {"name": name, "kind": "OTHER", "partOf": whole and {"organization": {"id": whole}}}
        made.append(await recorded(api, create, given, table))
    return made


def part_of(table: str, whole: str) -> Any:
    return whole if table == "event" else {"organization": {"id": whole}}


@pytest.mark.parametrize(("create", "change", "table"), [EVENT, ORGANIZATION])
async def test_a_whole_is_not_part_of_its_parts(api: Api, create: str, change: str, table: str) -> None:
    first, second, third = await chain(api, create, table, "abc")
    for inner in (first, second, third):
        given = update(first, partOf=part_of(table, inner))
        assert await api.refused(change, given) == [("INVALID", "patch.partOf")]
    await api.written(change, update(third, partOf=part_of(table, first)))
    await api.written(change, update(second, partOf=part_of(table, third)))


@pytest.mark.parametrize(("create", "change", "table"), [EVENT, ORGANIZATION])
async def test_two_changes_at_once_do_not_close_a_circle(
    api: Api, pool: "Pool", create: str, change: str, table: str
) -> None:
    column = "part_of_id" if table == "event" else "part_of_organization_id"
    for turn in range(5):
        (one,), (other,) = [await chain(api, create, table, names[turn]) for names in ("abcde", "vwxyz")]
        payloads = await asyncio.gather(
            api.mutate(change, update(one, partOf=part_of(table, other))),
            api.mutate(change, update(other, partOf=part_of(table, one))),
        )
        assert sorted(len(payload["userErrors"]) for payload in payloads) == [0, 1]
        parts = await pool.fetch(f"SELECT id FROM {table} WHERE id = ANY($1) AND {column} IS NOT NULL", [one, other])
        assert len(parts) == 1


async def test_a_merge_closes_no_circle(api: Api) -> None:
    duplicate, between, survivor = await chain(api, "createOrganization", "organization", "abc")
    refused = await api.mutate("mergeOrganizations", merge(duplicate, survivor))
    assert [(error["code"], error["path"], error["candidates"]) for error in refused["userErrors"]] == [
        ("INVALID", ["duplicate"], [{"id": between}])
    ]
    await api.written("updateOrganization", update(survivor, partOf=part_of("organization", duplicate)))
    selection = "organization { partOf { id } }"
    payload = await api.written("mergeOrganizations", merge(duplicate, survivor), selection)
    assert payload["organization"] == {"partOf": None}
    asked = await api.ask("query ($id: ID!) { organization(id: $id) { partOf { id } } }", {"id": between})
    assert asked["organization"] == {"partOf": {"id": survivor}}
