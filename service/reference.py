"""The records that an input names: found, or brought into being where the name is new.

Knows the order in which names are resolved and how concurrent transactions that name the same newcomer agree
on one. What fits a name is decided by matching, the rows of a newcomer are written by creation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, overload

from pydantic.alias_generators import to_camel

from service import finding
from service.creation import Newcomers
from service.errors import Path, UserErrorCode
from service.folding import fold
from service.inputs import (
    CityRef,
    NamedCity,
    NamedOrganization,
    NamedPerson,
    OrganizationRef,
    PartyRef,
    PersonRef,
    SourceInput,
    SourceRef,
)
from service.matching import (
    Candidate,
    Spellings,
    fitting_cities,
    fitting_organizations,
    fitting_people,
    person_spellings,
    spellings_of,
)
from service.recording import Transaction

_ORDER = ("city", "organization", "person")
"""The tables whose records are found by name, in the order in which they are resolved."""


@dataclass(slots=True, eq=False)
class Mention:
    """A record that an input names; its id and name are known once the references are resolved."""

    table: str
    path: Path
    by: str
    value: Any
    origin: "References"
    seat: "Mention | None" = None
    """The city that tells a named organization from its namesakes."""
    id: str = ""
    name: str = ""
    country: str | None = None

    @property
    def city_id(self) -> str | None:
        """The identifier, where a city is named."""
        return self.id if self.table == "city" else None

    @property
    def organization_id(self) -> str | None:
        """The identifier, where an organization is named."""
        return self.id if self.table == "organization" else None

    def settle(self, found: Candidate) -> None:
        """Take the record found for the one meant."""
        self.id, self.name, self.country = found.id, found.name, found.country


@dataclass
class References:
    """All that one input names, gathered first and then resolved together in few statements.

    What cannot be resolved is refused to the input's own share of the transaction.
    """

    tx: Transaction
    mentions: list[Mention] = field(default_factory=list)
    sources: list[Mention] = field(default_factory=list)
    countries: list["Home"] = field(default_factory=list)

    def _add(
        self, table: str, ref: CityRef | OrganizationRef | PersonRef, path: Path, seat: Mention | None = None
    ) -> Mention:
        by, value = _given(ref)
        mention = Mention(table, (*path, to_camel(by)), by, value, self, seat)
        self.mentions.append(mention)
        return mention

    @overload
    def city(self, ref: CityRef, path: Path) -> Mention: ...
    @overload
    def city(self, ref: CityRef | None, path: Path) -> Mention | None: ...
    def city(self, ref: CityRef | None, path: Path) -> Mention | None:
        """Note a city that the input names."""
        return self._add("city", ref, path) if ref else None

    @overload
    def organization(self, ref: OrganizationRef, path: Path) -> Mention: ...
    @overload
    def organization(self, ref: OrganizationRef | None, path: Path) -> Mention | None: ...
    def organization(self, ref: OrganizationRef | None, path: Path) -> Mention | None:
        """Note an organization that the input names, and the city that it is said to sit in."""
        if ref is None:
            return None
        seat = self.city(ref.named.city, (*path, "named", "city")) if ref.named else None
        return self._add("organization", ref, path, seat)

    @overload
    def person(self, ref: PersonRef, path: Path) -> Mention: ...
    @overload
    def person(self, ref: PersonRef | None, path: Path) -> Mention | None: ...
    def person(self, ref: PersonRef | None, path: Path) -> Mention | None:
        """Note a person whom the input names."""
        return self._add("person", ref, path) if ref else None

    @overload
    def party(self, ref: PartyRef, path: Path) -> Mention: ...
    @overload
    def party(self, ref: PartyRef | None, path: Path) -> Mention | None: ...
    def party(self, ref: PartyRef | None, path: Path) -> Mention | None:
        """Note a party that the input names: a city or an organization."""
        if ref is None:
            return None
        if ref.city is not None:
            return self.city(ref.city, (*path, "city"))
        return self.organization(ref.organization, (*path, "organization"))

    def record(self, table: str, id_: str | None, path: Path) -> Mention | None:
        """Note a record that the input names by its id alone."""
        if id_ is None:
            return None
        mention = Mention(table, path, "id", id_, self)
        self.mentions.append(mention)
        return mention

    def source(self, ref: SourceRef, path: Path) -> Mention:
        """Note a source that the input cites; records created for the input inherit it."""
        by, value = _given(ref)
        mention = Mention("source", (*path, by), by, value, self)
        self.sources.append(mention)
        return mention

    def country(self, code: str | None, path: Path) -> None:
        """Note a country that must be one that the registry knows."""
        if code is not None:
            self.countries.append((code, path, self))


Home = tuple[str, Path, References]
"""A country's code, where the input gives it, and what else the input names."""


