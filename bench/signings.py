"""Signings to be recorded: invented, and the same ones each time.

Knows what an integrator sends. Knows nothing of how it is sent.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

COUNTRIES = ("AL", "AU", "BR", "CA", "CN", "DE", "ES", "FR", "GB", "GR", "IT", "JP", "KR", "MX", "PL", "TR", "TW", "US")
FIRST_YEAR, YEARS = 1950, 70
SEED = 1


def city(number: int) -> dict[str, Any]:
    """Return a party by its name."""
    country = COUNTRIES[number % len(COUNTRIES)]
    return {"party": {"city": {"named": {"name": f"Neustadt {number:05}", "country": country}}}}


def signings(count: int, cities: int) -> Iterator[dict[str, Any]]:
    """Yield so many signings between so many cities; each city occurs, and no two signings are alike."""
    random = Random(SEED)  # noqa: S311 (invents, keeps no secret)
    for number in range(count):
        pair = (2 * number, 2 * number + 1) if 2 * number + 1 < cities else random.sample(range(cities), 2)
        month, day = 1 + number % 12, 1 + number // 12 % 28
        yield {
            "idempotencyKey": f"signing-{number}",
            "kind": "SISTER_CITY",
            "signedOn": f"{FIRST_YEAR + number // 336 % YEARS}-{month:02}-{day:02}",
            "parties": [city(one) for one in pair],
        }
