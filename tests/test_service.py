"""The service as its users meet it: a process, asked, signed into and followed by real clients."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx
import pytest
from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport

from tests.conftest import open_folder
from tests.server import Server, serving

RECORD = """
mutation ($input: RecordSigningInput!) {
  recordSigning(input: $input) {
    replayed cursor userErrors { code path message candidates { id } } agreement { id title version }
  }
}
"""
FOLLOW = """
subscription ($after: String, $filter: AgreementFilter) {
  signingRecorded(after: $after, filter: $filter) { cursor agreement { id title parties { party { name } } } }
}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with the releases, in a data folder of its own."""
    with open_folder() as folder, serving(folder / "data") as server:
        yield server


def signing(key: str, *cities: str, **more: Any) -> dict[str, Any]:
    """Return a valid input for a signing between German cities of these names."""
    named = [{"party": {"city": {"named": {"name": city, "country": "DE"}}}} for city in cities]
    return {"idempotencyKey": key, "kind": "FRIENDSHIP_CITY", "signedOn": "2025-05", "parties": named, **more}


@asynccontextmanager
async def following(server: Server, **variables: Any) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Follow signings with a client of gql; yields once the subscription stands."""
    transport = WebsocketsTransport(server.socket_url, subprotocols=["graphql-transport-ws"])
    async with Client(transport=transport) as session:
        request = gql(FOLLOW)
        request.variable_values = variables
        async with aclosing(session.subscribe(request)) as messages:
            yield (message["signingRecorded"] async for message in messages)


