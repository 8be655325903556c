"""Errors of a request: what a client is told, with a code from a closed list. Nothing of the inside is ever told."""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import FieldNode, GraphQLError

from service.models.columns import Described
from service.request_id import current_request_id


class ErrorCode(Described):
    """What extensions.code of an error can be."""

    BAD_REQUEST = "BAD_REQUEST", "The request is not a GraphQL request; the message says what is missing."
    NOT_FOUND = "NOT_FOUND", "There is nothing at this address."
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED", "The address takes other methods, which the header Allow names."
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE", "The header Accept names no media type that is offered."
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE", "The body has a media type or an encoding that is not read."
    TOO_LARGE = "TOO_LARGE", "The body, the address or the headers are longer than allowed."
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT", "The request did not arrive in time; send it again."
    CROSS_SITE = "CROSS_SITE", "A page of another site sent the request, and its origin is not on the operator's list."
    RATE_LIMITED = (
        "RATE_LIMITED",
        "The caller asked for more than its share; Retry-After says when to go on.",
    )
    PARSE_FAILED = "PARSE_FAILED", "The document is not written in GraphQL."
    VALIDATION_FAILED = "VALIDATION_FAILED", "The document asks for what the schema does not have."
    MUTATION_BY_GET = "MUTATION_BY_GET", "Mutations are sent by POST."
    DOCUMENT_UNKNOWN = "DOCUMENT_UNKNOWN", "No trusted document has the identifier."
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED", "Only documents that the operator trusts are answered here."
    PERSISTED_QUERY_NOT_FOUND = (
        "PERSISTED_QUERY_NOT_FOUND",
        "No document is registered under the hash; send the document with it once.",
    )
    PERSISTED_QUERY_NOT_SUPPORTED = (
        "PERSISTED_QUERY_NOT_SUPPORTED",
        "Documents are not registered here; send the document itself.",
    )
    OPERATION_UNKNOWN = "OPERATION_UNKNOWN", "The document holds several operations, or none of that name."
    INVALID = "INVALID", "A variable or an argument has a value that is not allowed."
    CURSOR_INVALID = "CURSOR_INVALID", "The cursor is of another list, another order, or no cursor at all."
    CURSOR_EXPIRED = "CURSOR_EXPIRED", "The feed no longer holds what came after the cursor; list again."
    CURSOR_RESET = "CURSOR_RESET", "The cursor is of another history of the registry; list again."
    AMBIGUOUS_REFERENCE = "AMBIGUOUS_REFERENCE", "Several records bear the name."
    TOO_DEEP = "TOO_DEEP", "The selection is nested too deeply."
    TOO_COSTLY = "TOO_COSTLY", "The operation asks for too much at a time."
    UNAUTHENTICATED = "UNAUTHENTICATED", "The operation needs a key, or the key given is not valid."
    FORBIDDEN = "FORBIDDEN", "The key does not carry the scope that the operation needs."
    TIMEOUT = "TIMEOUT", "The database took too long; ask for less."
    UNAVAILABLE = "UNAVAILABLE", "The database cannot be reached; try again."
    UNKNOWN_OUTCOME = "UNKNOWN_OUTCOME", "The connection broke while writing; send the same input and key again."
    INTERNAL = "INTERNAL", "Something went wrong here; the operator's log has it."


def refusal(
    message: str,
    code: ErrorCode,
    nodes: Iterable[FieldNode] = (),
    path: list[str | int] | None = None,
    figures: Mapping[str, int] | None = None,
) -> GraphQLError:
    """Return an error that tells the client what to change, with a code and figures for its machine."""
    return GraphQLError(
        message, nodes=list(nodes) or None, path=path, extensions={"code": str(code), **(figures or {})}
    )


def coded(error: GraphQLError, code: ErrorCode) -> GraphQLError:
    """Give an error a code if it has none."""
    if not error.extensions:
        error.extensions = {}
    error.extensions.setdefault("code", str(code))
    return error


def response(errors: Iterable[GraphQLError], *, data: bool) -> Mapping[str, Any]:
    """Return the response to a request that failed; data says whether execution had begun."""
    body: dict[str, Any] = {"errors": [told(error) for error in errors]}
    return {"data": None, **body} if data else body


def told(error: GraphQLError) -> Mapping[str, Any]:
    """Return an error as a client is told it, with the request's id, by which the operator finds it in the log."""
    formatted = error.formatted
    if request_id := current_request_id():
        formatted["extensions"] = {**formatted.get("extensions", {}), "requestId": request_id}
    return formatted
