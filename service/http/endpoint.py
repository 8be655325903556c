"""A request's way through the edge, from its headers to its answer.

Knows in which order things are looked at: what costs least, and tells strangers least, comes first.
"""

import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from schema.document import RequestRefused
from schema.errors import ErrorCode
from schema.execution import Answer, Executor, GraphQLRequest, failed, translate
from service.access import Access, AccessRefused, account_of
from service.chain import parse_feed_cursor
from service.edge_settings import EdgeSettings
from service.http.answering import ALLOW, Reply, Send, refuse, reply_to, send_reply
from service.http.caching import Freshness, State, Tags, matches
from service.http.cross_site import SECURITY, CrossSite
from service.http.negotiation import EVENT_STREAM, MODERN, PLAIN, negotiate
from service.http.reading import Bodies, Headers, Receive, check_content, check_url, parsed, read_headers, read_query
from service.http.refusal import ClientGone, HTTPRefusal, Malformed
from service.http.trusted import Documents
from service.http.whole import Header
from service.keys import Caller, Scope
from service.observing import Answered, Observer
from service.rates import Bucket, RateExceeded, Rates, remaining
from service.request_id import begin_request
from service.sse import EventStream, wanted
from service.streams import Streams, TooManyStreams
from service.tracing import describe_request, request_span

BULK_SCOPES = frozenset({Scope.SIGNINGS_WRITE, Scope.ADMIN})
MIN_CURSOR = b"jumelage-min-cursor"
# What it costs to show a key that is not valid: it is looked up all the same.
REFUSED_CALLER = 1_000


