"""Puts the edge together from its settings. Knows which setting goes where."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from schema.document import Documents as DocumentReader
from schema.document import RequestRefused
from schema.errors import ErrorCode, refusal
from schema.execution import Executor, failed
from schema.limits import Limits
from service.access import Access
from service.database import Database
from service.failure import OperatorError
from service.http.answering import Reply, response
from service.http.caching import Freshness, Tags
from service.http.endpoint import GraphQLEndpoint
from service.http.negotiation import PLAIN
from service.http.trusted import Documents, read_manifest
from service.observing import observe
from service.oidc import Tokens
from service.request_id import begin_request
from service.settings import Settings
from service.streams import Streams


def limits_of(settings: Settings) -> Limits:
    """Return what an operation may ask for."""
    return Limits(
        characters=settings.max_characters,
        tokens=settings.max_tokens,
        operations=settings.max_operations,
        aliases=settings.max_aliases,
        directives=settings.max_directives,
        depth=settings.max_depth,
        fields=settings.max_fields,
        rows=settings.max_rows,
        page_size=min(Limits.page_size, settings.max_page),
        page_size_max=settings.max_page,
        conditions=settings.max_conditions,
        values=settings.max_values,
    )


def access_of(settings: Settings, database: Database) -> Access:
    """Return who tells callers apart."""
    tokens = None
    if settings.oidc_issuer is not None and settings.oidc_audience is not None:
        tokens = Tokens(
            settings.oidc_issuer, settings.oidc_audience, settings.oidc_algorithms, settings.oidc_scopes_claim
        )
    pepper = settings.key_pepper.get_secret_value()
    return Access(database, pepper, anonymous=settings.anonymous, tokens=tokens)


def documents_of(settings: Settings, reader: DocumentReader) -> Documents:
    """Return the documents that are known by identifier. Raises OperatorError where one is not valid."""
    trusted = read_manifest(settings.documents) if settings.documents is not None else {}
    for identifier, text in trusted.items():
        try:
            reader.read(text)
        except RequestRefused as refused:
            raise OperatorError(
                f"the document {identifier[:80]} of the manifest {settings.documents} is not valid here: "
                f"{refused.errors[0].message}"
            ) from None
    return Documents(trusted, only=settings.documents_only, register=settings.documents_register)


def endpoint_of(
    settings: Settings,
    executor: Executor,
    access: Access,
    streams: Streams,
    freshness: Freshness,
    documents: Documents,
) -> GraphQLEndpoint:
    """Return what answers the requests to /graphql."""
    tags = Tags(repr(sorted(documents.trusted.items())).encode())
    return GraphQLEndpoint(executor, access, streams, settings, documents, freshness, tags, observe)


async def tell_nothing_there(request: Request, error: Exception) -> Response:
    """Answer a request to an address, or by a method, that there is not."""
    assert isinstance(error, HTTPException)  # noqa: S101 (it is registered for no other)
    code, message = {
        404: (ErrorCode.NOT_FOUND, "There is nothing at this address; the API is at /graphql."),
        405: (ErrorCode.METHOD_NOT_ALLOWED, "The address does not take this method."),
    }.get(error.status_code, (ErrorCode.BAD_REQUEST, "The request is not understood."))
    request_id = begin_request()
    more = [(name.lower().encode(), value.encode()) for name, value in (error.headers or {}).items()]
    body = failed(refusal(message, code), executed=False).body
    return response(Reply(error.status_code, body, PLAIN, more), request_id)
