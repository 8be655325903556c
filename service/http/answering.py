"""What is sent back: the status that an answer has, and its headers.

Knows the two editions of GraphQL over HTTP, which differ in their statuses, and that a client which takes only
application/json finds errors in the body, with status 200, as it always has.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from starlette.responses import Response

from schema.errors import ErrorCode, refusal
from schema.execution import Answer, failed
from service.http.cross_site import SECURITY
from service.http.negotiation import MODERN, PLAIN
from service.http.refusal import HTTPRefusal, Malformed
from service.http.whole import Header, offered

Profile = Literal["default", "draft"]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
PARTIAL = 294
CONTENT_TYPES = {MODERN: f"{MODERN}; charset=utf-8".encode(), PLAIN: f"{PLAIN}; charset=utf-8".encode()}
# The status of a request that is refused, by its code; 400 for those that are not named.
STATUS: dict[str, int] = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.CROSS_SITE: 403,
    ErrorCode.DOCUMENT_NOT_TRUSTED: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.MUTATION_BY_GET: 405,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.NOT_ACCEPTABLE: 406,
    ErrorCode.REQUEST_TIMEOUT: 408,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: 415,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.TIMEOUT: 504,
}
# What cannot be processed although it is well-formed; the edition of 2026 tells it apart from what is not.
UNPROCESSABLE: frozenset[str] = frozenset(
    {
        ErrorCode.VALIDATION_FAILED,
        ErrorCode.OPERATION_UNKNOWN,
        ErrorCode.INVALID,
        ErrorCode.CURSOR_INVALID,
        ErrorCode.CURSOR_EXPIRED,
        ErrorCode.CURSOR_RESET,
        ErrorCode.AMBIGUOUS_REFERENCE,
        ErrorCode.TOO_DEEP,
        ErrorCode.TOO_COSTLY,
        ErrorCode.DOCUMENT_UNKNOWN,
        ErrorCode.PERSISTED_QUERY_NOT_FOUND,
        ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED,
    }
)
# What a client is told by the status as well, whatever media type it takes.
ALWAYS: frozenset[str] = frozenset(
    {
        ErrorCode.UNAUTHENTICATED,
        ErrorCode.FORBIDDEN,
        ErrorCode.DOCUMENT_NOT_TRUSTED,
        ErrorCode.MUTATION_BY_GET,
        ErrorCode.RATE_LIMITED,
    }
)
ALLOW = (b"allow", b"GET, HEAD, POST, OPTIONS")


@dataclass(slots=True)
class Reply:
    """A status, headers of its own, and a body of a media type."""

    status: int
    body: bytes
    media: str
    headers: list[Header] = field(default_factory=list)
    cache_control: bytes = b"no-store"


def reply_to(answer: Answer, media: str, profile: Profile) -> Reply:
    """Return the reply that carries an answer."""
    if not answer.codes:
        return Reply(200, answer.body, media)
    code = answer.codes[0]
    status = 200
    if answer.executed:
        status = PARTIAL if profile == "draft" and media == MODERN else 200
    elif media == MODERN or code in ALWAYS:
        status = status_of(code, profile)
    reply = Reply(status, answer.body, media)
    if status == 401:
        reply.headers.append((b"www-authenticate", b"Bearer"))
    elif status == 405:
        reply.headers.append((b"allow", b"POST"))
    elif status == 503:
        reply.headers.append((b"retry-after", b"1"))
    elif answer.retry_after_s:
        reply.headers.append((b"retry-after", str(answer.retry_after_s).encode()))
    return _typed(reply, profile)


def refuse(refused: HTTPRefusal, media: str, profile: Profile) -> tuple[Reply, Answer]:
    """Return the reply to a request that is no GraphQL request, and what it says."""
    answer = failed(refusal(str(refused), refused.code, figures=refused.figures), executed=False)
    status = status_of(refused.code, profile)
    if profile == "draft" and isinstance(refused, Malformed) and refused.json:
        status = 422
    reply = Reply(status, answer.body, media, list(refused.headers))
    if status == 401:
        reply.headers.append((b"www-authenticate", b"Bearer"))
    elif status == 405:
        reply.headers.append(ALLOW)
    return _typed(reply, profile), answer


def status_of(code: str, profile: Profile) -> int:
    """Return the status of a request that is refused with a code."""
    if profile == "draft" and code in UNPROCESSABLE:
        return 422
    return STATUS.get(code, 400)


def _typed(reply: Reply, profile: Profile) -> Reply:
    """Name the media type that says that there is a GraphQL response whatever the status, as the later edition asks."""
    if profile == "draft" and not 200 <= reply.status < 300:
        reply.media = MODERN
    return reply


async def send_reply(scope: MutableMapping[str, Any], send: Send, reply: Reply, request_id: str) -> None:
    """Send a reply: in one piece, where the server takes it so."""
    own: list[Header] = [(b"x-request-id", request_id.encode()), *reply.headers]
    has_body = reply.status not in (204, 304)
    if has_body:
        own.append((b"content-length", b"%d" % len(reply.body)))
    usual = usual_headers(reply.media if has_body else None, reply.cache_control)
    if (whole := offered(scope)) is not None:
        await whole.send(reply.status, usual, own, reply.body)
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": [*usual, *own]})
    await send({"type": "http.response.body", "body": reply.body})


@lru_cache(maxsize=64)
def usual_headers(media: str | None, cache_control: bytes) -> tuple[Header, ...]:
    """Return the headers that every answer has which may be kept so, and is of the media type or has no body."""
    typed = () if media is None else ((b"content-type", CONTENT_TYPES[media]),)
    return (*typed, (b"cache-control", cache_control), *SECURITY)


def response(reply: Reply, request_id: str) -> Response:
    """Return a reply for whatever is answered past the endpoint: handshakes, failures, other addresses."""
    named = [*usual_headers(reply.media, reply.cache_control), (b"x-request-id", request_id.encode()), *reply.headers]
    made = Response(reply.body, reply.status)
    made.raw_headers += named
    return made
