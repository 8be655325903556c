"""One operation sent over each transport that there is, and what it is answered."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed, InvalidStatus

from schema.errors import ErrorCode
from tests.edge import PLAIN
from tests.listening import Listening
from tests.sockets import INIT, opened, receive, send, subscribe

EVENTS = "text/event-stream"
CLOSED = {4403: "UNAUTHENTICATED", 4500: "INTERNAL"}
"""What a socket is closed with where no operation can be told."""

Variables = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """What came back: the codes of its errors, and all of it as text."""

    codes: tuple[str, ...]
    text: str

    @property
    def data(self) -> Any:
        """The data of the response; None where there is none."""
        answer = json.loads(self.text)
        return answer.get("data") if isinstance(answer, dict) else None


class Caller:
    """Asks a service with the same key, or with none, however it is told to."""

    def __init__(self, service: Listening, client: httpx.AsyncClient, authorization: str | None) -> None:
        self.service, self.client, self.authorization = service, client, authorization

    async def post(self, document: str, variables: Variables) -> Told:
        return await self.request("POST", PLAIN, json={"query": document, "variables": variables})

    async def get(self, document: str, variables: Variables) -> Told:
        return await self.request("GET", PLAIN, params={"query": document, "variables": json.dumps(variables)})

    async def post_for_events(self, document: str, variables: Variables) -> Told:
        return await self.request("POST", EVENTS, json={"query": document, "variables": variables})

    async def get_events(self, document: str, variables: Variables) -> Told:
        return await self.request("GET", EVENTS, params={"query": document, "variables": json.dumps(variables)})

    async def request(self, method: str, accept: str, **asked: Any) -> Told:
        """Ask by HTTP; of a stream of events, the first is the answer."""
        headers = {"accept": accept}
        if self.authorization is not None:
            headers["authorization"] = self.authorization
        async with self.client.stream(method, self.service.url, headers=headers, **asked) as response:
            if not response.headers["content-type"].startswith(EVENTS):
                return told((await response.aread()).decode(), response.headers["x-request-id"])
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    return told(line.removeprefix("data: "), response.headers["x-request-id"])
        raise AssertionError("the stream ended without an answer")

    async def socket(self, document: str, variables: Variables) -> Told:
        """Ask on a socket of its own, without waiting to be let in."""
        # What is not awaited is taken all the same, or it would stand before the farewell.
        try:
            async with opened(self.service.socket_url, init=False, max_queue=None) as socket:
                await send(socket, INIT | {"payload": {"authorization": self.authorization}})
                await send(socket, subscribe(document, variables=variables))
                while (message := await receive(socket))["type"] not in ("next", "error"):
                    pass
        except InvalidStatus as refused:
            return told((refused.response.body or b"").decode(), refused.response.headers.get("x-request-id"))
        except ConnectionClosed as closed:
            assert closed.rcvd is not None
            return Told((CLOSED[closed.rcvd.code],), json.dumps(closed.rcvd.reason))
        payload = message["payload"]
        return told(json.dumps(payload if message["type"] == "next" else {"errors": payload}))


Transport = Callable[[Caller, str, Variables], Awaitable[Told]]
TRANSPORTS: tuple[Transport, ...] = (Caller.post, Caller.get, Caller.post_for_events, Caller.get_events, Caller.socket)
READING = (Caller.get, Caller.get_events)
"""Those that can only read."""
STREAMING = (Caller.post_for_events, Caller.get_events, Caller.socket)
"""Those over which subscriptions are answered."""


def told(text: str, request_id: str | None = None) -> Told:
    """Read a response; each of its errors has a code that is known, and names the request as its header does."""
    errors = [error["extensions"] for error in json.loads(text).get("errors") or ()]
    assert all(error["requestId"] == (request_id or error["requestId"]) for error in errors)
    return Told(tuple(ErrorCode[error["code"]].value for error in errors), text)
