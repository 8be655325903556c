"""What is known of a request once it was answered, and the log's line about one that failed.

The one place to hang counting on: an observer is told of every answer.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

log = structlog.get_logger()


@dataclass(slots=True)
class Answered:
    """A request that was answered: by what name, over what, with what, for whom, and in what time."""

    request_id: str
    transport: str
    status: int
    codes: tuple[str, ...]
    kind: str
    name: str | None
    caller: str | None
    cost: int
    duration_s: float


Observer = Callable[[Answered], None]


def log_failures(answered: Answered) -> None:
    """Write a line about a request that was not answered as asked; the client was told the same identifier."""
    if answered.codes:
        log.info(
            "not answered as asked",
            request_id=answered.request_id,
            codes=" ".join(answered.codes[:3]),
            status=answered.status,
            transport=answered.transport,
            operation=answered.name or answered.kind or None,
            caller=answered.caller,
            ms=round(answered.duration_s * 1e3, 1),
        )
