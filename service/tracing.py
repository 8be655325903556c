"""Spans of OpenTelemetry: what a request, a plan, a statement, a commit and a delivery took.

On only where the standard variables OTEL_... say so; else a span costs one comparison. Knows names and attributes of
spans: never a document, a variable, SQL or the text of an exception.
"""

import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from service.failure import OperatorError
from service.version import VERSION

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

_OFF: AbstractContextManager[Any] = nullcontext()
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_tracer: "Tracer | None" = None


def wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the environment asks for traces. Raises OperatorError where it asks for what there is not."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip()
    if exporter == "none" or not (exporter or any(environment.get(name) for name in _ENDPOINTS)):
        return False
    if exporter not in ("", "otlp"):
        raise OperatorError(f"OTEL_TRACES_EXPORTER is {exporter[:60]!r}, but must be otlp or none")
    for name in _PROTOCOLS:
        if environment.get(name, "http/protobuf") != "http/protobuf":
            raise OperatorError(f"{name} is {environment[name][:60]!r}, but must be http/protobuf")
    return True


def set_up_tracing(exporter: "SpanExporter | None" = None) -> Callable[[], None]:
    """Trace from now on if the environment asks for it, or to the exporter given; return what ends it.

    Raises OperatorError where OpenTelemetry's SDK is not installed.
    """
    global _tracer
    if exporter is None and not wanted():
        return lambda: None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        message = "the environment asks for traces, and OpenTelemetry is not installed: install the extra `tracing`"
        raise OperatorError(message) from None
    ours = Resource({"service.name": "jumelage", "service.version": VERSION})
    provider = TracerProvider(resource=Resource.create().merge(ours).merge(OTELResourceDetector().detect()))
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
    _tracer = provider.get_tracer("jumelage", VERSION)

    def end() -> None:
        global _tracer
        _tracer = None
        provider.shutdown()

    return end


def tracing() -> bool:
    """Tell whether spans are made."""
    return _tracer is not None


def span(name: str, **attributes: str | int) -> "AbstractContextManager[Span | None]":
    """Return the span of a step inside; None while tracing is off."""
    return _OFF if _tracer is None else _recorded(_tracer, name, attributes)


def statement_span(pool: str) -> "AbstractContextManager[Span | None]":
    """Return the span of a statement sent to the database."""
    if _tracer is None:
        return _OFF
    from opentelemetry.trace import SpanKind

    attributes: dict[str, str | int] = {"db.system.name": "postgresql", "jumelage.pool": pool}
    return _recorded(_tracer, "statement", attributes, kind=SpanKind.CLIENT)


def request_span(headers: Mapping[bytes, bytes], method: str = "") -> "AbstractContextManager[Span | None]":
    """Return the span of a request, in the trace that its headers tell of, if they do."""
    if _tracer is None:
        return _OFF
    from opentelemetry.propagate import extract
    from opentelemetry.trace import SpanKind

    carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
    attributes: dict[str, str | int] = {"http.request.method": method, "url.path": "/graphql"} if method else {}
    return _recorded(_tracer, "graphql", attributes, kind=SpanKind.SERVER, context=extract(carrier))


def describe_request(span: "Span", kind: str, name: str | None, codes: tuple[str, ...], status: int = 0) -> None:
    """Say in a request's span what was asked and what came of it."""
    if status:
        span.set_attribute("http.response.status_code", status)
    if kind:
        span.update_name(f"{kind} {name}" if name else kind)
        span.set_attribute("graphql.operation.type", kind)
    if name:
        span.set_attribute("graphql.operation.name", name)
    if codes:
        from opentelemetry.trace import StatusCode

        span.set_status(StatusCode.ERROR)
        span.set_attribute("error.type", codes[0])


@contextmanager
def _recorded(tracer: "Tracer", name: str, attributes: Mapping[str, str | int], **options: Any) -> "Iterator[Span]":
    """Make a span; of what fails in it the type is told, and the database's code."""
    from opentelemetry.trace import StatusCode

    options |= {"attributes": attributes, "record_exception": False, "set_status_on_exception": False}
    with tracer.start_as_current_span(name, **options) as current:
        try:
            yield current
        except Exception as error:
            current.set_status(StatusCode.ERROR)
            current.set_attribute("error.type", type(error).__qualname__)
            if isinstance(state := getattr(error, "sqlstate", None), str):
                current.set_attribute("db.response.status_code", state)
            raise


def add_trace(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Name the current trace and span in a line of the log."""
    from opentelemetry.trace import get_current_span

    context = get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"], event["span_id"] = f"{context.trace_id:032x}", f"{context.span_id:016x}"
    return event
