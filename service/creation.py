"""Cities, organizations and people that come into being because an input names them.

Knows their rows, spellings, inherited citations and changes. Whether someone is new was decided before.
"""

from collections.abc import Iterable, Mapping

from service.folding import fold
from service.inputs import NamedCity, NamedOrganization, NamedPerson
from service.matching import Candidate, person_spellings, spellings_of
from service.models.columns import new_id
from service.models.enums import ChangeKind, OrganizationKind
from service.recording import Contention, Transaction
from service.rows import insert

Inherited = tuple[str, str | None, list[str]]
"""A record, the field that is cited or None for the whole, and the sources."""


async def inherit(tx: Transaction, inherited: Iterable[Inherited]) -> None:
    """Let records that an input brought into being cite the input's sources."""
    rows = [
        (new_id("cit"), subject_id, source_id, field, "STATED")
        for subject_id, field, sources in inherited
        for source_id in dict.fromkeys(sources)
    ]
    await insert(tx.connection, "citation", "id subject_id source_id field basis", rows)


class Newcomers:
    """The records to create in one transaction, written together."""

    def __init__(self, tx: Transaction) -> None:
        """Start without any."""
        self._tx = tx
        self._cities: list[tuple[object, ...]] = []
        self._organizations: list[tuple[object, ...]] = []
        self._people: list[tuple[object, ...]] = []
        self._native_names: list[tuple[str, str]] = []
        self._spellings: list[tuple[str, str]] = []
        self._inherited: list[Inherited] = []
        self._fields: dict[str, tuple[str, ...]] = {}

    def city(self, named: NamedCity, sources: list[str]) -> Candidate:
        """Add a city."""
        made = Candidate(new_id("cty"), named.name, named.native_name, named.country, named.region)
        self._cities.append((made.id, named.name, fold(named.name), named.native_name, named.country, named.region))
        fields = {"name": True, "nativeName": named.native_name, "country": True, "region": named.region}
        self._add(made, spellings_of(named.name, named.native_name), fields, sources)
        return made

    def organization(
        self, named: NamedOrganization, country: str | None, city_id: str | None, sources: list[str]
    ) -> Candidate:
        """Add an organization; its members are not known to be complete, as nobody gave any."""
        made = Candidate(new_id("org"), named.name, named.native_name, country, city_id=city_id)
        kind = (named.kind or OrganizationKind.OTHER).value
        names = (made.id, named.name, fold(named.name), named.native_name)
        self._organizations.append((*names, kind, city_id, country, False))
        fields = {"name": True, "nativeName": named.native_name, "kind": True, "city": city_id, "country": country}
        self._add(made, spellings_of(named.name, named.native_name), fields, sources)
        return made

    def person(self, named: NamedPerson, sources: list[str]) -> Candidate:
        """Add a person."""
        made = Candidate(new_id("per"), named.name, named.native_name)
        self._people.append((made.id, named.name, fold(named.name), named.native_name))
        fields = {"name": True, "nativeName": named.native_name}
        self._add(made, person_spellings(named.name, named.native_name), fields, sources)
        return made

    def name_natively(self, person: Candidate, sources: list[str]) -> None:
        """Give a known person, who has none, the native name that the candidate now carries."""
        assert person.native_name is not None  # noqa: S101 (for the type checker: the caller has just set it)
        self._native_names.append((person.id, person.native_name))
        self._spellings += [(spelling, person.id) for spelling in spellings_of(person.native_name)]
        self._inherited.append((person.id, "nativeName", sources))

    def _add(self, made: Candidate, spellings: list[str], fields: Mapping[str, object], sources: list[str]) -> None:
        self._spellings += [(spelling, made.id) for spelling in spellings]
        self._fields[made.id] = tuple(name for name, value in fields.items() if value)
        self._inherited.append((made.id, None, sources))

    async def write(self) -> None:
        """Write the rows and announce the newcomers, in the order in which they were named."""
        connection, named = self._tx.connection, "id name name_folded native_name"
        await insert(connection, "city", f"{named} country_code region", self._cities)
        columns = f"{named} kind city_id country_code members_complete"
        await insert(connection, "organization", columns, self._organizations)
        await insert(connection, "person", named, self._people)
        for id_, fields in self._fields.items():
            self._tx.announce(ChangeKind.CREATED, id_, fields)
        for id_, native_name in self._native_names:
            await self._write_native_name(id_, native_name)
        await insert(self._tx.connection, "spelling", "folded subject_id", self._spellings, new_only=True)
        await inherit(self._tx, self._inherited)

    async def _write_native_name(self, id_: str, native_name: str) -> None:
        version = await self._tx.connection.fetchval(
            """
            UPDATE person SET native_name = $2, version = version + 1, updated_at = now()
            WHERE id = $1 AND native_name IS NULL AND retracted_at IS NULL
            RETURNING version
            """,
            id_,
            native_name,
        )
        if version is None:
            raise Contention("the person was given a native name meanwhile")
        self._tx.announce(ChangeKind.UPDATED, id_, ("nativeName",), version=version)
