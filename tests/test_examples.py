"""Every root field has an example, and each example answers what is kept beside it."""

from collections.abc import AsyncIterator

import pytest
from graphql import OperationType

from schema.build import build
from tests.examples import EXAMPLES, FOLLOWING, WRITING, Example, Watched, executor, shown, told


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


async def test_examples_write_and_tell_what_is_kept(database: str) -> None:
    async for example, answer in told(database):
        assert answer == example.path("json").read_text(), f"{example.name}: run make examples and read what changed"


@pytest.mark.parametrize("example", WRITING, ids=lambda example: example.name)
def test_an_example_that_writes_is_refused_where_it_shows_a_refusal_alone(example: Example) -> None:
    assert example.path("json").read_text().count('"message": "') == (example.name == "writing/recordSignings")


@pytest.mark.parametrize(
    ("type_", "examples"),
    [(OperationType.QUERY, EXAMPLES), (OperationType.MUTATION, WRITING), (OperationType.SUBSCRIPTION, FOLLOWING)],
)
def test_every_root_field_has_an_example(type_: OperationType, examples: list[Example]) -> None:
    root = build()._schema.get_root_type(type_)
    assert root
    assert {example.name.rpartition("/")[2] for example in examples} >= set(root.fields)


@pytest.mark.parametrize("example", [*EXAMPLES, *WRITING, *FOLLOWING], ids=lambda example: example.name)
def test_an_example_says_what_it_shows(example: Example) -> None:
    assert example.document.startswith("# ")
