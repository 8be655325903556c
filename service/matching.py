"""Which of the records that are spelled alike an input means.

Knows how cities, organizations and people are told apart. Knows no SQL: the candidates are given.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from service.folding import fold, sorted_words
from service.inputs import NamedCity, NamedOrganization, NamedPerson


@dataclass(slots=True)
class Candidate:
    """A record that one of the looked-up spellings belongs to."""

    id: str
    name: str
    native_name: str | None = None
    country: str | None = None
    region: str | None = None
    city_id: str | None = None


class Spellings:
    """The candidates of each table by spelling."""

    def __init__(self) -> None:
        """Start without any."""
        self._found: dict[tuple[str, str], dict[str, Candidate]] = defaultdict(dict)

    def add(self, table: str, folded: Iterable[str], candidate: Candidate) -> None:
        """Let the candidate be found by each of the spellings."""
        for spelling in folded:
            self._found[table, spelling].setdefault(candidate.id, candidate)

    def of(self, table: str, folded: str) -> list[Candidate]:
        """Return the candidates of the table that are spelled so."""
        return list(self._found.get((table, folded), {}).values())


def spellings_of(*names: str | None) -> list[str]:
    """Return the spellings by which a city or an organization of these names is found."""
    return sorted({folded for name in names if name and (folded := fold(name))})


def person_spellings(name: str, native_name: str | None) -> list[str]:
    """Return the spellings by which a person is found: in either order of the words."""
    return spellings_of(name, sorted_words(fold(name)), native_name)


def fitting_cities(named: NamedCity, spellings: Spellings) -> list[Candidate]:
    """Return the cities that fit: of this name in the country, else of this native name.

    A city of the region asked for goes before one whose region is unknown; one of another region does not fit.
    """
    for name in filter(None, (named.name, named.native_name)):
        fitting = [city for city in spellings.of("city", fold(name)) if city.country == named.country]
        if named.region:
            fitting = _closest(fitting, lambda city: city.region, named.region)
        if len(fitting) > 1 and named.native_name:
            fitting = _closest(fitting, lambda city: city.native_name, named.native_name) or fitting
        if fitting:
            return fitting
    return []


def fitting_organizations(
    named: NamedOrganization, country: str | None, city_id: str | None, spellings: Spellings
) -> list[Candidate]:
    """Return the organizations that fit: of this name, else of this native name.

    What is known of both must agree: country and city (an empty city_id is a new city, where none can sit yet).
    """
    for name in filter(None, (named.name, named.native_name)):
        fitting = spellings.of("organization", fold(name))
        if country:
            fitting = [one for one in fitting if one.country in {None, country}]
            fitting = [one for one in fitting if one.country] or fitting
        if city_id is not None:
            fitting = [one for one in fitting if one.city_id in {None, city_id}]
            fitting = [one for one in fitting if one.city_id] or fitting
        if fitting:
            return fitting
    return []


def fitting_people(named: NamedPerson, spellings: Spellings) -> list[Candidate]:
    """Return the people who fit: of this native name, else of this spelling and no other native name."""
    spelled = spellings.of("person", sorted_words(fold(named.name)))
    if not named.native_name:
        return spelled
    native = fold(named.native_name)
    people = [*spellings.of("person", native), *spelled]
    same = {one.id: one for one in people if one.native_name and fold(one.native_name) == native}
    unknown = {one.id: one for one in people if one.native_name is None}
    return list((same or unknown).values())


def _closest(candidates: list[Candidate], known: Callable[[Candidate], str | None], wanted: str) -> list[Candidate]:
    """Return those known to be as wanted, or else those of whom it is not known."""
    folded = fold(wanted)
    same = [one for one in candidates if (value := known(one)) and fold(value) == folded]
    return same or [one for one in candidates if known(one) is None]