@dataclass(slots=True)
class Call:
    """A request on its way: what was learnt of it so far."""

    scope: MutableMapping[str, Any]
    headers: Headers
    media: str
    caller: Caller | None = None
    permission: list[Header] = field(default_factory=list)
    given: Mapping[str, Any] = field(default_factory=dict)
    state: State | None = None
    tag: bytes | None = None

    @property
    def reads(self) -> bool:
        """Tell whether the request can only read."""
        return self.scope["method"] in ("GET", "HEAD")

    def header(self, name: bytes) -> str | None:
        """Return a header as text."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


class GraphQLEndpoint:
    """Answers the requests to /graphql."""

    def __init__(
        self,
        executor: Executor,
        access: Access,
        streams: Streams,
        settings: EdgeSettings,
        documents: Documents,
        freshness: Freshness,
        tags: Tags,
        observe: Observer,
    ) -> None:
        """Take who answers, who tells callers apart, who counts what stays open, and who is told of each answer."""
        self.executor, self.access, self.streams, self.observe = executor, access, streams, observe
        self.documents, self.freshness, self.tags = documents, freshness, tags
        self.profile = settings.http_profile
        self.offers = (MODERN, PLAIN) if self.profile == "draft" else (PLAIN, MODERN)
        self.cross_site = CrossSite(settings.cors_origins)
        self.bodies = Bodies(settings)
        self.rates = None
        if settings.rate_per_s:
            refusals = settings.refusals_ms_per_s / 1000
            self.rates = Rates(settings.rate_per_s, settings.rate_burst, refusals=refusals)
        self.cache_control = settings.cache_control.encode()
        self.anonymous = settings.anonymous
        self.cors = bool(settings.cors_origins)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, whatever it holds."""
        began = time.perf_counter()
        headers = read_headers(scope["headers"])
        request_id = begin_request(headers.get(b"x-request-id"))
        call = Call(scope, headers, self.offers[0])
        with request_span(headers, scope["method"]) as span:
            try:
                reply, answer = await self.settle(call, receive)
            except ClientGone:
                return
            if not isinstance(reply, EventStream):
                reply.headers += call.permission
                await send_reply(scope, send, reply, request_id)
                self.tell(call, reply.status, answer, time.perf_counter() - began, request_id)
                if span is not None:
                    describe_request(span, answer.kind, answer.name, answer.codes, reply.status)
                return
        await reply(scope, receive, adding_headers(send, request_id, call.permission))  # it tells of itself

    async def settle(self, call: Call, receive: Receive) -> tuple[Reply | EventStream, Answer]:
        """Return the reply to a request, whatever happens. Raises ClientGone."""
        try:
            return await self.answer(call, receive)
        except HTTPRefusal as refused:
            return refuse(refused, call.media, self.profile)
        except ClientGone:
            raise
        except Exception as error:
            answer = failed(translate(error), executed=False)
            return reply_to(answer, call.media, self.profile), answer

    def tell(self, call: Call, status: int, answer: Answer, took_s: float, request_id: str) -> None:
        """Tell the observer of an answer."""
        caller = call.caller.name if call.caller else None
        self.observe(
            Answered(request_id, "http", status, answer.codes, answer.kind, answer.name, caller, answer.cost, took_s)
        )

    async def answer(self, call: Call, receive: Receive) -> tuple[Reply | EventStream, Answer]:
        """Return the reply and what it says. Raises HTTPRefusal, ClientGone."""
        headers, method = call.headers, call.scope["method"]
        if b"origin" in headers or b"sec-fetch-site" in headers:
            self.cross_site.check(headers)
            call.permission = self.cross_site.headers(headers)
        if method == "OPTIONS":
            return Reply(204, b"", call.media, [ALLOW, *self.cross_site.preflight(headers)]), Answer(b"")
        if not call.reads and method != "POST":
            raise HTTPRefusal("Ask by GET or POST.", ErrorCode.METHOD_NOT_ALLOWED)
        self.negotiate(call)
        known = call.reads and self.is_known(call)
        if not known:
            check_url(call.scope["query_string"])
        if not call.reads:
            check_content(headers)
        call.caller = await self.identify(call)
        if known:
            return self.keepable(Reply(304, b"", call.media), call), Answer(b"")
        if call.reads:
            call.given = read_query(call.scope["query_string"])
            check_parameters(call.given)
            if call.state is not None and position(call) > call.state.seq:
                call.tag = None
            if call.tag is not None and matches(headers.get(b"if-none-match", b""), call.tag):
                return self.keepable(Reply(304, b"", call.media), call), Answer(b"")
            length = 0
        else:
            length = await self.read_body(call, receive)
            check_parameters(call.given)
        return await self.execute(call, length)

    def negotiate(self, call: Call) -> None:
        """Choose the media type of the answer. Raises HTTPRefusal where the client takes none."""
        accept = call.header(b"accept")
        media = negotiate(accept, self.offers)
        if media is not None:
            call.media = media
        elif accept is None or negotiate(accept, (EVENT_STREAM,)) is None:
            message = f"Accept {MODERN}, {PLAIN} or {EVENT_STREAM}."
            raise HTTPRefusal(message, ErrorCode.NOT_ACCEPTABLE)

    def is_known(self, call: Call) -> bool:
        """Tell whether the client shows the tag of what is answered to this very address, in this very state.

        So nothing of the address need be read, which was answered when the tag was given; for `*`, which shows none, it
        is read first.
        """
        call.state = self.freshness.current()
        if call.state is None or b"jumelage-cost" in call.headers or position(call) > call.state.seq:
            return False
        call.tag = self.tags.tag(call.state, call.scope["query_string"], call.media.encode())
        shown = call.headers.get(b"if-none-match", b"*")
        return shown != b"*" and matches(shown, call.tag)

    async def identify(self, call: Call) -> Caller | None:
        """Return who sends the request. Raises HTTPRefusal."""
        try:
            return await self.access.caller(call.header(b"authorization"))
        except AccessRefused as refused:
            if self.rates:
                spend(self.rates.bucket(account_of(None, call.scope)), REFUSED_CALLER)
            raise HTTPRefusal(str(refused), ErrorCode.UNAUTHENTICATED) from None

    async def read_body(self, call: Call, receive: Receive) -> int:
        """Read the parameters in a POST's body, and return how long it is. Raises HTTPRefusal, ClientGone."""
        bulk = call.caller is not None and not BULK_SCOPES.isdisjoint(call.caller.scopes)
        body = await self.bodies.read(receive, call.headers, bulk=bulk)
        given = parsed(body, "The body")
        if not isinstance(given, dict):
            message = 'Send one JSON object with the document under "query"; batches are not taken.'
            raise Malformed(message, json=True)
        call.given = given
        return len(body)

    async def execute(self, call: Call, length: int) -> tuple[Reply | EventStream, Answer]:
        """Answer what the parameters ask for. Raises HTTPRefusal."""
        bucket = None
        if self.rates:
            bucket = self.rates.bucket(account_of(call.caller, call.scope))
        hash_: str | None = None
        try:
            query, hash_ = self.documents.find(call.given)
            self.bodies.check_bulk(length, query)
            request = self.request(call, query, bucket)
            accept = call.header(b"accept")
            if accept is not None and "text/" in accept.lower() and wanted(accept, self.executor, request):
                return self.stream(call, request), Answer(b"", kind="subscription")
            answer = await self.executor.answer(request, mutations=not call.reads)
        except RequestRefused as refused:
            answer = failed(*refused.errors, executed=False)
        except RateExceeded as limited:
            raise rate_limited(limited) from None
        if hash_ is not None and not answer.codes:
            self.documents.register(hash_, query)
        reply = reply_to(answer, call.media, self.profile)
        if call.reads and not answer.codes:
            self.keepable(reply, call)
        if self.rates and bucket:
            reply.headers.append((b"ratelimit-policy", self.rates.policy))
            reply.headers.append((b"ratelimit", remaining(bucket)))
        return reply, answer

    def request(self, call: Call, query: str, bucket: Bucket | None) -> GraphQLRequest:
        """Return the GraphQL request that a call carries. Raises Malformed."""
        least = position(call)
        if call.state is not None and call.tag is not None:
            least = max(least, call.state.seq)  # what bears the tag is not older than it says
        name, variables = call.given.get("operationName"), call.given.get("variables")
        tells = b"jumelage-cost" in call.headers
        return GraphQLRequest(query, name or None, variables or {}, call.caller, bucket, tells, least)

    def stream(self, call: Call, request: GraphQLRequest) -> EventStream:
        """Return the answer as events. Raises HTTPRefusal where the caller has too many open."""
        account = account_of(call.caller, call.scope)
        try:
            self.streams.check(account)
        except TooManyStreams as refused:
            raise HTTPRefusal(str(refused), ErrorCode.RATE_LIMITED, (b"retry-after", b"10"), retryAfter=10) from None
        return EventStream(
            account,
            *(self.executor, self.streams, request),
            authorization=call.header(b"authorization"),
            resume=call.header(b"last-event-id"),
            mutations=not call.reads,
        )

    def keepable(self, reply: Reply, call: Call) -> Reply:
        """Tell caches how long a reply to GET may be kept, and for whom."""
        private = call.caller is not None or not self.anonymous
        reply.cache_control = b"private, no-cache" if private else self.cache_control
        reply.headers.append((b"vary", b"Accept, Authorization, Origin" if self.cors else b"Accept, Authorization"))
        if call.tag is not None:
            reply.headers.append((b"etag", call.tag))
        return reply


