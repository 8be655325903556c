"""Where something can fail on a request's way, and what its client is to be told of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

PLANTED = 'Traceback: SELECT secret FROM vault_table WHERE "hunter2" -- /etc/jumelage/pepper.py'
PIECES = ("hunter2", "vault_table", "pepper", "Traceback")
"""Parts of the text of each exception that is planted; none may be told."""

READ = "{ A: cities { nodes { name } } }"
SCHEMA_TOO = "{ A: cities { totalCount } __schema { queryType { name } } }"
WRITE = "mutation ($input: RecordEventInput!) { A: recordEvent(input: $input) { cursor event { name } } }"
FOLLOW = "subscription ($after: String) { changes(after: $after) { A: cursor change { kind } } }"
DOCUMENTS = {"read": READ, "schema": SCHEMA_TOO, "write": WRITE, "follow": FOLLOW}

POST, GET, EVENTS, SOCKET = "post", "get", "post_for_events", "socket"
EVERYWHERE = (POST, GET, EVENTS, SOCKET)
WRITING, FOLLOWING = (POST, EVENTS, SOCKET), (EVENTS, SOCKET)
HTTP = (POST, GET, EVENTS)


@dataclass(frozen=True)
class Seam:
    """A function that fails: what it fails with, over which transports it is met, with what, and what is told."""

    name: str
    transports: tuple[str, ...]
    kind: str = "read"
    code: str = "INTERNAL"
    error: Callable[[], Exception] = lambda: RuntimeError(PLANTED)

    def fail(self, *given: Any, **named: Any) -> Any:
        """Fail in the function's place."""
        raise self.error()


class Garbled(Seam):
    """A function of the database that returns what is no JSON."""

    async def fail(self, *given: Any, **named: Any) -> Any:
        """Answer in the function's place."""
        return PLANTED.encode()


def answered(name: str, transports: tuple[str, ...], kind: str = "read") -> Seam:
    """Return a seam behind the answer, which nobody is told of."""
    return Seam(name, transports, kind, code="")


def database(error: type[Exception], code: str) -> list[Seam]:
    """Return the seams at which the driver raises an error of its own, with text of the server's."""

    def raised() -> Exception:
        return error(PLANTED)

    return [
        Seam("service.pool.Pool.take", EVERYWHERE, code=code, error=raised),
        Seam("service.database.Reader.answer", EVERYWHERE, code=code, error=raised),
        Seam("service.recording._claim_key", WRITING, "write", code, raised),
        Seam("service.changes.Feed.locate", FOLLOWING, "follow", code, raised),
    ]


