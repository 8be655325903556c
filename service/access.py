"""Who is calling: keys looked up in the database, tokens checked, and both remembered for a while.

Knows how a key is sent and for how long an answer is trusted. What a caller may do is said where it is done.
"""

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import asyncpg

from service.database import Database
from service.keys import Caller, find_caller, mark_used
from service.oidc import TokenRefused, Tokens

log = logging.getLogger(__name__)

TRUSTED_S = 30.0  # a revoked key is refused after this long at the latest
REMEMBERED = 10_000
# Strangers may try as many keys as they like: what they tried is remembered apart, so that it crowds out nobody.
REFUSED = 1_000


class AccessRefused(Exception):  # noqa: N818 (an answer, not a fault)
    """The caller showed a key that is not valid."""


class Access:
    """Tells callers apart by their keys and tokens."""

    def __init__(
        self,
        database: Database,
        pepper: str,
        *,
        anonymous: bool = True,
        tokens: Tokens | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember nobody yet; without a key, let in or not."""
        self.database, self.pepper, self.anonymous, self.tokens, self.clock = (
            database,
            pepper,
            anonymous,
            tokens,
            clock,
        )
        # By a digest: what is kept here is not what lets in.
        self.remembered: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()
        self.refused: OrderedDict[bytes, float] = OrderedDict()
        self.looking: dict[bytes, asyncio.Task[Caller | None]] = {}
        self.marking: set[asyncio.Task[None]] = set()

    async def caller(self, authorization: str | None) -> Caller | None:
        """Return who sent the header; None without one. Raises AccessRefused."""
        if authorization is None:
            if not self.anonymous:
                raise AccessRefused("Reading needs a key here: send it as Authorization: Bearer jml_...")
            return None
        key = sent_key(authorization)
        digest = digest_of(key)
        if (known := self.recall(digest)) is not None:
            return known
        if self.refused.get(digest, 0.0) > self.clock():
            caller = None
        else:
            looking = self.looking.get(digest)
            if looking is None:
                looking = self.looking[digest] = asyncio.create_task(self.find(digest, key))
            caller = await asyncio.shield(looking)
        if caller is None:
            raise AccessRefused("The key is not known, has expired or was revoked; ask the operator for one.")
        return caller

    def trusts(self, authorization: str) -> bool:
        """Tell from memory whether the sender of the header is let in; False as well where that has to be looked up."""
        return self.recall(digest_of(sent_key(authorization))) is not None

    def recall(self, digest: bytes) -> Caller | None:
        """Return who is remembered by a digest, and may still be trusted to be let in."""
        until, known = self.remembered.get(digest, (0.0, None))
        return known if self.clock() < until else None

    async def find(self, digest: bytes, key: str) -> Caller | None:
        """Look a key up and remember the answer; thousands who follow with one key ask at the same moment."""
        try:
            caller = await self.look_up(key)
            self.remember(digest, caller)
            return caller
        finally:
            del self.looking[digest]

    async def look_up(self, key: str) -> Caller | None:
        """Return the caller of a key or token; None for one that is not valid. Raises AccessRefused."""
        if self.tokens is not None and not key.startswith("jml_"):
            try:
                return await self.tokens.caller(key)
            except TokenRefused as refused:
                raise AccessRefused(str(refused)) from None
        async with self.database.pool.acquire() as connection:
            caller = await find_caller(connection, key, self.pepper)
        if caller is not None:
            self.note_use(caller)
        return caller

    def remember(self, digest: bytes, caller: Caller | None) -> None:
        """Keep what was found for a while, and no longer than it is valid."""
        now = self.clock()
        if caller is None:
            self.refused[digest] = now + TRUSTED_S
            if len(self.refused) > REFUSED:
                self.refused.popitem(last=False)
            return
        left = TRUSTED_S
        if caller.expires_at is not None:
            left = min(left, (caller.expires_at - datetime.now(UTC)).total_seconds())
        self.remembered[digest] = (now + left, caller)
        self.remembered.move_to_end(digest)
        if len(self.remembered) > REMEMBERED:
            self.remembered.popitem(last=False)

    def note_use(self, caller: Caller) -> None:
        """Have it noted that the key is in use, while the caller's request goes on."""
        task = asyncio.create_task(self.mark(caller))
        self.marking.add(task)
        task.add_done_callback(self.marking.discard)

    async def mark(self, caller: Caller) -> None:
        """Note that the key is in use; where the database takes no writes, that is told to the log only."""
        try:
            async with self.database.pool.acquire() as connection:
                await mark_used(connection, str(caller.key_id))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("the use of a key was not noted: %s", type(error).__name__)


def sent_key(authorization: str) -> str:
    """Return the key that a header holds. Raises AccessRefused."""
    scheme, _, key = authorization.partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key:
        raise AccessRefused("Send the key as: Authorization: Bearer jml_...")
    return key


def digest_of(key: str) -> bytes:
    """Return by what a key is remembered."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def account_of(caller: Caller | None, scope: Mapping[str, Any]) -> str:
    """Return whose share a request, or a connection, counts against: a key's holder, or the network it comes from.

    One subscriber of IPv6 has a network of 2 to the 64 addresses.
    """
    if caller is not None:
        return f"key {caller.name}"
    address: str = (scope.get("client") or ("",))[0]
    return "network " + (":".join(address.split(":")[:4]) if ":" in address else address)
