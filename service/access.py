"""Who is calling: keys looked up in the database, and remembered for a while.

Knows how a key is sent and for how long an answer is trusted. What a caller may do is said where it is done.
"""

import time
from collections import OrderedDict

from service.database import Database
from service.keys import Caller, find_caller

TRUSTED_S = 30.0  # a revoked key is refused after this long at the latest
REMEMBERED = 10_000


class AccessRefused(Exception):  # noqa: N818 (an answer, not a fault)
    """The caller showed a key that is not valid."""


class Access:
    """Tells callers apart by their keys."""

    def __init__(self, database: Database, pepper: str) -> None:
        """Remember nobody yet."""
        self.database, self.pepper = database, pepper
        self.remembered: OrderedDict[str, tuple[float, Caller | None]] = OrderedDict()

    async def caller(self, authorization: str | None) -> Caller | None:
        """Return who sent the header; None without one. Raises AccessRefused."""
        if authorization is None:
            return None
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise AccessRefused("Send the key as: Authorization: Bearer jml_...")
        caller = await self.known(key.strip())
        if caller is None:
            raise AccessRefused("The key is not known, has expired or was revoked; ask the operator for one.")
        return caller

    async def known(self, key: str) -> Caller | None:
        """Return the caller of a key, from memory where it was looked up a moment ago."""
        now = time.monotonic()
        since, caller = self.remembered.get(key, (0.0, None))
        if since and now - since < TRUSTED_S:
            return caller
        async with self.database.pool.acquire() as connection:
            caller = await find_caller(connection, key, self.pepper)
        self.remembered[key] = (now, caller)
        if len(self.remembered) > REMEMBERED:
            self.remembered.popitem(last=False)
        return caller
