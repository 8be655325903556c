"""Which documents are kept, and what is left of those that are not."""

import gc

from graphql import Token

from schema.document import Documents
from tests.planning import SCHEMA

PAGE, OTHER = "{ countries { code name } }", "{ countries { code } }"


def test_keeps_a_document_from_the_second_time_on() -> None:
    documents = Documents(SCHEMA)
    first = documents.read(PAGE)
    documents.read(OTHER)
    assert not documents.knows(PAGE)
    second = documents.read(PAGE)
    documents.read(OTHER)
    assert documents.knows(PAGE)
    assert documents.read(PAGE) is second
    assert first.operation(None) == second.operation(None)


def test_knows_what_it_has_just_read() -> None:
    documents = Documents(SCHEMA)
    read = documents.read(PAGE)
    assert documents.knows(PAGE)
    assert documents.read(PAGE) is read


def test_what_is_asked_once_pushes_nothing_out() -> None:
    documents = Documents(SCHEMA, kept=10 * len(PAGE))
    for document in (PAGE, OTHER, PAGE):
        documents.read(document)
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
    documents.read(PAGE.replace("code", "c: code"))  # the last one stays
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(each, Token) for each in gc.get_objects())
        for at in range(10):
            documents.read(PAGE.replace("code", f"c{at}: code"))
        assert sum(isinstance(each, Token) for each in gc.get_objects()) == before
    finally:
        gc.enable()