def known(mention: Mention | None) -> str | None:
    """Return the identifier of what was named, or None where nothing was."""
    return mention.id if mention else None


def party_columns(mention: Mention | None) -> tuple[str | None, str | None]:
    """Return the two columns of a party: the city's identifier and the organization's."""
    return (mention.city_id, mention.organization_id) if mention else (None, None)


def _given(ref: CityRef | OrganizationRef | PersonRef | SourceRef) -> tuple[str, Any]:
    """Return which of the fields is given, and its value."""
    return next((name, value) for name in type(ref).model_fields if (value := getattr(ref, name)) is not None)


async def resolve(tx: Transaction, inputs: Sequence[References]) -> None:
    """Find or create everything that the inputs name, and refuse what cannot be.

    What is found by id or by name is one statement each; only newcomers cost more.
    """
    await _resolve_sources(tx, [source for given in inputs for source in given.sources])
    mentions = [mention for given in inputs for mention in given.mentions]
    await _resolve_identifiers(tx, [mention for mention in mentions if mention.by != "named"])
    named = sorted((mention for mention in mentions if mention.by == "named"), key=lambda one: _ORDER.index(one.table))
    countries = [country for given in inputs for country in given.countries]
    named = [mention for mention in named if _can_be_spelled(mention)]
    spellings = await finding.by_spelling(tx.connection, _all_spellings(named))
    strangers = [mention for mention in named if not _settled(mention, spellings)]
    await _check_countries(tx, countries + [home for home in map(_home, strangers) if home is not None])
    if strangers and not any(given.tx.refusals for given in inputs):
        await _introduce(tx, strangers)


async def _resolve_sources(tx: Transaction, sources: list[Mention]) -> None:
    by_id = [source for source in sources if source.by == "id"]
    new: dict[str, SourceInput] = {}
    for source in sources:
        if source.by == "new":
            source.id = finding.source_id(tx.caller, source.value)
            new[source.id] = source.value
    if new:
        await finding.keep_sources(tx.connection, new)
    if by_id:
        await _resolve_identifiers(tx, by_id)


async def _resolve_identifiers(tx: Transaction, mentions: list[Mention]) -> None:
    """Settle the mentions by id, GeoNames id or Wikidata id, one statement for each way that is used."""

    def way(mention: Mention) -> tuple[str, str]:
        return mention.table, mention.by

    for (table, by), group in groupby(sorted(mentions, key=way), key=way):
        asked = list(group)
        found = await finding.by_identifier(tx.connection, table, by, [mention.value for mention in asked])
        for mention in asked:
            if candidate := found.get(mention.value):
                mention.settle(candidate)
            else:
                mention.origin.tx.refuse(UserErrorCode.NOT_FOUND, f"names no {table} of the registry", mention.path)


def _can_be_spelled(mention: Mention) -> bool:
    if fold(mention.value.name):
        return True
    mention.origin.tx.refuse(UserErrorCode.INVALID, "holds no letter and no digit", (*mention.path, "name"))
    return False


def _mention_spellings(mention: Mention) -> list[str]:
    named = mention.value
    spell = person_spellings if mention.table == "person" else spellings_of
    return spell(named.name, named.native_name)


def _all_spellings(mentions: Iterable[Mention]) -> list[str]:
    return sorted({spelling for mention in mentions for spelling in _mention_spellings(mention)})


