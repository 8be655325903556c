"""What is examined for the doctor: settings, servers, the database and what is stored there.

Every examination reads only, and goes on from what the ones before it found.
"""

import shutil
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from service.addresses import servers_of
from service.chain import change_hash
from service.database import FOLLOWING
from service.doctor import Finding, failed, warning, well
from service.failure import describe
from service.migration import NewerDatabaseError, after
from service.models import TABLES
from service.servers import connect
from service.settings import Settings
from service.verification import BrokenHistoryError, prove

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

OLDEST_VERSION = 15
CLOCK_S = 2.0
ROOM_BYTES = 2**30
WAL_BYTES = 4 * 2**30
# PostgreSQL stops writing when 2**31 transactions are older than the oldest that it has to tell apart.
OLD_TRANSACTIONS = 1_000_000_000
LONG_S = 3_600
RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
SAMPLE = 1_000
"""How many of the newest changes are looked at."""


async def examine(settings: Settings, url: str, *, whole: bool = False) -> list[Finding]:
    """Examine everything; where the database cannot be reached, nothing that stands there.

    Of the history only the newest changes are examined, unless the whole of it is asked for.
    """
    findings = [*examine_settings(settings), *[finding async for finding in examine_servers(url)]]
    try:
        connection = await connect(url, timeout=settings.connect_timeout_ms / 1000)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        said = describe(error) or type(error).__name__
        return [*findings, failed("database", said, "start it, or correct DATABASE_URL")]
    try:
        return findings + [finding async for finding in examine_database(connection, settings, whole=whole)]
    finally:
        await connection.close()


def examine_settings(settings: Settings) -> Iterator[Finding]:
    """Look at what was set."""
    if settings.database_url is None:
        yield warning(
            "settings",
            f"no DATABASE_URL: the embedded database in {settings.data_dir}",
            "good for trying out and for one machine; set DATABASE_URL where others depend on it",
        )
        free = shutil.disk_usage(settings.data_dir).free
        room = f"{free / 2**30:.1f} GiB are free for {settings.data_dir}"
        yield well("disk", room) if free > ROOM_BYTES else failed("disk", room, "make room: writes end when it is full")
    elif not settings.key_pepper.get_secret_value():
        yield warning(
            "settings",
            "no JUMELAGE_KEY_PEPPER: whoever reads a copy of the database can try out keys",
            "set it before keys are made: keys of before are not valid with another one",
        )
    else:
        yield well("settings", "everything that is set is known and allowed")


async def examine_servers(url: str) -> AsyncIterator[Finding]:
    """Look at each server that the address names; at none where it names one."""
    servers = servers_of(url)
    for server in servers if len(servers) > 1 else ():
        name = server.partition("://")[2].rpartition("@")[2].partition("/")[0]
        try:
            connection = await connect(server, timeout=3, target_session_attrs="any")
            standby = await connection.fetchval("SELECT pg_is_in_recovery()")
            await connection.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            said = describe(error) or type(error).__name__
            yield warning("server", f"{name}: {said}", "bring it back: there is one fewer to fail over to")
        else:
            yield well("server", f"{name} is {'a standby' if standby else 'the primary'}")


async def examine_database(connection: "Connection", settings: Settings, *, whole: bool) -> AsyncIterator[Finding]:
    """Look at the database, and at what is stored there if its schema is known."""
    yield await version(connection)
    yield await durability(connection)
    async for finding in standbys(connection):
        yield finding
    yield await clock(connection)
    yield await connections(connection, settings)
    async for finding in housekeeping(connection):
        yield finding
    schema = await revision(connection)
    yield schema
    if schema.status != "failed":
        yield await rights(connection)
        yield await feed(connection)
        if whole:
            yield await history(connection)


