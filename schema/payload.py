"""What a mutation answers: the record as it now is, its place in the feed, or why nothing was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schema.agreement import Agreement
from schema.city import City
from schema.delegation import Delegation
from schema.entity import entity, publish_enum
from schema.event import Event
from schema.giving import Contribution, Programme
from schema.organization import Organization
from schema.person import Person
from schema.record import Node, Record
from schema.source import Source, given, given_record
from service import plan
from service.errors import UserErrorCode

if TYPE_CHECKING:
    from schema.planner import Request

publish_enum(UserErrorCode)


@entity(None)
class UserError:
    """A reason why nothing was written, which the caller can act on."""

    code: UserErrorCode = given("code", "The reason, for programs.")
    message: str = given("sentence", "The reason, for people: what it is about, and what to do.")
    path: list[str] = given("path", 'Where in the input, such as ["parties", "1", "party"].')
    candidates: list[Node] = given_record("candidates", "Records that the caller may have meant.")


@entity(None)
class Payload:
    """What became of an input."""

    replayed: bool = given("replayed", "True when an earlier call with this key had already been answered so.")
    cursor: str | None = given("cursor", "The change's place in the feed; null where nothing was written.")
    user_errors: list[UserError] = given("refusals", "Why nothing was written; empty where it was.")


@entity(None)
class RecordSigningPayload(Payload):
    """What became of a signing."""

    agreement: Agreement | None = given_record("subject_id", "The agreement as recorded; null where it was refused.")


@entity(None)
class AgreementPayload(Payload):
    """What became of an input about an agreement."""

    agreement: Agreement | None = given_record("subject_id", "The agreement as it now is; null where refused.")


@entity(None)
class CityPayload(Payload):
    """What became of an input about a city."""

    city: City | None = given_record("subject_id", "The city as it now is; null where refused.")


@entity(None)
class OrganizationPayload(Payload):
    """What became of an input about an organization."""

    organization: Organization | None = given_record("subject_id", "The organization as it now is; null where refused.")


@entity(None)
class PersonPayload(Payload):
    """What became of an input about a person."""

    person: Person | None = given_record("subject_id", "The person as now known; null where refused.")


@entity(None)
class EventPayload(Payload):
    """What became of an input about an event."""

    event: Event | None = given_record("subject_id", "The event as it now is; null where refused.")


@entity(None)
class DelegationPayload(Payload):
    """What became of an input about a delegation."""

    delegation: Delegation | None = given_record("subject_id", "The delegation as it now is; null where refused.")


@entity(None)
class ContributionPayload(Payload):
    """What became of an input about a contribution."""

    contribution: Contribution | None = given_record("subject_id", "The contribution as it now is; null where refused.")


@entity(None)
class ProgrammePayload(Payload):
    """What became of an input about a programme."""

    programme: Programme | None = given_record("subject_id", "The programme as it now is; null where refused.")


@entity(None)
class RecordPayload(Payload):
    """What became of an input about any kind of record."""

    record: Record | None = given_record(
        "subject_id", "The record as it now is; null where refused, and once retracted."
    )


@dataclass(frozen=True)
class ResultsSource(Source):
    """The outcomes of a batch, one by one."""

    def plan(self, request: Request) -> plan.Node:
        """Plan each outcome; what is selected counts once, the rows below it for each."""
        results, planner = request.given.results, request.planner
        planned, elements = planner.planned, []
        selected = request.inside(len(results)).select_each(results)
        for _ in results:
            planner.planned = planned
            elements.append(next(selected))
        return plan.Array(tuple(elements))


def results(description: str) -> Any:
    """Answer with the outcomes of a batch."""
    return ResultsSource(description=description)


@entity(None)
class RecordSigningsPayload:
    """What became of the signings of one call."""

    results: list[RecordSigningPayload] = results("One for each input, in their order.")
    recorded: int = given("recorded", "How many stand in the registry, recorded now or by an earlier call.")
    refused: int = given("refused", "How many were refused themselves; with ALL, one is enough to record none.")
