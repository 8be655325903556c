"""What holds for every request, for WebSockets: whose pages may open one, where no key may stand, which documents are
answered, and who pays.

Knows what the endpoint knows, and nothing of the protocol's messages.
"""

from collections.abc import Mapping
from typing import Any

from starlette.websockets import WebSocket

from schema.document import RequestRefused
from schema.errors import refusal
from schema.execution import Answer, GraphQLRequest
from service.access import account_of
from service.following import Follower
from service.http.answering import refuse, response
from service.http.endpoint import GraphQLEndpoint
from service.http.negotiation import PLAIN
from service.http.reading import check_url, read_headers
from service.http.refusal import HTTPRefusal
from service.keys import Caller
from service.observing import Answered
from service.request_id import begin_request


class Sockets:
    """The edge as a socket meets it."""

    def __init__(self, endpoint: GraphQLEndpoint) -> None:
        """Take what answers the requests that are none of sockets."""
        self.endpoint = endpoint

    async def admit(self, socket: WebSocket) -> bool:
        """Tell whether a socket may be opened; one that may not is told why, in the answer to its handshake."""
        headers = read_headers(socket.scope["headers"])
        request_id = begin_request(headers.get(b"x-request-id"))
        try:
            self.endpoint.cross_site.check(headers)
            check_url(socket.scope["query_string"])
        except HTTPRefusal as refused:
            reply, answer = refuse(refused, PLAIN, self.endpoint.profile)
            await socket.send_denial_response(response(reply, request_id))
            self.endpoint.observe(Answered(request_id, "websocket", reply.status, answer.codes, "", None, None, 0, 0.0))
            return False
        return True

    def request(
        self, payload: Mapping[str, Any], caller: Caller | None, scope: Mapping[str, Any], at_least: int
    ) -> tuple[GraphQLRequest, str | None]:
        """Return the request that an operation's payload makes, and the hash under which its document is to be kept.

        Raises RequestRefused.
        """
        try:
            query, hash_ = self.endpoint.documents.find(payload)
        except HTTPRefusal as refused:
            raise RequestRefused(refusal(str(refused), refused.code, figures=refused.figures)) from None
        name, variables, bucket = payload.get("operationName"), payload.get("variables"), None
        if self.endpoint.rates:
            bucket = self.endpoint.rates.bucket(account_of(caller, scope))
        return GraphQLRequest(query, name or None, variables or {}, caller, bucket, at_least=at_least), hash_

    def keep(self, hash_: str | None, request: GraphQLRequest, begun: Answer | Follower) -> None:
        """Keep a document that came with its hash, once it was answered or is followed."""
        if hash_ is not None and (isinstance(begun, Follower) or not begun.codes):
            self.endpoint.documents.register(hash_, request.query)