async def version(connection: "Connection") -> Finding:
    """Look at the server's version, encoding and the way to it."""
    row = await connection.fetchrow(
        """
        SELECT current_setting('server_version') AS version,
            current_setting('server_version_num')::int / 10000 AS major,
            current_setting('server_encoding') AS encoding, inet_server_addr() IS NULL AS local,
            coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted,
            EXISTS (SELECT FROM pg_extension WHERE extname = 'plpgsql') AS plpgsql,
            pg_size_pretty(pg_database_size(current_database())) AS size
        """
    )
    assert row is not None  # noqa: S101 (a SELECT of one row)
    seen = f"PostgreSQL {row['version']}, {row['size']}"
    if row["major"] < OLDEST_VERSION:
        return failed("database", seen, f"upgrade it to {OLDEST_VERSION} or later")
    if row["encoding"] != "UTF8":
        return failed("database", f"{seen}, encoding {row['encoding']}", "make the database anew with encoding UTF8")
    if not row["plpgsql"]:
        return failed("database", f"{seen}, without PL/pgSQL", "CREATE EXTENSION plpgsql")
    if not row["local"] and not row["encrypted"]:
        return warning("database", f"{seen}, not encrypted on the way", "add sslmode=verify-full to DATABASE_URL")
    return well("database", f"{seen}, {'on this machine' if row['local'] else 'encrypted on the way'}")


async def durability(connection: "Connection") -> Finding:
    """Look at whether what is committed survives a crash."""
    rows = await connection.fetch(
        """
        SELECT name || ' = ' || setting FROM pg_settings
        WHERE setting = 'off' AND name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'autovacuum')
        """
    )
    if rows:
        return failed("durability", ", ".join(row[0] for row in rows), "set to on: what was acknowledged can be lost")
    return well("durability", "what is committed survives a crash")


async def standbys(connection: "Connection") -> AsyncIterator[Finding]:
    """Look at replication: a standby that commits wait for and that is away, and logs kept for whoever is gone."""
    wanted = await connection.fetchval("SELECT current_setting('synchronous_standby_names')")
    there = await connection.fetchval("SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')")
    if wanted and not there:
        advice = "bring it back, or take it off synchronous_standby_names"
        yield failed("standbys", f"commits wait for {wanted}, and none is there", advice)
    elif wanted:
        yield well("standbys", f"{there} are waited for")
    rows = await connection.fetch(
        """
        SELECT slot_name, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) AS kept
        FROM pg_replication_slots
        WHERE NOT active AND pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) > $1
        """,
        WAL_BYTES,
    )
    for row in rows:
        seen = f"{row['kept']} of log are kept for {row['slot_name']}, which nobody reads"
        advice = f"bring its reader back, or SELECT pg_drop_replication_slot('{row['slot_name']}')"
        yield failed("standbys", seen, advice)
    archiver = await connection.fetchrow("SELECT * FROM pg_stat_archiver WHERE last_failed_time > last_archived_time")
    if archiver is not None:
        seen = f"{archiver['last_failed_wal']} could not be archived"
        yield failed("archive", seen, "see the server's log, and mend archive_command: the log of changes piles up")


async def clock(connection: "Connection") -> Finding:
    """Compare the database's clock, which counts, with this machine's."""
    began = time.monotonic()
    there: datetime = await connection.fetchval("SELECT clock_timestamp()")
    took = time.monotonic() - began
    apart = abs((datetime.now(UTC) - there).total_seconds()) - took
    if apart > CLOCK_S:
        advice = "set both by NTP: days and expiries are judged by the database's clock"
        return warning("clock", f"{apart:.0f} s apart from the database's", advice)
    return well("clock", f"agrees with the database's, which answers in {took * 1e3:.1f} ms")


async def connections(connection: "Connection", settings: Settings) -> Finding:
    """Compare what a replica may take with what the database gives."""
    row = await connection.fetchrow(
        """
        SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            AS most, (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS taken
        """
    )
    assert row is not None  # noqa: S101 (a SELECT of one row)
    # Of each worker: two pools for requests, one for followers, a connection for the feed's tail, one for the monitor.
    own = settings.workers * (2 * settings.pool_max + min(FOLLOWING, settings.pool_max) + 2)
    seen = f"a replica takes up to {own} of {row['most']}, of which {row['taken']} are taken"
    if own > row["most"]:
        return failed("connections", seen, "raise max_connections, or lower JUMELAGE_POOL_MAX")
    return well("connections", f"{seen}: {row['most'] // own} replicas fit")


