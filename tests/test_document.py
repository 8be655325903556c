"""Which documents are kept, and what is left of those that are not."""

import gc

from graphql import Token

from schema.document import Documents
from tests.planning import SCHEMA

PAGE = "{ countries { code name } }"


def test_keeps_a_document_from_the_second_time_on() -> None:
    documents = Documents(SCHEMA)
    read = documents.read(PAGE)
    assert not documents.knows(PAGE)
    again = documents.read(PAGE)
    assert documents.knows(PAGE)
    assert documents.read(PAGE) is again
    assert read.operation(None) == again.operation(None)


def test_what_is_asked_once_pushes_nothing_out() -> None:
    documents = Documents(SCHEMA, kept=10 * len(PAGE))
    for _ in range(2):
        documents.read(PAGE)
    for at in range(100):
        documents.read(PAGE.replace("code", f"c{at}: code"))
    assert documents.knows(PAGE)


def test_remembers_no_more_than_some_of_what_was_asked_once() -> None:
    documents = Documents(SCHEMA)
    documents.seen.size = 3
    for at in range(10):
        documents.read(PAGE.replace("code", f"c{at}: code"))
    assert len(documents.seen.values) == 3


def test_a_tree_goes_without_a_collection_of_garbage() -> None:
    documents = Documents(SCHEMA)
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(each, Token) for each in gc.get_objects())
        for at in range(10):
            documents.read(PAGE.replace("code", f"c{at}: code"))
        assert sum(isinstance(each, Token) for each in gc.get_objects()) == before
    finally:
        gc.enable()
