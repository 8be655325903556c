"""Every root field has an example, and each example answers what is kept beside it."""

from collections.abc import AsyncIterator

import pytest

from schema.build import build
from tests.examples import EXAMPLES, Example, Watched, executor, shown


@pytest.fixture
async def watched(database: str) -> AsyncIterator[Watched]:
    """An executor over the five releases."""
    async with executor(database) as watched:
        yield watched


async def test_examples_answer_as_they_are_kept_by_one_statement_each(watched: Watched) -> None:
    for example in EXAMPLES:
        answer, statement = await shown(watched, example)
        assert answer == example.path("json").read_text(), f"{example.name}: run make examples and read what changed"
        assert statement == example.path("sql").read_text(), f"{example.name}: run make examples and read what changed"


def test_every_query_has_an_example() -> None:
    query = build()._schema.query_type
    assert query
    assert {example.name for example in EXAMPLES} >= set(query.fields)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_says_what_it_shows(example: Example) -> None:
    assert example.document.startswith("# ")
