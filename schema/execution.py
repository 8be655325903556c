"""Answers an operation from its plan: a query as a whole, a mutation field by field; subscriptions are following's.

Knows in which order things happen. What a field means is its source's; what is written is a rule's.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import orjson
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
)
from strawberry import Schema

from schema.begun import Subscriptions
from schema.document import Document, Documents, RequestRefused
from schema.errors import ErrorCode, coded, refusal, response
from schema.gathering import Gathering, filled
from schema.introspection import INTROSPECTION, Disclosure, Introspector
from schema.limits import Limits, check_values
from schema.mutation import perform, permitted
from schema.planner import Planner
from schema.rehearsal import Rehearsals, count_inputs
from schema.statements import Statements, mark
from service.batch import Batch
from service.chain import CursorRefused
from service.changes import Feed
from service.database import Database
from service.errors import UnknownOutcome
from service.keys import Caller
from service.plan import Messages, Object, Statement
from service.rates import Bucket, RateExceeded
from service.recording import Outcome
from service.replica import Reads
from service.sql import write
from service.tracing import span

log = logging.getLogger(__name__)
# What asyncpg raises where the database ends, or its connection breaks under it.
GONE = (
    *(asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresConnectionError, OSError),
    *(asyncpg.OperatorInterventionError, asyncpg.ReadOnlySQLTransactionError),  # it stops, starts or changes
)
OF_THE_FEED = ("changes", "feedCursor")
# What the database function feed_position raises.
FEED_ERRORS = {
    "JM001": (ErrorCode.CURSOR_RESET, "after is of another history of the registry; list again."),
    "JM002": (ErrorCode.CURSOR_EXPIRED, "The feed no longer holds what came after the cursor; list again."),
}
STATEMENTS_KEPT_CHARACTERS = 16_000_000
# What it costs to read a document that is not known, for each character; a point is about a microsecond.
READING = 5
# What it costs to record one input.
RECORDING = 1_000


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a client asks: a document, which of its operations, and its variables; and out of which bucket it pays."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    caller: Caller | None = None
    bucket: Bucket | None = None
    tell_cost: bool = False
    at_least: int = 0
    """The position of the feed that the answer must not be older than."""

    def spend(self, cost: int) -> None:
        """Pay. Raises RateExceeded."""
        if self.bucket is not None:
            self.bucket.spend(cost)

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """Look into what is asked, and count how long it takes where it is refused. Raises RateExceeded."""
        if self.bucket is None:
            yield
            return
        self.bucket.heed()
        began = time.thread_time()
        try:
            yield
        except (RequestRefused, GraphQLError):
            self.bucket.refused(time.thread_time() - began)
            raise


@dataclass(slots=True)
class Answer:
    """A response as JSON; `executed` tells whether execution had begun, which decides the HTTP status.

    The rest says what was answered: codes of errors, the operation's kind and name, what it cost, and how long to
    wait before asking again.
    """

    body: bytes
    executed: bool = True
    codes: tuple[str, ...] = ()
    kind: str = ""
    name: str | None = None
    cost: int = 0
    retry_after_s: int = 0


class Executor:
    """Answers requests against one schema and one database."""

    def __init__(
        self,
        schema: Schema,
        database: Database,
        feed: Feed,
        limits: Limits | None = None,
        introspection: Disclosure = "everyone",
        reads: Reads | None = None,
    ) -> None:
        """Keep documents and statements that are asked for again."""
        self.schema: GraphQLSchema = schema._schema
        self.database, self.feed = database, feed
        self.limits = limits or Limits()
        self.documents = Documents(self.schema, self.limits)
        self.introspector = Introspector(self.schema, introspection)
        self.rehearsals = Rehearsals()
        self.statements = Statements(STATEMENTS_KEPT_CHARACTERS)
        self.subscriptions = Subscriptions()
        self.reads = reads or Reads(database)
        self.wrote: Callable[[], None] = _nothing

    async def answer(self, request: GraphQLRequest, *, mutations: bool = True) -> Answer:
        """Answer a query or a mutation; every failure becomes errors, none is raised."""
        answer = Answer(b"")
        try:
            if known := self.statements.get(request.query, request.operation_name, request.variables):
                answer.kind, answer.name, answer.cost = "query", known.name, known.cost
                request.spend(known.cost)
                answer.body = b'{"data":' + await self.fetch(known.statement, request) + b"}"
            else:
                await self.answer_unknown(request, answer, mutations=mutations)
        except RateExceeded as limited:
            answer.retry_after_s = limited.retry_after_s
            fail(answer, translate(limited), executed=False)
        except RequestRefused as refused:
            fail(answer, *refused.errors, executed=False)
        except GraphQLError as error:  # refused while planning, before anything was asked of the database
            fail(answer, coded(error, ErrorCode.INVALID), executed=False)
        except Exception as error:
            fail(answer, translate(error), executed=False)
        return _with_cost(answer, self.limits) if request.tell_cost else answer

    async def answer_unknown(self, request: GraphQLRequest, answer: Answer, *, mutations: bool) -> None:
        """Answer an operation whose statement is not known. Raises what answer() turns into errors."""
        with span("parse"):
            document, operation = self.read(request)
        answer.kind = operation.operation.value
        answer.name = operation.name.value if operation.name else None
        if operation.operation is OperationType.SUBSCRIPTION:
            message = (
                "Subscriptions are answered at this address over WebSocket (graphql-transport-ws), or with Accept: "
                "text/event-stream."
            )
            raise RequestRefused(refusal(message, ErrorCode.BAD_REQUEST))
        if operation.operation is OperationType.MUTATION and not mutations:
            raise RequestRefused(refusal("Send mutations by POST.", ErrorCode.MUTATION_BY_GET))
        # Whoever holds a key and means well may send wrong values for long: an import of thousands, say.
        with request.heeded() if request.caller is None else nullcontext():
            planner = self.planner(document, operation, request)
            if operation.operation is OperationType.MUTATION:
                await self.mutate(planner, operation, request, answer)
            else:
                await self.query(planner, operation, request, answer)

    def read(self, request: GraphQLRequest) -> tuple[Document, OperationDefinitionNode]:
        """Return the document and the operation that the request names. Raises RequestRefused, RateExceeded."""
        if not self.documents.knows(request.query):
            request.spend(READING * len(request.query))
            with request.heeded():
                document = self.documents.read(request.query, hints=self.introspector.permits(request.caller))
        else:
            document = self.documents.read(request.query)
        return document, document.operation(request.operation_name)

    def planner(self, document: Document, operation: OperationDefinitionNode, request: GraphQLRequest) -> Planner:
        """Return the planner of the operation with its variables. Raises RequestRefused."""
        if request.variables:
            writes = operation.operation is OperationType.MUTATION and request.caller is not None
            try:
                check_values(request.variables, self.limits.values * (10 if writes else 1), self.limits.nesting)
            except GraphQLError as error:
                raise RequestRefused(error) from None
        hints = self.introspector.permits(request.caller)
        variables = self.documents.variables(operation, request.variables, hints=hints)
        return Planner(self.schema, document.fragments, variables, self.limits)

    async def fetch(self, statement: Statement, request: GraphQLRequest | None = None) -> bytes:
        """Run a statement where its answer is not older than the request allows; without one, where it is newest."""
        if request is None:
            return await self.database.fetch(statement)
        return await self.reads.fetch(statement, request.caller, request.at_least)

    async def query(
        self,
        planner: Planner,
        operation: OperationDefinitionNode,
        request: GraphQLRequest,
        answer: Answer,
    ) -> None:
        """Answer a query with one statement; introspection beside it is answered by graphql-core."""
        with span("plan"):
            roots = planner.root_fields(operation)
            own = {key: nodes for key, nodes in roots.items() if nodes[0].name.value in INTROSPECTION}
            if own:
                self.introspector.check(request.caller, own, planner)
            identifier = mark(operation, planner.variables.coerced)
            statement = written(planner.operation(operation, only=[each for each in roots if each not in own]))
            if any(nodes[0].name.value in OF_THE_FEED for nodes in roots.values()):
                statement = replace(statement, fresh=True)
        answer.cost = planner.cost
        request.spend(answer.cost)
        if not own:
            named = (request.query, request.operation_name, request.variables)
            self.statements.put(*named, statement, identifier, name=answer.name, cost=answer.cost)
            answer.body = b'{"data":' + await self.fetch(statement, request) + b"}"
            return
        data = await self.introspector.answer(operation, own, planner, request.query)
        if len(own) < len(roots):
            data |= orjson.loads(await self.fetch(statement, request))
        answer.body = orjson.dumps({"data": {each: data[each] for each in roots}})

    async def mutate(
        self, planner: Planner, operation: OperationDefinitionNode, request: GraphQLRequest, answer: Answer
    ) -> None:
        """Perform the mutation's fields one after the other; each payload is read back by a plan of its own.

        Rights and payloads are checked before the first: nothing is written whose answer would be refused.
        """
        roots = planner.root_fields(operation)
        performed = {key: nodes for key, nodes in roots.items() if nodes[0].name.value != "__typename"}
        for key, nodes in performed.items():
            try:
                permitted(request.caller, planner.source(operation, nodes[0].name.value).scope)
            except GraphQLError as error:
                fail(answer, at_field(error, key, nodes))
                return
        with span("plan"):
            arguments = {key: planner.arguments(operation, nodes[0]) for key, nodes in performed.items()}
            payloads = self.rehearsals.rehearse(planner, operation, roots, arguments, request.query)
        answer.cost = payloads + RECORDING * sum(count_inputs(given) for given in arguments.values())
        request.spend(answer.cost)
        parts: list[bytes] = []
        for key, nodes in roots.items():
            if key not in arguments:
                parts.append(orjson.dumps(key) + b':"Mutation"')
                continue
            try:
                source = planner.source(operation, nodes[0].name.value)
                try:
                    outcome = await perform(source, arguments[key], request.caller, self.database)
                finally:
                    self.wrote()
                self.reads.note(request.caller, outcome)
                planner.begin()
                body = await self.payload(planner, operation, nodes, outcome)
            except GraphQLError as error:
                fail(answer, at_field(error, key, nodes))
                return
            except Exception as error:
                fail(answer, translate(error, nodes[:1], key))
                return
            parts.append(body[1:-1])
        answer.body = b'{"data":{' + b",".join(parts) + b"}}"

    async def payload(
        self, planner: Planner, operation: OperationDefinitionNode, nodes: list[FieldNode], outcome: Outcome | Batch
    ) -> bytes:
        """Read a mutation's payload back; the records of many outcomes are read together."""
        planner.gathering = Gathering() if isinstance(outcome, Batch) else None
        payload = Object(((response_key(nodes), planner.root(operation, nodes, given=outcome)),))
        if planner.gathering is None:
            return await self.fetch(written(payload))
        if lists := planner.gathering.plan():
            planner.gathering.take(orjson.loads(await self.fetch(written(lists))))
        return orjson.dumps(filled(payload))


