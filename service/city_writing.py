"""Rows of cities that a gazetteer gives: created whole, or completed where nothing is known.

Knows the tables that a city's facts stand in. Which city a place is was decided before.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from service.folding import fold
from service.gazetteer import Place
from service.models.columns import new_id
from service.models.enums import ChangeKind
from service.recording import Transaction

if TYPE_CHECKING:
    from service.recording import Connection


@dataclass(frozen=True)
class KnownCity:
    """A city of the registry, with all that a gazetteer may add to."""

    id: str
    country: str
    region: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    population: int | None = None
    time_zone: str | None = None
    geonames_id: int | None = None
    native_name: str | None = None
    names: frozenset[tuple[str, str]] = frozenset()
    spellings: frozenset[str] = frozenset()


_CITY = """
    SELECT city.id, country_code AS country, region, latitude, longitude, population, time_zone, geonames_id,
        native_name,
        ARRAY(SELECT language FROM city_name WHERE city_id = city.id ORDER BY language, name) AS languages,
        ARRAY(SELECT name FROM city_name WHERE city_id = city.id ORDER BY language, name) AS names,
        ARRAY(SELECT folded FROM spelling WHERE subject_id = city.id) AS spellings
    FROM city
    WHERE retracted_at IS NULL AND merged_into_id IS NULL AND {which}
"""
_OF_COUNTRIES = _CITY.format(which="country_code = ANY($1)")
_LOCKED = _CITY.format(which="id = ANY($1)") + " ORDER BY id FOR NO KEY UPDATE"
# Published names of the columns that a place fills.
_FIELDS = {
    "native_name": "nativeName",
    "region": "region",
    "latitude": "latitude",
    "longitude": "longitude",
    "population": "population",
    "time_zone": "timeZone",
    "geonames_id": "geonamesId",
}


async def cities_of(connection: "Connection", countries: list[str]) -> list[KnownCity]:
    """Return the cities of the countries that stand in lists."""
    return [_known(row) for row in await connection.fetch(_OF_COUNTRIES, countries)]


def _known(row: Any) -> KnownCity:
    given = dict(row)
    names = zip(given.pop("languages"), given.pop("names"), strict=True)
    return KnownCity(**given | {"names": frozenset(names), "spellings": frozenset(given["spellings"])})


def missing(place: Place, city: KnownCity) -> dict[str, Any]:
    """Return the columns that the place fills where the city has nothing; coordinates only together."""
    return {column: value for column in _FIELDS if getattr(city, column) is None and (value := getattr(place, column))}


def missing_names(place: Place, city: KnownCity) -> list[tuple[str, str]]:
    """Return those of the place's names, each with its language, that the city has not."""
    return [name for name in place.names if name not in city.names]


class CityWriter:
    """Writes cities in one transaction, each citing the source."""

    def __init__(self, tx: Transaction, source_id: str) -> None:
        """Start without any."""
        self._tx, self._source_id = tx, source_id
        self._cities: list[tuple[Any, ...]] = []
        self._names: list[tuple[str, str, str]] = []
        self._spellings: list[tuple[str, str]] = []
        self._citations: list[tuple[str, str, str, str | None, str]] = []

    def create(self, place: Place) -> None:
        """Add a city; write() writes it."""
        id_ = new_id("cty")
        facts = {column: getattr(place, column) for column in _FIELDS}
        self._cities.append((id_, place.name, fold(place.name), place.country, *facts.values()))
        self._add(id_, place, list(place.names), (None,))
        given = tuple(_FIELDS[column] for column, value in facts.items() if value is not None)
        self._tx.announce(ChangeKind.CREATED, id_, ("name", "country", *given, *(("names",) if place.names else ())))

    async def complete(self, places: dict[str, Place]) -> int:
        """Complete the cities of these identifiers by their places, and return how many lacked something."""
        completed = 0
        for row in await self._tx.connection.fetch(_LOCKED, list(places)):
            city = _known(row)
            place = places[city.id]
            facts, names = missing(place, city), missing_names(place, city)
            if city.geonames_id not in (None, place.geonames_id) or not (facts or names):
                continue
            fields = (*(_FIELDS[column] for column in facts), *(("names",) if names else ()))
            self._add(city.id, place, names, fields)
            self._tx.announce(ChangeKind.UPDATED, city.id, fields, version=await self._update(city.id, facts))
            completed += 1
        return completed

    async def _update(self, id_: str, facts: dict[str, Any]) -> int:
        version: int = await self._tx.connection.fetchval(
            """
            UPDATE city SET native_name = coalesce(native_name, $2), region = coalesce(region, $3),
                latitude = coalesce(latitude, $4), longitude = coalesce(longitude, $5),
                population = coalesce(population, $6), time_zone = coalesce(time_zone, $7),
                geonames_id = coalesce(geonames_id, $8), version = version + 1, updated_at = now()
            WHERE id = $1
            RETURNING version
            """,
            id_,
            *(facts.get(column) for column in _FIELDS),
        )
        return version

    def _add(self, id_: str, place: Place, names: list[tuple[str, str]], cited: tuple[str | None, ...]) -> None:
        self._names += [(id_, language, name) for language, name in names]
        self._spellings += [(spelling, id_) for spelling in place.spellings]
        locator = f"geonameid {place.geonames_id}"
        self._citations += [(new_id("cit"), id_, self._source_id, field, locator) for field in cited]

    async def write(self) -> None:
        """Write what was added: cities first, which the other rows refer to."""
        connection = self._tx.connection
        await connection.executemany(
            """
            INSERT INTO city (id, name, name_folded, country_code, native_name, region, latitude, longitude, population,
                time_zone, geonames_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            self._cities,
        )
        await connection.executemany(
            "INSERT INTO city_name (city_id, language, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", self._names
        )
        if self._spellings:  # ten times as many as cities: one statement takes a third of the time
            await connection.execute(
                """
                INSERT INTO spelling (folded, subject_id)
                SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING
                """,
                *zip(*self._spellings, strict=True),
            )
        await connection.executemany(
            """
            INSERT INTO citation (id, subject_id, source_id, field, locator, basis)
            VALUES ($1, $2, $3, $4, $5, 'STATED')
            """,
            self._citations,
        )
