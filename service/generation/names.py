"""Names of cities and people, made of syllables.

Knows how a name is put together. Knows no record.
"""

from service.generation.chance import Chance, one_of
from service.generation.words import LATIN, SCRIPTS, TRANSLITERATIONS, Pair, Words
from service.matching import spellings_of


def words_of(country: str) -> Words:
    """Return the syllables of a country; those without any of their own use a Latin set by their code."""
    return SCRIPTS.get(country) or LATIN[sum(country.encode()) % len(LATIN)]


def city_name(rng: Chance, words: Words) -> Pair:
    """Return a city's name, native and Latin, of two or three syllables."""
    middle = one_of(rng, words.starts) if rng.random() < 0.4 else ("", "")
    start, end = one_of(rng, words.starts), one_of(rng, words.ends)
    return start[0] + middle[0].lower() + end[0], start[1] + middle[1].lower() + end[1]


def person_name(rng: Chance, words: Words) -> Pair:
    """Return a person's name, native and Latin, the family's name where the language places it."""
    family, first, second = one_of(rng, words.family), one_of(rng, words.given), one_of(rng, words.given)
    if words.family_first:
        return family[0] + first[0] + second[0], f"{family[1]} {first[1]}-{second[1].lower()}"
    given = tuple((first[side] + second[side]).capitalize() for side in (0, 1))
    return f"{given[0]} {family[0]}", f"{given[1]} {family[1]}"


def other_names(rng: Chance, name: str, native: str | None, words: Words) -> list[tuple[str, str]]:
    """Return the languages that a city has names in, with the names."""
    names = [("en", name), (words.language, native or name)]
    for language, letters in TRANSLITERATIONS.items():
        if language != words.language and rng.random() < 0.3:
            heard = name.lower().translate(letters).title()
            if spellings_of(heard):
                names.append((language, heard))
    return list(dict.fromkeys(names))
