"""Events: how they are framed, who gets them, where they go on, and what ends them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from service import access, streams
from service.sse import quality
from tests.followers import AGREEMENTS, CHANGES, SIGNINGS, until
from tests.listening import Listening, listening
from tests.test_service import RECORD, signing
from tests.test_websocket_bounds import HEAVY, keyed, revoke, write

PATIENCE_S = 30
EVENTS = {"Accept": "text/event-stream"}
Event = dict[str, str]


@pytest.fixture
async def service(database: str) -> AsyncIterator[Listening]:
    """A service that tells soon how far the feed has come."""
    async with listening(database, checkpoint_interval_ms=200) as service:
        yield service


class Source:
    """Reads events as a browser does, and sees to their form."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.chunks = response.aiter_raw()
        self.text = ""
        self.last_id = ""
        self.comments: list[str] = []

    async def block(self) -> list[tuple[str, str]]:
        """Return the fields of the next block of lines; raise StopAsyncIteration at the end."""
        while "\n\n" not in self.text:
            self.text += (await asyncio.wait_for(anext(self.chunks), PATIENCE_S)).decode()
        block, _, self.text = self.text.partition("\n\n")
        assert "\r" not in block
        fields = [
            (name, value.removeprefix(" ")) for name, _, value in (line.partition(":") for line in block.split("\n"))
        ]
        self.comments += [value for name, value in fields if not name]
        self.last_id = dict(fields).get("id", self.last_id)
        return fields

    async def event(self) -> Event:
        """Return the next event that is dispatched."""
        while "data" not in (found := dict(await self.block())):
            pass
        return found

    async def answer(self) -> dict[str, Any]:
        """Return the next answer."""
        found = await self.event()
        assert found["event"] == "next"
        answer: dict[str, Any] = json.loads(found["data"])
        return answer


@asynccontextmanager
async def source(
    service: Listening, query: str, headers: dict[str, str] | None = None, method: str = "POST", **variables: Any
) -> AsyncIterator[Source]:
    """Ask for events."""
    asked: dict[str, Any] = {"json": {"query": query, "variables": variables}}
    if method == "GET":
        asked = {"params": {"query": query, "variables": json.dumps(variables)}}
    async with (
        httpx.AsyncClient(timeout=PATIENCE_S) as client,
        client.stream(method, service.url, headers={**EVENTS, **(headers or {})}, **asked) as response,
    ):
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"].startswith("no-cache")
        yield Source(response)


async def start(service: Listening) -> str:
    """Return where the feed stands."""
    return str(await service.feed.tail.now())


async def test_each_answer_bears_its_cursor_and_a_reconnect_goes_on_behind_it(
    service: Listening, database: str
) -> None:
    begin = await start(service)
    await write(database, 2)
    async with source(service, CHANGES, after=begin) as events:
        answers = [await events.answer() for _ in range(4)]
        cursors = [answer["data"]["changes"]["cursor"] for answer in answers]
        assert events.last_id == cursors[-1]
    assert [int(cursor.split(".")[1]) for cursor in cursors] == [1, 2, 3, 4]
    for method in ("GET", "POST"):
        # A browser sends the address that it was given once, and what it saw last.
        async with source(service, CHANGES, {"Last-Event-ID": cursors[1]}, method, after=begin) as events:
            assert (await events.answer())["data"]["changes"]["cursor"] == cursors[2]


async def test_an_answer_is_one_line(service: Listening, database: str) -> None:
    begin = await start(service)
    query = SIGNINGS.replace("title", "parties { party { name } } areas { area { name } }")
    async with source(service, query, after=begin) as events:
        await write(database, 1)
        found = await events.event()
        assert json.loads(found["data"])["data"]["signingRecorded"]["agreement"]["parties"] == [
            {"party": {"name": "Left 0"}},
            {"party": {"name": "Right 0"}},
        ]
        fields = [name for name, _ in found.items()]
    assert fields == ["id", "event", "data"]


async def test_one_with_no_news_is_told_how_far_the_feed_has_come(service: Listening, database: str) -> None:
    async with source(service, AGREEMENTS, id="agr_none") as events:
        assert await events.block() == [("retry", "1000")]
        await events.block()
        await write(database, 1)
        end = await start(service)
        while events.last_id != end:
            assert "data" not in dict(await events.block())
    async with source(service, CHANGES) as events:
        assert (await events.answer())["data"]["changes"] == {"cursor": end, "change": None}


ACCEPT = [
    # accept, whether a query gets events, and a subscription
    pytest.param("text/event-stream", True, True, id="only events"),
    pytest.param("text/*", True, True, id="any text"),
    pytest.param("TEXT/Event-Stream; charset=utf-8", True, True, id="capitals and a parameter"),
    pytest.param("application/json", False, False, id="only JSON"),
    pytest.param("*/*", False, False, id="anything"),
    pytest.param(None, False, False, id="nothing said"),
    pytest.param("", False, False, id="nothing"),
    pytest.param("text/event-stream, application/json", False, True, id="both alike"),
    pytest.param(
        "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, "
        "multipart/mixed",
        False,
        True,
        id="as urql sends with each query",
    ),
    pytest.param("text/event-stream, multipart/mixed", True, True, id="as urql sends with a subscription"),
    pytest.param("text/event-stream, */*;q=0.1", True, True, id="events rather than anything"),
    pytest.param("text/event-stream;q=0.5, application/json;q=0.9", False, True, id="JSON rather than events"),
    pytest.param("text/event-stream;q=0.9, application/json;q=0.5", True, True, id="events rather than JSON"),
    pytest.param("text/event-stream;q=0, application/json", False, False, id="anything but events"),
    pytest.param("text/event-stream;q=x, application/json", False, False, id="a quality that is none"),
    pytest.param("text/event-streams", False, False, id="another type"),
]


