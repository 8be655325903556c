"""The mutations as they are published: each is answered with its record, and only for those who may."""

from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from service.keys import Caller, Scope
from tests.api import PAYLOAD, Api
from tests.factories import city, city_party, organization_party, parties, person
from tests.registry import contents, feed

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]

RECORDED = [
    pytest.param(
        "recordSigning",
        {"kind": "SISTER_CITY", "signedOn": "2024-03-22", "parties": parties()},
        "agreement { status signedOn parties { party { name } } }",
        {
            "status": "IN_FORCE",
            "signedOn": "2024-03-22",
            "parties": [{"party": {"name": "Kaohsiung"}}, {"party": {"name": "Pristina"}}],
        },
        id="a signing",
    ),
    pytest.param(
        "announceAgreement",
        {"kind": "COOPERATION", "expectedOn": "2031", "parties": parties()},
        "agreement { status signedOn expectedOn }",
        {"status": "PLANNED", "signedOn": None, "expectedOn": "2031"},
        id="an announcement",
    ),
    pytest.param(
        "createCity",
        {"city": {"name": "Taipei", "country": "TW", "names": [{"language": "de", "name": "Taipeh"}]}},
        "city { name country { code } names { language name } version }",
        {"name": "Taipei", "country": {"code": "TW"}, "names": [{"language": "de", "name": "Taipeh"}], "version": 1},
        id="a city",
    ),
    pytest.param(
        "createOrganization",
        {"name": "Office", "kind": "GOVERNMENT", "members": [{"person": person(), "role": "chair", "from": "2020"}]},
        "organization { kind members { role from person { name } } }",
        {"kind": "GOVERNMENT", "members": [{"role": "chair", "from": "2020", "person": {"name": "Chen Chi-mai"}}]},
        id="an organization",
    ),
    pytest.param(
        "recordEvent",
        {"event": {"kind": "EXPO", "name": "Smart City Expo", "hosts": [city_party()]}},
        "event { status hosts { name } }",
        {"status": "HELD", "hosts": [{"name": "Kaohsiung"}]},
        id="an event",
    ),
    pytest.param(
        "recordDelegation",
        {"delegation": {"from": city_party(), "destinationCity": city("Pristina", "XK")}},
        "delegation { name status from { name } }",
        {"name": "Delegation from Kaohsiung to Pristina", "status": "COMPLETED", "from": {"name": "Kaohsiung"}},
        id="a delegation",
    ),
    pytest.param(
        "recordContribution",
        {
            "kind": "DONATION",
            "giver": city_party(),
            "recipient": organization_party(),
            "description": "Generators",
            "amount": "300000.50",
            "currency": "EUR",
        },
        "contribution { amount currency giver { name } recipient { name } }",
        {"amount": "300000.50", "currency": "EUR", "giver": {"name": "Kaohsiung"}, "recipient": {"name": "Siemens"}},
        id="a contribution",
    ),
    pytest.param(
        "recordProgramme",
        {"name": "Bilingual 2030", "owner": city_party(), "targets": [{"description": "English", "dueOn": "2030"}]},
        "programme { name targets { description dueOn } }",
        {"name": "Bilingual 2030", "targets": [{"description": "English", "dueOn": "2030"}]},
        id="a programme",
    ),
]


@pytest.mark.parametrize(("name", "given", "selection", "expected"), RECORDED)
async def test_answers_with_the_record_and_again_with_the_same(
    api: Api, pool: "Pool", name: str, given: dict[str, Any], selection: str, expected: dict[str, Any]
) -> None:
    record = selection.split()[0]
    first = await api.written(name, {"idempotencyKey": "once", **given}, selection)
    assert first[record] == expected
    before = await contents(pool)
    again = await api.mutate(name, {"idempotencyKey": "once", **given}, selection)
    assert again == {**first, "replayed": True}
    assert await contents(pool) == before
    assert (await feed(pool))[-1]["kind"] == "CREATED"


SCOPES = {
    "createCity": Scope.REGISTRY_WRITE,
    "createOrganization": Scope.REGISTRY_WRITE,
}


@pytest.mark.parametrize(("name", "given", "selection", "expected"), RECORDED)
async def test_answers_only_those_who_may(
    api: Api, pool: "Pool", name: str, given: dict[str, Any], selection: str, expected: dict[str, Any]
) -> None:
    needed = SCOPES.get(name, Scope.SIGNINGS_WRITE)
    other = ({Scope.SIGNINGS_WRITE, Scope.REGISTRY_WRITE} - {needed}).pop()
    kind = name[0].upper() + name[1:] + "Input"
    query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {PAYLOAD} }} }}"
    variables = {"input": {"idempotencyKey": "key", **given}}
    before = await contents(pool)
    for caller, code in ((None, "UNAUTHENTICATED"), (Caller("k", "city", frozenset({other})), "FORBIDDEN")):
        answer = await api.answer(query, variables, caller)
        assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
    assert await contents(pool) == before
    for scopes in ({needed}, {Scope.ADMIN}):
        answer = await api.answer(query, variables, Caller("k", "city", frozenset(scopes)))
        assert answer["data"][name]["userErrors"] == []
