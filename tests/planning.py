"""Plans and writes an operation without a database."""

from typing import Any

from graphql import GraphQLError

from schema.build import build
from schema.document import Documents
from schema.execution import written
from schema.introspection import INTROSPECTION
from schema.limits import Limits
from schema.planner import Planner
from service.plan import Statement

SCHEMA = build()._schema
DOCUMENTS = Documents(SCHEMA)


def statement(text: str, variables: dict[str, Any] | None = None, limits: Limits | None = None) -> Statement:
    """Return the statement that answers the operation, but introspection. Raises GraphQLError."""
    documents = DOCUMENTS if limits is None else Documents(SCHEMA, limits)
    document = documents.read(text)
    operation = document.operation(None)
    values = documents.variables(operation, variables or {})
    planner = Planner(SCHEMA, document.fragments, values, limits or Limits())
    roots = planner.root_fields(operation)
    return written(
        planner.operation(operation, [key for key, nodes in roots.items() if nodes[0].name.value not in INTROSPECTION])
    )


def refused(text: str, variables: dict[str, Any] | None = None, limits: Limits | None = None) -> tuple[str, str]:
    """Return the code and the message with which the operation is refused, or two empty texts."""
    try:
        statement(text, variables, limits)
    except GraphQLError as error:
        return str((error.extensions or {}).get("code")), error.message
    return "", ""
