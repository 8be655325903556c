"""What a line of the log looks like, whoever writes it, and what never stands in one."""

import asyncio
import gc
import io
import json
import logging
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import pytest
import structlog

from service.logs import configure_logs, together
from tests.conftest import execute

PLANTED = "hunter2"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Write first what other tests left to be written, and take back what a test configured."""
    together.before()
    handlers, level = [*logging.root.handlers], logging.root.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    logging.root.handlers[:], logging.root.level = handlers, level


@pytest.fixture
def written() -> Lines:
    """Log as JSON, and return what was written so far."""
    stream = io.StringIO()
    configure_logs("json", "info", to=stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def for_people(level: Any = "info") -> io.StringIO:
    stream = io.StringIO()
    configure_logs("human", level, to=stream)
    return stream


def failing(secret: str) -> None:
    raise ValueError(secret)


def test_writes_one_json_object_a_line_with_instant_level_and_event(written: Lines) -> None:
    structlog.get_logger().info("request", operation="Page", ms=1.5, code=None)
    (line,) = written()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("timestamp"))
    assert line == {"level": "info", "event": "request", "operation": "Page", "ms": 1.5, "code": None}


def test_passes_on_what_libraries_log(written: Lines) -> None:
    logging.getLogger("asyncpg.pool").warning("Failed to restore %s", "the floor")
    (line,) = written()
    assert (line["level"], line["event"], line["logger"]) == ("warning", "Failed to restore the floor", "asyncpg.pool")


def test_passes_on_warnings_of_python(written: Lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert [(line["level"], line["logger"]) for line in written()] == [("warning", "py.warnings")]


def test_tells_of_an_exception_where_it_was_raised_and_never_its_text(written: Lines) -> None:
    try:
        failing(PLANTED)
    except ValueError as error:
        logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=error)
        structlog.get_logger().error("failed", exc_info=error)
    for line in written():
        assert line["error"] == "ValueError"
        assert re.match(r"tests.test_logs:\d+ failing < tests.test_logs:\d+ test_tells", line["at"])
        assert PLANTED not in json.dumps(line)


async def test_tells_the_database_s_code_and_not_the_row_that_it_quotes(written: Lines, database: str) -> None:
    insert = "INSERT INTO api_key (id, name, secret_hmac, scopes) VALUES ('{}', '{}', '', '{{}}')"
    await execute(database, insert.format(PLANTED, PLANTED))
    try:
        await execute(database, insert.format(PLANTED, PLANTED))
    except asyncpg.UniqueViolationError as error:
        assert PLANTED in str(error.detail)
        logging.getLogger("x").error("failed", exc_info=error)
    (line,) = written()
    assert (line["sqlstate"], line["table"]) == ("23505", "api_key")
    assert PLANTED not in json.dumps(line)


async def test_a_task_that_nobody_awaits_is_told_without_its_exception_s_text(written: Lines) -> None:
    async def fail() -> None:
        failing(PLANTED)

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    del task
    gc.collect()
    (line,) = written()
    assert (line["logger"], line["error"]) == ("asyncio", "ValueError")
    assert line["event"] == "Task exception was never retrieved"
    assert PLANTED not in json.dumps(line)


def test_names_the_cause_of_an_exception(written: Lines) -> None:
    try:
        try:
            failing(PLANTED)
        except ValueError as cause:
            raise KeyError(PLANTED) from cause
    except KeyError as error:
        structlog.get_logger().error("failed", exc_info=error)
    (line,) = written()
    assert (line["error"], line["cause"]) == ("KeyError", "ValueError")


def test_writes_a_readable_line_for_people() -> None:
    stream = for_people()
    structlog.get_logger().warning("request", operation="Page", caller="Anna Arendt", code=None)
    line = r'\d\d:\d\d:\d\d\.\d{3} warning request operation=Page caller="Anna Arendt"\n'
    assert re.fullmatch(line, stream.getvalue())


def test_no_value_can_forge_a_line_or_command_the_terminal() -> None:
    stream = for_people()
    structlog.get_logger().info("a\nb\x1b[2J", caller="x\n00:00 info forged\x1b[2J")
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("form", ["human", "json"])
def test_writes_nothing_below_the_level(form: Any) -> None:
    stream = io.StringIO()
    configure_logs(form, "warning", to=stream)
    structlog.get_logger().info("request")
    logging.getLogger("x").info("request")
    assert stream.getvalue() == ""


def test_a_worker_s_lines_bear_its_number() -> None:
    stream = io.StringIO()
    configure_logs("json", "info", worker=3, to=stream)
    structlog.get_logger().info("request")
    logging.getLogger("x").warning("late")
    assert [json.loads(line)["worker"] for line in stream.getvalue().splitlines()] == [3, 3]
