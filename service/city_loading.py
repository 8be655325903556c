"""Cities loaded from a gazetteer: matched with those of the registry, completed, and else created.

Knows the order of loading. What is known is never overwritten, and what is complete is not touched, so that loading
again writes nothing. All goes through the order of writing, some cities a transaction, so that each city that is
written has its change in the feed.
"""

import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel

from service import finding
from service.city_matching import match
from service.city_writing import CityWriter, KnownCity, cities_of, missing, missing_names
from service.database import connections
from service.errors import UserErrorCode
from service.failure import OperatorError
from service.gazetteer import Place
from service.inputs import SourceInput
from service.notification import ConnectionSource
from service.recording import Transaction, record, settle

if TYPE_CHECKING:
    from service.recording import Connection

CALLER = "geonames"
SOURCE = SourceInput(
    title="GeoNames geographical database (CC BY 4.0)", publisher="GeoNames", url="https://www.geonames.org/"
)
# Each spelling is a lock until its transaction ends, and the database has room for some thousand.
SPELLINGS_A_TRANSACTION = 1_500
# Cities without an identifier that are spelled so.
_SPELLED = """
    SELECT city.id, country_code AS country, folded
    FROM spelling JOIN city ON city.id = subject_id
    WHERE folded = ANY($1) AND geonames_id IS NULL AND retracted_at IS NULL AND merged_into_id IS NULL
"""
# Identifiers that are in use, be it by a city that was retracted or merged.
_IN_USE = "SELECT geonames_id FROM city WHERE geonames_id = ANY($1)"

Pair = tuple[Place, KnownCity | None]
"""A place, and the city of the registry that it is, if any."""
Progress = Callable[[int], None]


class Places(BaseModel):
    """What a transaction is about, by GeoNames identifiers."""

    geonames_ids: list[int]


@dataclass
class Report:
    """What a load did."""

    created: int = 0
    completed: int = 0
    present: int = 0
    skipped: int = 0

    def __str__(self) -> str:
        """Say it in a line."""
        line = f"{self.created:,} cities created, {self.completed:,} completed, {self.present:,} known before"
        return line + (f", {self.skipped:,} left out as others wrote them: run it again" if self.skipped else "")


async def load_cities(url: str, places: Sequence[Place], progress: Progress = lambda done: None) -> Report:
    """Load the places, telling how many more are done; raise OperatorError where the registry lacks a country."""
    async with connections(url) as pool:
        async with pool.acquire() as connection:
            known = await _known_cities(connection, places)
            taken = await _taken(connection, places)
        matched = match(places, known)
        pairs: list[Pair] = [(place, matched.get(place.geonames_id)) for place in places]
        wanted = [pair for pair in pairs if _lacks(*pair, taken)]
        load = _Load(pool, {city.id for city in known}, Report(present=len(pairs) - len(wanted)))
        progress(load.report.present)
        for batch in _batches(wanted):
            await load.write(batch)
            progress(len(batch))
        await settle()
    return load.report


async def _known_cities(connection: "Connection", places: Sequence[Place]) -> list[KnownCity]:
    countries = sorted({place.country for place in places})
    unknown = set(countries) - await finding.known_countries(connection, countries)
    if unknown:
        raise OperatorError(
            f"the registry has no country {', '.join(sorted(unknown))}: run the command `migrate` first"
        )
    return await cities_of(connection, countries)


async def _taken(connection: "Connection", places: Sequence[Place]) -> set[int]:
    return {row["geonames_id"] for row in await connection.fetch(_IN_USE, [place.geonames_id for place in places])}


def _lacks(place: Place, city: KnownCity | None, taken: Collection[int]) -> bool:
    """Tell whether there is something to write; an identifier that a retracted city has stays with it."""
    if city is None or city.geonames_id is None:
        return place.geonames_id not in taken
    return bool(missing(place, city) or missing_names(place, city))


def _batches(pairs: Sequence[Pair]) -> Iterator[list[Pair]]:
    batch: list[Pair] = []
    spellings = 0
    for place, city in pairs:
        spellings += len(place.spellings)
        if batch and spellings > SPELLINGS_A_TRANSACTION:
            yield batch
            batch, spellings = [], len(place.spellings)
        batch.append((place, city))
    if batch:
        yield batch


class _Load:
    """A load under way: where it writes, which cities it knows of, and what it did so far."""

    def __init__(self, pool: ConnectionSource, known: set[str], report: Report) -> None:
        self.pool, self.known, self.report = pool, known, report
        self.written = (0, 0)

    async def write(self, batch: list[Pair]) -> None:
        """Write some cities in one transaction."""

        async def rule(tx: Transaction, payload: Places) -> str:
            return await self._write(tx, batch)

        places = Places(geonames_ids=[place.geonames_id for place, _ in batch])
        outcome = await record(self.pool, CALLER, secrets.token_hex(16), places, rule, operation="loadCities")
        created, completed = (0, 0) if outcome.refusals else self.written
        self.report.created += created
        self.report.completed += completed
        self.report.skipped += len(batch) - created - completed

    async def _write(self, tx: Transaction, batch: list[Pair]) -> str:
        places = [place for place, _ in batch]
        keys = [finding.name_key("city", one.country, spelling) for one in places for spelling in one.spellings]
        await finding.lock_names(tx.connection, finding.NAMES, keys)
        source_id = finding.source_id(CALLER, SOURCE)
        await finding.keep_sources(tx.connection, {source_id: SOURCE})
        writer = CityWriter(tx, source_id)
        newcomers = await self._without_strangers(tx.connection, [place for place, city in batch if city is None])
        for place in newcomers:
            writer.create(place)
        completed = await writer.complete({city.id: place for place, city in batch if city is not None})
        await writer.write()
        self.written = (len(newcomers), completed)
        if not tx.announcements:
            tx.refuse(UserErrorCode.ALREADY_RECORDED, "are cities that others have written meanwhile", ())
            tx.check()
        return tx.announcements[-1].subject_id

    async def _without_strangers(self, connection: "Connection", places: list[Place]) -> list[Place]:
        """Return the places but those that a city may be which came while this ran; the next run matches them."""
        taken = await _taken(connection, places)
        spellings = {spelling for place in places for spelling in place.spellings}
        strange = {
            (row["country"], row["folded"])
            for row in await connection.fetch(_SPELLED, list(spellings))
            if row["id"] not in self.known
        }
        return [
            place
            for place in places
            if place.geonames_id not in taken and not any((place.country, one) in strange for one in place.spellings)
        ]
