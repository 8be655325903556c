"""A generated registry written by COPY, its changes in the feed, all in one transaction.

Knows the order of writing. Nothing of what is written is its business, and nothing is half written: an interrupted
run leaves the registry as it was. Tables are locked meanwhile, so that a service on the same database waits.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import aclosing
from io import BytesIO
from typing import Any

import asyncpg

from service.chain import change_hash
from service.failure import OperatorError
from service.folding import slug
from service.generation.batch import COLUMNS, Batch, Recorded
from service.generation.chance import FIRST_RECORDED, Identifiers
from service.generation.diplomacy import RECORDED_BY
from service.generation.making import made
from service.generation.size import Size
from service.generation.structure import Connection, put_back, set_aside
from service.generation.words import AREAS
from service.models.enums import ChangeKind
from service.servers import connect

LOADED_BY = "releases"
"""The caller that records the releases; a registry may hold those."""

WORTH_PROCESSES = 20_000
"""Agreements from which on starting processes costs less than it saves."""

Progress = Callable[[int], None]


async def generate(url: str, size: Size, seed: int, progress: Progress, processes: int | None = None) -> None:
    """Fill a registry that holds no agreements but the releases'; tell how many agreements stand.

    What is made does not depend on the number of processes: as many as there are processors, unless it is given.
    Raises OperatorError where the registry holds others, or where the size makes no sense.
    """
    if size.agreements < 1 or size.cities < 2 or size.people < 1 or size.events < 0:
        raise OperatorError("give at least 1 agreement, 2 cities and 1 person")
    if processes is None:
        processes = 0 if size.agreements < WORTH_PROCESSES else os.cpu_count() or 1
    connection = await connect(url, timeout=10)
    try:
        async with connection.transaction():
            await _refuse_filled(connection)
            kept = await set_aside(connection, COLUMNS)
            await _fill(connection, size, seed, progress, processes)
            await put_back(connection, kept)
    finally:
        await connection.close()
    await _tidy(url, processes or 1)


async def _tidy(url: str, connections: int) -> None:
    """Mark every page as visible to all and gather statistics, the largest tables first, several at a time."""
    pool = asyncpg.create_pool(url, connect=connect, min_size=1, max_size=connections)
    async with pool, asyncio.TaskGroup() as tasks:
        for table in await pool.fetch(
            "SELECT format('VACUUM (ANALYZE) %s', oid::regclass) AS tidy FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relpages DESC"
        ):
            tasks.create_task(pool.execute(table["tidy"]))


async def _fill(connection: Connection, size: Size, seed: int, progress: Progress, processes: int) -> None:
    countries = [row["code"] for row in await connection.fetch("SELECT code FROM country ORDER BY code")]
    head = await connection.fetchrow("SELECT seq, hash FROM feed_head WHERE id = 1 FOR UPDATE")
    assert head is not None  # noqa: S101 (the first migration makes the one row)
    chain = Chain(head["seq"], head["hash"])
    maker = (size, seed, countries, await _areas(connection, Identifiers(seed)))
    async with aclosing(made(maker, processes)) as batches:
        async for batch in batches:
            texts = batch.texts
            if batch.recorded:
                changes = Batch()
                for recorded in batch.recorded:
                    changes.add("change", *chain.number(recorded))
                texts["change"] = changes.text("change")
            for table, text in texts.items():
                await connection.copy_to_table(table, source=BytesIO(text), columns=COLUMNS[table])
            progress(batch.agreements)
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


async def _areas(connection: Connection, identifiers: Identifiers) -> dict[str, str]:
    """Return the areas' identifiers by slug, in a fixed order; those that are there keep theirs."""
    rows = [(identifiers.make("are", at, FIRST_RECORDED), slug(name), name) for at, name in enumerate(AREAS)]
    await connection.executemany(
        "INSERT INTO area (id, slug, name) VALUES ($1, $2, $3) ON CONFLICT (slug) DO NOTHING", rows
    )
    slugs = [row[1] for row in rows]
    found = await connection.fetch("SELECT slug, id FROM area WHERE slug = ANY($1)", slugs)
    ids = {row["slug"]: row["id"] for row in found}
    return {key: ids[key] for key in slugs}


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
