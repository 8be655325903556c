"""Tokens of an OpenID Connect issuer, taken as well as keys.

Knows how a token is checked and where the issuer's keys come from: they are asked for when a token needs one that
is not known, kept, and asked for again after a while, so that the issuer may change them. Knows nothing of requests.
"""

import asyncio
import json
import logging
import re
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt

from service.keys import RESERVED, Caller, Scope

log = logging.getLogger(__name__)

KEYS_KEPT_S = 600.0
# A token with a key that the issuer does not have makes us ask no more often than this.
ASKED_AGAIN_S = 10.0
TIMEOUT_S = 5.0
ANSWER_MAX_BYTES = 1024 * 1024
LEEWAY_S = 10.0
TOKEN_MAX_CHARACTERS = 16_384
_SUBJECT = re.compile("[ -~]{1,255}")


class TokenRefused(Exception):  # noqa: N818 (an answer, not a fault)
    """The token is not valid here; the message says why, and nothing of the token."""


class Tokens:
    """Recognises the callers of one issuer's tokens."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        algorithms: tuple[str, ...],
        scopes_claim: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask the issuer for nothing yet."""
        self.issuer, self.audience, self.algorithms, self.scopes_claim = issuer, audience, algorithms, scopes_claim
        self.clock = clock
        self.keys: dict[str | None, dict[str, Any]] = {}
        self.asked = float("-inf")
        self.had = float("-inf")
        self.asking = asyncio.Lock()

    async def caller(self, token: str) -> Caller:
        """Return the caller that a token names. Raises TokenRefused."""
        if len(token) > TOKEN_MAX_CHARACTERS:
            raise TokenRefused("The token is too long.")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError:
            raise TokenRefused("This is neither a key nor a token.") from None
        algorithm = header.get("alg")
        if algorithm not in self.algorithms:
            raise TokenRefused("The token's signature is of a kind that is not taken here.")
        key = await self.key(header.get("kid"), algorithm)
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self.audience,
                issuer=self.issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.InvalidTokenError as error:
            raise TokenRefused(f"The token is not valid here: {_REASONS.get(type(error), 'its signature')}.") from None
        if not _SUBJECT.fullmatch(claims["sub"]):
            raise TokenRefused("The token's subject is not 1 to 255 ASCII characters.")
        return self.identified(claims)

    def identified(self, claims: dict[str, Any]) -> Caller:
        """Return the caller that the claims describe; a scope that is not ours permits nothing."""
        given = claims.get(self.scopes_claim)
        named = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
        scopes = frozenset(scope for scope in Scope if scope.value in named)
        return Caller(None, RESERVED + claims["sub"], scopes, datetime.fromtimestamp(claims["exp"] + LEEWAY_S, UTC))

    async def key(self, key_id: str | None, algorithm: str) -> jwt.PyJWK:
        """Return the issuer's key of the identifier. Raises TokenRefused."""
        if self.clock() - self.had > KEYS_KEPT_S or key_id not in self.keys:
            await self.ask()
        found = self.keys.get(key_id)
        if found is None or found.get("alg", algorithm) != algorithm or found.get("use", "sig") != "sig":
            raise TokenRefused("The issuer has no such key.")
        try:
            return jwt.PyJWK(found, algorithm)
        except jwt.PyJWTError:
            raise TokenRefused("The issuer's key does not fit the token.") from None

    async def ask(self) -> None:
        """Ask the issuer for its keys, unless that was done a moment ago; those that are known stand if it fails."""
        async with self.asking:
            if self.clock() - self.asked < ASKED_AGAIN_S:
                return
            self.asked = self.clock()
            try:
                keys = await asyncio.to_thread(fetch_keys, self.issuer)
            except (OSError, ValueError, LookupError, TypeError) as error:
                log.warning("the issuer's keys cannot be had: %s", type(error).__name__)
                return
            self.keys = keys
            self.had = self.clock()


def fetch_keys(issuer: str) -> dict[str | None, dict[str, Any]]:
    """Return an issuer's keys by identifier; a key without one goes by None. Raises OSError, ValueError."""
    configuration = _get(issuer.rstrip("/") + "/.well-known/openid-configuration")
    if configuration["issuer"] != issuer:
        raise ValueError("the configuration is another issuer's")
    keys = _get(configuration["jwks_uri"])["keys"]
    return {key.get("kid"): key for key in keys if isinstance(key, dict) and key.get("kty") != "oct"}


def _get(address: str) -> dict[str, Any]:
    if not address.startswith(("https://", "http://127.0.0.1", "http://localhost", "http://[::1]")):
        raise ValueError("the address is not https")
    request = urllib.request.Request(address, headers={"Accept": "application/json"})  # noqa: S310 (checked above)
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310 (the same)
        answer: dict[str, Any] = json.loads(response.read(ANSWER_MAX_BYTES))
    return answer


_REASONS: dict[type[Exception], str] = {
    jwt.ExpiredSignatureError: "it has expired",
    jwt.ImmatureSignatureError: "it is not valid yet",
    jwt.InvalidAudienceError: "it is for another audience",
    jwt.InvalidIssuerError: "it is of another issuer",
    jwt.MissingRequiredClaimError: "it lacks a claim; exp, iss, aud and sub are needed",
}
