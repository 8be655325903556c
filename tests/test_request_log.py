"""A line for each request and each socket, that says whose it was and never what was in it."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.conftest import execute, open_folder
from tests.server import PATIENCE_S, Server, serving_machines

PEPPER = "planted-pepper"


@dataclass
class Logged:
    """A server and its log."""

    server: Server
    path: Path

    def text(self) -> str:
        return self.path.read_text()

    def lines(self, event: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.text().splitlines()) if line["event"] == event]

    def last(self, event: str, **having: Any) -> dict[str, Any]:
        """Return the newest line of an event with these values, which may be written a moment later."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = [line for line in self.lines(event) if having.items() <= line.items()]
            if found:
                return found[-1]
            assert time.monotonic() < deadline, f"no line {event} with {having}: {self.text()}"
            time.sleep(0.02)


@pytest.fixture(scope="module")
def logged() -> Iterator[Logged]:
    """A server that logs as JSON, everything."""
    settings = {"JUMELAGE_LOG_LEVEL": "debug", "JUMELAGE_KEY_PEPPER": PEPPER, "JUMELAGE_LOAD_RELEASES": "false"}
    with open_folder() as folder, serving_machines(folder / "data", folder / "log", **settings) as server:
        yield Logged(server, folder / "log")


@pytest.fixture(scope="module")
def key(logged: Logged) -> str:
    """A key that may write."""
    scopes = ("--scope", "signings:write", "--scope", "registry:write")
    return logged.server.command("keys", "create", "--name", "city", *scopes, JUMELAGE_KEY_PEPPER=PEPPER).strip()


def post(logged: Logged, body: Any, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return httpx.post(logged.server.url, content=content, headers=given, timeout=PATIENCE_S)


def test_a_start_is_told_in_one_line_without_the_key(logged: Logged) -> None:
    (ready,) = logged.lines("ready")
    assert ready["url"] == logged.server.url
    assert (logged.server.data_dir / "first-key").read_text().startswith("jml_")
    assert "jml_" not in logged.text()


def test_a_request_is_told_in_one_line(logged: Logged, key: str) -> None:
    response = post(logged, {"query": "query Position { feedCursor }"}, authorization=f"Bearer {key}")
    line = logged.last("request", operation="Position")
    assert line["request_id"] == response.headers["x-request-id"]
    assert (line["level"], line["transport"], line["status"], line["kind"]) == ("info", "http", 200, "query")
    assert (line["caller"], line["codes"]) == ("city", None)
    assert 0 < line["ms"] < 60_000


def test_a_refused_request_is_told_with_its_codes(logged: Logged) -> None:
    response = post(logged, {"query": "query Wrong { nothing }"})
    line = logged.last("request", request_id=response.headers["x-request-id"])
    assert (line["codes"], line["caller"]) == ("VALIDATION_FAILED", None)
    unread = post(logged, b"{")
    assert logged.last("request", request_id=unread.headers["x-request-id"])["codes"] == "BAD_REQUEST"


async def test_a_socket_is_told_from_its_opening_to_its_end(logged: Logged, key: str) -> None:
    async with connect(logged.server.socket_url, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {key}"}}))
        for identifier, payload in (
            ("1", {"query": "query OverSocket { __typename }"}),
            ("2", {"query": "subscription Follow { signingRecorded { cursor } }"}),
            ("3", {"query": 'subscription Lost { signingRecorded(after: "x") { cursor } }'}),
            ("4", {"query": "query Wrong { nothing }"}),
            ("5", {"documentId": "none"}),
        ):
            await socket.send(json.dumps({"id": identifier, "type": "subscribe", "payload": payload}))
        ends: set[str] = set()
        told: dict[str, str] = {}
        while not {"1", "3", "4", "5"} <= ends:
            message = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))
            if message["type"] in ("complete", "error"):
                ends.add(message["id"])
            if message["type"] == "error":
                told[message["id"]] = message["payload"][0]["extensions"]["requestId"]
    answered = await asyncio.to_thread(logged.last, "request", operation="OverSocket")
    assert (answered["transport"], answered["kind"], answered["caller"]) == ("websocket", "query", "city")
    followed = await asyncio.to_thread(logged.last, "request", operation="Follow")
    assert (followed["kind"], followed["codes"]) == ("subscription", None)
    lost = await asyncio.to_thread(logged.last, "request", operation="Lost")
    assert (lost["kind"], lost["codes"]) == ("subscription", "CURSOR_INVALID")
    for identifier, code in (("4", "VALIDATION_FAILED"), ("5", "DOCUMENT_UNKNOWN")):
        unread = await asyncio.to_thread(logged.last, "request", request_id=told[identifier])
        assert (unread["transport"], unread["codes"], unread["caller"]) == ("websocket", code, "city")
    closed = await asyncio.to_thread(logged.last, "socket closed")
    assert (closed["code"], closed["operations"], closed["caller"]) == (1000, 5, "city")
    assert closed["sent"] >= 4
    assert len(logged.lines("socket opened")) == len(logged.lines("socket closed"))


