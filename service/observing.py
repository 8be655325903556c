"""What is known of a request once it was answered: a line of the log, and metrics.

The one place where answers are counted: whoever answers tells it, over whatever transport. A line holds the
operation's name and the caller's, and never a document, a variable, a key or an address.
"""

import asyncio
import atexit
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from prometheus_client import Histogram

from schema.document import RequestRefused
from schema.execution import Answer, Executor, GraphQLRequest, translate
from schema.following import subscribe
from service.following import Follower
from service.keys import Caller
from service.logs import together
from service.metrics import OPERATION_ERRORS, OPERATION_SECONDS, OperationNames
from service.request_id import current_request_id
from service.tracing import add_trace, describe_request, request_span, tracing

log = logging.getLogger(__name__)

TOGETHER_S = 0.1


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
    at: float = 0.0
    trace: Mapping[str, Any] | None = None

    def take(self, answer: Answer) -> None:
        """Take over what an answer knows of itself."""
        self.codes, self.kind, self.name, self.cost = answer.codes, answer.kind, answer.name, answer.cost


Observer = Callable[[Answered], None]


class Telling:
    """Answers that were not told yet: counted and written together ten times a second.

    What is done at once for many runs in warm caches, and costs a quarter of what it does between a request and the
    next. A process that is killed takes a tenth of a second of lines with it, at most.
    """

    def __init__(self) -> None:
        """Keep none."""
        self.waiting: list[Answered] = []
        self.series: dict[tuple[str, str], Histogram] = {}
        self.names = OperationNames()
        self.due = 0.0
        together.before = self.settle
        atexit.register(self.settle)

    def add(self, answered: Answered) -> None:
        """Have a request told soon; whoever was answered has no part in what fails here."""
        try:
            self.keep(answered)
        except Exception:
            log.exception("a request was not told")

    def keep(self, answered: Answered) -> None:
        """Keep what is to be told, and see to it that it is."""
        answered.at = time.time()
        if tracing():
            answered.trace = add_trace(None, "info", {})
        self.waiting.append(answered)
        if (now := time.monotonic()) >= self.due:
            self.due = now + TOGETHER_S
            asyncio.get_running_loop().call_later(TOGETHER_S, self.settle)

    def settle(self) -> None:
        """Tell what waits; it is called before any line is written, so that nothing may fail here."""
        if self.waiting:
            waiting, self.waiting = self.waiting, []
            try:
                self.tell(waiting)
            except Exception:
                log.exception("requests were not told")

    def tell(self, waiting: list[Answered]) -> None:
        """Count and write."""
        for answered in waiting:
            # What was refused before it was understood, or needed no answer, is of no kind of operation.
            if kind := answered.kind or ("unread" if answered.codes else ""):
                self.count(answered, kind)
        if together.writes:
            together.write(map(line, waiting))

    def count(self, answered: Answered, kind: str) -> None:
        """Add a request to the metrics."""
        operation = self.names.label(answered.name)
        series = self.series.get((operation, kind))
        if series is None:
            series = self.series[operation, kind] = OPERATION_SECONDS.labels(operation, kind)
        series.observe(answered.duration_s)
        for code in answered.codes:
            OPERATION_ERRORS.labels(operation, kind, code).inc()


def line(answered: Answered) -> dict[str, Any]:
    """Return what the log says of a request."""
    return {
        "timestamp": answered.at,
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
        **(answered.trace or {}),
    }


telling = Telling()
observe: Observer = telling.add


@contextmanager
def observing(transport: str, caller: Caller | None) -> Iterator[Answered]:
    """Time an operation that comes over a connection which stays open, and tell of it, also where it is refused.

    Whatever fails meanwhile is raised as RequestRefused, with what a client is told of it.
    """
    answered = Answered(current_request_id(), transport, 0, (), "", None, caller.name if caller else None, 0, 0.0)
    began = time.perf_counter()
    with request_span({}) as span:
        try:
            yield answered
        except Exception as error:
            refused = error if isinstance(error, RequestRefused) else RequestRefused(translate(error))
            answered.codes = tuple((each.extensions or {})["code"] for each in refused.errors)
            raise refused from None
        finally:
            answered.duration_s = time.perf_counter() - began
            observe(answered)
            if span is not None:
                describe_request(span, answered.kind, answered.name, answered.codes)


async def begin(
    executor: Executor,
    request: GraphQLRequest,
    answered: Answered,
    *,
    mutations: bool = True,
    resume: str | None = None,
) -> Answer | Follower:
    """Answer a query or a mutation, or begin to follow; note what it is. Raises RequestRefused, RateExceeded."""
    operation = executor.read(request)[1]
    answered.kind, answered.name = operation.operation.value, operation.name.value if operation.name else None
    if answered.kind == "subscription":
        return await subscribe(executor, request, resume)
    answer = await executor.answer(request, mutations=mutations)
    answered.take(answer)
    return answer
