"""What each caller may ask for: a bucket of cost that fills with time, and bodies no longer than allowed."""

import json
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access import account_of
from service.edge_settings import EdgeSettings
from service.http.reading import Bodies
from service.http.refusal import ClientGone, HTTPRefusal
from service.keys import Caller, Scope, create_key
from service.rates import CALLERS, RateExceeded, Rates, remaining
from tests.bombs import FILTERED
from tests.edge import Edge, codes, edge
from tests.listening import listening
from tests.sockets import opened, receive, send, subscribe

QUERY = "{ cities(first: 5) { nodes { name } } }"  # 3 fields and 5 rows
COST = 8


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def rates(per_s: int = 10, burst: int = 100) -> tuple[Rates, Clock]:
    clock = Clock()
    return Rates(per_s, burst, clock), clock


def test_lets_a_burst_through_and_then_so_much_a_second() -> None:
    shares, clock = rates()
    bucket = shares.bucket("a")
    bucket.spend(100)
    with pytest.raises(RateExceeded) as caught:
        bucket.spend(25)
    assert caught.value.retry_after_s == 3
    clock.now += 2.4
    with pytest.raises(RateExceeded):
        bucket.spend(25)
    clock.now += 0.1
    bucket.spend(25)


def test_tells_callers_apart() -> None:
    shares, _ = rates()
    shares.bucket("a").spend(100)
    shares.bucket("b").spend(100)
    with pytest.raises(RateExceeded):
        shares.bucket("a").spend(1)


def test_what_costs_more_than_a_bucket_holds_takes_a_full_one() -> None:
    shares, clock = rates()
    bucket = shares.bucket("a")
    bucket.spend(1_000)
    with pytest.raises(RateExceeded) as caught:
        bucket.spend(1_000)
    assert caught.value.retry_after_s == 10
    clock.now += 10
    bucket.spend(1_000)


def test_refuses_for_so_long_at_once_and_then_for_a_share_of_the_time() -> None:
    shares, clock = rates()
    shares.refusals, shares.patience_s = 0.02, 0.5
    bucket = shares.bucket("a")
    bucket.refused(0.5)
    bucket.heed()
    bucket.refused(0.04)
    with pytest.raises(RateExceeded, match="had to be refused; wait 2 s") as caught:
        bucket.heed()
    assert caught.value.retry_after_s == 2
    shares.bucket("b").heed()
    clock.now += 2
    bucket.heed()
    clock.now += 1_000
    bucket.refused(0.6)
    with pytest.raises(RateExceeded):
        bucket.heed()


def test_refuses_without_end_where_nothing_is_said() -> None:
    bucket = rates()[0].bucket("a")
    bucket.refused(1_000)
    bucket.heed()


def test_says_what_is_left_and_when_all_is() -> None:
    shares, clock = rates()
    bucket = shares.bucket("a")
    bucket.spend(45)
    assert shares.policy == b'"cost";q=100;w=10'
    assert remaining(bucket) == b'"cost";r=55;t=5'
    clock.now += 60
    bucket.spend(0)
    assert remaining(bucket) == b'"cost";r=100;t=0'


def test_remembers_no_more_callers_than_it_may() -> None:
    shares, _ = rates()
    for number in range(CALLERS + 10):
        shares.bucket(str(number))
    assert len(shares.buckets) == CALLERS
    assert "0" not in shares.buckets


@given(st.lists(st.tuples(st.integers(0, 150), st.floats(0, 30)), max_size=40))
def test_never_lets_more_through_than_the_burst_and_what_time_has_added(asked: list[tuple[int, float]]) -> None:
    shares, clock = rates()
    bucket, spent, began = shares.bucket("a"), 0, clock.now
    for cost, wait in asked:
        clock.now += wait
        try:
            bucket.spend(cost)
            spent += min(cost, 100)
        except RateExceeded as limited:
            assert limited.retry_after_s >= 1
        assert spent <= 100 + (clock.now - began) * 10 + 1e-6


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"),
        ("2001:db8:1:2::9", "2001:db8:1:2"),
        ("", ""),
    ],
)
def test_a_network_pays_as_one(address: str, network: str) -> None:
    assert account_of(None, {"client": (address, 1)}) == f"network {network}"
    assert account_of(None, {}) == "network "


