"""What is known of a request once it was answered: a line of the log, and metrics.

The one place where answers are counted: whoever answers tells it, over whatever transport. A line holds the
operation's name and the caller's, and never a document, a variable, a key or an address.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from prometheus_client import Histogram

from schema.document import RequestRefused
from schema.execution import Answer, Executor, GraphQLRequest
from schema.following import subscribe
from service.following import Follower
from service.keys import Caller
from service.logs import requests
from service.metrics import OPERATION_ERRORS, OPERATION_SECONDS, OperationNames
from service.request_id import current_request_id
from service.tracing import add_trace, describe_request, request_span, tracing

names = OperationNames()
_series: dict[tuple[str, str], Histogram] = {}


@dataclass(slots=True)
class Answered:
    """A request that was answered: by what name, over what, with what, for whom, and in what time.

    The status is HTTP's, and 0 on a connection that stays open.
    """

    request_id: str
    transport: str
    status: int
    codes: tuple[str, ...]
    kind: str
    name: str | None
    caller: str | None
    cost: int
    duration_s: float

    def take(self, answer: Answer) -> None:
        """Take over what an answer knows of itself."""
        self.codes, self.kind, self.name, self.cost = answer.codes, answer.kind, answer.name, answer.cost


Observer = Callable[[Answered], None]


def observe(answered: Answered) -> None:
    """Count a request, and write its line."""
    # What was refused before it was understood, or needed no answer, is of no kind of operation.
    if kind := answered.kind or ("unread" if answered.codes else ""):
        count(answered, kind)
    if not requests.writes:
        return
    line: dict[str, Any] = {
        "timestamp": time.time(),
        "level": "info",
        "event": "request",
        "transport": answered.transport,
        "status": answered.status or None,
        "kind": answered.kind or None,
        "operation": answered.name,
        "codes": " ".join(answered.codes[:3]) or None,
        "ms": round(answered.duration_s * 1e3, 2),
        "cost": answered.cost or None,
        "caller": answered.caller,
        "request_id": answered.request_id,
    }
    requests.add(add_trace(None, "info", line) if tracing() else line)


def count(answered: Answered, kind: str) -> None:
    """Add a request to the metrics."""
    operation = names.label(answered.name)
    series = _series.get((operation, kind))
    if series is None:
        series = _series[operation, kind] = OPERATION_SECONDS.labels(operation, kind)
    series.observe(answered.duration_s)
    for code in answered.codes:
        OPERATION_ERRORS.labels(operation, kind, code).inc()


@contextmanager
def observing(transport: str, caller: Caller | None) -> Iterator[Answered]:
    """Time an operation that comes over a connection which stays open, and tell of it at the end."""
    answered = Answered(current_request_id(), transport, 0, (), "", None, caller.name if caller else None, 0, 0.0)
    began = time.perf_counter()
    with request_span({}) as span:
        try:
            yield answered
        finally:
            answered.duration_s = time.perf_counter() - began
            observe(answered)
            if span is not None:
                describe_request(span, answered.kind, answered.name, answered.codes)


async def begin_following(
    transport: str, executor: Executor, request: GraphQLRequest, resume: str | None = None
) -> Follower:
    """Begin to follow, and tell of it as of any other request. Raises RequestRefused."""
    with observing(transport, request.caller) as answered:
        try:
            operation = executor.read(request)[1]
            answered.kind, answered.name = "subscription", operation.name.value if operation.name else None
            return await subscribe(executor, request, resume)
        except RequestRefused as refused:
            answered.codes = tuple((error.extensions or {})["code"] for error in refused.errors)
            raise
