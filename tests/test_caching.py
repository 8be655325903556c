"""Answers that are named, and not sent again while they are right: never longer than that can be known."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from service.http import caching
from service.http.caching import TRUSTED_S, Tags, matches
from service.keys import Scope, create_key
from service.plan import Statement
from tests.edge import Edge, edge
from tests.factories import city_party

QUERY = "{ agreements { totalCount } }"
RECORD = "mutation ($input: RecordSigningInput!) { recordSigning(input: $input) { cursor userErrors { message } } }"


class Watched:
    """Counts the statements that an application asks for answers."""

    def __init__(self, running: Edge) -> None:
        self.statements: list[Statement] = []
        database = running.app.state.executor.database
        self.fetch = database.fetch
        database.fetch = self.note

    async def note(self, statement: Statement) -> bytes:
        self.statements.append(statement)
        answer: bytes = await self.fetch(statement)
        return answer


@pytest.fixture
async def running(database: str) -> AsyncIterator[Edge]:
    """The application as it is shipped."""
    async with edge(database) as running:
        yield running


async def key_of(database: str) -> str:
    """Make a key that may record."""
    connection = await asyncpg.connect(database)
    try:
        return await create_key(connection, "city", [Scope.SIGNINGS_WRITE], "")
    finally:
        await connection.close()


async def record(running: Edge, key: str, name: str) -> str:
    """Record a signing, and return its cursor."""
    parties = [{"party": city_party()}, {"party": city_party(name, "XK")}]
    given = {"idempotencyKey": name, "kind": "SISTER_CITY", "signedOn": "2024-03-22", "parties": parties}
    answer = await running.post(RECORD, variables={"input": given}, headers={"authorization": f"Bearer {key}"})
    payload = answer.json()["data"]["recordSigning"]
    assert payload["userErrors"] == []
    return str(payload["cursor"])


async def sure(running: Edge) -> None:
    """Wait until the state is known again."""
    for _ in range(500):
        if running.app.state.endpoint.freshness.current():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the state stays unknown")


async def again(running: Edge, tag: str, **given: Any) -> httpx.Response:
    """Ask again for what bears the tag."""
    headers = {"if-none-match": tag, **given.pop("headers", {})}
    return await running.get(QUERY, headers=headers, **given)


async def test_what_has_not_changed_is_not_sent_again_nor_asked_for(running: Edge) -> None:
    first = await running.get(QUERY)
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-cache")
    assert first.headers["vary"] == "Accept, Authorization"
    watched = Watched(running)
    second = await again(running, first.headers["etag"])
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["etag"] == first.headers["etag"]
    assert watched.statements == []


async def test_what_has_changed_is_sent_at_once(running: Edge, database: str) -> None:
    key = await key_of(database)
    tag = (await running.get(QUERY)).headers["etag"]
    for name in ("Pristina", "Prizren", "Peja"):
        await record(running, key, name)
        changed = await again(running, tag)
        assert changed.status_code == 200
        await sure(running)
        tag = (await running.get(QUERY)).headers["etag"]
    assert (await running.get(QUERY)).json()["data"]["agreements"]["totalCount"] == 3


async def test_what_another_replica_wrote_is_sent_to_who_says_so(running: Edge, database: str) -> None:
    key = await key_of(database)
    tag = (await running.get(QUERY)).headers["etag"]
    async with edge(database) as other:
        feed = running.app.state.executor.feed
        feed.tail.take = lambda changes: False  # this replica hears of nothing
        cursor = await record(other, key, "Pristina")
        assert feed.head.seq == 0
        told = await again(running, tag, headers={"jumelage-min-cursor": cursor})
        assert (told.status_code, told.json()["data"]["agreements"]["totalCount"]) == (200, 1)
        assert "etag" not in told.headers


async def test_the_address_may_ask_for_a_state_as_well(running: Edge, database: str) -> None:
    key = await key_of(database)
    async with edge(database) as other:
        running.app.state.executor.feed.tail.take = lambda changes: False  # this replica hears of nothing
        extensions = json.dumps({"minCursor": await record(other, key, "Pristina")})
        for tag in ("*", 'W/"a"'):
            told = await again(running, tag, extensions=extensions)
            assert (told.status_code, told.json()["data"]["agreements"]["totalCount"]) == (200, 1)
            assert "etag" not in told.headers


async def test_who_has_whatever_there_is_is_told_that_it_has_not_changed(running: Edge) -> None:
    answer = await again(running, "*")
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize("given", [{"variables": "{"}, {"operationName": ["a", "b"]}, {"key": "jml_abcdefghij_1"}])
async def test_what_is_refused_has_no_answer_to_be_kept(running: Edge, given: dict[str, Any]) -> None:
    assert (await again(running, "*", **given)).status_code == 400


async def test_who_may_not_ask_is_not_told_whether_it_has_changed(database: str) -> None:
    async with edge(database, anonymous=False) as closed:
        bearer = {"authorization": f"Bearer {await key_of(database)}"}
        tag = (await closed.get(QUERY, headers=bearer)).headers["etag"]
        assert (await again(closed, tag, headers=bearer)).status_code == 304
        assert (await again(closed, tag)).status_code == 401


async def test_tells_nothing_from_memory_once_it_cannot_be_sure(running: Edge) -> None:
    tag = (await running.get(QUERY)).headers["etag"]
    freshness = running.app.state.endpoint.freshness
    clock = freshness.clock
    freshness.clock = lambda: clock() + TRUSTED_S + 1
    unsure = await again(running, tag)
    assert unsure.status_code == 200
    assert "etag" not in unsure.headers


async def test_another_day_is_another_state(running: Edge) -> None:
    tag = (await running.get(QUERY)).headers["etag"]
    freshness = running.app.state.endpoint.freshness
    freshness.day = "2999-01-01"
    assert (await again(running, tag)).status_code == 200
    freshness.day_ends = freshness.clock()
    assert freshness.current() is None
    await freshness.learn_day()
    assert (await again(running, tag)).status_code == 304


@pytest.mark.parametrize("change", [{"accept": "application/json"}, {"operationName": ""}, {"variables": "{}"}])
async def test_each_request_has_a_tag_of_its_own(running: Edge, change: dict[str, Any]) -> None:
    tag = (await running.get(QUERY)).headers["etag"]
    assert (await again(running, tag, **change)).status_code == 200


async def test_errors_and_posts_bear_no_tag(running: Edge) -> None:
    for answer in (await running.get("{ nothing }"), await running.post(QUERY)):
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


async def test_what_is_answered_to_a_key_is_private(running: Edge, database: str) -> None:
    key = await key_of(database)
    answer = await running.get(QUERY, headers={"authorization": f"Bearer {key}"})
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_the_operator_says_for_how_long_answers_may_be_kept(database: str) -> None:
    async with edge(database, cache_control="public, max-age=30") as running:
        assert (await running.get(QUERY)).headers["cache-control"] == "public, max-age=30"
    async with edge(database, anonymous=False) as closed:
        key = await key_of(database)
        answer = await closed.get(QUERY, headers={"authorization": f"Bearer {key}"})
        assert answer.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (b'W/"a"', True),
        (b'"a"', True),
        (b'"b", W/"a"', True),
        (b"*", True),
        (b'W/"ab"', False),
        (b"a", False),
        (b"", False),
    ],
)
def test_compares_tags_weakly(given: bytes, expected: bool) -> None:
    assert matches(given, b'W/"a"') == expected


def test_releases_and_manifests_name_their_answers_apart() -> None:
    assert Tags(b"one").salt != Tags(b"two").salt == Tags(b"two").salt


# ── answers kept in memory ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def keeping(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Edge]:
    """The application with memory for answers, sure of its state however busy the machine is."""
    monkeypatch.setattr(caching, "TRUSTED_S", 600.0)
    async with edge(database, answers_kept_bytes=100_000) as running:
        yield running


async def test_asks_once_for_what_is_asked_again(keeping: Edge) -> None:
    watched = Watched(keeping)
    first = await keeping.post(QUERY)
    assert [(await keeping.post(QUERY)).content for _ in range(3)] == [first.content] * 3
    assert len(watched.statements) == 1
    await keeping.post("{ cities { totalCount } }")
    assert len(watched.statements) == 2


async def test_forgets_what_it_kept_once_something_is_written(keeping: Edge, database: str) -> None:
    key = await key_of(database)
    for number, name in enumerate(("Pristina", "Prizren"), start=1):
        await record(keeping, key, name)
        assert (await keeping.post(QUERY)).json()["data"]["agreements"]["totalCount"] == number
        await sure(keeping)
        assert (await keeping.post(QUERY)).json()["data"]["agreements"]["totalCount"] == number


async def test_keeps_no_more_than_it_may(keeping: Edge) -> None:
    for number in range(1, 40):
        await keeping.post(f"{{ countries {{ code }} cities(first: {number}) {{ nodes {{ id }} }} }}")
    kept = keeping.app.state.executor.reads.kept
    assert 0 < kept.weight <= 100_000
    assert kept.weight == sum(len(statement.text) + len(body) for statement, body in kept.values.items())


async def test_a_payload_is_read_after_what_was_written(keeping: Edge, database: str) -> None:
    key = await key_of(database)
    query = "{ agreements { nodes { title } } }"
    await keeping.post(query)
    await record(keeping, key, "Pristina")
    titles = json.loads((await keeping.post(query)).text)["data"]["agreements"]["nodes"]
    assert len(titles) == 1