def position(call: Call) -> int:
    """Return the position of the feed that an answer must hold. Raises Malformed."""
    cursor = call.header(MIN_CURSOR)
    if cursor is None:
        cursor = (call.given.get("extensions") or {}).get("minCursor")
    if cursor is None:
        return 0
    try:
        return parse_feed_cursor(str(cursor)).seq
    except ValueError:
        message = "Jumelage-Min-Cursor is no cursor of the feed; give one exactly as an answer did."
        raise Malformed(message, json=True) from None


def adding_headers(send: Send, request_id: str, more: list[Header]) -> Send:
    """Return a way to send that adds headers to the response's own."""

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode()), *SECURITY, *more]
        await send(message)

    return sending


def spend(bucket: Bucket, cost: int) -> None:
    """Take a cost out of a bucket. Raises HTTPRefusal."""
    try:
        bucket.spend(cost)
    except RateExceeded as limited:
        raise rate_limited(limited) from None


def rate_limited(limited: RateExceeded) -> HTTPRefusal:
    """Return the refusal of a caller that asked for more than its share."""
    wait = (b"retry-after", str(limited.retry_after_s).encode())
    return HTTPRefusal(str(limited), ErrorCode.RATE_LIMITED, wait, retryAfter=limited.retry_after_s)


def check_parameters(given: Mapping[str, Any]) -> None:
    """Raise Malformed where a parameter has another type than its own."""
    name, variables, extensions = given.get("operationName"), given.get("variables"), given.get("extensions")
    if name is not None and not isinstance(name, str):
        raise Malformed('"operationName" must be a string.', json=True)
    if variables is not None and not isinstance(variables, dict):
        raise Malformed('"variables" must be an object.', json=True)
    if extensions is not None and not isinstance(extensions, dict):
        raise Malformed('"extensions" must be an object.', json=True)
