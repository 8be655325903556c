"""GraphQL over HTTP: a request read, an answer sent.

Knows media types and statuses, and nothing of GraphQL's language.
"""

from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from schema.errors import ErrorCode, refusal
from schema.execution import Answer, Executor, GraphQLRequest, failed, translate
from service.access import Access, AccessRefused
from service.chain import parse_feed_cursor
from service.sse import EventStream, wanted
from service.streams import Streams

MODERN = "application/graphql-response+json"
PLAIN = "application/json"
MIN_CURSOR = "Jumelage-Min-Cursor"
MAX_BODY_BYTES = 256 * 1024
# Whoever records many signings at once may send more.
BULK, MAX_BULK_BYTES = "recordSignings", 2 * 1024 * 1024
# What a client is told by the status as well, whatever media type it takes.
STATUS: dict[str, int] = {ErrorCode.UNAUTHENTICATED: 401, ErrorCode.MUTATION_BY_GET: 405}


class MalformedRequest(Exception):  # noqa: N818 (an answer, not a fault)
    """The request is no GraphQL request; the status says in what way."""

    def __init__(self, message: str, status: int = 400) -> None:
        """Take what to do, and the HTTP status."""
        self.status = status
        super().__init__(message)


class GraphQLEndpoint:
    """Answers the requests to /graphql."""

    def __init__(self, executor: Executor, access: Access, streams: Streams) -> None:
        """Take who answers, who tells callers apart, and who counts what stays open."""
        self.executor, self.access, self.streams = executor, access, streams

    async def __call__(self, request: Request) -> Response | EventStream:
        """Answer one request, whatever it holds."""
        modern = prefers_modern(request.headers.get("accept"))
        try:
            asked = await self.read(request)
        except MalformedRequest as malformed:
            answer = failed(refusal(str(malformed), ErrorCode.BAD_REQUEST), executed=False)
            return respond(answer, modern=modern, status=malformed.status)
        except AccessRefused as refused:
            return respond(failed(refusal(str(refused), ErrorCode.UNAUTHENTICATED), executed=False), modern=modern)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is left to read it
        except Exception as error:
            return respond(failed(translate(error)), modern=modern)
        mutations = request.method == "POST"
        if wanted(request.headers.get("accept"), self.executor, asked):
            authorization, resume = request.headers.get("authorization"), request.headers.get("last-event-id")
            return EventStream(
                *(self.executor, self.streams, asked), authorization=authorization, resume=resume, mutations=mutations
            )
        return respond(await self.executor.answer(asked, mutations=mutations), modern=modern)

    async def read(self, request: Request) -> GraphQLRequest:
        """Read the GraphQL request. Raises MalformedRequest."""
        given = read_query(request) if request.method == "GET" else await read_body(request)
        query, name, variables = given.get("query"), given.get("operationName"), given.get("variables")
        if not isinstance(query, str):
            raise MalformedRequest('Send a JSON object with the document under "query".')
        if name is not None and not isinstance(name, str):
            raise MalformedRequest('"operationName" must be a string.')
        if variables is not None and not isinstance(variables, dict):
            raise MalformedRequest('"variables" must be an object.')
        if not isinstance(given.get("extensions") or {}, dict):
            raise MalformedRequest('"extensions" must be an object.')
        caller = await self.access.caller(request.headers.get("authorization"))
        least = request.headers.get(MIN_CURSOR) or (given.get("extensions") or {}).get("minCursor")
        return GraphQLRequest(query, name or None, variables or {}, caller, position(least))


def position(cursor: Any) -> int:
    """Return the position of the feed that an answer must hold. Raises MalformedRequest."""
    if cursor is None:
        return 0
    try:
        return parse_feed_cursor(str(cursor)).seq
    except ValueError:
        message = f"{MIN_CURSOR} is no cursor of the feed; give one exactly as an answer did."
        raise MalformedRequest(message) from None


def read_query(request: Request) -> dict[str, Any]:
    """Return what the query string carries, its JSON read. Raises MalformedRequest."""
    given: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = parsed(given[name].encode("utf-8", "replace"), name)
    return given


async def read_body(request: Request) -> dict[str, Any]:
    """Return the JSON object that a POST carries. Raises MalformedRequest."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != PLAIN:
        raise MalformedRequest(f"Send the request as {PLAIN}.", 415)
    check_length(int(request.headers.get("content-length") or 0), MAX_BULK_BYTES)
    body = bytearray()
    async for part in request.stream():
        body += part
        check_length(len(body), MAX_BULK_BYTES)
    given = parsed(bytes(body), "The body")
    if isinstance(given, dict) and BULK not in str(given.get("query")):
        check_length(len(body), MAX_BODY_BYTES)
    if not isinstance(given, dict):
        raise MalformedRequest('Send one JSON object with the document under "query"; batches are not taken.')
    return given


def check_length(length: int, most: int) -> None:
    """Raise MalformedRequest where a body is longer than allowed."""
    if length > most:
        raise MalformedRequest(f"The request is longer than {most} bytes.", 413)


def parsed(text: bytes, what: str) -> Any:
    """Return JSON as Python values. Raises MalformedRequest."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise MalformedRequest(f"{what} is not JSON: {error}.") from None


def prefers_modern(accept: str | None) -> bool:
    """Tell whether the client names the media type whose status tells how the request went."""
    return accept is not None and MODERN in accept


def respond(answer: Answer, *, modern: bool, status: int | None = None) -> Response:
    """Send an answer.

    A client that takes only application/json finds errors in the body, with status 200, as it always has.
    """
    if status is None:
        status = 200 if answer.executed or not modern else 400
        if not answer.executed and answer.codes[0] in STATUS:
            status = STATUS[answer.codes[0]]
    headers = {"Allow": "POST"} if status == 405 else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(answer.body, status, headers, MODERN if modern else PLAIN)
