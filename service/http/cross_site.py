"""Requests that a page of another site makes in someone's browser: refused, unless its origin is on the list.

Knows origins, what browsers say of a request's site, and how a browser is told that a page may ask (CORS). No
cookie is ever read, so nobody's rights travel with such a request; but what a reader's network may reach, and what
reading costs, is not the other page's to spend.
"""

from collections.abc import Collection, Mapping

from schema.errors import ErrorCode
from service.http.refusal import HTTPRefusal
from service.http.whole import Header

# What a script of a page that may ask can read of an answer besides its body, and can send besides the simplest.
EXPOSED = b"ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
ALLOWED = (
    b"Accept, Authorization, Content-Type, If-None-Match, Jumelage-Cost, Jumelage-Min-Cursor, Last-Event-ID, "
    b"X-Request-Id"
)
PREFLIGHT_KEPT_S = b"7200"
# No page may frame, sniff or embed an answer, and nothing in it is run.
SECURITY: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class CrossSite:
    """Tells whose pages may ask."""

    def __init__(self, origins: Collection[str]) -> None:
        """Let pages of these origins ask; of all, where one is *."""
        self.everyone = "*" in origins
        self.origins = frozenset(origin.encode() for origin in origins)

    def check(self, headers: Mapping[bytes, bytes]) -> None:
        """Raise HTTPRefusal where a page of another site sent the request.

        A link that somebody follows is no such request: the page that it was on learns nothing of the answer.
        """
        origin = headers.get(b"origin")
        if origin is not None:
            if not self.permits(origin, headers.get(b"host", b"")):
                raise HTTPRefusal(
                    f"Pages of {origin.decode('latin-1')[:100]} may not ask here; the operator may add the origin to "
                    "JUMELAGE_CORS_ORIGINS.",
                    ErrorCode.CROSS_SITE,
                )
        elif headers.get(b"sec-fetch-site", b"none") in (b"cross-site", b"same-site"):
            followed = headers.get(b"sec-fetch-mode") == b"navigate" and headers.get(b"sec-fetch-dest") == b"document"
            if not followed and not self.everyone:
                raise HTTPRefusal("Pages of other sites may not ask here without an origin.", ErrorCode.CROSS_SITE)

    def permits(self, origin: bytes, host: bytes) -> bool:
        """Tell whether a page of the origin may ask: one on the list, or of the very host that is asked."""
        if self.everyone or origin in self.origins:
            return True
        scheme, _, authority = origin.partition(b"://")
        return scheme in (b"http", b"https") and authority == host.lower()

    def headers(self, headers: Mapping[bytes, bytes]) -> list[Header]:
        """Return what tells the browser that the page may read the answer; nothing for one of the same host."""
        origin = headers.get(b"origin")
        if origin is None or not (self.everyone or origin in self.origins):
            return []
        return [
            (b"access-control-allow-origin", b"*" if self.everyone else origin),
            (b"access-control-expose-headers", EXPOSED),
        ]

    def preflight(self, headers: Mapping[bytes, bytes]) -> list[Header]:
        """Return what a browser asks for before a page's request; nothing where none asks."""
        permission = self.headers(headers)
        if not permission:
            return []
        return [
            *permission,
            (b"access-control-allow-methods", b"GET, POST"),
            (b"access-control-allow-headers", ALLOWED),
            (b"access-control-max-age", PREFLIGHT_KEPT_S),
        ]
