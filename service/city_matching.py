"""Which city of the registry a place of a gazetteer is.

Knows identifiers, spellings, regions and populations. Knows no SQL: both sides are given.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from service.city_writing import KnownCity
from service.folding import fold
from service.gazetteer import Place


def match(places: Iterable[Place], cities: Iterable[KnownCity]) -> dict[int, KnownCity]:
    """Return the city that each place is, by GeoNames identifier; a place without one is new.

    A city without an identifier is the place of its name in its country, else one that shares a spelling. Another
    region rules a place out. Of several places, the population tells: the nearest, or where the city's is not known
    the largest. Each city and each place is matched once, the oldest city first.
    """
    remaining = {place.geonames_id: place for place in places}
    matched = {}
    unknown = []
    for city in sorted(cities, key=lambda one: one.id):
        if city.geonames_id is None:
            unknown.append(city)
        elif remaining.pop(city.geonames_id, None):
            matched[city.geonames_id] = city
    spelled = _by_spelling(remaining.values())
    for city in unknown:
        fitting = [place for place in _fitting(city, spelled) if place.geonames_id in remaining]
        if fitting:
            place = min(fitting, key=lambda one: _distance(city, one))
            del remaining[place.geonames_id]
            matched[place.geonames_id] = city
    return matched


def _by_spelling(places: Iterable[Place]) -> Mapping[tuple[str, str], list[Place]]:
    spelled = defaultdict(list)
    for place in places:
        for spelling in place.spellings:
            spelled[place.country, spelling].append(place)
    return spelled


def _fitting(city: KnownCity, spelled: Mapping[tuple[str, str], list[Place]]) -> list[Place]:
    """Return the places that the city may be: of its name, or else of one of its spellings."""
    found = {
        place.geonames_id: place
        for spelling in city.spellings
        for place in spelled.get((city.country, spelling), ())
        if None in (city.region, place.region) or fold(city.region or "") == fold(place.region or "")
    }
    named = [place for place in found.values() if place.spellings[0] in city.spellings]
    return named or list(found.values())


def _distance(city: KnownCity, place: Place) -> tuple[int, int]:
    population = place.population or 0
    distance = -population if city.population is None else abs(population - city.population)
    return distance, place.geonames_id
