"""The schema's types: each field is an attribute of the mapped row, or a resolver of its own."""

from typing import Annotated, Any

import strawberry
from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.interfaces import ORMOption

from bench.contestants.strawberry import tables

ENGLISH = selectinload(tables.Country.english)
COUNTRY = selectinload(tables.City.country).options(ENGLISH)
# What is loaded with an agreement where a field of it is selected.
OPTIONS: dict[str, ORMOption] = {
    "parties": selectinload(tables.Agreement.parties).options(
        selectinload(tables.AgreementParty.city).options(COUNTRY),
        selectinload(tables.AgreementParty.organization).options(
            selectinload(tables.Organization.country).options(ENGLISH)
        ),
    ),
    "signatories": selectinload(tables.Agreement.signatories).selectinload(tables.Signatory.person),
    "areas": selectinload(tables.Agreement.areas).selectinload(tables.AgreementArea.area),
    "event": selectinload(tables.Agreement.event).selectinload(tables.Event.city),
}
SIGNED = func.coalesce(tables.Agreement.signed_on_earliest, text("'-infinity'::date"))
PARTNERS = text("SELECT partner.* FROM city, city_partners(city) partner WHERE city.id = :id LIMIT :first")


def sessions(info: strawberry.Info) -> async_sessionmaker[AsyncSession]:
    """Return what opens a session: resolvers run side by side, and a session is for one of them."""
    opened: async_sessionmaker[AsyncSession] = info.context["sessions"]
    return opened


def agreements(info: strawberry.Info) -> Select[tables.Agreement]:
    """Return the statement for agreements, with what is selected of them loaded in one go each."""
    selected = names([each for field in info.selected_fields for each in field.selections])
    loaded = [option for name, option in OPTIONS.items() if name in selected]
    return select(tables.Agreement).where(tables.Agreement.retracted_at.is_(None)).options(*loaded)


def names(selections: list[Any]) -> set[str]:
    """Return the names of the fields that are selected of agreements, on a page of them as well."""
    found = set()
    for each in selections:
        if not hasattr(each, "name") or hasattr(each, "type_condition") or each.name == "nodes":
            found |= names(each.selections)
        else:
            found.add(each.name)
    return found


@strawberry.type
class Country:
    code: str
    name: str


@strawberry.type
class City:
    id: strawberry.ID
    name: str
    native_name: str | None
    country: Country

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Tell a city's row from others."""
        return isinstance(value, tables.City)

    @strawberry.field
    async def partners(self, info: strawberry.Info, first: int) -> "CityNodes":
        """Return the cities that agreements join to it, newest first."""
        statement = select(tables.City).from_statement(PARTNERS).options(COUNTRY)
        async with sessions(info)() as session:
            found = await session.scalars(statement, {"id": self.id, "first": first})
            return CityNodes(nodes=list(found))

    @strawberry.field
    async def agreements(self, info: strawberry.Info, first: int) -> "AgreementNodes":
        """Return its newest agreements."""
        statement = agreements(info).join(tables.Agreement.parties).where(tables.AgreementParty.city_id == self.id)
        statement = statement.order_by(SIGNED.desc(), tables.Agreement.id.desc()).limit(first)
        async with sessions(info)() as session:
            return AgreementNodes(nodes=list(await session.scalars(statement)))


@strawberry.type
class Organization:
    id: strawberry.ID
    name: str
    kind: str
    country: Country | None

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Tell an organization's row from others."""
        return isinstance(value, tables.Organization)


@strawberry.type
class Person:
    id: strawberry.ID
    name: str
    native_name: str | None


@strawberry.type
class Area:
    slug: str
    name: str


@strawberry.type
class AgreementArea:
    standing: str
    area: Area


@strawberry.type
class Event:
    id: strawberry.ID
    name: str
    kind: str
    starts_on: str | None
    venue: str | None
    city: City | None


@strawberry.type
class Signatory:
    role: str
    office: str | None
    attendance: str | None
    person: Person


@strawberry.type
class AgreementParty:
    position: int
    name_as_signed: str | None
    party: Annotated[City | Organization, strawberry.union("Party")]


@strawberry.type
class Agreement:
    id: strawberry.ID
    title: str
    kind: str
    status: str = strawberry.field(resolver=lambda root: root.standing)
    signed_on: str | None
    parties: list[AgreementParty]
    signatories: list[Signatory]
    areas: list[AgreementArea]
    event: Event | None


@strawberry.type
class CityNodes:
    nodes: list[City]


@strawberry.type
class AgreementNodes:
    nodes: list[Agreement]


@strawberry.type
class SearchConnection:
    nodes: list[Annotated[City | Organization, strawberry.union("SearchResult")]]


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class AgreementConnection:
    nodes: list[Agreement]
    page_info: PageInfo


@strawberry.type
class AgreementCount:
    key: str
    count: int
