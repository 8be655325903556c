"""Who there is: countries, cities, people, organizations and sources, each made from its number alone.

Nothing of them is kept, so that a registry of any size needs no more memory than a small one. Knows no SQL.
"""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import accumulate

from service.generation.chance import Chance, Clock, Draw, Identifiers, hub
from service.generation.names import city_name, person_name, words_of
from service.generation.size import Size
from service.generation.words import Words

# Countries that are busy in city diplomacy; the others follow, ever less so.
_FIRST = [
    "CN",
    "JP",
    "US",
    "TW",
    "FR",
    "DE",
    "KR",
    "UA",
    "PL",
    "XK",
    "AL",
    "GB",
    "IT",
    "ES",
    "BR",
    "IN",
    "TR",
    "MX",
    "GR",
    "EG",
]
REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class City:
    """A city as others refer to it."""

    number: int
    id: str
    country: str
    name: str
    native_name: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """A person as others refer to them."""

    id: str
    name: str
    native_name: str | None


class World:
    """Gives each record of a registry by its number."""

    def __init__(self, size: Size, seed: int, countries: Sequence[str]) -> None:
        """Take the size, the seed and the codes of all countries."""
        self.size, self.seed = size, seed
        first = [code for code in _FIRST if code in countries]
        self.countries = first + sorted(set(countries) - set(first))
        self.weights = list(accumulate(1 / (rank + 2) for rank in range(len(self.countries))))
        self.identifiers = Identifiers(seed)
        self.settled = size.cities + size.organizations + size.people + size.programmes
        self.clock = Clock(self.settled + size.agreements)
        self.city = lru_cache(REMEMBERED)(self._city)
        self.person = lru_cache(REMEMBERED)(self._person)

    def rng(self, kind: str, number: int) -> Draw:
        """Return the chance that one record depends on."""
        return Draw(self.identifiers.key, f"{kind}{number}")

    def city_at(self, number: int) -> datetime:
        """Return when a city was recorded."""
        return self.clock.at(number)

    def person_at(self, number: int) -> datetime:
        """Return when a person was recorded."""
        return self.clock.at(self.size.cities + number)

    def organization_at(self, number: int) -> datetime:
        """Return when an organization was recorded."""
        return self.clock.at(self.size.cities + self.size.people + number)

    def programme_at(self, number: int) -> datetime:
        """Return when a programme was recorded."""
        return self.clock.at(self.size.cities + self.size.people + self.size.organizations + number)

    def agreement_at(self, number: int) -> datetime:
        """Return when an agreement was recorded, and what was recorded with it."""
        return self.clock.at(self.settled + number)

    def _city(self, number: int) -> City:
        rng = self.rng("city", number)
        country = self.countries[bisect(self.weights, rng.random() * self.weights[-1])]
        native, name = city_name(rng, words_of(country))
        id_ = self.identifiers.make("cty", number, self.city_at(number))
        return City(number, id_, country, name, native if native != name else None)

    def words(self, city: City) -> Words:
        """Return the syllables of a city's language."""
        return words_of(city.country)

    def _person(self, number: int) -> Person:
        native, name = person_name(self.rng("person", number), self.words(self.home(number)))
        id_ = self.identifiers.make("per", number, self.person_at(number))
        return Person(id_, name, native if native != name else None)

    def home(self, person: int) -> City:
        """Return the city that a person serves."""
        return self.city(person % self.size.cities)

    def mayor(self, city: City, rng: Chance) -> int | None:
        """Return the number of one who held the city's highest office; None where nobody is known."""
        terms = (self.size.people - 1 - city.number) // self.size.cities + 1
        return city.number + int(rng.random() * terms) * self.size.cities if terms > 0 else None

    def any_city(self, rng: Chance) -> City:
        """Pick a city, a hub more often."""
        return self.city(hub(rng, self.size.cities))

    def organization(self, number: int) -> str:
        """Return the identifier of an organization."""
        return self.identifiers.make("org", number, self.organization_at(number))

    def any_organization(self, rng: Chance) -> int:
        """Pick an organization's number."""
        return hub(rng, self.size.organizations)

    def seat(self, organization: int) -> City:
        """Return the city where an organization sits."""
        return self.city(int(self.rng("seat", organization).random() * self.size.cities))

    def source(self, number: int) -> str:
        """Return the identifier of a source."""
        return self.identifiers.make("src", number, self.clock.at(number))

    def programme(self, number: int) -> str:
        """Return the identifier of a programme."""
        return self.identifiers.make("prg", number, self.programme_at(number))
