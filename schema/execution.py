"""Answers an operation from its plan: a query as a whole, a mutation field by field; subscriptions are following's.

Knows in which order things happen. What a field means is its source's; what is written is a rule's.
"""

import logging
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
    SelectionSetNode,
    Undefined,
    execute_sync,
)
from graphql.language import DocumentNode
from strawberry import Schema

from schema.document import Document, Documents, RequestRefused
from schema.errors import ErrorCode, answer, coded, refusal
from schema.gathering import Gathering, filled
from schema.mutation import perform
from schema.planner import Limits, Planner
from schema.statements import Statements, mark
from service.batch import Batch
from service.chain import CursorRefused
from service.changes import Feed
from service.database import Database
from service.errors import UnknownOutcome
from service.keys import Caller
from service.plan import Messages, Object, Statement
from service.recording import Outcome
from service.replica import Reads
from service.sql import write

log = logging.getLogger(__name__)
# What asyncpg raises where the database ends, or its connection breaks under it.
GONE = (
    *(asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresConnectionError, OSError),
    asyncpg.OperatorInterventionError,
)
INTROSPECTION = ("__schema", "__type")
OF_THE_FEED = ("changes", "feedCursor")
# What the database function feed_position raises.
FEED_ERRORS = {
    "JM001": (ErrorCode.CURSOR_RESET, "after is of another history of the registry; list again."),
    "JM002": (ErrorCode.CURSOR_EXPIRED, "The feed no longer holds what came after the cursor; list again."),
}
STATEMENTS_KEPT = 1_000


