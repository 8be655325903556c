"""What holds for everything that the releases brought into the registry, whichever release it was."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.releases.reading import LISTS, Ask, basis, names, records

ROOT = Path(__file__).parent.parent.parent
ORIGINALS = sorted((ROOT.parent / "shared" / "seeds").glob("*.txt"))
"""The releases as published; they stand outside the repository, and not everywhere."""
WORDS_SHARED = 9
NAMING = {"name", "nativeName", "title", "office", "venue", "code", "publisher", "url"}
"""Fields that give a name, which is nobody's sentence."""

each_list = pytest.mark.parametrize("listed", LISTS)


@each_list
def test_every_record_is_cited_with_a_title(ask: Ask, listed: str) -> None:
    found = records(ask, listed)
    assert found
    for record in found:
        assert record["citations"], record
        assert all(one["source"]["title"] for one in record["citations"]), record


@each_list
def test_every_record_says_where_in_its_source(ask: Ask, listed: str) -> None:
    for record in records(ask, listed):
        assert any(one["field"] is None and one["locator"] for one in record["citations"]), record


@each_list
def test_every_citation_of_a_field_is_of_a_field_with_a_value(ask: Ask, listed: str) -> None:
    not_asked_for = {"areas", "members", "ordinals", "leader", "participants"}
    for record in records(ask, listed):
        for one in record["citations"]:
            if one["field"] is not None and one["field"] not in not_asked_for:
                assert record[one["field"]] not in (None, []), (record, one["field"])


@each_list
def test_every_inference_says_from_what(ask: Ask, listed: str) -> None:
    for record in records(ask, listed):
        for one in record["citations"]:
            assert one["basis"] == "STATED" or one["note"], record


def test_what_is_inferred_of_a_start_is_not_stated_of_an_end(ask: Ask) -> None:
    for event in records(ask, "events"):
        if basis(event, "startsOn") == {"INFERRED"} and event["endsOn"]:
            assert basis(event, "endsOn") == {"INFERRED"}, event["name"]


def test_what_is_planned_is_neither_signed_nor_attended(ask: Ask) -> None:
    planned = [one for one in records(ask, "agreements") if one["status"] == "PLANNED"]
    assert len(planned) == 2
    assert [one["signedOn"] for one in planned] == [None, None]
    for event in records(ask, "events"):
        if event["status"] != "HELD":
            assert "ATTENDED" not in {one["status"] for one in event["participants"]}, event["name"]


def test_what_no_release_says_of_a_city_stays_unknown(ask: Ask) -> None:
    for city in records(ask, "cities"):
        unknown = ("nativeName", "latitude", "longitude", "population", "timeZone", "geonamesId", "wikidataId")
        assert {city[field] for field in unknown} == {None}, city["name"]


def test_the_registry_holds_what_the_five_releases_name(ask: Ask) -> None:
    cities = {"Kaohsiung", "Pristina", "Taipei", "Daegu", "Kyiv", "Warsaw", "New Taipei"}
    partners = {"Saratoga", "Cupertino", "Aurora", "Johns Creek", "Holmdel"}
    assert set(names(records(ask, "cities"))) == cities | partners
    assert len(records(ask, "agreements")) == 13
    assert len(records(ask, "people")) == 20
    releases = ask("{ sources { totalCount nodes { title } } }")["sources"]
    assert releases["totalCount"] == len(releases["nodes"]) == 5


def test_nobody_stands_in_the_registry_twice(ask: Ask) -> None:
    for listed in ("cities", "organizations", "people"):
        words = [tuple(sorted(re.findall(r"\w+", name.casefold()))) for name in names(records(ask, listed))]
        assert len(words) == len(set(words))


@pytest.fixture(scope="session")
def texts(ask: Ask) -> list[str]:
    """Every text of the registry that is not a name."""
    return [text for listed in LISTS for record in records(ask, listed) for text in _texts(record)]


def test_there_are_texts_to_compare(texts: list[str]) -> None:
    assert len(texts) > 100


if ORIGINALS:

    @pytest.mark.parametrize("original", ORIGINALS, ids=lambda path: path.stem[:3])
    def test_no_sentence_of_an_original_stands_in_the_registry(texts: list[str], original: Path) -> None:
        published = set(_runs(original.read_text(encoding="utf-8")))
        for text in texts:
            assert published.isdisjoint(_runs(text)), text


def _texts(value: object, field: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, field)
    elif isinstance(value, str) and field not in NAMING:
        yield value


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    """Return every run of so many words, without case and punctuation."""
    words = re.findall(r"\w+", text.casefold())
    for at in range(len(words) - WORDS_SHARED + 1):
        yield tuple(words[at : at + WORDS_SHARED])
