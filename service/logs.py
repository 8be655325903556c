"""The log: one line an event on stderr, for people or as JSON.

Knows how a line is written, and what never stands in one: the text of an exception, which may hold what a caller
sent. Of an exception it tells the type, the database's code for it, and the way through the code. Knows no event.
"""

import logging
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import lru_cache
from traceback import walk_tb
from types import TracebackType
from typing import Any, Literal, TextIO

import orjson
import structlog

from service.request_id import current_request_id

Event = MutableMapping[str, Any]
Processor = Callable[[Any, str, Event], Event]
Renderer = Callable[[Any, str, Event], str]
LogFormat = Literal["human", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

FRAMES_TOLD = 12
TALKATIVE = ("service", "schema", "alembic.runtime.migration")
"""Whose lines below a warning are worth reading: ours, and which revisions were applied."""
_PLAIN = re.compile(r"[\w.:/+@-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_COLOURS = {"warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[31;1m"}


def configure_logs(
    form: LogFormat,
    level: LogLevel,
    *,
    worker: int | None = None,
    adding: Sequence[Processor] = (),
    to: TextIO | None = None,
) -> None:
    """Send every line of this process, whoever writes it, through one renderer.

    A worker's lines bear its number, and whatever `adding` adds.
    """
    stream = to or sys.stderr
    render = _for_machines if form == "json" else _ForPeople(colours=stream.isatty())
    least = logging.getLevelNamesMapping()[level.upper()]
    fixed = {} if worker is None else {"worker": worker}
    structlog.configure(
        processors=[
            _keep_order,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _tell_error,
            _name_request,
            *([_Adding(fixed)] if fixed else []),
            *adding,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    together.set_up(stream, render, fixed, writes=least <= logging.INFO)
    logging.basicConfig(handlers=[_Forward()], level=max(least, logging.WARNING), force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(least)
    logging.captureWarnings(capture=True)


class Together:
    """Lines that are written together, for a fraction of what each alone would cost; see observing.py.

    `before` is called before any other line is written, so that lines stand in the order of events.
    """

    def __init__(self) -> None:
        """Write nothing; see set_up()."""
        self.writes = False
        self.before: Callable[[], None] = _nothing

    def set_up(self, stream: TextIO, render: Renderer, fixed: Mapping[str, Any], *, writes: bool) -> None:
        """Take where lines go, how they look, and what is added to each."""
        self.stream, self.render, self.fixed, self.writes = stream, render, fixed, writes

    def write(self, events: Iterable[Event]) -> None:
        """Write a line for each event, whose timestamp is given in seconds."""
        lines = []
        for event in events:
            event["timestamp"] = _instant(event["timestamp"])
            event.update(self.fixed)
            lines.append(f"{self.render(None, 'info', event)}\n")
        self.stream.write("".join(lines))
        self.stream.flush()


def _nothing() -> None:
    """Do nothing."""


def _instant(at: float) -> str:
    second = int(at)
    return f"{_second(second)}.{int((at - second) * 1e6):06d}Z"


@lru_cache(2)
def _second(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))


together = Together()


def _keep_order(logger: object, method: str, event: Event) -> Event:
    """Write first what happened before."""
    together.before()
    return event


class _Forward(logging.Handler):
    """Passes on what is logged by the standard library's means, ours and the libraries'."""

    def emit(self, record: logging.LogRecord) -> None:
        # What stands below a first line, such as a task's description, quotes exceptions and arguments.
        event = (record.getMessage().splitlines() or [""])[0]
        error = record.exc_info[1] if record.exc_info else None
        fields = {"exc_info": error} if error else {}
        structlog.get_logger().log(record.levelno, event, logger=record.name, **fields)


class _Adding:
    """Adds the same fields to every line."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields

    def __call__(self, logger: object, method: str, event: Event) -> Event:
        event.update(self.fields)
        return event


def _name_request(logger: object, method: str, event: Event) -> Event:
    """Add the identifier of the request that the line is about, which the client was told as well."""
    if request_id := current_request_id():
        event["request_id"] = request_id
    return event


def _tell_error(logger: object, method: str, event: Event) -> Event:
    """Replace an exception by what may be told of it."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event.update(told(error))
    return event


def told(error: BaseException) -> dict[str, str]:
    """Return what the log may say of an exception: never its text, nor a value or a path."""
    kind = type(error)
    fields = {"error": f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")}
    for name, field in (("sqlstate", "sqlstate"), ("constraint_name", "constraint"), ("table_name", "table")):
        if isinstance(value := getattr(error, name, None), str):
            fields[field] = value
    if frames := [*_frames(error.__traceback__)][-FRAMES_TOLD:]:
        fields["at"] = " < ".join(reversed(frames))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        fields["cause"] = type(cause).__qualname__
    return fields


def _frames(traceback: TracebackType | None) -> Iterator[str]:
    for frame, line in walk_tb(traceback):
        yield f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"


def _for_machines(logger: object, method: str, event: Event) -> str:
    return orjson.dumps(event, default=str).decode()


class _ForPeople:
    """Writes time, level, event, and the rest as name=value; coloured at a terminal only."""

    def __init__(self, *, colours: bool) -> None:
        self.colours = _COLOURS if colours else {}

    def __call__(self, logger: object, method: str, event: Event) -> str:
        # The time of day, to the millisecond: 2026-01-02T03:04:05.678901Z.
        moment, level = event.pop("timestamp")[11:23], event.pop("level")
        line = f"{moment} {level:7} {_plain(event.pop('event'))}"
        for name, value in event.items():
            if value is not None:
                line += f" {name}={value if isinstance(value, int | float) else _readable(value)}"
        colour = self.colours.get(level)
        return f"{colour}{line}\x1b[0m" if colour else line


@lru_cache(100)
def _plain(text: object) -> str:
    return _CONTROL.sub(" ", str(text))  # a control character could forge a line, or command the terminal


@lru_cache(1_000)
def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else orjson.dumps(text).decode()


def _readable(value: object) -> str:
    return _quoted(value if isinstance(value, str) else str(value))
