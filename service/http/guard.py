"""The outermost net: what fails beyond every other is told as any failure is, and the process goes on.

Whatever is met here has failed while it was told to a client, or before it was known what was asked.
"""

from collections.abc import Awaitable, MutableMapping
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from schema.execution import failed, translate
from service.http.answering import Reply, Send, response, status_of
from service.http.negotiation import PLAIN
from service.http.reading import Receive
from service.http.whole import offered
from service.request_id import begin_request, current_request_id

Scope: TypeAlias = MutableMapping[str, Any]
INTERNAL_ERROR = 4500


async def tell_failure(request: Request, error: Exception) -> Response:
    """Answer a request that failed, of which nothing was answered yet."""
    return failure(error)


async def answered(answering: Awaitable[None], scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request; where that fails, as long as nothing was answered yet, say so. What was begun is broken off."""
    try:
        await answering
    except Exception as error:
        whole = offered(scope)
        if whole is None or not whole.begun:
            await failure(error)(scope, receive, send)
        elif not whole.sent:
            raise


async def guarded(socket: WebSocket, serving: Awaitable[None]) -> None:
    """Serve a socket; where that fails, refuse the handshake, or close what was opened."""
    try:
        await serving
    except WebSocketDisconnect:
        pass  # nobody is left to tell
    except Exception as error:
        told = failure(error)
        if socket.application_state is WebSocketState.CONNECTING:
            await socket.send_denial_response(told)
        elif socket.application_state is WebSocketState.CONNECTED:
            await socket.close(INTERNAL_ERROR, "Something went wrong here; the operator's log has it.")


def failure(error: Exception) -> Response:
    """Return what is told of a failure, under the name of the request that failed."""
    request_id = current_request_id() or begin_request()
    answer = failed(translate(error), executed=False)
    return response(Reply(status_of(answer.codes[0], "default"), answer.body, PLAIN), request_id)
