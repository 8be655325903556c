"""The mutations: a list of fields, each with its input, its rule and the scope that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schema.entity import entity, publish_enum
from schema.errors import ErrorCode, refusal
from schema.inputs import publish_input_model
from schema.payload import (
    AgreementPayload,
    CityPayload,
    ContributionPayload,
    DelegationPayload,
    EventPayload,
    OrganizationPayload,
    PersonPayload,
    ProgrammePayload,
    RecordPayload,
    RecordSigningPayload,
    RecordSigningsPayload,
)
from schema.source import Argument, Source
from service.agreement_inputs import AnnounceAgreementInput, RecordSigningInput
from service.agreement_update import AmendAgreementInput, EndAgreementInput, amend_agreement, end_agreement
from service.batch import Batch, ErrorPolicy, Rules, record_batch
from service.database import Database
from service.delegation import RecordDelegationInput, record_delegation
from service.errors import Refused, parse
from service.event import RecordEventInput, record_event
from service.giving import RecordContributionInput, RecordProgrammeInput, record_contribution, record_programme
from service.inputs import Input
from service.keys import Caller, Scope
from service.merging import MergeInput, merge_cities, merge_organizations, merge_people
from service.party import create_city, create_organization
from service.party_inputs import CreateCityInput, CreateOrganizationInput
from service.party_update import (
    UpdateCityInput,
    UpdateOrganizationInput,
    UpdatePersonInput,
    update_city,
    update_organization,
    update_person,
)
from service.recording import Outcome, Rule, record
from service.retraction import RetractInput, retract
from service.signing import announce_agreement, record_signing, record_signings
from service.updating import (
    CiteInput,
    UpdateDelegationInput,
    UpdateEventInput,
    UpdateProgrammeInput,
    cite,
    update_delegation,
    update_event,
    update_programme,
)

if TYPE_CHECKING:
    from schema.planner import Request
    from service import plan

INPUTS_MAX = 500
MERGED = "Let all that names the duplicate name the survivor; the duplicate's identifier names it as well."
SIGNING = Rules(record_signing, record_signings)
SIGNINGS, REGISTRY = Scope.SIGNINGS_WRITE, Scope.REGISTRY_WRITE


@dataclass(frozen=True)
class MutationSource(Source):
    """A mutation: its rule is given the input, and the payload is planned over the outcome."""

    model: type[Any]
    rule: Rule[Any]
    scope: Scope
    alone: bool = False

    def plan(self, request: Request) -> plan.Node:
        """Plan the payload over the outcome at hand."""
        return request.select(given=request.given)

    async def perform(self, arguments: Mapping[str, Any], caller: Caller, database: Database) -> Outcome:
        """Run the rule over the input; refusals are an outcome."""
        try:
            given = parse(self.model, arguments["input"])
        except Refused as refused:
            return Outcome(refusals=refused.refusals)
        key, operation = given.idempotency_key, self.rule.__name__ if self.alone else None
        return await record(database.pool, caller.name, key, given, self.rule, operation=operation, alone=self.alone)


@dataclass(frozen=True)
class BatchSource(Source):
    """A mutation of many inputs, each answered for itself."""

    model: type[Any]
    rules: Rules
    scope: Scope

    def plan(self, request: Request) -> plan.Node:
        """Plan the payload over the outcomes at hand."""
        return request.select(given=request.given)

    async def perform(self, arguments: Mapping[str, Any], caller: Caller, database: Database) -> Batch:
        """Run the rule over the inputs. Raises GraphQLError where they are too many."""
        given = arguments["inputs"]
        if len(given) > INPUTS_MAX:
            raise refusal(f"inputs has {len(given)} elements; {INPUTS_MAX} are allowed.", ErrorCode.INVALID)
        policy = ErrorPolicy[arguments.get("errorPolicy") or "EACH"]
        inputs = [_parsed(self.model, each) for each in given]
        return await record_batch(database.pool, caller.name, inputs, self.rules, policy)


def _parsed(model: type[Any], given: Any) -> Any:
    try:
        return parse(model, given)
    except Refused as refused:
        return refused


def mutation(model: type[Input], rule: Rule[Any], scope: Scope, description: str, *, alone: bool = False) -> Any:
    """Offer a mutation with the one argument input; one that moves references runs alone."""
    argument = Argument("input", publish_input_model(model), "What to record.")
    told = described(description, scope)
    return MutationSource(model, rule, scope, alone, description=told, arguments=(argument,))


def batch(model: type[Input], rules: Rules, scope: Scope, description: str) -> Any:
    """Offer a mutation of many inputs with the arguments inputs and errorPolicy."""
    publish_enum(ErrorPolicy)
    arguments = (
        Argument("inputs", f"list[{publish_input_model(model)}]", f"What to record; at most {INPUTS_MAX}."),
        Argument("error_policy", "ErrorPolicy | None", "What one refusal means for the others.", ErrorPolicy.EACH),
    )
    return BatchSource(model, rules, scope, description=described(description, scope), arguments=arguments)


def described(description: str, scope: Scope) -> str:
    """Add to a mutation's description what a caller needs for it."""
    return f"{description} Needs a key with the scope {scope}."


