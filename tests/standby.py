"""A primary with a streaming standby, both of the wheel's PostgreSQL and reached by Unix sockets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

from service.embedded import EmbeddedServer, start_embedded
from service.embedded_files import Account, locate
from tests.conftest import NOT_DURABLE
from tests.programs import run


@dataclass
class Standby:
    """A standby, whose replay can be held up."""

    folder: Path
    url: str
    server: EmbeddedServer

    async def hold(self) -> None:
        """Apply nothing more of what the primary sends."""
        await self.ask("SELECT pg_wal_replay_pause()")
        while await self.ask("SELECT pg_get_wal_replay_pause_state()") != "paused":
            pass

    async def go_on(self) -> None:
        """Apply what the primary has sent."""
        await self.ask("SELECT pg_wal_replay_resume()")

    async def ask(self, question: str) -> object:
        """Return the one value of a query."""
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    def stop(self) -> None:
        """Stop the server."""
        self.server.release()

    def start(self) -> None:
        """Start it again."""
        self.server = start_embedded(self.folder, NOT_DURABLE)


@contextmanager
def standing_by(primary: str, folder: Path) -> Iterator[Standby]:
    """Run a standby of a server that is reached by a Unix socket, in a data folder of its own."""
    files = locate(folder)
    account = Account.of(files)
    files.make_private(files.cluster, account)
    query = parse_qs(urlsplit(primary).query)
    host, port = query["host"][0], query["port"][0]
    place = ("--host", host, "--port", port, "--username", "jumelage", "--pgdata", str(files.cluster))
    run(files, account, "pg_basebackup", *place, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
    (files.cluster / f".s.PGSQL.{port}.lock").unlink(missing_ok=True)  # the primary's
    server = start_embedded(folder, NOT_DURABLE)
    standby = Standby(folder, server.url, server)
    try:
        yield standby
    finally:
        standby.stop()
