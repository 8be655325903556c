"""Errors of a request: what a client is told, with a code from a closed list. Nothing of the inside is ever told."""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import FieldNode, GraphQLError

from service.models.columns import Described


class ErrorCode(Described):
    """What extensions.code of an error can be."""

    BAD_REQUEST = "BAD_REQUEST", "The request is not a GraphQL request; the message says what is missing."
    PARSE_FAILED = "PARSE_FAILED", "The document is not written in GraphQL."
    VALIDATION_FAILED = "VALIDATION_FAILED", "The document asks for what the schema does not have."
    MUTATION_BY_GET = "MUTATION_BY_GET", "Mutations are sent by POST."
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
    message: str, code: ErrorCode, nodes: Iterable[FieldNode] = (), path: list[str | int] | None = None
) -> GraphQLError:
    """Return an error that tells the client what to change, with a code for its machine."""
    return GraphQLError(message, nodes=list(nodes) or None, path=path, extensions={"code": str(code)})


def coded(error: GraphQLError, code: ErrorCode) -> GraphQLError:
    """Give an error a code if it has none."""
    if not error.extensions:
        error.extensions = {}
    error.extensions.setdefault("code", str(code))
    return error


def answer(errors: Iterable[GraphQLError], *, data: bool) -> Mapping[str, Any]:
    """Return the response to a request that failed; data says whether execution had begun."""
    body: dict[str, Any] = {"errors": [error.formatted for error in errors]}
    return {"data": None, **body} if data else body