async def housekeeping(connection: "Connection") -> AsyncIterator[Finding]:
    """Look at what is left behind: indexes cut off, transactions forgotten, tables that were not vacuumed."""
    rows = await connection.fetch(
        "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid AND indrelid >= 16384"
    )
    if rows:
        names = ", ".join(row["name"] for row in rows)
        yield failed("indexes", f"{names}: being built, or cut off", "run the command `migrate`")
    long = await connection.fetch(
        """
        SELECT pid, application_name AS name, extract(epoch FROM now() - xact_start)::int AS seconds
        FROM pg_stat_activity WHERE now() - xact_start > $1 * interval '1 second' AND backend_type = 'client backend'
        """,
        LONG_S,
    )
    for row in long:
        seen = f"{row['name'] or 'process'} {row['pid']} has one open for {row['seconds'] // 60} minutes"
        advice = f"end it, or SELECT pg_terminate_backend({row['pid']}): nothing is vacuumed meanwhile"
        yield warning("transactions", seen, advice)
    age = await connection.fetchval("SELECT max(age(datfrozenxid)) FROM pg_database")
    if age > OLD_TRANSACTIONS:
        advice = "run VACUUM (FREEZE), and see why autovacuum did not: at 2 billion PostgreSQL stops writing"
        yield failed("vacuum", f"the oldest transaction is {age:,} back", advice)


async def revision(connection: "Connection") -> Finding:
    """Look at whether the schema is this release's."""
    try:
        found = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        found = None
    try:
        missing = after(found)
    except NewerDatabaseError as newer:
        return warning("schema", str(newer).partition(":")[0], "go on with the release that migrated it")
    if missing:
        seen = f"at revision {found or 'none'}, {len(missing)} are pending"
        return failed("schema", seen, "run the command `migrate`")
    return well("schema", f"at revision {found}, this release's")


async def rights(connection: "Connection") -> Finding:
    """Look at whether the role may do what the service does."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT name FROM unnest($1::text[]) AS name, unnest($2::text[]) AS privilege
        WHERE NOT has_table_privilege(name, privilege) ORDER BY name
        """,
        list(TABLES),
        RIGHTS.split(", "),
    )
    role = await connection.fetchval("SELECT current_user")
    if rows:
        names = ", ".join(row["name"] for row in rows)
        return failed("rights", f"{role} may not use {names}", f"GRANT {RIGHTS} ON {names} TO {role}")
    return well("rights", f"{role} may read and write every table")


async def feed(connection: "Connection") -> Finding:
    """Look at whether the newest changes fit each other, the head and the clock."""
    head = await connection.fetchrow(
        "SELECT epoch, seq, hash, floor, floor_hash, clock_timestamp() AS now FROM feed_head"
    )
    if head is None:
        return failed("feed", "feed_head has lost its one row", "restore the database from a backup")
    rows = await connection.fetch(
        """
        SELECT seq, at, actor, kind, subject_id, version, fields, signing, hash
        FROM change WHERE seq >= $1 ORDER BY seq
        """,
        head["seq"] - SAMPLE,
    )
    if (broken := first_misfit(head, [tuple(row) for row in rows])) is not None:
        advice = "run the command `verify`, and restore the database from before that"
        return failed("feed", f"change {broken} does not fit the one before", advice)
    if rows and (ahead := (rows[-1]["at"] - head["now"]).total_seconds()) > CLOCK_S:
        return warning("feed", f"the newest change is {ahead:.0f} s ahead of the clock", "set the database's clock")
    return well("feed", f"{head['seq'] - head['floor']:,} changes of epoch {head['epoch']}, and the newest fit")


async def history(connection: "Connection") -> Finding:
    """Look at whether the whole history fits, and the records fit it."""
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return well("history", str(await prove(connection)).partition("\n")[0])
    except BrokenHistoryError as broken:
        return failed("history", str(broken), broken.advice)


def first_misfit(head: Any, rows: list[tuple[Any, ...]]) -> int | None:
    """Return the number of the first change that does not fit the one before, the last one's if it is not the head."""
    if not rows or rows[0][0] == head["floor"] + 1:
        seq, digest = head["floor"], head["floor_hash"]
    else:
        (seq, *_, digest), *rows = rows
    for *content, stored in rows:
        seq, digest = seq + 1, change_hash(digest, *content)
        if content[0] != seq or digest != stored:
            return int(seq)
    return None if (seq, digest) == (head["seq"], head["hash"]) else int(head["seq"])
