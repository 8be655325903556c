"""The root field that writes: rows inserted as SQLAlchemy's documentation shows, and nothing more."""

import strawberry

from bench.contestants.strawberry.query import AgreementKind
from bench.contestants.strawberry.tables import Agreement as AgreementRow
from bench.contestants.strawberry.tables import AgreementParty as AgreementPartyRow
from bench.contestants.strawberry.types import Agreement, sessions


@strawberry.input
class RecordSigningInput:
    id: strawberry.ID
    title: str
    kind: AgreementKind
    signed_on: str
    cities: list[strawberry.ID]


@strawberry.type
class RecordSigningPayload:
    agreement: Agreement


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def record_signing(self, info: strawberry.Info, input: RecordSigningInput) -> RecordSigningPayload:
        """Insert an agreement with its parties."""
        parties = [
            AgreementPartyRow(position=position, city_id=city) for position, city in enumerate(input.cities, start=1)
        ]
        row = AgreementRow(
            id=input.id,
            title=input.title,
            title_folded=input.title.lower(),
            kind=input.kind.value,
            status="IN_FORCE",
            signed_on=input.signed_on,
            parties_complete=True,
            recorded_by="bench",
            parties=parties,
        )
        async with sessions(info)() as session, session.begin():
            session.add(row)
        return RecordSigningPayload(agreement=row)  # type: ignore[arg-type]  # the same attributes
