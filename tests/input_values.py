"""Values of the schema's input types as JSON has them: sound ones, and sound ones with something wrong.

Knows types and what people send. Knows nothing of what is recorded.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    is_required_input_field,
)

Chance = random.Random
NULLS = 0.15
DEPTH = 6
"""From here on down only what is required is given."""
_RANDOM = random.Random(1)  # noqa: S311 (invents, keeps no secret)
LONGEST = (
    "q" * 500,
    "".join(chr(_RANDOM.randrange(0x20000, 0x2A6D0)) for _ in range(500)),  # each four bytes
    "".join(chr(_RANDOM.randrange(0xFDF0, 0xFDFD)) for _ in range(500)),  # each up to eighteen letters when folded
)
"""Names as long as a name may be, which no database can compress."""
NAMES = (
    *LONGEST,
    *("Kaohsiung", "kaohsiung", "Pristina", "Priština", "高雄", "القدس", "שלום", "Łódź \u200fשלום", "🎈 town 🎈"),
    *("Ho\u0302 Chi\u0301", "x" * 500, "Chen Chi-mai", "陳其邁", "Health", "a\u202eb", "\ufffe", "İstanbul", "O'Neill"),
)
DATES = ("2024-03-22", "2024-03", "2024", "1999~", "2001-05?", "0001", "2024-02-29")
BAD_DATES = (
    "2024-02-30",
    "2023-02-29",
    "0000",
    "2024-13",
    "~2024",
    "2024-00",
    "24",
    "2024-3-1",
    "2024/03/22",
    "２０２４",
)
NASTY: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 1.5, 1e308, -0.0, 2**31, 2**53, -(2**63), 10**30, float("nan"), float("inf")),
    *(
        "",
        " \t\n",
        "\ud800",
        "a\udfffb",
        "\0",
        "a\0b",
        "?!",
        "\u200f",
        "a" * 10_000,
        "\ufdfa" * 500,
        "𠀀𠮷" * 250,
        "=1+1",
        "'; --",
        "%s{}",
    ),
    *("null", "1", "true", "SISTER", "sister_city", "agr_", "cty_0", "_", "agr_\0", "x" * 101, "https://", "a b"),
    *(*BAD_DATES, "9999%", "http://[", "Q0", "1_000", "NaN", "Infinity", "1e999999999", "XX", "xx", "X", "e", "en-"),
    *([], {}, [[]], [None], [{}], {"id": None}, {"": 1}, {"id": "cty_0", "geonamesId": 1}, [[["a"]]]),
)


class InputValues:
    """Makes values of input types; the identifiers of a registry are given by their prefixes."""

    def __init__(self, known: Mapping[str, list[str]]) -> None:
        self.known = known

    def sound(self, type_: GraphQLInputType, chance: Chance, depth: int = 0, name: str = "") -> Any:
        """Return a value that the type takes, and most rules."""
        if isinstance(type_, GraphQLNonNull):
            return self.sound(type_.of_type, chance, depth, name)
        if isinstance(type_, GraphQLList):
            count = chance.choice((2, 2, 5)) if name == "parties" else chance.choice((0, 1, 1, 2))
            return [self.sound(type_.of_type, chance, depth + 1, name) for _ in range(count)]
        if isinstance(type_, GraphQLEnumType):
            return chance.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_, chance, depth)
        return SCALARS[type_.name](chance) if name not in FIELDS else FIELDS[name](self, chance)

    def _object(self, type_: GraphQLInputObjectType, chance: Chance, depth: int) -> dict[str, Any]:
        fields = type_.fields
        if type_.is_one_of:
            name = chance.choice([name for name in fields if name not in ELSEWHERE])
            if name == "id":
                return {"id": self.identifier(chance, IDENTIFIED[type_.name])}
            return {name: self.sound(fields[name].type, chance, depth + 1, name)}
        share = 0.3 if depth < DEPTH else 0
        given = [name for name, field in fields.items() if is_required_input_field(field) or chance.random() < share]
        made = {name: self._field(fields[name].type, chance, depth + 1, name) for name in given}
        for first, second in TOGETHER:
            if (first in made) != (second in made) and second in fields:
                made.pop(first, None)
                made.pop(second, None)
        if type_.name == "ParticipationInput":
            made.setdefault("person", {"named": {"name": chance.choice(NAMES)}})
            made["status"] = "ATTENDED"
        if "id" in made and depth == 0:
            made["id"] = self.identifier(chance, *filter(None, [IDENTIFIED.get(type_.name)]))
        return made

    def _field(self, type_: GraphQLInputType, chance: Chance, depth: int, name: str) -> Any:
        """Return a value of a field, now and then null where it may be: that clears it in a patch."""
        if not isinstance(type_, GraphQLNonNull) and chance.random() < NULLS:
            return None
        return self.sound(type_, chance, depth, name)

    def identifier(self, chance: Chance, *prefixes: str) -> str:
        """Return the identifier of a record of the registry."""
        return chance.choice([one for prefix in prefixes or self.known for one in self.known[prefix]])


TOGETHER = (("latitude", "longitude"), ("amount", "currency"), ("potentialAreasProposedBy", "potentialAreas"))
ELSEWHERE = ("geonamesId", "wikidataId")
IDENTIFIED = {
    "CityRef": "cty",
    "OrganizationRef": "org",
    "PersonRef": "per",
    "EventRef": "evt",
    "SourceRef": "src",
    "AmendAgreementInput": "agr",
    "EndAgreementInput": "agr",
    "UpdateCityInput": "cty",
    "UpdateEventInput": "evt",
    "UpdateOrganizationInput": "org",
    "UpdatePersonInput": "per",
    "UpdateDelegationInput": "del",
    "UpdateProgrammeInput": "prg",
}
"""The prefix of the identifier that an input's field id holds."""
SCALARS: dict[str, Callable[[Chance], Any]] = {
    "String": lambda chance: chance.choice(NAMES),
    "ID": lambda chance: chance.choice(("cty_0", "agr_0", 5)),
    "Int": lambda chance: chance.choice((1, 2, 39, 2_147_483_647)),
    "Float": lambda chance: chance.choice((0, -12.5, 90, 22.616666666666667)),
    "Boolean": lambda chance: chance.random() < 0.5,
    "PartialDate": lambda chance: chance.choice(DATES),
    "Date": lambda chance: "2024-03-22",
    "Decimal": lambda chance: chance.choice(("300000.50", "0.000001", 12, 1.5, "1E+3")),
    "CountryCode": lambda chance: "TW",
    "LanguageTag": lambda chance: chance.choice(("en", "zh-Hant", "sq")),
    "URL": lambda chance: chance.choice(
        ("https://example.org/a", "http://例え.jp/", "https://example.org/" + "a" * 1900)
    ),
}


