"""What a request carries: its parameters, out of the query string or the body.

Knows JSON, forms, lengths and keys in the wrong place. Knows nothing of GraphQL's language.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from schema.errors import ErrorCode
from service.edge_settings import RequestSettings
from service.http.negotiation import PLAIN
from service.http.refusal import ClientGone, HTTPRefusal, Malformed

Headers = Mapping[bytes, bytes]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
PARAMETERS_MAX = 50
# A key in an address ends in the logs of everything on the way.
_KEY_IN_URL = re.compile(rb"jml_[a-z2-7]{10}_")
_NAMED_IN_URL = re.compile(rb"&(?:api_?key|key|access_token|token|authorization)=")
_JSON = re.compile(r'application/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?', re.IGNORECASE)
# Whoever records many signings at once may send more.
BULK = "recordSignings"


def read_headers(given: list[tuple[bytes, bytes]]) -> Headers:
    """Return the headers by name; one that is sent several times is joined, as its list would be."""
    headers = dict(given)
    if len(headers) == len(given):
        return headers
    joined: dict[bytes, bytes] = {}
    for name, value in given:
        joined[name] = joined[name] + b", " + value if name in joined else value
    return joined


def check_url(query_string: bytes) -> None:
    """Raise HTTPRefusal where a key stands in the address."""
    # In lower case, each pattern begins with what is found fast: a document in the address is long.
    lowered = b"&" + query_string.lower()
    if _KEY_IN_URL.search(lowered) or _NAMED_IN_URL.search(lowered):
        raise HTTPRefusal(
            "A key must not be sent in the address, where logs keep it. Send it as the header "
            "Authorization: Bearer jml_..., and have a key that was sent so replaced.",
            ErrorCode.BAD_REQUEST,
        )


def read_query(query_string: bytes) -> dict[str, Any]:
    """Return what the query string carries, its JSON read. Raises Malformed."""
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=PARAMETERS_MAX
        )
    except UnicodeDecodeError:
        raise Malformed("The address must be UTF-8, percent-encoded.") from None
    except ValueError:
        raise Malformed(f"The address has more than {PARAMETERS_MAX} parameters.") from None
    given: dict[str, Any] = {}
    for name, value in pairs:
        if name in given:
            raise Malformed(f"The parameter {name[:60]!r} is given twice.")
        given[name] = value
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = parsed(given[name].encode("utf-8", "replace"), name) if given[name] else None
    return given


def check_content(headers: Headers) -> None:
    """Raise HTTPRefusal where a POST's body is not JSON in UTF-8, sent as it is."""
    content_type = headers.get(b"content-type", b"")
    if content_type != b"application/json" and not _JSON.fullmatch(content_type.decode("latin-1").strip()):
        raise HTTPRefusal(f"Send the request as {PLAIN}, in UTF-8.", ErrorCode.UNSUPPORTED_MEDIA_TYPE)
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise HTTPRefusal("Send the body uncompressed.", ErrorCode.UNSUPPORTED_MEDIA_TYPE)


def parsed(text: bytes, what: str) -> Any:
    """Return JSON as Python values. Raises Malformed."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"{what} is not JSON: {error}.") from None


@dataclass
class Bodies:
    """The bodies that are still arriving, and how long they may be, one by one and together."""

    settings: RequestSettings
    held: int = 0

    async def read(self, receive: Receive, headers: Headers, *, bulk: bool) -> bytes:
        """Return the body of a request. Raises HTTPRefusal, ClientGone."""
        most = self.settings.bulk_body_max_bytes if bulk else self.settings.body_max_bytes
        length = headers.get(b"content-length")
        if length is not None:
            self.check(int(length), most)
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body: bytes = message.get("body", b"")
        self.check(len(body), most)
        return await self.gather(receive, body, most) if message.get("more_body") else body

    async def gather(self, receive: Receive, first: bytes, most: int) -> bytes:
        """Return a body that arrives in parts, counted while it does."""
        body, counted = bytearray(first), 0
        try:
            while True:
                self.held += len(body) - counted
                counted = len(body)
                if self.held > self.settings.bodies_max_bytes:
                    busy = "Too many requests arrive at the moment; send it again."
                    raise HTTPRefusal(busy, ErrorCode.UNAVAILABLE, (b"retry-after", b"1"))
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                body += message.get("body", b"")
                self.check(len(body), most)
                if not message.get("more_body"):
                    return bytes(body)
        finally:
            self.held -= counted

    def check(self, length: int, most: int) -> None:
        """Raise HTTPRefusal where a body is longer than allowed."""
        if length > most:
            bulk = self.settings.bulk_body_max_bytes
            raise HTTPRefusal(
                f"The body has {length} bytes or more; {most} are allowed, and {bulk} for {BULK} with a key that may "
                "record signings.",
                ErrorCode.TOO_LARGE,
                limit=most,
                value=length,
            )

    def check_bulk(self, length: int, document: str) -> None:
        """Raise HTTPRefusal where a body is as long as only the recording of many signings may be."""
        if length > self.settings.body_max_bytes and BULK not in document:
            self.check(length, self.settings.body_max_bytes)
