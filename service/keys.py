"""API keys: who may write.

Knows how a key is made, stored and recognised. Knows nothing of requests, and never stores or
logs a key: what is stored is an HMAC of its secret part, from which it cannot be had back.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # importing the driver costs more than what only writes a key's name needs
    import asyncpg
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]


# Tokens' subjects are callers as well, under names that no key can have.
RESERVED = "oidc:"
_KEY = re.compile(r"jml_([a-z2-7]{10})_([0-9a-f]{64})")


class Scope(StrEnum):
    """What a key permits; reading needs none."""

    SIGNINGS_WRITE = "signings:write"
    REGISTRY_WRITE = "registry:write"
    ADMIN = "admin"


@dataclass(frozen=True)
class Caller:
    """Name the holder of a valid key, or of a token, which has no key's id, and what it permits until when."""

    key_id: str | None
    name: str
    scopes: frozenset[Scope]
    expires_at: datetime | None = None


@dataclass(frozen=True)
class KeyRow:
    """Show what is known of a key; the key itself is not."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @property
    def state(self) -> str:
        """Whether the key is valid, expired or revoked, by this machine's clock."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= datetime.now(UTC) else "valid"


async def create_key(
    connection: "Connection",
    name: str,
    scopes: Collection[Scope],
    pepper: str,
    expires_at: datetime | None = None,
) -> str:
    """Make a key and return its text, which cannot be shown again.

        INSERT INTO api_key (id, name, secret_hmac, scopes, expires_at)
        SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM api_key WHERE name = $2 AND (valid)) < 2

    A name has two valid keys at most: the one in use, and the one that is to follow it. Refuses, with ValueError, a
    third, and a key without a name or without a scope.
    """
    name = name.strip()
    if not name:
        raise ValueError("a key needs a name, which says who holds it")
    if name.startswith(RESERVED):
        raise ValueError(f"names that begin with {RESERVED} are those of tokens")
    if not scopes:
        raise ValueError("a key needs at least one scope")
    key_id = base64.b32encode(secrets.token_bytes(7)).decode().lower()[:10]
    secret = secrets.token_hex(32)
    async with connection.transaction():
        await connection.execute("LOCK TABLE api_key IN SHARE ROW EXCLUSIVE MODE")
        done = await connection.execute(
            "INSERT INTO api_key (id, name, secret_hmac, scopes, expires_at) SELECT $1, $2, $3, $4, $5 WHERE"
            " (SELECT count(*) FROM api_key WHERE name = $2::text AND revoked_at IS NULL"
            " AND (expires_at IS NULL OR expires_at > now())) < 2",
            key_id,
            name,
            _hmac(pepper, secret),
            sorted({scope.value for scope in scopes}),
            expires_at,
        )
    if done != "INSERT 0 1":
        raise ValueError(f"{name} has two valid keys already: revoke the one that is no longer used, see `keys list`")
    return f"jml_{key_id}_{secret}"


async def list_keys(connection: "Connection") -> list[KeyRow]:
    """List every key ever made, the oldest first.

    SELECT id, name, scopes, created_at, expires_at, revoked_at, last_used_at
    FROM api_key ORDER BY created_at, id
    """
    rows = await connection.fetch(
        "SELECT id, name, scopes, created_at, expires_at, revoked_at, last_used_at FROM api_key ORDER BY created_at, id"
    )
    return [KeyRow(**{**row, "scopes": tuple(row["scopes"])}) for row in rows]


async def revoke_key(connection: "Connection", key_id: str) -> bool:
    """Make a key invalid for good; tell whether there was such a key that was not revoked.

    UPDATE api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL
    """
    done = await connection.execute(
        "UPDATE api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL", key_id
    )
    return bool(done == "UPDATE 1")


async def find_caller(connection: "Connection", key_text: str, pepper: str) -> Caller | None:
    """Recognise a key; None for one that is malformed, unknown, revoked or expired.

        SELECT name, secret_hmac, scopes, expires_at FROM api_key
        WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())

    The database's clock decides on expiry. A scope that this release does not know permits nothing.
    """
    parts = _KEY.fullmatch(key_text)
    if parts is None:
        return None
    row = await connection.fetchrow(
        "SELECT name, secret_hmac, scopes, expires_at FROM api_key"
        " WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())",
        parts[1],
    )
    if row is None or not hmac.compare_digest(row["secret_hmac"], _hmac(pepper, parts[2])):
        return None
    scopes = frozenset(scope for scope in Scope if scope.value in row["scopes"])
    return Caller(parts[1], row["name"], scopes, row["expires_at"])


async def mark_used(connection: "Connection", key_id: str) -> None:
    """Note that a key is in use, to the hour, so that reading does not become writing.

    UPDATE api_key SET last_used_at = now()
    WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 hour')
    """
    await connection.execute(
        "UPDATE api_key SET last_used_at = now()"
        " WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 hour')",
        key_id,
    )


def _hmac(pepper: str, secret: str) -> bytes:
    return hmac.digest(pepper.encode(), secret.encode(), hashlib.sha256)
