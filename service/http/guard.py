"""The outermost net: what fails beyond every other is answered as any failure is, and the process goes on.

Knows how far a response had come. An answer that was sent whole stands; one that was sent in part is broken off, so
that nobody takes it for whole.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Literal, TypeAlias

from starlette.websockets import WebSocketDisconnect

from schema.execution import failed, translate
from service.http.answering import Reply, Send, send_reply, status_of
from service.http.negotiation import PLAIN
from service.http.reading import Receive
from service.http.sockets import denial
from service.http.whole import offered
from service.request_id import begin_request, current_request_id

Scope: TypeAlias = MutableMapping[str, Any]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Progress = Literal["nothing", "begun", "whole"]
INTERNAL_ERROR = 4500


class Guard:
    """Answers in the application's stead where it fails."""

    def __init__(self, app: App) -> None:
        """Take the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer; raises what broke off an answer that had begun."""
        progress: Progress = "nothing"

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal progress
            await send(message)
            ends = message["type"] == "http.response.body" and not message.get("more_body")
            progress = "whole" if ends or message["type"] == "websocket.close" else "begun"

        try:
            await self.app(scope, receive, sending)
        except WebSocketDisconnect:
            pass  # nobody is left to tell
        except Exception as error:
            request_id = current_request_id() or begin_request()
            if (whole := offered(scope)) is not None and whole.sent:
                progress = "whole"
            answer = failed(translate(error), executed=False)
            reply = Reply(status_of(answer.codes[0], "default"), answer.body, PLAIN)
            if scope["type"] == "websocket" and progress == "begun":
                await send({"type": "websocket.close", "code": INTERNAL_ERROR, "reason": "Internal server error"})
            elif scope["type"] == "websocket" and progress == "nothing":
                await denial(reply, request_id)(scope, receive, send)
            elif progress == "nothing":
                await send_reply(scope, send, reply, request_id)
            elif progress == "begun":
                raise
