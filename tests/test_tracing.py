"""Which spans are made, when, and what never stands in one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import asyncpg
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from service import tracing
from service.database import Database
from service.failure import OperatorError
from service.plan import Statement
from service.recording import record
from service.signing import record_signing
from tests.factories import signing

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]


class Spans:
    """The spans made while a test runs."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.end = tracing.set_up_tracing(self.exporter)

    def finished(self) -> list[ReadableSpan]:
        """End tracing, and return what was traced in the order of its end."""
        self.end()
        return list(self.exporter.get_finished_spans())


@pytest.fixture
def spans() -> Iterator[Spans]:
    """Trace into memory."""
    spans = Spans()
    yield spans
    spans.end()


OFF: list[dict[str, str]] = [
    {},
    {"OTEL_SERVICE_NAME": "registry"},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"},
]
ON = [
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"},
    {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"},
    {"OTEL_TRACES_EXPORTER": "otlp"},
]


@pytest.mark.parametrize("environment", OFF)
def test_traces_nothing_unasked(environment: dict[str, str]) -> None:
    assert not tracing.wanted(environment)


@pytest.mark.parametrize("environment", ON)
def test_traces_where_a_standard_variable_asks_for_it(environment: dict[str, str]) -> None:
    assert tracing.wanted(environment)


def test_refuses_what_it_cannot_do() -> None:
    with pytest.raises(OperatorError, match="OTEL_TRACES_EXPORTER is 'zipkin', but must be otlp or none"):
        tracing.wanted({"OTEL_TRACES_EXPORTER": "zipkin"})
    with pytest.raises(OperatorError, match="OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc', but must be http/protobuf"):
        tracing.wanted({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})


def test_a_span_is_nothing_while_tracing_is_off() -> None:
    assert not tracing.tracing()
    with tracing.span("plan") as one, tracing.statement_span("general") as other:
        assert (one, other) == (None, None)


async def test_a_statement_that_fails_tells_the_database_s_code_and_neither_text_nor_values(
    spans: Spans, database: str
) -> None:
    async with Database.connect(database) as connected:
        with pytest.raises(asyncpg.UndefinedTableError):
            await connected.fetch(Statement("SELECT 1 FROM hunter2 WHERE 1 = $1", ("hunter3",)))
    (made,) = spans.finished()
    assert made.name == "statement"
    assert dict(made.attributes or {}) == {
        "db.system.name": "postgresql",
        "jumelage.pool": "general",
        "error.type": "UndefinedTableError",
        "db.response.status_code": "42P01",
    }
    assert made.events == ()
    assert "hunter" not in made.to_json()


async def test_a_commit_has_a_span(spans: Spans, pool: "Pool") -> None:
    await record(pool, "city", "key", signing("key"), record_signing)
    assert [made.name for made in spans.finished()] == ["commit"]
