"""Traces as a collector receives them: what belongs to a request, in whose trace, and nothing of what was in it."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from websockets.asyncio.client import connect

from service.version import VERSION
from tests.conftest import open_folder
from tests.server import PATIENCE_S, Server, serving_machines

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SERVER_KIND, CLIENT_KIND, ERROR = 2, 3, 2


class Collector:
    """Receives spans over OTLP/HTTP."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                collector.received.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *arguments: Any) -> None:
                """Log nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> list[Any]:
        """Return all spans that came so far."""
        requests = [ExportTraceServiceRequest.FromString(body) for body in [*self.received]]
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def resource(self) -> dict[str, str]:
        """Return what the spans say of their process."""
        request = ExportTraceServiceRequest.FromString(self.received[0])
        return {each.key: each.value.string_value for each in request.resource_spans[0].resource.attributes}

    def until(self, condition: Callable[[Any], bool]) -> list[Any]:
        """Return the spans that fulfil a condition, once there are any."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := [span for span in self.spans() if condition(span)]):
            assert time.monotonic() < deadline, [span.name for span in self.spans()]
            time.sleep(0.05)
        return found


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """A collector of this machine."""
    collector = Collector()
    yield collector
    collector.server.shutdown()


@pytest.fixture(scope="module")
def log() -> Iterator[Path]:
    """Where the server's log is."""
    with open_folder() as folder:
        yield folder / "log"


@pytest.fixture(scope="module")
def server(collector: Collector, log: Path) -> Iterator[Server]:
    """A server that is traced."""
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
    settings["JUMELAGE_LOAD_RELEASES"] = "false"
    with open_folder() as folder, serving_machines(folder / "data", log, **settings) as server:
        yield server


def attributes(span: Any) -> dict[str, Any]:
    """Return a span's attributes."""
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def written(log: Path, operation: str) -> dict[str, Any]:
    """Return the log's line about an operation, which is written a moment later."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        if found := [line for line in lines if line.get("operation") == operation]:
            return dict(found[0])
        assert time.monotonic() < deadline, "no line was written"
        time.sleep(0.02)


def named(name: str) -> Callable[[Any], bool]:
    return lambda span: span.name == name


def test_a_request_is_traced_in_its_client_s_trace(server: Server, collector: Collector, log: Path) -> None:
    query = 'query Wanted { cities(filter: {name: {equals: "planted"}}) { totalCount } }'
    httpx.post(server.url, json={"query": query}, headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    (request,) = collector.until(named("query Wanted"))
    assert (request.trace_id.hex(), request.parent_span_id.hex(), request.kind) == (TRACE, PARENT, SERVER_KIND)
    assert attributes(request) == {
        "http.request.method": "POST",
        "url.path": "/graphql",
        "http.response.status_code": 200,
        "graphql.operation.type": "query",
        "graphql.operation.name": "Wanted",
    }
    inside = [span for span in collector.spans() if span.parent_span_id == request.span_id]
    assert [span.name for span in inside] == ["parse", "plan", "statement"]
    assert inside[2].kind == CLIENT_KIND
    line = written(log, "Wanted")
    assert (line["trace_id"], line["span_id"]) == (TRACE, request.span_id.hex())


def test_a_document_that_is_known_is_traced_by_its_statement_alone(server: Server, collector: Collector) -> None:
    for _ in range(2):
        httpx.post(server.url, json={"query": "query Again { feedCursor }"})
    spans = collector.until(lambda span: len([each for each in collector.spans() if each.name == "query Again"]) == 2)
    first, second = [span for span in spans if span.name == "query Again"]
    inside = [span.name for span in spans if span.parent_span_id == second.span_id]
    assert inside == ["statement"]
    assert first.trace_id != second.trace_id


def test_a_refused_request_is_an_error_by_its_code(server: Server, collector: Collector) -> None:
    httpx.get(server.url, params={"query": "query Refused { planted }"})
    (span,) = collector.until(lambda span: attributes(span).get("error.type") == "VALIDATION_FAILED")
    assert span.status.code == ERROR
    assert span.status.message == ""


RECORD = """
mutation Record($input: RecordSigningInput!) { recordSigning(input: $input) { cursor userErrors { message } } }
"""


async def follow_a_signing(server: Server) -> None:
    """Record a signing while it is followed."""
    key = (server.data_dir / "first-key").read_text().strip()
    sides = [{"party": {"city": {"named": {"name": name, "country": "DE"}}}} for name in ("planted", "Bonn")]
    given = {"idempotencyKey": "planted", "kind": "OTHER", "signedOn": "2020", "parties": sides}
    async with connect(server.socket_url, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        payload = {"query": "subscription Follow { signingRecorded { cursor } }"}
        await socket.send('{"type": "connection_init"}')
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        await socket.send('{"type": "ping"}')
        while json.loads(await socket.recv())["type"] != "pong":
            pass
        answer = await asyncio.to_thread(server.post, RECORD, {"input": given}, key)
        assert answer["data"]["recordSigning"]["cursor"]
        while json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))["type"] != "next":
            pass


def test_a_write_is_traced_to_its_commit_and_its_delivery(server: Server, collector: Collector) -> None:
    asyncio.run(follow_a_signing(server))
    (request,) = collector.until(named("mutation Record"))
    inside = {span.name for span in collector.spans() if span.trace_id == request.trace_id}
    assert inside == {"mutation Record", "parse", "plan", "commit", "statement"}
    delivery = collector.until(named("delivery"))[0]
    assert attributes(delivery) == {"jumelage.followers": 1}
    assert delivery.trace_id != request.trace_id
    assert "statement" in [span.name for span in collector.spans() if span.parent_span_id == delivery.span_id]
    assert collector.until(named("subscription Follow"))


def test_no_span_holds_what_was_sent(server: Server, collector: Collector) -> None:
    assert collector.resource()["service.name"] == "jumelage"
    assert collector.resource()["service.version"] == VERSION
    everything = b"".join(collector.received).lower()
    for text in (b"planted", b"bonn", b"totalcount", b"select ", b"recordsigning", b"jml_", b"exception", b"traceback"):
        assert text not in everything, text
