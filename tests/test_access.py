"""Who is let in: keys and how long they are believed, and what is closed to those without."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from graphql import get_introspection_query

from service.access import REFUSED, TRUSTED_S, Access, AccessRefused
from service.database import Database
from service.keys import Caller, Scope, create_key, list_keys, revoke_key
from tests.edge import Edge, codes, edge

QUERY = "{ feedCursor }"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the test's registry."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@pytest.fixture
async def access(database: str) -> AsyncIterator[Access]:
    """Who tells callers apart, by a clock that a test sets."""
    async with Database.connect(database) as connected:
        yield Access(connected, "pepper", clock=Clock())


async def let_in(access: Access, key: str) -> Caller | None:
    """Return the caller of a key; None where it is refused."""
    try:
        return await access.caller(f"Bearer {key}")
    except AccessRefused:
        return None


async def make(connection: asyncpg.Connection, name: str = "city", expires_at: datetime | None = None) -> str:
    """Make a key."""
    return await create_key(connection, name, [Scope.SIGNINGS_WRITE], "pepper", expires_at)


async def test_a_revoked_key_is_refused_once_it_is_no_longer_believed(
    access: Access, connection: asyncpg.Connection
) -> None:
    key = await make(connection)
    assert await let_in(access, key)
    await revoke_key(connection, key.split("_")[1])
    assert await let_in(access, key)
    assert access.trusts(f"Bearer {key}")
    access.clock.now += TRUSTED_S  # type: ignore[attr-defined]  # see Clock
    assert not access.trusts(f"Bearer {key}")
    assert await let_in(access, key) is None
    assert not access.trusts(f"Bearer {key}")


async def test_a_key_is_not_believed_for_longer_than_it_is_valid(
    access: Access, connection: asyncpg.Connection
) -> None:
    key = await make(connection, expires_at=datetime.now(UTC) + timedelta(seconds=5))
    caller = await let_in(access, key)
    assert caller is not None
    assert caller.expires_at is not None
    access.clock.now += 5.1  # type: ignore[attr-defined]  # see Clock
    asked = len(access.remembered)
    await connection.execute("UPDATE api_key SET expires_at = now() - interval '1 second'")
    assert await let_in(access, key) is None
    assert len(access.remembered) == asked


async def test_a_key_is_looked_up_once_however_many_ask_meanwhile(
    access: Access, connection: asyncpg.Connection
) -> None:
    key, asked, look_up = await make(connection), 0, access.look_up

    async def counting(key: str) -> Caller | None:
        nonlocal asked
        asked += 1
        return await look_up(key)

    access.look_up = counting  # type: ignore[method-assign]  # counts
    first, *others = [asyncio.ensure_future(let_in(access, key)) for _ in range(100)]
    await asyncio.sleep(0)
    first.cancel()  # who asked first does not take the answer from the others
    callers = await asyncio.gather(*others)
    assert {caller.name for caller in callers if caller} == {"city"}
    assert None not in callers
    assert asked == 1
    assert not access.looking


async def test_remembers_no_key_that_could_be_used(access: Access, connection: asyncpg.Connection) -> None:
    key = await make(connection)
    await let_in(access, key)
    await let_in(access, "jml_aaaaaaaaaa_" + "0" * 64)
    kept = repr((access.remembered, access.refused))
    assert key.split("_")[2] not in kept
    assert "0" * 64 not in kept


async def test_strangers_crowd_out_nobody(access: Access, connection: asyncpg.Connection) -> None:
    key = await make(connection)
    await let_in(access, key)
    for number in range(REFUSED + 50):
        await let_in(access, f"none-{number}")
    assert len(access.refused) == REFUSED
    assert len(access.remembered) == 1


async def test_a_refused_key_is_not_looked_up_each_time(access: Access, connection: asyncpg.Connection) -> None:
    stranger = "jml_aaaaaaaaaa_" + "0" * 64
    assert await let_in(access, stranger) is None
    looked_up = access.look_up

    async def fail(key: str) -> Caller | None:
        raise AssertionError("it was looked up again")

    access.look_up = fail  # type: ignore[method-assign]  # counts
    assert await let_in(access, stranger) is None
    access.look_up = looked_up  # type: ignore[method-assign]  # as before


async def test_notes_that_a_key_is_in_use(access: Access, connection: asyncpg.Connection) -> None:
    await let_in(access, await make(connection))
    while access.marking:
        await next(iter(access.marking))
    assert (await list_keys(connection))[0].last_used_at is not None


async def test_lets_in_while_the_database_takes_no_writes(
    access: Access, connection: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    key = await make(connection)
    await connection.execute("ALTER TABLE api_key ADD CHECK (last_used_at IS NULL)")
    assert await let_in(access, key)
    while access.marking:
        await next(iter(access.marking))
    assert "the use of a key was not noted: CheckViolationError" in caplog.text


async def test_two_keys_of_a_name_are_valid_at_once_and_no_third(connection: asyncpg.Connection) -> None:
    first = await make(connection)
    await make(connection)
    with pytest.raises(ValueError, match="city has two valid keys already"):
        await make(connection)
    await make(connection, "other")
    await revoke_key(connection, first.split("_")[1])
    await make(connection)


async def test_no_key_takes_the_name_of_a_token(connection: asyncpg.Connection) -> None:
    with pytest.raises(ValueError, match="oidc:"):
        await make(connection, "oidc:anna")


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer ", "jml_a_b", "", "Bearer a, Bearer b"])
async def test_says_how_a_key_is_sent(access: Access, header: str) -> None:
    with pytest.raises(AccessRefused, match=r"Send the key as|not known"):
        await access.caller(header)


# ── what is closed to those without ───────────────────────────────────────────────────────────────────────


@pytest.fixture
async def closed(database: str) -> AsyncIterator[Edge]:
    """The application for those with a key only."""
    async with edge(database, anonymous=False) as running:
        yield running


async def test_reading_needs_a_key_where_the_operator_says_so(closed: Edge, connection: asyncpg.Connection) -> None:
    key = await create_key(connection, "reader", [Scope.SIGNINGS_WRITE], "")
    for document in (QUERY, "{ __typename }", get_introspection_query()):
        for ask in (closed.get, closed.post):
            refused = await ask(document)
            assert (refused.status_code, codes(refused)) == (401, ["UNAUTHENTICATED"])
            assert refused.headers["www-authenticate"] == "Bearer"
            assert codes(await ask(document, headers={"authorization": f"Bearer {key}"})) == []


POLICIES = [("everyone", [], []), ("keys", ["UNAUTHENTICATED"], []), ("nobody", ["FORBIDDEN"], ["FORBIDDEN"])]


@pytest.mark.parametrize(("policy", "anonymous", "keyed"), POLICIES)
async def test_the_schema_is_told_to_whom_the_operator_says(
    database: str, connection: asyncpg.Connection, policy: str, anonymous: list[str], keyed: list[str]
) -> None:
    key = await create_key(connection, "reader", [Scope.SIGNINGS_WRITE], "")
    async with edge(database, introspection=policy) as running:
        named = {"authorization": f"Bearer {key}"}
        for document in ("{ __schema { queryType { name } } }", '{ __type(name: "City") { name } feedCursor }'):
            assert codes(await running.post(document)) == anonymous
            assert codes(await running.post(document, headers=named)) == keyed
        assert codes(await running.post("{ __typename feedCursor }")) == []
        wrong = [
            ("{ citis { totalCount } }", {}),
            ("query ($f: CityFilter) { cities(filter: $f) { totalCount } }", {"f": {"nam": 1}}),
        ]
        for document, variables in wrong:
            for headers, told in (({}, not anonymous), (named, not keyed)):
                answer = await running.post(document, variables=variables, headers=headers)
                assert ("Did you mean" in answer.json()["errors"][0]["message"]) == told


@pytest.mark.parametrize(
    "query_string",
    [
        "key=jml_aaaaaaaaaa_0",
        "query={feedCursor}&access_token=x",
        "query={feedCursor}&authorization=x",
        "query={feedCursor}&apiKey=x",
        "query={feedCursor}&token=x",
        "query={node(id:%22jml_aaaaaaaaaa_00%22){id}}",
    ],
)
async def test_refuses_a_key_in_the_address(database: str, query_string: str) -> None:
    async with edge(database) as running:
        for method in ("GET", "POST"):
            refused = await running.client.request(
                method, f"/graphql?{query_string}", json={"query": QUERY} if method == "POST" else None
            )
            assert (refused.status_code, codes(refused)) == (400, ["BAD_REQUEST"])
            assert "logs keep it" in refused.json()["errors"][0]["message"]