def _fitting(mention: Mention, spellings: Spellings) -> list[Candidate]:
    named = mention.value
    if isinstance(named, NamedCity):
        return fitting_cities(named, spellings)
    if isinstance(named, NamedOrganization):
        return fitting_organizations(named, _home_country(mention), known(mention.seat), spellings)
    return fitting_people(named, spellings)


def _settled(mention: Mention, spellings: Spellings) -> bool:
    """Settle the mention, or refuse it as ambiguous; tell False where nothing fits or a native name is gained."""
    fitting = _fitting(mention, spellings)
    if len(fitting) > 1:
        message = f"fits {len(fitting)} records: name the one that is meant by its id, or say more of it"
        candidates = tuple(sorted(one.id for one in fitting))
        mention.origin.tx.refuse(UserErrorCode.AMBIGUOUS_REFERENCE, message, mention.path, candidates)
        return True
    if not fitting or _gains_native_name(mention, fitting[0]):
        return False
    mention.settle(fitting[0])
    return True


def _gains_native_name(mention: Mention, found: Candidate) -> bool:
    named = mention.value
    return isinstance(named, NamedPerson) and named.native_name is not None and found.native_name is None


def _home(mention: Mention) -> Home | None:
    """Return the country that the mention gives, or that its seat lies in, and where it says so."""
    if isinstance(mention.value, NamedPerson):
        return None
    if mention.value.country is not None:
        return mention.value.country, (*mention.path, "country"), mention.origin
    if mention.seat is None:
        return None
    if mention.seat.by == "named":
        return _home(mention.seat)
    return (mention.seat.country, mention.seat.path, mention.origin) if mention.seat.country else None


def _home_country(mention: Mention) -> str | None:
    home = _home(mention)
    return home[0] if home else None


async def _check_countries(tx: Transaction, countries: list[Home]) -> None:
    """Refuse the countries that the registry does not know."""
    if not countries:
        return
    listed = await finding.known_countries(tx.connection, {code for code, *_ in countries})
    seen = set()
    for code, path, origin in countries:
        if code not in listed and (path, id(origin)) not in seen:
            seen.add((path, id(origin)))
            origin.tx.refuse(UserErrorCode.INVALID, f"{code} is no country of ISO 3166-1", path)


async def _introduce(tx: Transaction, strangers: list[Mention]) -> None:
    """Create the newcomers once, whoever else is about to: lock their names, look again, then write.

    All locks are taken in one order and before any row is written, so that two inputs which name the same
    newcomers wait for each other instead of deadlocking. They are held until the transaction ends.
    """
    await finding.lock_names(
        tx.connection, finding.NAMES, (key for mention in strangers for key in _lock_keys(mention))
    )
    spellings = await finding.by_spelling(tx.connection, _all_spellings(strangers))
    newcomers, refused = Newcomers(tx), False
    for mention in strangers:
        if _settled(mention, spellings):
            refused = refused or bool(mention.origin.tx.refusals)
            continue
        sources = [source.id for source in mention.origin.sources if source.id]
        if fitting := _fitting(mention, spellings):
            fitting[0].native_name = mention.value.native_name
            newcomers.name_natively(fitting[0], sources)
            mention.settle(fitting[0])
            continue
        candidate = _newcomer(newcomers, mention, sources)
        spellings.add(mention.table, _mention_spellings(mention), candidate)
        mention.settle(candidate)
    if not refused:
        await newcomers.write()


def _newcomer(newcomers: Newcomers, mention: Mention, sources: list[str]) -> Candidate:
    named = mention.value
    if isinstance(named, NamedCity):
        return newcomers.city(named, sources)
    if isinstance(named, NamedOrganization):
        return newcomers.organization(named, _home_country(mention), known(mention.seat), sources)
    return newcomers.person(named, sources)


def _lock_keys(mention: Mention) -> Iterable[int]:
    """Return a number for each spelling under which the newcomer could be created by someone else."""
    home = mention.value.country if mention.table == "city" else ""
    for spelling in _mention_spellings(mention):
        yield finding.name_key(mention.table, home, spelling)