def at_field(error: GraphQLError, key: str, nodes: list[FieldNode]) -> GraphQLError:
    """Return the error as one of a root field."""
    located = GraphQLError(error.message, nodes=nodes[:1], path=[key], extensions=error.extensions)
    return coded(located, ErrorCode.INVALID)


def response_key(nodes: list[FieldNode]) -> str:
    """Return the response key that the nodes share."""
    return nodes[0].alias.value if nodes[0].alias else nodes[0].name.value


def written(wanted: Object | Messages) -> Statement:
    """Write a plan, or refuse a text in it that the database cannot hold."""
    try:
        return write(wanted)
    except ValueError as error:
        raise refusal(str(error), ErrorCode.INVALID) from None


def _nothing() -> None:
    """Tell nobody."""


def _with_cost(answer: Answer, limits: Limits) -> Answer:
    """Add to a response what it cost."""
    cost = orjson.dumps({"extensions": {"cost": {"requested": answer.cost, "maxRows": limits.rows}}})
    answer.body = answer.body[:-1] + b"," + cost[1:]
    return answer


def failed(*errors: GraphQLError, executed: bool = True) -> Answer:
    """Return the answer to a request that failed."""
    answer = Answer(b"")
    fail(answer, *errors, executed=executed)
    return answer


def fail(answer: Answer, *errors: GraphQLError, executed: bool = True) -> None:
    """Make an answer that of a request that failed."""
    answer.codes = tuple(str((error.extensions or {}).get("code", "")) for error in errors)
    answer.body, answer.executed = orjson.dumps(response(errors, data=executed)), executed


