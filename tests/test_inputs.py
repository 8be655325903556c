from typing import Any

import pytest
from pydantic import BaseModel

from service.agreement_inputs import RecordSigningInput
from service.errors import Refused, UserErrorCode, parse
from service.inputs import CityRef, Input, PartyRef, SourceInput
from service.party_inputs import CityInput
from tests import factories


def refused(model: type[BaseModel], value: object) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        parse(model, value)
    assert {refusal.code for refusal in caught.value.refusals} == {UserErrorCode.INVALID}
    return {".".join(refusal.path): refusal.message for refusal in caught.value.refusals}


def signing_dict(**fields: object) -> dict[str, Any]:
    return {"idempotencyKey": "key", "kind": "SISTER_CITY", "parties": factories.parties(), **fields}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"kind": "SISTER"}, "kind"),
        ({"signedOn": "2024-02-30"}, "signedOn"),
        ({"signedOn": "~2024"}, "signedOn"),
        ({"signedOn": 2024}, "signedOn"),
        ({"title": "a" * 501}, "title"),
        ({"summary": "a" * 10_001}, "summary"),
        ({"title": "a\0b"}, "title"),
        ({"title": "a\ud800b"}, "title"),
        ({"title": " \t"}, "title"),
        ({"areas": ["culture", "a\0b"]}, "areas"),
        ({"areas": ["a"] * 501}, "areas"),
        ({"idempotencyKey": ""}, "idempotencyKey"),
        ({"idempotencyKey": "k" * 256}, "idempotencyKey"),
        ({"parties": None}, "parties"),
        ({"signed_off": "2024"}, "signed_off"),
        (
            {"parties": [{"party": {"city": {"named": {"name": "X", "country": "tw"}}}}]},
            "parties.0.party.city.named.country",
        ),
        (
            {"parties": [{"party": {"city": {"named": {"name": 5, "country": "TW"}}}}]},
            "parties.0.party.city.named.name",
        ),
        (
            {"parties": [{"party": factories.city_party(), "ordinals": [{"ordinal": 0, "of": "x"}]}]},
            "parties.0.ordinals.0.ordinal",
        ),
    ],
)
def test_refuses_malformed_values_with_their_place(fields: dict[str, object], path: str) -> None:
    assert path in refused(RecordSigningInput, signing_dict(**fields))


def test_reports_all_that_is_wrong_at_once() -> None:
    wrong = {"kind": "NONE", "signedOn": "2024-13", "unknown": 1, "parties": [{}]}
    assert set(refused(RecordSigningInput, {"idempotencyKey": "k", **wrong})) == {
        "kind",
        "signedOn",
        "unknown",
        "parties.0.party",
    }


@pytest.mark.parametrize("value", [{}, {"id": "cty_1", "geonamesId": 5}, {"id": None}])
def test_a_reference_names_its_record_in_exactly_one_way(value: dict[str, object]) -> None:
    assert "exactly one of: id, geonamesId, wikidataId, named" in refused(CityRef, value)[""]


def test_a_party_is_a_city_or_an_organization() -> None:
    both = {"city": {"id": "cty_1"}, "organization": {"id": "org_1"}}
    assert "exactly one of: city, organization" in refused(PartyRef, both)[""]


def test_null_stands_for_the_default() -> None:
    assert parse(RecordSigningInput, signing_dict(partiesComplete=None)).parties_complete is True


@pytest.mark.parametrize("name", ["Ho\u0302 Chi\u0301", "القدس", "🎈town", "x" * 500, "Łódź \u200fשלום"])
def test_accepts_names_in_any_script_as_they_are(name: str) -> None:
    assert parse(CityInput, {"name": name, "country": "TW"}).name == name


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "example.org/a"),
        ("url", "javascript:alert(1)"),
        ("url", "https://"),
        ("url", "https://example.org/a b"),
        ("language", "english language"),
        ("language", "e"),
        ("publishedOn", "22 March 2024"),
    ],
)
def test_refuses_sources_with_malformed_particulars(field: str, value: str) -> None:
    assert list(refused(SourceInput, {"title": "A report", field: value})) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("latitude", 90.1),
        ("longitude", float("nan")),
        ("population", -1),
        ("population", 1.5),
        ("geonamesId", 2**31),
        ("wikidataId", "181557"),
        ("timeZone", "Asia Taipei"),
    ],
)
def test_refuses_city_facts_that_are_out_of_bounds(field: str, value: object) -> None:
    assert list(refused(CityInput, {"name": "X", "country": "TW", field: value})) == [field]


def inputs(kind: type[Input] = Input) -> list[type[Input]]:
    return [found for made in kind.__subclasses__() for found in (made, *inputs(made))]


@pytest.mark.parametrize("model", inputs(), ids=lambda model: model.__name__)
def test_every_field_is_described_and_named_in_camel_case(model: type[Input]) -> None:
    assert model.__doc__
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.alias, name
        assert "_" not in field.alias