SEAMS = [
    # ── a request is received ──
    Seam("service.http.endpoint.read_headers", HTTP),
    Seam("service.http.endpoint.request_span", HTTP),
    Seam("service.http.endpoint.Call", HTTP),
    Seam("service.http.endpoint.negotiate", HTTP),
    Seam("service.http.endpoint.check_url", HTTP),
    Seam("service.http.endpoint.check_content", (POST, EVENTS)),
    Seam("service.http.endpoint.read_query", (GET,)),
    Seam("service.http.reading.Bodies.read", (POST, EVENTS)),
    Seam("service.http.endpoint.parsed", (POST, EVENTS)),
    Seam("service.http.endpoint.check_parameters", HTTP),
    Seam("service.http.trusted.Documents.find", EVERYWHERE),
    Seam("service.http.endpoint.position", HTTP),
    Seam("service.http.endpoint.wanted", (EVENTS,)),
    # ── who asks, and what that costs ──
    Seam("service.access.Access.caller", EVERYWHERE),
    Seam("service.access.hashlib.sha256", WRITING, "write"),
    Seam("service.rates.Rates.bucket", EVERYWHERE),
    Seam("service.rates.Bucket.spend", EVERYWHERE),
    Seam("service.http.endpoint.remaining", (POST, GET)),
    # ── what is kept ──
    Seam("service.http.caching.Freshness.current", (GET,)),
    Seam("service.http.caching.Tags.tag", (GET,)),
    Seam("schema.statements.Statements.get", EVERYWHERE),
    Seam("schema.statements.Statements.put", EVERYWHERE),
    # ── a document is understood ──
    Seam("schema.document.Documents.knows", EVERYWHERE),
    Seam("schema.document.parse", EVERYWHERE),
    Seam("schema.document.check_document", EVERYWHERE),
    Seam("schema.document.validated", EVERYWHERE),
    Seam("schema.document.Document.operation", EVERYWHERE),
    Seam("schema.document.Documents.variables", EVERYWHERE),
    Seam("schema.planner.Planner.root_fields", EVERYWHERE),
    Seam("schema.planner.Planner.operation", EVERYWHERE),
    Seam("schema.execution.write", EVERYWHERE),
    Seam("schema.introspection.Introspector.check", EVERYWHERE, "schema"),
    Seam("schema.introspection.execute_sync", EVERYWHERE, "schema"),
    # ── the database is asked ──
    *database(RuntimeError, "INTERNAL"),
    *database(asyncpg.PostgresSyntaxError, "INTERNAL"),
    *database(asyncpg.InsufficientPrivilegeError, "INTERNAL"),
    *database(asyncpg.DiskFullError, "UNAVAILABLE"),
    *database(asyncpg.TooManyConnectionsError, "UNAVAILABLE"),
    *database(asyncpg.QueryCanceledError, "TIMEOUT"),
    *database(ConnectionResetError, "UNAVAILABLE"),
    Seam("service.replica.Reads.fetch", EVERYWHERE),
    Seam("service.database.statement_span", EVERYWHERE),
    Garbled("service.database.Reader.answer", EVERYWHERE, "schema"),
    # ── something is written ──
    Seam("schema.execution.permitted", WRITING, "write"),
    Seam("schema.rehearsal.Rehearsals.rehearse", WRITING, "write"),
    Seam("schema.mutation.parse", WRITING, "write"),
    Seam("service.recording.fingerprint", WRITING, "write"),
    Seam("service.event.resolve", WRITING, "write"),
    Seam("service.recording.Transaction.announce", WRITING, "write"),
    Seam("service.recording.number_changes", WRITING, "write"),
    Seam("asyncpg.transaction.Transaction.commit", WRITING, "write", "UNKNOWN_OUTCOME"),
    Seam("service.recording.wake", WRITING, "write"),
    Seam("service.replica.Reads.note", WRITING, "write"),
    Seam("schema.execution.Executor.payload", WRITING, "write"),
    # ── the answer is sent ──
    Seam("service.http.endpoint.reply_to", (POST, GET)),
    Seam("service.http.endpoint.send_reply", (POST, GET)),
    answered("service.http.endpoint.GraphQLEndpoint.tell", (POST, GET)),
    answered("service.observing.tracing", EVERYWHERE),
    answered("service.observing.Telling.count", EVERYWHERE),
    answered("service.observing.line", EVERYWHERE),
    # ── something is followed ──
    Seam("service.streams.Streams.check", FOLLOWING, "follow"),
    Seam("service.streams.Streams.admitted", FOLLOWING, "follow"),
    Seam("service.observing.subscribe", FOLLOWING, "follow"),
    Seam("schema.following.written", FOLLOWING, "follow"),
    Seam("service.changes.Feed.subscribe", FOLLOWING, "follow"),
    Seam("service.changes.Feed.stretch", FOLLOWING, "follow"),
    Seam("service.database.Database.fetch_messages", FOLLOWING, "follow"),
    Seam("service.following.Follower.next", FOLLOWING, "follow"),
    Seam("service.streams.Streams.still_valid", FOLLOWING, "follow"),
    Seam("service.sse.EventStream.serve", (EVENTS,), "follow"),
    Seam("service.sse.begin", (EVENTS,), "follow"),
    # ── a socket is opened, and what comes on it ──
    Seam("service.http.sockets.read_headers", (SOCKET,)),
    Seam("service.http.sockets.Sockets.admit", (SOCKET,)),
    Seam("service.websocket.account_of", (SOCKET,)),
    Seam("service.websocket.Session.serve", (SOCKET,)),
    Seam("service.websocket.parse_message", (SOCKET,)),
    Seam("service.websocket_messages.check", (SOCKET,)),
    Seam("service.websocket.Session.initialise", (SOCKET,)),
    Seam("service.http.sockets.Sockets.request", (SOCKET,)),
    Seam("service.websocket.begin", (SOCKET,)),
    Seam("service.websocket.next_message", (SOCKET,)),
]
