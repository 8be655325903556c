"""A statement's text holds nothing from outside but quoted response keys, and is the same for equal requests."""

import asyncio
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.build import build
from schema.execution import Executor, GraphQLRequest
from schema.limits import Limits
from service.plan import Statement
from service.sql import name
from tests.oracle.operations import generate
from tests.oracle.registry import Registry, Row
from tests.oracle.sample import Sample
from tests.oracle.trial import Operation
from tests.oracle.values import Values

SCHEMA = build()
MARKS = ("qzxmark", "wvkmark")
REGISTRY: Registry = {table: [Row(table, row) for row in rows] for table, rows in Sample(1).rows.items()}


class Marked(Values):
    """Values whose texts all hold a mark, and marks that quoting would have to survive."""

    def __init__(self, mark: str) -> None:
        """Mark the texts so."""
        super().__init__(REGISTRY, {})
        self.mark = mark

    def scalar(self, random: Random, type_: str, table: str, name: str) -> Any:
        """Return a marked text wherever a text is taken."""
        drawn = super().scalar(random, type_, table, name)
        if type_ == "LanguageTag":
            return self.mark
        return self.mark + "'; -- \" $1 \\" if type_ in ("String", "ID") else drawn

    def city(self, random: Random) -> dict[str, Any]:
        """Return a reference to a city by a marked text."""
        text = self.mark + "'\""
        named = {"named": {"name": text, "country": "TW", "region": text}}
        return random.choice(({"id": text}, {"wikidataId": text}, named))

    def pair(self, random: Random) -> list[dict[str, Any]]:
        """Return two references."""
        return [self.city(random), self.city(random)]


class Recorder:
    """A database that answers nothing and keeps the statements."""

    def __init__(self) -> None:
        """Start with none."""
        self.statements: list[Statement] = []

    async def fetch(self, statement: Statement) -> bytes:
        """Keep the statement."""
        self.statements.append(statement)
        return b"{}"


MARKED = [Marked(mark) for mark in MARKS]
quick = settings(deadline=None, max_examples=60, database=None, suppress_health_check=list(HealthCheck))


def asked(seed: int, values: Values) -> Operation:
    """Return a random operation that only the database answers; the same seed gives the same but for its texts."""
    random = Random(seed)  # noqa: S311  # to be had again, not to be unguessable
    while "__schema" in (operation := generate(random, values)).document:
        pass
    return operation


def statements(operation: Operation) -> list[Statement]:
    """Return the statements that answer an operation, of a service that has just started."""
    recorder = Recorder()
    limits = Limits(aliases=1_000, directives=1_000)  # operations are drawn without regard to what is allowed
    executor = Executor(SCHEMA, recorder, None, limits)  # type: ignore[arg-type]  # takes the database's place
    answer = asyncio.run(executor.answer(GraphQLRequest(operation.document, variables=operation.variables)))
    assert answer.codes == (), f"{answer.codes} to {operation}"
    return recorder.statements


@given(st.text())
def test_quotes_an_identifier_so_that_it_stays_one(identifier: str) -> None:
    if not identifier or "\0" in identifier or len(identifier.encode()) > 63:
        with pytest.raises(ValueError, match="1 to 63 bytes"):
            name(identifier)
        return
    quoted = name(identifier)
    assert quoted[0] == quoted[-1] == '"'
    assert '"' not in quoted[1:-1].replace('""', "")
    assert quoted[1:-1].replace('""', '"') == identifier


def test_most_operations_of_these_tests_hold_marks() -> None:
    asking = [statements(asked(seed, MARKED[0])) for seed in range(40)]
    assert sum(any(MARKS[0] in str(one.parameters) for one in each) for each in asking) > 10


@quick
@given(st.integers(0, 2**32))
def test_no_text_of_a_request_stands_in_a_statement(seed: int) -> None:
    for statement in statements(asked(seed, MARKED[0])):
        assert MARKS[0] not in statement.text.lower()


@quick
@given(st.integers(0, 2**32))
def test_equal_requests_give_equal_statements(seed: int) -> None:
    operation = asked(seed, MARKED[0])
    assert statements(operation) == statements(operation)


@quick
@given(st.integers(0, 2**32))
def test_requests_that_differ_in_their_texts_give_equal_text(seed: int) -> None:
    one, other = (statements(asked(seed, values)) for values in MARKED)
    assert [statement.text for statement in one] == [statement.text for statement in other]
