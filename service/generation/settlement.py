"""The registry's standing population: sources, cities, people, organizations and programmes as rows.

Knows what is written of each. Who they are is the world's.
"""

from collections.abc import Callable

from service.folding import fold
from service.generation.batch import Batch
from service.generation.chance import one_of, partial_date, past_year
from service.generation.names import other_names
from service.generation.size import Size
from service.generation.world import World
from service.matching import person_spellings, spellings_of
from service.models.enums import OrganizationKind

ROWS = 5_000  # records a batch
_PUBLISHERS = ("City Gazette", "Harbour Times", "Municipal News", "Evening Courier", "Press office of the city")
_BODIES = {
    OrganizationKind.SCHOOL: "University of {}",
    OrganizationKind.MUNICIPAL_BODY: "{} City Council",
    OrganizationKind.COMPANY: "{} Ports and Industries",
    OrganizationKind.COMMITTEE: "{} Smart City Committee",
    OrganizationKind.CULTURAL: "{} City Museum",
    OrganizationKind.INNOVATION: "{} Innovation Park",
    OrganizationKind.ALLIANCE: "{} Alliance of Cities",
}


def _source(world: World, batch: Batch, number: int) -> None:
    rng = world.rng("source", number)
    city = world.any_city(rng)
    id_ = world.source(number)
    url = f"https://news.example/{id_}" if rng.random() < 0.8 else None
    published_on = partial_date(rng, past_year(rng)) if rng.random() < 0.9 else None
    language = world.words(city).language
    batch.add("source", id_, f"{city.name} and its partners", one_of(rng, _PUBLISHERS), published_on, url, language)


def _city(world: World, batch: Batch, number: int) -> None:
    city, rng, at = world.city(number), world.rng("facts", number), world.city_at(number)
    region = f"{one_of(rng, ('North', 'South', 'East', 'West', 'Central'))} Region" if rng.random() < 0.5 else None
    placed = rng.random() < 0.9
    latitude, longitude = round(125 * rng.random() - 55, 4), round(360 * rng.random() - 180, 4)
    population = int(2_000_000 / (1 + number**0.5) * (0.2 + 1.6 * rng.random())) if rng.random() < 0.85 else None
    batch.add(
        "city",
        city.id,
        city.name,
        fold(city.name),
        city.native_name,
        city.country,
        region,
        latitude if placed else None,
        longitude if placed else None,
        population,
        at,
        at,
    )
    names = other_names(rng, city.name, city.native_name, world.words(city))
    for language, name in names:
        batch.add("city_name", city.id, language, name)
    for spelling in spellings_of(*{city.name, *(name for _, name in names)}):
        batch.add("spelling", spelling, city.id)
    batch.record(city.id, at, name=city.name, nativeName=city.native_name, country=city.country, region=region)


def _person(world: World, batch: Batch, number: int) -> None:
    person, rng, at = world.person(number), world.rng("life", number), world.person_at(number)
    batch.add("person", person.id, person.name, fold(person.name), person.native_name, at, at)
    city = world.home(number)
    since = past_year(rng)
    until = partial_date(rng, since + 4) if since < 2016 else None
    batch.add("office", person.id, 1, world.words(city).mayor, city.id, partial_date(rng, since), until)
    if rng.random() < 0.3:
        batch.add("office", person.id, 2, "City councillor", city.id, partial_date(rng, since - 5), None)
    for spelling in person_spellings(person.name, person.native_name):
        batch.add("spelling", spelling, person.id)
    batch.record(person.id, at, name=person.name, nativeName=person.native_name, offices=True)


def _organization(world: World, batch: Batch, number: int) -> None:
    rng, at, id_ = world.rng("organization", number), world.organization_at(number), world.organization(number)
    city = world.seat(number)
    kind = one_of(rng, tuple(_BODIES))
    name = _BODIES[kind].format(city.name)
    established_on = partial_date(rng, past_year(rng)) if rng.random() < 0.5 else None
    website = f"https://{id_.replace('_', '-')}.example/" if rng.random() < 0.4 else None
    batch.add(
        "organization",
        id_,
        name,
        fold(name),
        None,
        kind.value,
        city.id,
        city.country,
        established_on,
        website,
        False,
        at,
        at,
    )
    for position in range(1, int(rng.random() * 4) + 1):
        person = world.person(int(rng.random() * world.size.people))
        batch.add("membership", id_, position, person.id, "Member", partial_date(rng, past_year(rng)))
    for spelling in spellings_of(name):
        batch.add("spelling", spelling, id_)
    batch.record(id_, at, name=name, kind=kind, city=city, country=city.country, establishedOn=established_on)


def _programme(world: World, batch: Batch, number: int) -> None:
    rng, at, id_ = world.rng("programme", number), world.programme_at(number), world.programme(number)
    city = world.any_city(rng)
    year = past_year(rng)
    name = f"{city.name} Partnership Plan {year}"
    started_on = partial_date(rng, year)
    description = f"What {city.name} means to reach together with its partners."
    batch.add("programme", id_, name, fold(name), city.id, started_on, description, at, at)
    for position in range(1, int(rng.random() * 3) + 2):
        batch.add("programme_partner", id_, position, world.any_city(rng).id, None)
        batch.add("programme_target", id_, position, f"Exchanges in {position * 5} schools", f"{year + position * 2}")
    batch.record(id_, at, name=name, owner=city, startedOn=started_on, description=description, targets=True)


_ADD: dict[str, Callable[[World, Batch, int], None]] = {
    "source": _source,
    "city": _city,
    "person": _person,
    "organization": _organization,
    "programme": _programme,
}
KINDS: dict[str, Callable[[Size], int]] = {
    "source": lambda size: size.sources,
    "city": lambda size: size.cities,
    "person": lambda size: size.people,
    "organization": lambda size: size.organizations,
    "programme": lambda size: size.programmes,
}
"""How many there are of each kind, in an order in which references are met."""


def settle(world: World, kind: str, start: int) -> Batch:
    """Return the batch of a kind that starts at a number."""
    batch = Batch()
    for number in range(start, min(start + ROWS, KINDS[kind](world.size))):
        _ADD[kind](world, batch, number)
    return batch
