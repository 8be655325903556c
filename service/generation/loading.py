"""A generated registry written by COPY, its changes in the feed, all in one transaction.

Knows the order of writing. Nothing of what is written is its business, and nothing is half written: an interrupted
run leaves the registry as it was. Tables are locked meanwhile, so that a service on the same database waits.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import asyncpg

from service.chain import change_hash
from service.failure import OperatorError
from service.folding import slug
from service.generation.batch import COLUMNS, Batch, Recorded
from service.generation.chance import FIRST_RECORDED
from service.generation.diplomacy import RECORDED_BY, Diplomacy
from service.generation.settlement import settle
from service.generation.size import Size
from service.generation.structure import Connection, put_back, set_aside
from service.generation.words import AREAS
from service.generation.world import World
from service.models.enums import ChangeKind

LOADED_BY = "releases"
"""The caller that records the releases; a registry may hold those."""

Progress = Callable[[int], None]


async def generate(url: str, size: Size, seed: int, progress: Progress) -> None:
    """Fill a registry that holds no agreements but the releases'; tell how many agreements stand.

    Raises OperatorError where it holds others, or where the size makes no sense.
    """
    if size.agreements < 1 or size.cities < 2 or size.people < 1 or size.events < 0:
        raise OperatorError("give at least 1 agreement, 2 cities and 1 person")
    connection = await asyncpg.connect(url, timeout=10)
    try:
        async with connection.transaction():
            await _refuse_filled(connection)
            kept = await set_aside(connection, COLUMNS)
            await _fill(connection, size, seed, progress)
            await put_back(connection, kept)
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


async def _fill(connection: Connection, size: Size, seed: int, progress: Progress) -> None:
    countries = [row["code"] for row in await connection.fetch("SELECT code FROM country ORDER BY code")]
    world = World(size, seed, countries)
    diplomacy = Diplomacy(world, await _areas(connection, world))
    head = await connection.fetchrow("SELECT seq, hash FROM feed_head WHERE id = 1 FOR UPDATE")
    assert head is not None  # noqa: S101 (the first migration makes the one row)
    chain = Chain(head["seq"], head["hash"])
    texts = _texts(itertools.chain(settle(world), diplomacy.batches()), chain)
    # The next batch is made while the database takes the last.
    ahead = asyncio.create_task(asyncio.to_thread(next, texts, None))
    while (batch := await ahead) is not None:
        ahead = asyncio.create_task(asyncio.to_thread(next, texts, None))
        agreements, tables = batch
        for table, text in tables.items():
            await connection.copy_to_table(table, source=text, columns=COLUMNS[table])
        progress(agreements)
    await connection.execute("UPDATE feed_head SET seq = $1, hash = $2 WHERE id = 1", chain.seq, chain.digest)


async def _refuse_filled(connection: Connection) -> None:
    filled = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM agreement WHERE recorded_by <> $1) OR EXISTS (SELECT FROM change WHERE actor = $2)",
        LOADED_BY,
        RECORDED_BY,
    )
    if filled:
        raise OperatorError(
            "the registry is not empty: generate into a new database, or one that holds the releases alone"
        )


async def _areas(connection: Connection, world: World) -> dict[str, str]:
    """Return the areas' identifiers by slug, in a fixed order; those that are there keep theirs."""
    rows = [(world.identifiers.make("are", at, FIRST_RECORDED), slug(name), name) for at, name in enumerate(AREAS)]
    await connection.executemany(
        "INSERT INTO area (id, slug, name) VALUES ($1, $2, $3) ON CONFLICT (slug) DO NOTHING", rows
    )
    slugs = [row[1] for row in rows]
    found = await connection.fetch("SELECT slug, id FROM area WHERE slug = ANY($1)", slugs)
    ids = {row["slug"]: row["id"] for row in found}
    return {key: ids[key] for key in slugs}


def _texts(batches: Iterator[Batch], chain: "Chain") -> Iterator[tuple[int, dict[str, BytesIO]]]:
    """Yield the number of agreements and the tables' texts of each batch, its changes numbered."""
    for batch in batches:
        for made in batch.recorded:
            batch.add("change", *chain.number(made))
        yield batch.agreements, {table: batch.text(table) for table in COLUMNS if batch.rows[table]}


class Chain:
    """Numbers and chains the changes as recording does."""

    def __init__(self, seq: int, digest: bytes) -> None:
        """Start from the head of the feed."""
        self.seq, self.digest = seq, digest

    def number(self, made: Recorded) -> tuple[Any, ...]:
        """Return the change's row as COPY reads it."""
        self.seq += 1
        kind = ChangeKind.CREATED.value
        self.digest = change_hash(
            self.digest, self.seq, made.at, RECORDED_BY, kind, made.id, 1, made.fields, made.signing
        )
        fields = "{" + ",".join(made.fields) + "}"
        return (self.seq, made.at, RECORDED_BY, kind, made.id, 1, fields, made.signing, rf"\\x{self.digest.hex()}")