def _late(values: InputValues, chance: Chance) -> str:
    return chance.choice(("2025", "2025-12-31", "2025-06~"))


# Fields that name a record of one kind, count versions, must be unique or end a period.
FIELDS: dict[str, Callable[[InputValues, Chance], Any]] = {
    **{name: lambda values, chance: values.identifier(chance) for name in ("subject", "duplicate", "into")},
    **{name: lambda values, chance: values.identifier(chance, "agr") for name in ("fulfils", "reaffirms", "amends")},
    **dict.fromkeys(("expiresOn", "endsOn", "endedOn", "departedOn", "to"), _late),
    "supersedes": lambda values, chance: values.identifier(chance, "agr"),
    "programme": lambda values, chance: values.identifier(chance, "prg"),
    "partOf": lambda values, chance: values.identifier(chance, "evt"),
    "idempotencyKey": lambda values, chance: f"key-{chance.getrandbits(64)}",
    "externalReference": lambda values, chance: f"{chance.getrandbits(64)}" + chance.choice(NAMES)[:400],
    "field": lambda values, chance: None,
    "currency": lambda values, chance: chance.choice(("EUR", "TWD")),
    "geonamesId": lambda values, chance: chance.randrange(1, 2**31),
    "wikidataId": lambda values, chance: f"Q{chance.randrange(1, 2**40)}",
    "timeZone": lambda values, chance: "Asia/Taipei",
    "validateOnly": lambda values, chance: chance.random() < 0.2,
}


def spoilt(value: Any, chance: Chance) -> Any:
    """Return the value with something wrong, or at least odd, in one place."""
    value = deepcopy(value)
    if not (found := list(places(value))):
        return value
    holder, key = chance.choice(found)
    match chance.randrange(8):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[chance.choice(("colour", "Name", "__typename", "signed_on", ""))] = 1
        case 2:
            holder[key] = [holder[key]]
        case 3:
            holder[key] = {"named": holder[key]}
        case _:
            holder[key] = deepcopy(chance.choice(NASTY))
    return value


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in the value that holds another: the dictionary or list, and the key."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from places(inner)
