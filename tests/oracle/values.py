"""Values for arguments: of the right type, and about half the time such that some row fulfils what they ask."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import permutations
from random import Random
from typing import Any
from unicodedata import normalize

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull

from service.folding import fold
from tests.oracle.days import earliest, latest

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
# Which column a field of a filter speaks of, where it is not called like it.
COLUMNS = {
    "country": "country_code",
    "geonamesId": "geonames_id",
    "wikidataId": "wikidata_id",
    "signedOn": "signed_on",
    "expiresOn": "expires_on",
    "startsOn": "starts_on",
    "arrivedOn": "arrived_on",
    "externalReference": "external_reference",
    "subject": "subject_id",
}
LANGUAGES = ("en", "de", "zh-Hant", "zh-Hant-TW", "zh-TW", "de-CH", "xx", "es")
UNKNOWN_IDS = ("agr_none", "cty_none", "xyz", "", "ptn_1", "_", "cty_'; --")
NEGATED = 0.25
TEXTS = ("", "a", "A", "%", "_", "e", "λ", "高", '"', "\\", "Ref-", "Q1", "new ", "\n", "\U0010ffff")

# Which record a row that names cities belongs to.
JOINING = {
    "agreement_party": "agreement_id",
    "event": "id",
    "event_host": "event_id",
    "participation": "event_id",
    "delegation": "id",
    "delegation_host": "delegation_id",
    "contribution": "id",
}


def pairs(registry: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[tuple[str, str]]:
    """Return the pairs of cities that some record names together, in both orders."""
    named: dict[str, set[str]] = {}
    for table, key in JOINING.items():
        for row in registry[table]:
            cities = {row[name] for name in row if name.endswith("city_id") and row[name]}
            named.setdefault(row[key], set()).update(cities)
    return sorted({pair for cities in named.values() for pair in permutations(cities, 2)})


NAMES = ("name", "native_name", "title")
MISSES = ("", "zz", "!?", "ⅷ", "e\u0301", "ß", "of the", "50", "\u200b")


def searched(registry: Mapping[str, Sequence[Mapping[str, Any]]], count: int = 80) -> list[str]:
    """Return texts to search for: names, parts and other spellings of them, words of several, and misses."""
    random = Random(min(row["id"] for row in registry["city"]))  # noqa: S311  # to be had again
    names = sorted({row[name] for rows in registry.values() for row in rows for name in NAMES if row.get(name)})
    return [search_text(random, names) for _ in range(count)]


def search_text(random: Random, names: Sequence[str]) -> str:
    """Return one text to search for."""
    words = random.choice(names).split()
    match random.randrange(8):
        case 0:
            return " ".join(words)
        case 1:  # as far as someone has typed
            text = " ".join(words)
            return text[: random.randint(1, len(text))]
        case 2:
            return random.choice(words)[: random.randint(1, 3)]
        case 3:  # in any order, each as often as it pleases
            words = random.choices(words, k=random.randint(1, 4))
        case 4:
            words += random.choice(names).split()
            random.shuffle(words)
        case 5:
            words = [*words, random.choice(MISSES)]
        case 6:
            return random.choice(MISSES)
    written = [random.choice((word, word.upper(), word.lower(), normalize("NFKD", word), fold(word))) for word in words]
    last = written.pop()
    return random.choice((" ", ", ", "-", " \t")).join([*written, last[: random.randint(1, len(last))]]) if last else ""


class Values:
    """Values that the rows of a registry hold, and cursors that were answered over it."""

    def __init__(
        self, registry: Mapping[str, Sequence[Mapping[str, Any]]], cursors: Mapping[str, Sequence[str]]
    ) -> None:
        """Take the rows, and cursors by the name of their order."""
        self.registry, self.cursors = registry, cursors
        self.texts = searched(registry)
        self.pairs = pairs(registry)
        self.ids = sorted(row["id"] for rows in registry.values() for row in rows if isinstance(row.get("id"), str))

    def make(self, random: Random, type_: Any, table: str, name: str, depth: int = 0) -> Any:
        """Return a value of an input's type: for the named argument or field, which speaks of the table."""
        required = isinstance(type_, GraphQLNonNull)
        type_ = type_.of_type if required else type_
        if not required and random.random() < 0.06:
            return None
        if name == "between":
            return self.pair(random)
        if isinstance(type_, GraphQLList):
            element = type_.of_type
            return [self.make(random, element, table, name, depth + 1) for _ in range(random.choice((0, 1, 1, 2, 3)))]
        if isinstance(type_, GraphQLEnumType):
            return random.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return self.object(random, type_, table, name, depth)
        return self.scalar(random, type_.name, table, name)

    def object(self, random: Random, type_: GraphQLInputObjectType, table: str, name: str, depth: int) -> Any:
        """Return an input object."""
        if type_.name == "CityRef":
            return self.city(random)
        if type_.name == "AgreementFilter" and random.random() < 0.3:
            return self.listed(random)
        of = type_.name.removesuffix("Filter").lower()
        if type_.name.endswith("Filter") and of in self.registry:
            table = of  # a filter of records; a filter of values speaks of the field that it stands in
        keys = [key for key in type_.fields if depth < 4 or key not in ("and", "or", "not")]
        if type_.is_one_of:
            keys = [random.choice(keys)]
        else:
            required = [key for key in keys if isinstance(type_.fields[key].type, GraphQLNonNull)]
            others = [key for key in keys if key not in required]
            keys = required + random.sample(others, min(random.choice((0, 1, 1, 1, 2, 3)), len(others)))
        made: dict[str, Any] = {}
        for key in keys:
            about = key if table == of else name
            asked = type_.fields[key].type
            made[key] = self.make(random, GraphQLNonNull(asked) if type_.is_one_of else asked, table, about, depth + 1)
        return {"not": made} if "not" in type_.fields and random.random() < NEGATED else made

    def listed(self, random: Random) -> dict[str, Any]:
        """Return a filter of agreements by a party, alone or with what lists by party are narrowed by."""
        party, agreement = random.choice(self.registry["agreement_party"]), random.choice(self.registry["agreement"])
        of = "city" if party["city_id"] else "organization"
        countries = ["TW", "XK", "US", "FR"]
        country = random.choice(({"equals": random.choice(countries)}, {"in": random.sample(countries, 2)}))
        by = random.choice(({"country": country}, {"country": country}, {"id": {"equals": party[f"{of}_id"]}}))
        asked: dict[str, Any] = {"party": {of: by}}
        if random.random() < 0.4:
            asked["kind"] = {"equals": agreement["kind"]}
        if random.random() < 0.4:
            bounds = {end: self.day(random, "agreement", "signedOn") for end in ("from", "to") if random.random() < 0.6}
            asked["signedOn"] = {**bounds, "certainty": random.choice(("CERTAIN", "POSSIBLE"))}
        if random.random() < 0.2:
            asked["not"] = {"status": {"equals": agreement["status"]}}
        return asked if random.random() < 0.8 else {"and": [{key: value} for key, value in asked.items()]}

    def scalar(self, random: Random, type_: str, table: str, name: str) -> Any:
        """Return a scalar: often one that the column holds, now and then changed."""
        match type_:
            case "Boolean":
                return random.random() < 0.5
            case "LanguageTag":
                return random.choice(LANGUAGES)
            case "ID":
                own = [row["id"] for row in self.registry.get(table, ()) if "id" in row] or self.held(table, name)
                return random.choice(random.choice((own or self.ids, own or self.ids, self.ids, UNKNOWN_IDS)))
            case "CountryCode":
                return random.choice(("TW", "XK", "US", "FR"))
            case "Date":
                return self.day(random, table, name)
        if name == "text":
            return random.choice(self.texts)
        held = self.held(table, name)
        if type_ == "Int":
            return random.choice([number for number in held if isinstance(number, int)] or [1]) + random.choice(
                (0, 0, 1, -1)
            )
        text = random.choice(random.choice(([text for text in held if isinstance(text, str)] or TEXTS, TEXTS)))
        start = random.choice((0, 0, len(text) // 2))
        return random.choice((text, text, text[start : start + 3], text.upper(), text[:1]))

    def day(self, random: Random, table: str, name: str) -> str:
        """Return a day at, or beside, the bounds of a date that the column holds."""
        dates = [text for text in self.held(table, name) if isinstance(text, str)]
        text = random.choice(dates or ["2024"])
        day: date = random.choice((earliest, latest))(text) + timedelta(days=random.choice((0, 0, 1, -1)))
        return day.isoformat()

    def held(self, table: str, name: str) -> list[Any]:
        """Return what a column holds, but nulls."""
        column = COLUMNS.get(name, name)
        return [row[column] for row in self.registry.get(table, ()) if row.get(column) is not None]

    def pair(self, random: Random) -> list[dict[str, Any]]:
        """Return references to two cities, most often of two that did something together."""
        if random.random() < 0.3:
            return [self.city(random), self.city(random)]
        refs = [{"id": identifier} for identifier in random.choice(self.pairs)]
        if random.random() < 0.2:
            refs[random.randrange(2)] = self.city(random)
        return refs

    def city(self, random: Random) -> dict[str, Any]:
        """Return a reference to a city."""
        row = random.choice(self.registry["city"])
        named: dict[str, Any] = {"name": row["name"], "country": row["country_code"]}
        if row["native_name"] and random.random() < 0.3:
            named["name"] = row["native_name"]
        if random.random() < 0.3:
            named["region"] = row["region"]
        ways = (
            {"id": row["id"]},
            {"geonamesId": row["geonames_id"] or 1},
            {"wikidataId": row["wikidata_id"] or "Q0"},
            {"named": named},
        )
        return random.choice(ways)