@pytest.mark.parametrize(("accept", "query", "subscription"), ACCEPT)
async def test_events_are_for_who_prefers_them(
    service: Listening, accept: str | None, query: bool, subscription: bool
) -> None:
    for document, expected in (("{ __typename }", query), ("subscription { changes { cursor } }", subscription)):
        request = httpx.Request("POST", service.url, json={"query": document})
        request.headers.pop("accept", None)
        if accept is not None:
            request.headers["accept"] = accept
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            response = await client.send(request, stream=True)
            found = response.headers["content-type"].startswith("text/event-stream")
            if not found and document.startswith("sub"):
                code = json.loads(await response.aread())["errors"][0]["extensions"]["code"]
                assert code == ("NOT_ACCEPTABLE" if accept == "text/event-streams" else "BAD_REQUEST")
            await response.aclose()
        assert found is expected


def test_a_quality_is_at_most_one_and_the_best_of_several() -> None:
    assert quality("a/b;q=0.2, a/b;q=0.7, c/d", ("a/b",)) == 0.7
    assert quality("a/b;q=7", ("a/b",)) == 1.0
    assert quality("a/b;q=-1, a/b;q=nan;x", ("a/b",)) == 0.0


COMPLETED = [
    pytest.param("{ __typename }", {"data": {"__typename": "Query"}}, id="a query"),
    pytest.param("{ nothing }", "VALIDATION_FAILED", id="what the schema does not have"),
    pytest.param("{", "PARSE_FAILED", id="what is not GraphQL"),
    pytest.param('subscription { changes(after: "x") { cursor } }', "CURSOR_INVALID", id="no cursor"),
    pytest.param('subscription { changes(after: "x.1.00000000") { cursor } }', "CURSOR_RESET", id="another history"),
    pytest.param(
        'mutation { retract(input: {idempotencyKey: "k", id: "agr_1", expectedVersion: 1, reason: "x"}) { replayed } }',
        "UNAUTHENTICATED",
        id="a mutation without a key",
    ),
]


@pytest.mark.parametrize(("query", "expected"), COMPLETED)
async def test_what_is_answered_at_once_is_completed(service: Listening, query: str, expected: Any) -> None:
    async with source(service, query) as events:
        answer = await events.answer()
        assert (answer["errors"][0]["extensions"]["code"] if "errors" in answer else answer) == expected
        assert await events.block() == [("event", "complete"), ("data", "")]
        with pytest.raises(StopAsyncIteration):
            await events.block()


async def test_a_mutation_is_answered_and_completed_but_not_by_get(service: Listening, database: str) -> None:
    given = {"input": signing("k", "Aachen", "Bonn")}
    async with keyed(database) as (_, header):
        async with source(service, RECORD, header, "POST", **given) as events:
            assert (await events.answer())["data"]["recordSigning"]["userErrors"] == []
            assert (await events.event())["event"] == "complete"
        async with source(service, RECORD, header, "GET", **given) as events:
            assert (await events.answer())["errors"][0]["extensions"]["code"] == "MUTATION_BY_GET"


async def test_a_client_that_leaves_is_followed_no_more(service: Listening) -> None:
    async with source(service, CHANGES) as events:
        await events.block()
        await until(lambda: service.feed.followers == 1)
        assert len(service.streams.open) == 1
    await until(lambda: not service.feed.followers and not service.streams.open)


async def test_a_revoked_key_ends_its_streams_so_that_they_come_back_and_are_refused(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "TRUSTED_S", 0.1)
    monkeypatch.setattr(streams, "RECHECK_S", 0.1)
    async with listening(database) as service, keyed(database) as (connection, header):
        async with source(service, CHANGES, header) as events:
            await events.block()
            await revoke(connection, header)
            with pytest.raises(StopAsyncIteration):
                await events.block()
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            response = await client.post(service.url, json={"query": CHANGES}, headers={**EVENTS, **header})
        assert response.status_code == 401


async def test_a_caller_with_too_many_streams_is_turned_away(database: str) -> None:
    async with listening(database, streams_per_caller_max=1) as service, source(service, CHANGES) as events:
        await events.block()
        async with httpx.AsyncClient() as client:
            response = await client.post(service.url, json={"query": CHANGES}, headers=EVENTS)
        assert (response.status_code, response.headers["retry-after"]) == (429, "10")
        (error,) = response.json()["errors"]
        assert "Too many connections" in error["message"]
        assert (error["extensions"]["code"], error["extensions"]["retryAfter"]) == ("RATE_LIMITED", 10)
        assert error["extensions"]["requestId"] == response.headers["x-request-id"]


async def test_a_slow_reader_is_cut_off_and_its_cursor_brings_back_the_rest(database: str) -> None:
    async with listening(database, stream_write_timeout_ms=300) as service:
        await write(database, 150)
        begin = f"{service.feed.head.epoch}.0.00000000"
        async with source(service, HEAVY, after=begin) as events:
            await events.answer()
            await until(lambda: not service.streams.open)
        async with source(service, CHANGES, {"Last-Event-ID": events.last_id}) as again:
            following = (await again.answer())["data"]["changes"]["cursor"]
        assert int(following.split(".")[1]) == int(events.last_id.split(".")[1]) + 1


async def test_a_stop_ends_streams_without_completing_them(database: str) -> None:
    async with listening(database) as service, source(service, CHANGES) as events:
        await events.block()
        service.server.should_exit = True
        with pytest.raises(StopAsyncIteration):
            while True:
                assert ("event", "complete") not in await events.block()
