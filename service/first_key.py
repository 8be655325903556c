"""The first API key, which the embedded database makes by itself.

Knows when one is made and where its text is kept. A database of one's own gets no key unasked:
its operator says who may write.
"""

import os
from pathlib import Path

from service.keys import Scope, create_key, find_caller

FILE = "first-key"
SCOPES = (Scope.SIGNINGS_WRITE, Scope.REGISTRY_WRITE)


async def first_key(database_url: str, data_dir: Path, pepper: str) -> str | None:
    """Give the first key's text: made if there was never any key, read again while it is valid.

        LOCK TABLE api_key IN SHARE ROW EXCLUSIVE MODE
        SELECT EXISTS (SELECT FROM api_key)

    None once it is revoked or its file is gone. The text is kept in the data folder, readable by
    the owner only, and is written before the commit, so that no key exists which nobody knows.
    """
    from service.servers import connect

    file = data_dir / FILE
    connection = await connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE api_key IN SHARE ROW EXCLUSIVE MODE")
            if not await connection.fetchval("SELECT EXISTS (SELECT FROM api_key)"):
                key = await create_key(connection, "first", SCOPES, pepper)
                _write_private(file, key)
                return key
        known = _read(file)
        return known if known and await find_caller(connection, known, pepper) else None
    finally:
        await connection.close()


def _read(file: Path) -> str | None:
    return file.read_text().strip() if file.exists() else None


def _write_private(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(f"{text}\n")
