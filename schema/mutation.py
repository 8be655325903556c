"""The mutations: a list of fields, each with its input, its rule and the scope that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schema.agreement import Agreement
from schema.entity import entity, publish_enum
from schema.errors import ErrorCode, refusal
from schema.inputs import publish_input_model
from schema.record import Node
from schema.source import Argument, Source, given, given_record
from service.agreement_inputs import RecordSigningInput
from service.database import Database
from service.errors import Refused, UserErrorCode, parse
from service.inputs import Input
from service.keys import Caller, Scope
from service.recording import Outcome, Rule, record
from service.signing import record_signing

if TYPE_CHECKING:
    from schema.planner import Request
    from service import plan

publish_enum(UserErrorCode)


@entity(None)
class UserError:
    """A reason why nothing was written, which the caller can act on."""

    code: UserErrorCode = given("code", "The reason, for programs.")
    message: str = given("message", "The reason, for people; says what to do.")
    path: list[str] = given("path", 'Where in the input, such as ["parties", "1", "party"].')
    candidates: list[Node] = given_record("candidates", "Records that the caller may have meant.")


@entity(None)
class RecordSigningPayload:
    """What became of a signing."""

    agreement: Agreement | None = given_record("subject_id", "The agreement as recorded; null where it was refused.")
    replayed: bool = given("replayed", "True when an earlier call with this key had already been answered so.")
    cursor: str | None = given("cursor", "The change's place in the feed; null where nothing was written.")
    user_errors: list[UserError] = given("refusals", "Why nothing was written; empty where it was.")


@dataclass(frozen=True)
class MutationSource(Source):
    """A mutation: its rule is given the input, and the payload is planned over the outcome."""

    model: type[Any]
    rule: Rule[Any]
    scope: Scope

    def plan(self, request: Request) -> plan.Node:
        """Plan the payload over the outcome at hand."""
        return request.select(given=request.given)


def mutation(model: type[Input], rule: Rule[Any], scope: Scope, description: str) -> Any:
    """Offer a mutation with the one argument input."""
    argument = Argument("input", publish_input_model(model), "What to record.")
    return MutationSource(model, rule, scope, description=description, arguments=(argument,))


@entity(None)
class Mutation:
    """What can be recorded. Each field is one transaction: it happens wholly or not at all."""

    record_signing: RecordSigningPayload = mutation(
        RecordSigningInput, record_signing, Scope.SIGNINGS_WRITE, "Record a signing that took place."
    )


async def perform(
    source: MutationSource, arguments: Mapping[str, Any], caller: Caller | None, database: Database
) -> Outcome:
    """Run the rule of the mutation; refusals are an outcome. Raises GraphQLError where the caller may not."""
    caller = permitted(caller, source.scope)
    try:
        payload = parse(source.model, arguments["input"])
    except Refused as refused:
        return Outcome(refusals=refused.refusals)
    return await record(database.pool, caller.name, payload.idempotency_key, payload, source.rule)


def permitted(caller: Caller | None, scope: Scope) -> Caller:
    """Return the caller if its key carries the scope, else raise GraphQLError."""
    if caller is None:
        message = "This needs a key: send it as the header Authorization: Bearer jml_..."
        raise refusal(message, ErrorCode.UNAUTHENTICATED)
    if scope not in caller.scopes:
        raise refusal(f"The key {caller.key_id} does not carry the scope {scope}.", ErrorCode.FORBIDDEN)
    return caller