@entity(None)
class Mutation:
    """What can be recorded. Each field is one transaction: it happens wholly or not at all."""

    record_signing: RecordSigningPayload = mutation(
        RecordSigningInput, record_signing, SIGNINGS, "Record a signing that took place."
    )
    record_signings: RecordSigningsPayload = batch(
        RecordSigningInput,
        SIGNING,
        SIGNINGS,
        "Record many signings, answered in their order. With EACH, those that are not refused are recorded.",
    )
    announce_agreement: AgreementPayload = mutation(
        AnnounceAgreementInput, announce_agreement, SIGNINGS, "Record that an agreement is planned."
    )
    amend_agreement: AgreementPayload = mutation(
        AmendAgreementInput, amend_agreement, SIGNINGS, "Change an agreement: absent stays, null clears."
    )
    end_agreement: AgreementPayload = mutation(
        EndAgreementInput, end_agreement, SIGNINGS, "Record that an agreement was ended, suspended or given up."
    )
    create_city: CityPayload = mutation(
        CreateCityInput, create_city, REGISTRY, "Create a city, unless the registry holds it."
    )
    update_city: CityPayload = mutation(UpdateCityInput, update_city, REGISTRY, "Change a city's facts.")
    merge_cities: CityPayload = mutation(MergeInput, merge_cities, REGISTRY, MERGED, alone=True)
    create_organization: OrganizationPayload = mutation(
        CreateOrganizationInput, create_organization, REGISTRY, "Create an organization, unless the registry holds it."
    )
    update_organization: OrganizationPayload = mutation(
        UpdateOrganizationInput, update_organization, REGISTRY, "Change an organization's facts."
    )
    merge_organizations: OrganizationPayload = mutation(MergeInput, merge_organizations, REGISTRY, MERGED, alone=True)
    update_person: PersonPayload = mutation(
        UpdatePersonInput, update_person, REGISTRY, "Change a person's names and offices."
    )
    merge_people: PersonPayload = mutation(MergeInput, merge_people, REGISTRY, MERGED, alone=True)
    record_event: EventPayload = mutation(RecordEventInput, record_event, SIGNINGS, "Record an event, held or planned.")
    update_event: EventPayload = mutation(UpdateEventInput, update_event, SIGNINGS, "Change an event.")
    record_delegation: DelegationPayload = mutation(
        RecordDelegationInput, record_delegation, SIGNINGS, "Record a delegation, with who travelled and who received."
    )
    update_delegation: DelegationPayload = mutation(
        UpdateDelegationInput, update_delegation, SIGNINGS, "Change a delegation."
    )
    record_contribution: ContributionPayload = mutation(
        RecordContributionInput, record_contribution, SIGNINGS, "Record something that one party gave to another."
    )
    record_programme: ProgrammePayload = mutation(
        RecordProgrammeInput, record_programme, SIGNINGS, "Record a plan of a party that agreements may serve."
    )
    update_programme: ProgrammePayload = mutation(
        UpdateProgrammeInput, update_programme, SIGNINGS, "Change a programme."
    )
    cite: RecordPayload = mutation(CiteInput, cite, SIGNINGS, "Add a source to a record, of whatever kind.")
    retract: RecordPayload = mutation(
        RetractInput, retract, REGISTRY, "Take back a record made in error; its history stays.", alone=True
    )


def permitted(caller: Caller | None, scope: Scope) -> Caller:
    """Return the caller if its key carries the scope, or may everything; else raise GraphQLError."""
    if caller is None:
        message = "This needs a key: send it as the header Authorization: Bearer jml_..."
        raise refusal(message, ErrorCode.UNAUTHENTICATED)
    if not caller.scopes & {scope, Scope.ADMIN}:
        shown = f"The key {caller.key_id}" if caller.key_id else "The token"
        raise refusal(f"{shown} does not carry the scope {scope}.", ErrorCode.FORBIDDEN)
    return caller


async def perform(
    source: MutationSource | BatchSource, arguments: Mapping[str, Any], caller: Caller | None, database: Database
) -> Outcome | Batch:
    """Run the mutation. Raises GraphQLError where the caller may not."""
    return await source.perform(arguments, permitted(caller, source.scope), database)