@dataclass(frozen=True)
class GraphQLRequest:
    """What a client asks: a document, which of its operations, and its variables."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    caller: Caller | None = None
    at_least: int = 0
    """The position of the feed that the answer must not be older than."""


@dataclass(frozen=True)
class Answer:
    """A response as JSON; `executed` tells whether execution had begun, which decides the HTTP status."""

    body: bytes
    executed: bool = True
    codes: tuple[str, ...] = ()


class Executor:
    """Answers requests against one schema and one database."""

    def __init__(
        self, schema: Schema, database: Database, feed: Feed, limits: Limits | None = None, reads: Reads | None = None
    ) -> None:
        """Keep documents and statements that are asked for again."""
        self.schema: GraphQLSchema = schema._schema
        self.database, self.feed = database, feed
        self.reads = reads or Reads(database)
        self.limits = limits or Limits()
        self.documents = Documents(self.schema)
        self.statements = Statements(STATEMENTS_KEPT)

    async def answer(self, request: GraphQLRequest, *, mutations: bool = True) -> Answer:
        """Answer a query or a mutation; every failure becomes errors, none is raised."""
        try:
            if statement := self.statements.get(request.query, request.operation_name, request.variables):
                return Answer(b'{"data":' + await self.fetch(statement, request) + b"}")
            document = self.documents.read(request.query)
            operation = document.operation(request.operation_name)
            if operation.operation is OperationType.SUBSCRIPTION:
                message = (
                    "Subscriptions are answered at this address over WebSocket (graphql-transport-ws), or with Accept: "
                    "text/event-stream."
                )
                raise RequestRefused(refusal(message, ErrorCode.BAD_REQUEST))
            if operation.operation is OperationType.MUTATION and not mutations:
                raise RequestRefused(refusal("Send mutations by POST.", ErrorCode.MUTATION_BY_GET))
            planner = self.planner(document, operation, request)
            if operation.operation is OperationType.MUTATION:
                return await self.mutate(planner, operation, request)
            return await self.query(planner, operation, request)
        except RequestRefused as refused:
            return failed(*refused.errors, executed=False)
        except GraphQLError as error:  # refused while planning, before anything was asked of the database
            return failed(coded(error, ErrorCode.INVALID), executed=False)
        except Exception as error:
            return failed(translate(error))

    def planner(self, document: Document, operation: OperationDefinitionNode, request: GraphQLRequest) -> Planner:
        """Return the planner of the operation with its variables. Raises RequestRefused."""
        variables = self.documents.variables(operation, request.variables)
        return Planner(self.schema, document.fragments, variables, self.limits)

    async def fetch(self, statement: Statement, request: GraphQLRequest | None = None) -> bytes:
        """Run a statement where its answer is not older than the request allows; without one, where it is newest."""
        if request is None:
            return await self.database.fetch(statement)
        return await self.reads.fetch(statement, request.caller, request.at_least)

    async def query(self, planner: Planner, operation: OperationDefinitionNode, request: GraphQLRequest) -> Answer:
        """Answer a query with one statement; introspection beside it is answered by graphql-core."""
        roots = planner.root_fields(operation)
        if any(nodes[0].name.value in INTROSPECTION for nodes in roots.values()):
            return await self.introspect(planner, operation, roots, request)
        identifier = mark(operation, planner.variables.coerced)
        statement = written(planner.operation(operation))
        if any(nodes[0].name.value in OF_THE_FEED for nodes in roots.values()):
            statement = replace(statement, fresh=True)
        self.statements.put(request.query, request.operation_name, request.variables, statement, identifier)
        return Answer(b'{"data":' + await self.fetch(statement, request) + b"}")

    async def introspect(
        self,
        planner: Planner,
        operation: OperationDefinitionNode,
        roots: dict[str, list[FieldNode]],
        request: GraphQLRequest,
    ) -> Answer:
        """Answer the schema's own fields by graphql-core and the others by a statement, in their order."""
        own = [node for nodes in roots.values() if nodes[0].name.value in INTROSPECTION for node in nodes]
        others = planner.operation(
            operation, only=[k for k, n in roots.items() if n[0].name.value not in INTROSPECTION]
        )
        asked = OperationDefinitionNode(
            operation=OperationType.QUERY,
            variable_definitions=operation.variable_definitions,
            selection_set=SelectionSetNode(selections=tuple(own)),
        )
        document = DocumentNode(definitions=(asked, *planner.fragments.values()))
        # As they were sent: read once more, a value that has been read, such as a day, would be refused.
        sent = {name: source.value for name, source in planner.variables.sources.items()}
        variables = {name: value for name, value in sent.items() if value is not Undefined}
        result = execute_sync(self.schema, document, variable_values=variables)
        if result.errors:
            return failed(*(coded(error, ErrorCode.INVALID) for error in result.errors))
        data = orjson.loads(await self.fetch(written(others), request)) if others.fields else {}
        data.update(result.data or {})
        return Answer(orjson.dumps({"data": {key: data[key] for key in roots}}))

    async def mutate(self, planner: Planner, operation: OperationDefinitionNode, request: GraphQLRequest) -> Answer:
        """Perform the mutation's fields one after the other; each payload is read back by a plan of its own."""
        parts: list[bytes] = []
        for key, nodes in planner.root_fields(operation).items():
            name = nodes[0].name.value
            if name == "__typename":
                parts.append(orjson.dumps(key) + b':"Mutation"')
                continue
            try:
                arguments = planner.arguments(operation, nodes[0])
                outcome = await perform(planner.source(operation, name), arguments, request.caller, self.database)
                self.reads.note(request.caller, outcome)
                body = await self.payload(planner, operation, nodes, outcome)
            except GraphQLError as error:
                located = GraphQLError(error.message, nodes=nodes[:1], path=[key], extensions=error.extensions)
                return failed(coded(located, ErrorCode.INVALID))
            except Exception as error:
                return failed(translate(error, nodes[:1], key))
            parts.append(body[1:-1])
        return Answer(b'{"data":{' + b",".join(parts) + b"}}")

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


def response_key(nodes: list[FieldNode]) -> str:
    """Return the response key that the nodes share."""
    return nodes[0].alias.value if nodes[0].alias else nodes[0].name.value


def written(wanted: Object | Messages) -> Statement:
    """Write a plan, or refuse a text in it that the database cannot hold."""
    try:
        return write(wanted)
    except ValueError as error:
        raise refusal(str(error), ErrorCode.INVALID) from None


def failed(*errors: GraphQLError, executed: bool = True) -> Answer:
    """Return the answer to a request that failed."""
    codes = tuple(str((error.extensions or {}).get("code", "")) for error in errors)
    return Answer(orjson.dumps(answer(errors, data=executed)), executed, codes)


def translate(error: Exception, nodes: list[FieldNode] | None = None, key: str | None = None) -> GraphQLError:
    """Return what a client is told of a failure inside; the log has the rest."""
    path: list[str | int] | None = [key] if key else None
    message, code = "Something went wrong here; the operator's log has it.", ErrorCode.INTERNAL
    match error:
        case asyncpg.PostgresError(sqlstate=state) if state in FEED_ERRORS:
            code, message = FEED_ERRORS[state]
        case CursorRefused():
            code, message = ErrorCode[error.code], str(error)
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
    return refusal(message, code, nodes or (), path)
