"""The service as it is shipped but for what watches over requests: none is counted, timed or logged.

Run as `python -m bench.unwatched serve`, beside which `bench watching` measures what watching costs.
"""

from contextlib import nullcontext
from typing import Any

from service import __main__ as command_line
from service.database import Reader
from service.http import assembly, endpoint
from service.plan import Statement
from service.tracing import request_span


def observe(answered: object) -> None:
    """Take no note."""


async def answer(reader: Reader, connection: Any, statement: Statement) -> bytes:
    """Run a statement."""
    told: bytes = await connection.fetchval(statement.text, *statement.parameters)
    return told


def no_span(*_: object) -> Any:
    """Make no span."""
    return _NOTHING


_NOTHING: Any = nullcontext()


def main() -> None:
    """Serve."""
    assert vars(endpoint)["request_span"] is request_span, "what is replaced is what runs"
    changes: list[tuple[Any, str, Any]] = [
        (assembly, "observe", observe),
        (endpoint, "request_span", no_span),
        (Reader, "answer", answer),
    ]
    for owner, name, replacement in changes:
        setattr(owner, name, replacement)
    command_line.main()


if __name__ == "__main__":
    main()
