"""The root fields and their inputs."""

import base64
import json
from datetime import date
from enum import Enum
from typing import NewType, cast

import strawberry
from sqlalchemy import Select, and_, func, select, text

from bench.contestants.strawberry.tables import Agreement as AgreementRow
from bench.contestants.strawberry.tables import AgreementParty as AgreementPartyRow
from bench.contestants.strawberry.tables import City as CityRow
from bench.contestants.strawberry.types import (
    COUNTRY,
    SIGNED,
    Agreement,
    AgreementConnection,
    AgreementCount,
    City,
    PageInfo,
    SearchConnection,
    agreements,
    sessions,
)

SEARCH = text("SELECT * FROM search_cities(:text, :most)")
CountryCode = NewType("CountryCode", str)


@strawberry.enum
class AgreementKind(Enum):
    SISTER_CITY = "SISTER_CITY"
    FRIENDSHIP_CITY = "FRIENDSHIP_CITY"
    COOPERATION = "COOPERATION"
    MEMORANDUM_OF_UNDERSTANDING = "MEMORANDUM_OF_UNDERSTANDING"
    LETTER_OF_INTENT = "LETTER_OF_INTENT"
    REAFFIRMATION = "REAFFIRMATION"
    JOINT_DECLARATION = "JOINT_DECLARATION"
    PROJECT = "PROJECT"
    SCHOOL_PARTNERSHIP = "SCHOOL_PARTNERSHIP"
    OTHER = "OTHER"


@strawberry.enum
class AgreementOrderField(Enum):
    TITLE = "TITLE"


@strawberry.enum
class AgreementDimension(Enum):
    KIND = "KIND"


@strawberry.enum
class SearchType(Enum):
    CITY = "CITY"


@strawberry.input
class CityRef:
    id: strawberry.ID


@strawberry.input
class AgreementOrder:
    field: AgreementOrderField


@strawberry.input
class AgreementKindFilter:
    equals: AgreementKind


@strawberry.input
class CountryFilter:
    equals: CountryCode


@strawberry.input
class CityFilter:
    country: CountryFilter


@strawberry.input
class PartyFilter:
    city: CityFilter


@strawberry.input
class DayFilter:
    from_: date = strawberry.field(name="from")
    to: date


@strawberry.input
class AgreementFilter:
    kind: AgreementKindFilter
    party: PartyFilter
    signed_on: DayFilter


def filtered(statement: Select[AgreementRow], wanted: AgreementFilter) -> Select[AgreementRow]:
    """Narrow agreements to those that fulfil a filter."""
    parties = AgreementRow.parties.any(
        and_(
            AgreementPartyRow.party_country_code == wanted.party.city.country.equals,
            AgreementPartyRow.city_id.is_not(None),
            AgreementPartyRow.agreement_kind == wanted.kind.equals.value,
            AgreementPartyRow.agreement_retracted_at.is_(None),
            AgreementPartyRow.agreement_signed_on_earliest.between(wanted.signed_on.from_, wanted.signed_on.to),
        )
    )
    return statement.where(AgreementRow.signed_on_latest <= wanted.signed_on.to, parties)


@strawberry.type
class Query:
    @strawberry.field
    async def agreement(self, info: strawberry.Info, id: strawberry.ID) -> Agreement | None:
        """Return an agreement by its identifier."""
        async with sessions(info)() as session:
            return cast("Agreement | None", await session.scalar(agreements(info).where(AgreementRow.id == id)))

    @strawberry.field
    async def agreements(
        self,
        info: strawberry.Info,
        filter: AgreementFilter | None = None,
        order_by: list[AgreementOrder] | None = None,
        first: int = 20,
    ) -> AgreementConnection:
        """Return a page of agreements, the newest first unless an order is given."""
        statement = filtered(agreements(info), filter) if filter else agreements(info)
        if order_by:
            statement = statement.order_by(AgreementRow.title_folded, AgreementRow.id)
        else:
            statement = statement.order_by(SIGNED.desc(), AgreementRow.id.desc())
        async with sessions(info)() as session:
            rows = list(await session.scalars(statement.limit(first + 1)))
        nodes = rows[:first]
        cursor = json.dumps([str(nodes[-1].signed_on_earliest), nodes[-1].id]) if nodes else None
        page_info = PageInfo(
            has_next_page=len(rows) > first,
            end_cursor=base64.urlsafe_b64encode(cursor.encode()).decode() if cursor else None,
        )
        return AgreementConnection(nodes=nodes, page_info=page_info)  # type: ignore[arg-type]  # the same

    @strawberry.field
    async def agreement_stats(self, info: strawberry.Info, by: AgreementDimension) -> list[AgreementCount]:
        """Return agreements counted by kind."""
        count = func.count().label("count")
        statement = select(AgreementRow.kind, count).where(AgreementRow.retracted_at.is_(None))
        statement = statement.group_by(AgreementRow.kind).order_by(count.desc(), AgreementRow.kind)
        async with sessions(info)() as session:
            return [AgreementCount(key=key, count=many) for key, many in await session.execute(statement)]

    @strawberry.field
    async def city(self, info: strawberry.Info, ref: CityRef) -> City | None:
        """Return a city by its identifier."""
        async with sessions(info)() as session:
            return cast(
                "City | None", await session.scalar(select(CityRow).where(CityRow.id == ref.id).options(COUNTRY))
            )

    @strawberry.field
    async def search(
        self, info: strawberry.Info, text: str, types: list[SearchType] | None = None, first: int = 20
    ) -> SearchConnection:
        """Return cities by the first letters of their names."""
        statement = select(CityRow).from_statement(SEARCH)
        async with sessions(info)() as session:
            found = await session.scalars(statement, {"text": text, "most": first})
            return SearchConnection(nodes=list(found))