async def take(messages: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    """Return the next message."""
    return await asyncio.wait_for(anext(messages), 30)


def test_the_printed_curl_works_when_pasted(server: Server) -> None:
    curl = next(line.strip() for line in server.banner.splitlines() if line.strip().startswith("curl"))
    answer = json.loads(subprocess.run(["/bin/sh", "-c", curl], capture_output=True, check=True).stdout)
    assert len(answer["data"]["agreements"]["nodes"]) == 3


async def test_a_signing_is_recorded_once_and_followed_once(server: Server) -> None:
    position = server.post("{ feedCursor }")["data"]["feedCursor"]
    async with following(server, after=position) as messages:
        first = server.post(RECORD, {"input": signing("once", "Aachen", "Bonn")}, server.key)["data"]["recordSigning"]
        assert first["userErrors"] == []
        assert not first["replayed"]
        message = await take(messages)
        assert message["agreement"]["id"] == first["agreement"]["id"]
        assert message["cursor"] == first["cursor"]
        again = server.post(RECORD, {"input": signing("once", "Aachen", "Bonn")}, server.key)["data"]["recordSigning"]
        assert again == {**first, "replayed": True}
        # What comes next is the next signing, so the repetition was silent.
        other = server.post(RECORD, {"input": signing("other", "Aachen", "Celle")}, server.key)["data"]["recordSigning"]
        assert (await take(messages))["agreement"]["id"] == other["agreement"]["id"]


async def test_a_subscription_resumes_behind_its_cursor(server: Server) -> None:
    start = server.post("{ feedCursor }")["data"]["feedCursor"]
    recorded = [
        server.post(RECORD, {"input": signing(f"resume-{n}", "Dachau", f"Ort {n}")}, server.key)["data"][
            "recordSigning"
        ]
        for n in range(3)
    ]
    async with following(server, after=start) as messages:
        assert [(await take(messages))["cursor"] for _ in recorded] == [one["cursor"] for one in recorded]
    async with following(server, after=recorded[0]["cursor"]) as messages:
        assert [(await take(messages))["cursor"] for _ in recorded[1:]] == [one["cursor"] for one in recorded[1:]]


async def test_several_subscriptions_each_get_what_they_asked_for(server: Server) -> None:
    start = server.post("{ feedCursor }")["data"]["feedCursor"]
    to_essen = {"party": {"city": {"name": {"equals": "essen"}}}}
    to_fulda = {"party": {"city": {"name": {"equals": "fulda"}}}}
    async with (
        following(server, after=start, filter=to_essen) as essen,
        following(server, after=start, filter=to_fulda) as fulda,
        following(server, after=start) as everything,
    ):
        for key, city in (("fan-1", "Essen"), ("fan-2", "Fulda")):
            server.post(RECORD, {"input": signing(key, "Greiz", city)}, server.key)
        names = [
            {party["party"]["name"] for party in (await take(one))["agreement"]["parties"]} for one in (essen, fulda)
        ]
        assert names == [{"Greiz", "Essen"}, {"Greiz", "Fulda"}]
        assert [(await take(everything))["agreement"]["title"] for _ in range(2)]


async def test_a_second_server_on_the_same_data_is_a_replica(server: Server) -> None:
    with serving(server.data_dir) as replica:
        start = replica.post("{ feedCursor }")["data"]["feedCursor"]
        async with following(replica, after=start) as messages:
            recorded = server.post(RECORD, {"input": signing("replica", "Halle", "Ilmenau")}, server.key)
            assert (await take(messages))["cursor"] == recorded["data"]["recordSigning"]["cursor"]
    assert server.post("{ feedCursor }")["data"]["feedCursor"]


REFUSED = [
    pytest.param({"signedOn": "2999-01-01"}, "SIGNED_IN_THE_FUTURE", ["signedOn"], id="a signing in the future"),
    pytest.param({"parties": 1}, "TOO_FEW_PARTIES", ["parties"], id="one party only"),
    pytest.param({"parties": 0}, "TOO_FEW_PARTIES", ["parties"], id="no party"),
    pytest.param({"cities": ("Jena", "JENA")}, "DUPLICATE_PARTY", ["parties", "1"], id="the same party twice"),
    pytest.param({"signedOn": "2020", "expiresOn": "2019"}, "DATES_OUT_OF_ORDER", ["expiresOn"], id="expired before"),
    pytest.param({"fulfils": "agr_unknown"}, "NOT_FOUND", ["fulfils"], id="an unknown agreement"),
    pytest.param({"title": "x" * 10_000}, "INVALID", ["title"], id="a title of 10,000 characters"),
    pytest.param({"title": "a\0b"}, "INVALID", ["title"], id="a NUL character"),
    pytest.param({"idempotencyKey": "k" * 300}, "INVALID", ["idempotencyKey"], id="a long key"),
]


@pytest.mark.parametrize(("change", "code", "path"), REFUSED)
def test_refuses_what_cannot_be_recorded(server: Server, change: dict[str, Any], code: str, path: list[str]) -> None:
    before = server.post("{ feedCursor }")["data"]
    given = signing(f"refused-{code}-{len(change)}", *change.pop("cities", ("Jena", "Kiel")))
    if "parties" in change:
        given["parties"] = given["parties"][: change.pop("parties")]
    answer = server.post(RECORD, {"input": {**given, **change}}, server.key)["data"]["recordSigning"]
    assert answer["agreement"] is None
    (error,) = answer["userErrors"]
    assert error["code"] == code
    assert error["path"][: len(path)] == path
    assert error["message"]
    assert server.post("{ feedCursor }")["data"] == before


def test_refuses_an_ambiguous_city_and_names_the_candidates(server: Server) -> None:
    for region in ("Hessen", "Brandenburg"):
        city = {"city": {"named": {"name": "Frankfurt", "country": "DE", "region": region}}}
        given = signing(f"frankfurt-{region}", "Lauf")
        given["parties"].append({"party": city})
        assert server.post(RECORD, {"input": given}, server.key)["data"]["recordSigning"]["userErrors"] == []
    before = server.post("{ feedCursor }")["data"]
    answer = server.post(RECORD, {"input": signing("ambiguous", "Lauf", "Frankfurt")}, server.key)
    (error,) = answer["data"]["recordSigning"]["userErrors"]
    assert error["code"] == "AMBIGUOUS_REFERENCE"
    assert len(error["candidates"]) == 2
    assert server.post("{ feedCursor }")["data"] == before
    query = '{ city(ref: {named: {name: "frankfurt", country: "DE"}}) { id } }'
    assert server.post(query)["errors"][0]["extensions"]["code"] == "AMBIGUOUS_REFERENCE"


WITHOUT_RIGHT = [(None, "UNAUTHENTICATED"), ("reader", "FORBIDDEN")]


@pytest.mark.parametrize(("holder", "code"), WITHOUT_RIGHT)
def test_refuses_to_record_without_the_right(server: Server, holder: str | None, code: str) -> None:
    key = None
    if holder:
        key = server.command("keys", "create", "--name", holder, "--scope", "registry:write").strip()
    answer = server.post(RECORD, {"input": signing("no-right", "Jena", "Kiel")}, key)
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == code
    assert answer["errors"][0]["path"] == ["recordSigning"]


MALFORMED = [
    pytest.param(b"{", "BAD_REQUEST", id="not JSON"),
    pytest.param(b"[]", "BAD_REQUEST", id="a batch"),
    pytest.param(b'"text"', "BAD_REQUEST", id="a string"),
    pytest.param(b"\xff\xfe", "BAD_REQUEST", id="not UTF-8"),
    pytest.param(b"{}", "BAD_REQUEST", id="no query"),
    pytest.param(b'{"query": 1}', "BAD_REQUEST", id="a query that is no text"),
    pytest.param(b'{"query": "{ cities", "variables": {}}', "PARSE_FAILED", id="not GraphQL"),
    pytest.param(b'{"query": "{ nothing }"}', "VALIDATION_FAILED", id="an unknown field"),
    pytest.param(b'{"query": "{ cities(first: \\"x\\") { totalCount } }"}', "VALIDATION_FAILED", id="a wrong type"),
    pytest.param(b'{"query": "{ cities(first: -1) { totalCount } }"}', "INVALID", id="a negative page"),
    pytest.param(b'{"query": "{ cities(first: 1, last: 1) { totalCount } }"}', "INVALID", id="both ends of a list"),
    pytest.param(b'{"query": "{ cities(after: \\"x\\") { totalCount } }"}', "CURSOR_INVALID", id="a bad cursor"),
    pytest.param(
        b'{"query": "query A { __typename } query B { __typename }"}', "OPERATION_UNKNOWN", id="two operations"
    ),
    pytest.param(b'{"query": "query ($a: ID!) { node(id: $a) { id } }"}', "INVALID", id="a missing variable"),
    pytest.param(b'{"query": "{ node(id: \\"\\\\u0000\\") { id } }"}', "", id="a NUL in an identifier"),
]


@pytest.mark.parametrize(("body", "code"), MALFORMED)
def test_tells_what_is_wrong_with_a_request(server: Server, body: bytes, code: str) -> None:
    response = httpx.post(server.url, content=body, headers={"content-type": "application/json"})
    assert response.status_code < 500
    answer = response.json()
    if code:
        assert answer["errors"][0]["extensions"]["code"] == code
    else:
        assert answer == {"data": {"node": None}}
    assert "Traceback" not in response.text


def test_unknown_identifiers_are_null(server: Server) -> None:
    assert server.post('{ a: node(id: "agr_0") { id } b: node(id: "") { id } c: agreement(id: "cty_1") { id } }') == {
        "data": {"a": None, "b": None, "c": None}
    }


def test_answers_queries_by_get_and_no_mutation(server: Server) -> None:
    response = httpx.get(
        server.url,
        params={"query": "query ($n: Int) { cities(first: $n) { nodes { name } } }", "variables": '{"n": 1}'},
    )
    assert len(response.json()["data"]["cities"]["nodes"]) == 1
    refused = httpx.get(
        server.url,
        params={
            "query": 'mutation { recordSigning(input: {idempotencyKey: "x", kind: OTHER, parties: []}) { replayed } }'
        },
    )
    assert refused.status_code == 405
    assert refused.headers["allow"] == "POST"


def test_answers_the_introspection_that_tools_send(server: Server) -> None:
    from graphql import build_client_schema, get_introspection_query

    schema = build_client_schema(server.post(get_introspection_query())["data"])
    assert schema.type_map["Agreement"]