def translate(error: Exception, nodes: list[FieldNode] | None = None, key: str | None = None) -> GraphQLError:
    """Return what a client is told of a failure inside; the log has the rest."""
    path: list[str | int] | None = [key] if key else None
    message, code = "Something went wrong here; the operator's log has it.", ErrorCode.INTERNAL
    figures: dict[str, int] = {}
    match error:
        case asyncpg.PostgresError(sqlstate=state) if state in FEED_ERRORS:
            code, message = FEED_ERRORS[state]
        case CursorRefused():
            code, message = ErrorCode[error.code], str(error)
        case RateExceeded():
            code, message, figures = ErrorCode.RATE_LIMITED, str(error), {"retryAfter": error.retry_after_s}
        case UnknownOutcome():
            code = ErrorCode.UNKNOWN_OUTCOME
            message = "The connection broke while writing; send the same input with the same idempotencyKey again."
        case asyncpg.CardinalityViolationError():
            code = ErrorCode.AMBIGUOUS_REFERENCE
            message = "Several cities bear this name; add the region, or name one by its identifier."
        case asyncpg.QueryCanceledError():
            message, code = "The database took too long; ask for less at a time.", ErrorCode.TIMEOUT
        case asyncpg.InsufficientResourcesError() | asyncpg.PostgresIOError():
            message, code = "The database has no room or cannot reach its disk; try again later.", ErrorCode.UNAVAILABLE
            log.error("the database cannot write: %s", type(error).__name__)
        case _ if isinstance(error, GONE):
            message, code = "The database cannot be reached; try again.", ErrorCode.UNAVAILABLE
            log.warning("the database cannot be reached: %s", type(error).__name__)
        case _:
            log.error("a request failed", exc_info=error)
    return refusal(message, code, nodes or (), path, figures)