RECORD = """
mutation Record($input: RecordSigningInput!) { recordSigning(input: $input) { cursor userErrors { message } } }
"""


def planted(cities: str, key: str) -> dict[str, Any]:
    """Return an input that holds personal data wherever there is room for some."""
    signatory = {"person": {"new": {"name": f"planted-person-{cities}"}}, "office": "planted-office"}
    sides = [{"party": {"city": {"named": {"name": name, "country": "DE"}}}} for name in ("Aachen", cities)]
    sides[0]["signatories"] = [signatory]  # type: ignore[assignment]
    return {"idempotencyKey": key, "kind": "OTHER", "signedOn": "2020", "title": "planted-title", "parties": sides}


async def introduce_badly(logged: Logged) -> None:
    async with connect(logged.server.socket_url, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        await socket.send('{"type": "connection_init", "payload": {"authorization": "Bearer planted-socket"}}')


def test_no_secret_and_nothing_that_was_sent_reaches_the_log(logged: Logged, key: str) -> None:
    secret = key.rpartition("_")[2]
    held = {"authorization": f"Bearer {key}"}
    post(logged, {"query": RECORD, "variables": {"input": planted("planted-city", "planted-key")}}, **held)
    post(logged, {"query": RECORD, "variables": {"input": {"planted-field": "planted-value"}}}, **held)
    post(logged, {"query": '{ cities(filter: {name: {equals: "planted-filter"}}) { totalCount } }'})
    post(logged, {"query": "{ nothing } # planted-comment"})
    post(logged, {"query": "{ feedCursor }", "extensions": {"planted-extension": "planted"}})
    post(logged, b'{"query": "planted-malformed')
    post(logged, {"query": "{ feedCursor }"}, authorization="Bearer jml_planted00_planted-secret")
    post(logged, {"query": "{ feedCursor }"}, authorization="Basic planted-password", cookie="planted-cookie")
    post(logged, {"query": "{ feedCursor }"}, user_agent="planted-agent", x_request_id="planted request")
    httpx.get(logged.server.url, params={"query": "{ feedCursor }", "access_token": "planted-token"})
    httpx.get(f"{logged.server.root}/planted-path?planted-query")
    url = logged.server.command("database-url").strip()
    asyncio.run(execute(url, "ALTER TABLE citation RENAME TO hidden"))  # so that the service itself fails
    failing = '{ cities(filter: {name: {equals: "planted-inside"}}) { nodes { citations { field } } } }'
    assert post(logged, {"query": failing}).json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    asyncio.run(execute(url, "ALTER TABLE hidden RENAME TO citation"))
    asyncio.run(introduce_badly(logged))
    logged.last("socket closed", operations=0)
    text = logged.text()
    fault = logged.last("a request failed")
    assert (fault["error"], fault["sqlstate"]) == ("asyncpg.exceptions.UndefinedTableError", "42P01")
    assert "schema.execution" in fault["at"]
    assert "planted" not in text
    assert secret not in text
    assert "SELECT" not in text
    assert "Traceback" not in text
    assert str(Path(__file__).parent.parent) not in text