def test_a_key_named_like_a_network_does_not_pay_for_it() -> None:
    assert account_of(Caller("k", "192.0.2.7", frozenset()), {"client": ("192.0.2.7", 1)}) == "key 192.0.2.7"


# ── over HTTP ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def slow(database: str) -> AsyncIterator[Edge]:
    """The application with a share of three queries, and one more each thousand seconds or so."""
    async with edge(database, rate_per_s=1, rate_burst=3 * COST + 5 * len(QUERY)) as running:
        yield running


async def test_answers_429_with_the_time_to_wait(slow: Edge) -> None:
    answered = [await slow.post(QUERY) for _ in range(3)]
    assert [answer.status_code for answer in answered] == [200] * 3
    left = [int(answer.headers["ratelimit"].split("r=")[1].split(";")[0]) for answer in answered]
    assert left[0] - left[1] == left[1] - left[2] == COST
    assert answered[0].headers["ratelimit-policy"].startswith('"cost";q=')
    for accept in ("application/json", "application/graphql-response+json"):
        refused = await slow.post(QUERY, accept=accept)
        assert (refused.status_code, codes(refused)) == (429, ["RATE_LIMITED"])
        assert 1 <= int(refused.headers["retry-after"]) <= COST
        assert refused.json()["errors"][0]["extensions"]["retryAfter"] == int(refused.headers["retry-after"])
        assert refused.headers["ratelimit"].startswith('"cost";r=')


async def test_a_key_has_a_share_of_its_own(slow: Edge, database: str) -> None:
    connection = await asyncpg.connect(database)
    key = await create_key(connection, "city", [Scope.SIGNINGS_WRITE], "")
    await connection.close()
    for _ in range(4):
        limited = await slow.post(QUERY)
    assert limited.status_code == 429
    assert (await slow.post(QUERY, headers={"authorization": f"Bearer {key}"})).status_code == 200


async def test_reading_ever_new_documents_is_paid_for(slow: Edge) -> None:
    answers = [await slow.post(f"{{ nothing{number} }}") for number in range(10)]
    assert {answer.status_code for answer in answers} == {400, 429}
    again = [await slow.get(f"{{ a{number}: feedCursor }}") for number in range(2)]
    assert [codes(answer) for answer in again] == [["RATE_LIMITED"]] * 2


async def test_whoever_has_much_refused_waits_but_for_what_is_known(database: str) -> None:
    async with edge(database, refusals_ms_per_s=1) as running:
        assert codes(await running.post(QUERY)) == []
        refused = [await running.post("{ " + "__typename " * 1_300 + "}") for _ in range(40)]
        assert [codes(refused[0]), codes(refused[-1])] == [["TOO_COSTLY"], ["RATE_LIMITED"]]
        assert refused[-1].status_code == 429
        assert int(refused[-1].headers["retry-after"]) >= 1
        assert codes(await running.post("{ a: feedCursor }")) == ["RATE_LIMITED"]
        assert codes(await running.post(QUERY)) == []


async def test_whoever_has_a_key_may_send_wrong_values_for_long_and_others_may_not(database: str) -> None:
    connection = await asyncpg.connect(database)
    key = await create_key(connection, "city", [Scope.SIGNINGS_WRITE], "")
    await connection.close()
    wrong: dict[str, Any] = {"f": {"or": [{"and": [{"title": {}}] * 10}] * 300}}
    async with edge(database, refusals_ms_per_s=1) as running:
        for headers, told in (({}, "RATE_LIMITED"), ({"authorization": f"Bearer {key}"}, "TOO_COSTLY")):
            for _ in range(40):
                refused = await running.post(FILTERED, variables=wrong, headers=headers)
            assert codes(refused)[0] == told


