"""Prints the codes of errors with their statuses: python -m service.http > docs/errors.md."""

import sys

from schema.errors import ErrorCode
from service.errors import UserErrorCode
from service.http.answering import ALWAYS, status_of

HEAD = """\
# Errors

Written from the code by `make schema`; the test suite checks that it is.

An error says in `message` what to do, in `extensions.code` what it is, for programs, and in `extensions.requestId`
which request it was: the same identifier is in the response's header `X-Request-Id` and in the operator's log. Where a
limit was exceeded, `extensions.limit` and `extensions.value` are the limit and what was asked for. Where a
caller is to wait, `extensions.retryAfter` says for how many seconds, as the header `Retry-After` does.

## Requests

The status is that of a response with no `data`. Whoever accepts `application/graphql-response+json` is told it; whoever
accepts only `application/json` gets 200 where a request was well-formed, except for the codes marked with *. With data
beside the errors the status is 200, or 294 with `JUMELAGE_HTTP_PROFILE=draft`.

| code | status | draft | meaning |
| --- | --- | --- | --- |
"""
USER_ERRORS = """
## Inputs

What a mutation's input is refused for stands in `userErrors` of its payload, with a path into the input; nothing is
written then.

| code | meaning |
| --- | --- |
"""


def page() -> str:
    """Return the page."""
    requests = "".join(
        f"| {code} | {status_of(code, 'default')}{'*' if code in ALWAYS else ''} | {_draft(code)} "
        f"| {code.description} |\n"
        for code in ErrorCode
    )
    inputs = "".join(f"| {code} | {code.description} |\n" for code in UserErrorCode)
    return HEAD + requests + USER_ERRORS + inputs


def _draft(code: ErrorCode) -> str:
    """Return a code's status in the edition of 2026, where a body that is JSON was understood so far."""
    return "400, or 422 for JSON" if code is ErrorCode.BAD_REQUEST else str(status_of(code, "draft"))


if __name__ == "__main__":
    sys.stdout.write(page())
