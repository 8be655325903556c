"""GraphQL over HTTP: media types, statuses in both profiles, methods, and the identifier of each request."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from schema.errors import ErrorCode
from service.http import protocol
from service.http.__main__ import page
from service.http.negotiation import MODERN, PLAIN, negotiate
from service.logs import together
from service.observing import telling
from tests.edge import Edge, codes, edge

DOCS = Path(__file__).parent.parent / "docs"
BOTH = (PLAIN, MODERN)


@pytest.fixture
async def default(database: str) -> AsyncIterator[Edge]:
    """The application as it is shipped."""
    async with edge(database) as running:
        yield running


@pytest.fixture
async def draft(database: str) -> AsyncIterator[Edge]:
    """The application with the statuses of the edition of 2026."""
    async with edge(database, http_profile="draft") as running:
        yield running


NEGOTIATED = [
    (None, PLAIN),
    ("", PLAIN),
    ("*/*", PLAIN),
    ("application/*", PLAIN),
    (PLAIN, PLAIN),
    (MODERN, MODERN),
    (f"{MODERN}; charset=utf-8, {PLAIN}; charset=utf-8", MODERN),
    (f"{PLAIN}, {MODERN}", PLAIN),
    (f"{PLAIN};q=0.5, {MODERN};q=0.9", MODERN),
    (f"{MODERN};q=0.5, */*", PLAIN),
    (f"{MODERN};q=0, */*", PLAIN),
    (f"{PLAIN};q=0, */*", MODERN),
    (f"{PLAIN};q=0, {MODERN};q=0", None),
    ("text/html, image/*", None),
    ("text/html, */*;q=0.1", PLAIN),
    (f"{MODERN.upper()} ; Q=1", MODERN),
    (f"{MODERN};charset=latin1, {PLAIN}", PLAIN),
    (f"{MODERN};q=2, {PLAIN}", PLAIN),
    (f"{MODERN};q=x, {PLAIN}", PLAIN),
    ("nonsense", None),
    (f"{MODERN}, text/event-stream, {PLAIN}, multipart/mixed", MODERN),
    ("text/html," * 100 + MODERN, MODERN),
]


@pytest.mark.parametrize(("accept", "chosen"), NEGOTIATED)
def test_sends_what_the_client_likes_most(accept: str | None, chosen: str | None) -> None:
    assert negotiate(accept, BOTH) == chosen


# Query, body, status by default, in the draft, and with application/json alone in either.
STATUSES = [
    pytest.param({"query": "{ __typename }"}, 200, 200, 200, id="answered"),
    pytest.param({"query": "{"}, 400, 400, 200, id="not GraphQL"),
    pytest.param({"query": "{ nothing }"}, 400, 422, 200, id="not valid"),
    pytest.param({"query": "query($id: ID!) { node(id: $id) { id } }"}, 400, 422, 200, id="a variable missing"),
    pytest.param({"query": "query A { __typename } query B { __typename }"}, 400, 422, 200, id="no operation named"),
    pytest.param({"query": "{ cities(first: -1) { totalCount } }"}, 400, 422, 200, id="a value not allowed"),
    pytest.param({"query": '{ cities(after: "x") { totalCount } }'}, 400, 422, 200, id="no cursor"),
    pytest.param({"query": "{ " + "a: __typename " * 31 + "}"}, 400, 422, 200, id="too costly"),
    pytest.param({"documentId": "none"}, 400, 422, 200, id="an unknown document"),
    pytest.param({}, 400, 422, 400, id="no query"),
    pytest.param({"query": 1}, 400, 422, 400, id="a query of another type"),
    pytest.param({"query": "{ __typename }", "variables": []}, 400, 422, 400, id="variables of another type"),
    pytest.param([{"query": "{ __typename }"}], 400, 422, 400, id="a batch"),
]


@pytest.mark.parametrize(("body", "status", "in_draft", "plain"), STATUSES)
async def test_tells_by_the_status_how_a_request_went(
    default: Edge, draft: Edge, body: Any, status: int, in_draft: int, plain: int
) -> None:
    for running, expected in ((default, status), (draft, in_draft)):
        told = await running.client.post("/graphql", json=body, headers={"accept": MODERN})
        assert (told.status_code, told.headers["content-type"]) == (expected, f"{MODERN}; charset=utf-8")
        assert ("data" in told.json()) == (expected == 200)
        alone = await running.client.post("/graphql", json=body, headers={"accept": PLAIN})
        malformed = plain == 400 and running is draft
        assert alone.status_code == (in_draft if malformed else plain)
        assert alone.headers["content-type"] == f"{MODERN if malformed else PLAIN}; charset=utf-8"


async def test_tells_by_the_status_that_there_are_errors_beside_data(default: Edge, draft: Edge) -> None:
    refused = (
        'mutation { retract(input: {idempotencyKey: "a", id: "b", expectedVersion: 1, reason: "c"}) { replayed } }'
    )
    assert (await default.post(refused)).status_code == 200
    assert (await draft.post(refused)).status_code == 294
    assert (await draft.post(refused, accept=PLAIN)).status_code == 200
    assert (await draft.post(refused)).json()["data"] is None


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
async def test_takes_get_and_post_only(default: Edge, draft: Edge, method: str) -> None:
    for running in (default, draft):
        refused = await running.client.request(method, "/graphql", json={"query": "{ __typename }"})
        assert (refused.status_code, codes(refused)) == (405, ["METHOD_NOT_ALLOWED"])
        assert refused.headers["allow"] == "GET, HEAD, POST, OPTIONS"


async def test_writes_nothing_by_get(default: Edge, draft: Edge) -> None:
    for running in (default, draft):
        for accept in (PLAIN, MODERN):
            refused = await running.get("mutation { __typename }", accept=accept)
            assert (refused.status_code, codes(refused)) == (405, ["MUTATION_BY_GET"])
            assert refused.headers["allow"] == "POST"


async def test_answers_head_as_get(default: Edge) -> None:
    asked = await default.client.head("/graphql", params={"query": "{ __typename }"})
    assert asked.status_code == 200
    assert asked.headers["content-length"] == str(len('{"data":{"__typename":"Query"}}'))


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", 'application/json;charset="UTF-8"', "APPLICATION/JSON", "application/json;"],
)
async def test_reads_json_however_it_is_named(default: Edge, content_type: str) -> None:
    asked = await default.client.post(
        "/graphql", content=b'{"query": "{ __typename }"}', headers={"content-type": content_type}
    )
    assert asked.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"content-type": "application/jsonfoo"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"content-type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"content-type": "application/x-www-form-urlencoded"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"content-type": "multipart/form-data; boundary=x"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"content-type": "application/json; charset=latin1"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"content-type": "application/json", "content-encoding": "gzip"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"content-type": "application/json", "accept": "text/html"}, 406, "NOT_ACCEPTABLE"),
        ({"content-type": "application/json", "content-length": "999999"}, 413, "TOO_LARGE"),
    ],
)
async def test_refuses_what_it_cannot_read_or_answer(
    default: Edge, draft: Edge, headers: dict[str, str], status: int, code: str
) -> None:
    for running, media in ((default, PLAIN), (draft, MODERN)):
        refused = await running.client.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
        assert (refused.status_code, codes(refused)) == (status, [code])
        assert refused.headers["content-type"] == f"{media}; charset=utf-8"


# A request for each code that can be asked for without a database that is away.
ASKED: dict[str, dict[str, Any]] = {
    "BAD_REQUEST": {"json": {"query": 1}},
    "NOT_ACCEPTABLE": {"json": {"query": "{ __typename }"}, "headers": {"accept": "text/html"}},
    "UNSUPPORTED_MEDIA_TYPE": {"content": b"{}", "headers": {"content-type": "text/plain"}},
    "TOO_LARGE": {"json": {"query": " " * 300_000}},
    "CROSS_SITE": {"json": {"query": "{ __typename }"}, "headers": {"origin": "https://elsewhere"}},
    "UNAUTHENTICATED": {"json": {"query": "{ __typename }"}, "headers": {"authorization": "Bearer none"}},
    "PARSE_FAILED": {"json": {"query": "{"}},
    "VALIDATION_FAILED": {"json": {"query": "{ nothing }"}},
    "DOCUMENT_UNKNOWN": {"json": {"documentId": "none"}},
    "PERSISTED_QUERY_NOT_SUPPORTED": {
        "json": {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    },
    "OPERATION_UNKNOWN": {"json": {"query": "{ __typename }", "operationName": "A"}},
    "INVALID": {"json": {"query": "{ cities(first: -1) { totalCount } }"}},
    "CURSOR_INVALID": {"json": {"query": '{ cities(after: "x") { totalCount } }'}},
    "CURSOR_RESET": {"json": {"query": '{ changes(after: "abcdef01.1.00000000") { nodes { kind } } }'}},
    "TOO_DEEP": {"json": {"query": '{ event(id: "evt_1") ' + "{ partOf " * 20 + "{ id }" + " }" * 21}},
    "TOO_COSTLY": {"json": {"query": "{ " + "a: __typename " * 31 + "}"}},
}


def documented(code: str) -> list[str]:
    """Return the statuses that the page of errors gives a code, by default and in the draft."""
    rows = (DOCS / "errors.md").read_text().splitlines()
    row = next(line for line in rows if line.startswith(f"| {code} | "))  # below are those of inputs
    default, in_draft = row.split(" | ")[1:3]
    return [default.rstrip("*"), in_draft.removeprefix("400, or ").removesuffix(" for JSON")]


@pytest.mark.parametrize("code", ASKED)
async def test_answers_in_either_profile_as_is_documented(default: Edge, draft: Edge, code: str) -> None:
    asked = ASKED[code]
    headers = {"accept": MODERN, **asked.get("headers", {})}
    answers = [await each.client.post("/graphql", **{**asked, "headers": headers}) for each in (default, draft)]
    assert [codes(answer) for answer in answers] == [[code], [code]]
    assert [str(answer.status_code) for answer in answers] == documented(code)


async def test_names_the_request_in_header_body_and_log(default: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(together, "writes", True)
    monkeypatch.setattr(together, "write", lines.extend)
    telling.settle()
    lines.clear()
    refused = await default.post("{ nothing }")
    telling.settle()
    (error,) = refused.json()["errors"]
    assert error["extensions"]["requestId"] == refused.headers["x-request-id"]
    (line,) = lines
    assert (line["codes"], line["request_id"]) == ("VALIDATION_FAILED", refused.headers["x-request-id"])
    answered = await default.post("{ __typename }")
    assert answered.headers["x-request-id"] != refused.headers["x-request-id"]
    assert "extensions" not in answered.json()


@pytest.mark.parametrize(("given", "taken"), [("proxy-1", True), ("a" * 65, False), ("a b", False), ("a\tb", False)])
async def test_keeps_the_name_that_a_proxy_gave_a_request(default: Edge, given: str, taken: bool) -> None:
    answered = await default.post("{ __typename }", headers={"x-request-id": given})
    assert (answered.headers["x-request-id"] == given) == taken


async def test_answers_in_json_where_there_is_nothing(default: Edge) -> None:
    for method, path, status, code in (("GET", "/nothing", 404, "NOT_FOUND"), ("PUT", "/", 405, "METHOD_NOT_ALLOWED")):
        refused = await default.client.request(method, path)
        assert (refused.status_code, codes(refused)) == (status, [code])
        assert refused.headers["x-request-id"] == refused.json()["errors"][0]["extensions"]["requestId"]


async def test_tells_what_an_operation_costs_to_those_who_ask(default: Edge) -> None:
    query = "{ cities(first: 5) { nodes { name } } }"
    assert "extensions" not in (await default.post(query)).json()
    cost = (await default.post(query, headers={"jumelage-cost": "1"})).json()["extensions"]["cost"]
    assert cost == {"requested": 3 + 5, "maxRows": 500_000}
    again = (await default.post(query, headers={"jumelage-cost": "1"})).json()
    assert again["extensions"]["cost"] == cost
    refused = (await default.post("{ nothing }", headers={"jumelage-cost": "1"})).json()
    assert refused["extensions"]["cost"]["requested"] == 0


def test_documents_every_code_of_an_error() -> None:
    assert (DOCS / "errors.md").read_text() == page(), "run make schema"


def test_knows_the_codes_that_are_written_without_the_schema() -> None:
    written = re.findall(r'"([A-Z]+_?[A-Z_]+)", ', Path(protocol.__file__).read_text())
    assert len(written) >= 5
    assert set(written) <= {str(code) for code in ErrorCode}


async def test_reads_get_parameters_as_the_edition_says(default: Edge) -> None:
    named = "query null { __typename } query B { b: __typename }"
    assert (await default.get(named, operationName="null")).json() == {"data": {"__typename": "Query"}}
    empty: dict[str, Any] = {"operationName": "", "variables": "", "extensions": ""}
    assert (await default.get("{ __typename }", **empty)).json() == {"data": {"__typename": "Query"}}
    assert codes(await default.get("{ __typename }", variables="[1]")) == ["BAD_REQUEST"]
    assert codes(await default.get("{ __typename }", variables="{")) == ["BAD_REQUEST"]
    twice = await default.client.get("/graphql?query=%7B__typename%7D&query=%7BfeedCursor%7D")
    assert codes(twice) == ["BAD_REQUEST"]


async def test_gives_equal_answers_by_get_and_post(default: Edge) -> None:
    query, variables = "query($n: Int) { countries { code } cities(first: $n) { totalCount } }", {"n": 2}
    posted: httpx.Response = await default.post(query, variables=variables)
    assert (await default.get(query, variables=json.dumps(variables))).content == posted.content


async def test_the_address_with_a_slash_behind_it_leads_to_the_one_without(default: Edge) -> None:
    answer = await default.client.post("/graphql/", json={"query": "{ __typename }"}, follow_redirects=True)
    assert answer.json() == {"data": {"__typename": "Query"}}
    assert [each.status_code for each in answer.history] == [307]