async def test_trying_keys_is_paid_for(slow: Edge) -> None:
    headers = {"authorization": "Bearer jml_aaaaaaaaaa_" + "0" * 64}
    answers = [await slow.post(QUERY, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [401, 429]
    assert answers[1].headers["retry-after"]


async def test_nobody_is_limited_where_the_operator_says_so(database: str) -> None:
    async with edge(database, rate_per_s=0) as running:
        answer = await running.post(QUERY)
        assert "ratelimit" not in answer.headers


@pytest.mark.parametrize("query", [QUERY, "subscription { changes { cursor } }"])
async def test_sockets_and_events_are_paid_for_as_well(database: str, query: str) -> None:
    share = {"rate_per_s": 1, "rate_burst": 5 * len(query) + 2}  # what reading the document costs, once
    async with listening(database, **share) as service, opened(service.socket_url) as socket:
        for at in range(4):
            await send(socket, subscribe(query, str(at)))
        refused = await receive(socket)
        while refused["type"] != "error":
            refused = await receive(socket)
        assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        assert refused["payload"][0]["extensions"]["retryAfter"] >= 1
        async with httpx.AsyncClient() as client:
            again = await client.post(service.url, json={"query": query}, headers={"accept": "text/event-stream"})
        assert "RATE_LIMITED" in again.text


# ── bodies ────────────────────────────────────────────────────────────────────────────────────────────────

SETTINGS = EdgeSettings(body_max_bytes=2_000, bulk_body_max_bytes=5_000, bodies_max_bytes=6_000)


class Arriving:
    """A body that arrives in parts, as far as a test lets it."""

    def __init__(self, *parts: bytes, ends: bool = True) -> None:
        self.parts, self.ends = list(parts), ends

    async def __call__(self) -> MutableMapping[str, Any]:
        if not self.parts:
            return {"type": "http.disconnect"}
        part = self.parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(self.parts) or not self.ends}


async def test_puts_a_body_together() -> None:
    bodies = Bodies(SETTINGS)
    assert await bodies.read(Arriving(b"a" * 900, b"b" * 900), {}, bulk=False) == b"a" * 900 + b"b" * 900
    assert bodies.held == 0


@pytest.mark.parametrize("bulk", [False, True])
async def test_reads_no_more_of_a_body_than_is_allowed(bulk: bool) -> None:
    bodies, most = Bodies(SETTINGS), 5_000 if bulk else 2_000
    for parts in ([b"a" * (most + 1)], [b"a" * 500] * 20):
        arriving = Arriving(*parts)
        with pytest.raises(HTTPRefusal, match=f"{most} are allowed"):
            await bodies.read(arriving, {}, bulk=bulk)
        assert sum(map(len, arriving.parts)) >= sum(map(len, parts)) - most - 500
    with pytest.raises(HTTPRefusal, match="9999 bytes or more"):
        await bodies.read(Arriving(), {b"content-length": b"9999"}, bulk=bulk)
    assert await bodies.read(Arriving(b"a" * most), {}, bulk=bulk) == b"a" * most
    assert bodies.held == 0


async def test_holds_no_more_of_all_bodies_together_than_is_allowed() -> None:
    bodies = Bodies(SETTINGS)
    bodies.held = 4_500  # of others
    with pytest.raises(HTTPRefusal) as caught:
        await bodies.read(Arriving(b"a" * 1_000, b"b" * 900, b"c"), {}, bulk=False)
    assert (caught.value.code, caught.value.headers) == ("UNAVAILABLE", ((b"retry-after", b"1"),))
    assert bodies.held == 4_500


async def test_forgets_a_body_whose_client_has_left() -> None:
    bodies = Bodies(SETTINGS)
    with pytest.raises(ClientGone):
        await bodies.read(Arriving(b"a" * 1_000, ends=False), {}, bulk=False)
    assert bodies.held == 0


async def test_only_those_who_may_record_send_long_bodies_and_only_for_that(database: str) -> None:
    connection = await asyncpg.connect(database)
    key = await create_key(connection, "city", [Scope.SIGNINGS_WRITE], "")
    other = await create_key(connection, "editor", [Scope.REGISTRY_WRITE], "")
    await connection.close()
    bulk = "mutation ($inputs: [RecordSigningInput!]!) { recordSignings(inputs: $inputs) { refused } }"
    long = [
        {"idempotencyKey": str(number), "kind": "OTHER", "parties": [], "summary": "x" * 2_000} for number in range(200)
    ]
    async with edge(database) as running:

        async def send(query: str, variables: dict[str, Any], key: str | None) -> int:
            headers = {"authorization": f"Bearer {key}"} if key else {}
            return (await running.post(query, variables=variables, headers=headers)).status_code

        assert len(json.dumps(long)) > 256 * 1024
        assert await send(bulk, {"inputs": long}, key) == 200
        assert await send(bulk, {"inputs": long}, other) == 413
        assert await send(bulk, {"inputs": long}, None) == 413
        assert await send("{ feedCursor }", {"unused": "x" * 300_000}, key) == 413
        assert await send(bulk, {"inputs": long * 6}, key) == 413
