"""The messages of graphql-transport-ws that a client may send: read, and refused where they are none.

Knows the form of messages and nothing of what they do.
"""

from typing import Any

import orjson
from starlette.websockets import WebSocketDisconnect

from service.chain import position_of

BAD_MESSAGE = 4400
WITH_PAYLOAD = ("connection_init", "ping", "pong")
WITH_IDENTIFIER = ("subscribe", "complete")


class Close(Exception):  # noqa: N818 (an answer, not a fault)
    """The socket is to be closed with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        """Take the code and the reason."""
        self.code, self.reason = code, reason
        super().__init__(reason)


def parse_message(received: Any) -> dict[str, Any]:
    """Return the message that the client sent. Raises Close, or WebSocketDisconnect when the client left."""
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code", 1005))
    text = received.get("text")
    if text is None:
        raise Close(BAD_MESSAGE, "Messages are sent as text, not as bytes")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Close(BAD_MESSAGE, "Messages are JSON objects, and this is no JSON") from None
    if not isinstance(message, dict):
        raise Close(BAD_MESSAGE, "Messages are JSON objects")
    check(message)
    return message


def check(message: dict[str, Any]) -> None:
    """Raise Close where a message is not one that the protocol lets a client send."""
    type_, payload = message.get("type"), message.get("payload")
    if type_ in WITH_PAYLOAD:
        if payload is not None and not isinstance(payload, dict):
            raise Close(BAD_MESSAGE, f"The payload of {type_} must be an object")
        return
    if type_ not in WITH_IDENTIFIER:
        raise Close(BAD_MESSAGE, f"Unknown message type {str(type_)[:60]!r}")
    identifier = message.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise Close(BAD_MESSAGE, f"{type_} needs an id that is a string and not empty")
    if type_ == "subscribe":
        if not isinstance(payload, dict):
            raise Close(BAD_MESSAGE, "subscribe needs a payload that is an object")
        check_operation(payload)
        read_position(payload)


def check_operation(payload: dict[str, Any]) -> None:
    """Raise Close where a subscribe message's payload is no operation; a document may be named by an identifier."""
    named = any(payload.get(key) is not None for key in ("documentId", "doc_id", "extensions"))
    if not isinstance(payload.get("query"), str) and (payload.get("query") is not None or not named):
        raise Close(BAD_MESSAGE, "The payload's query must be a string")
    for key in ("operationName", "documentId", "doc_id"):
        if payload.get(key) is not None and not isinstance(payload[key], str):
            raise Close(BAD_MESSAGE, f"The payload's {key} must be a string")
    for key in ("variables", "extensions"):
        if payload.get(key) is not None and not isinstance(payload[key], dict):
            raise Close(BAD_MESSAGE, f"The payload's {key} must be an object")


def read_position(payload: dict[str, Any]) -> int:
    """Return the position of the feed that an operation's answer must hold. Raises Close."""
    try:
        return position_of((payload.get("extensions") or {}).get("minCursor"))
    except ValueError:
        raise Close(BAD_MESSAGE, "The payload's extensions.minCursor must be a cursor of the feed") from None
