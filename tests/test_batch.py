"""Many signings in one call: each for itself, or all or none."""

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tests.api import PAYLOAD, Api
from tests.factories import city_party, parties, person
from tests.registry import contents, count, feed

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]

QUERY = f"""
mutation ($inputs: [RecordSigningInput!]!, $policy: ErrorPolicy) {{
  recordSignings(inputs: $inputs, errorPolicy: $policy) {{
    recorded refused
    results {{ {PAYLOAD} agreement {{ id signedOn parties {{ party {{ name }} }} }} }}
  }}
}}
"""


def given(number: int, *cities: str, **facts: Any) -> dict[str, Any]:
    named = [city_party(name, "DE") for name in cities or ("Aachen", f"Bonn {number}")]
    return {"idempotencyKey": f"key-{number}", "kind": "OTHER", "signedOn": "2024", "parties": parties(*named), **facts}


async def post(api: Api, inputs: list[dict[str, Any]], policy: str | None = None) -> dict[str, Any]:
    variables = {"inputs": inputs, **({"policy": policy} if policy else {})}
    payload: dict[str, Any] = (await api.ask(QUERY, variables))["recordSignings"]
    return payload


def codes(payload: dict[str, Any]) -> list[list[tuple[str, str]]]:
    return [
        [(error["code"], ".".join(error["path"])) for error in result["userErrors"]] for result in payload["results"]
    ]


@pytest.mark.parametrize("policy", ["EACH", "ALL"])
async def test_answers_in_order_and_records_once(api: Api, pool: "Pool", policy: str) -> None:
    inputs = [given(number) for number in (3, 1, 2)]
    first = await post(api, inputs, policy)
    assert (first["recorded"], first["refused"]) == (3, 0)
    names = [result["agreement"]["parties"][1]["party"]["name"] for result in first["results"]]
    assert names == ["Bonn 3", "Bonn 1", "Bonn 2"]
    changes = await feed(pool)
    assert [change["subject_id"] for change in changes if change["signing"]] == [
        result["agreement"]["id"] for result in first["results"]
    ]
    before = await contents(pool)
    again = await post(api, inputs, policy)
    assert again["results"] == [{**result, "replayed": True} for result in first["results"]]
    assert (again["recorded"], again["refused"]) == (3, 0)
    assert await contents(pool) == before


REFUSED = [
    (given(1, "Aachen"), [("TOO_FEW_PARTIES", "parties")]),
    (given(2, signedOn="2999"), [("SIGNED_IN_THE_FUTURE", "signedOn")]),
    (given(3, title="x" * 501), [("INVALID", "title")]),
    (given(4, fulfils="agr_0"), [("NOT_FOUND", "fulfils")]),
    (given(5, "Aachen", "AACHEN"), [("DUPLICATE_PARTY", "parties.1.party")]),
]


async def test_each_stands_or_falls_alone(api: Api, pool: "Pool") -> None:
    inputs = [given(10), *(one for one, _ in REFUSED), given(11)]
    payload = await post(api, inputs)
    assert codes(payload) == [[], *(expected for _, expected in REFUSED), []]
    assert (payload["recorded"], payload["refused"]) == (2, len(REFUSED))
    assert [result["agreement"] is None for result in payload["results"]] == [False, *([True] * len(REFUSED)), False]
    assert await count(pool, "agreement") == 2
    assert await count(pool, "idempotency_key") == 2
    assert await count(pool, "city") == 3
    await feed(pool)


async def test_one_refusal_refuses_all(api: Api, pool: "Pool") -> None:
    before = await contents(pool)
    payload = await post(api, [given(10), *(one for one, _ in REFUSED[:4]), given(11)], "ALL")
    assert codes(payload) == [[], *(expected for _, expected in REFUSED[:4]), []]
    assert (payload["recorded"], payload["refused"]) == (0, 4)
    assert all(result["agreement"] is None and result["cursor"] is None for result in payload["results"])
    assert await contents(pool) == before


@pytest.mark.parametrize("refused", [one for one, _ in REFUSED] + [given(10), given(12, "Bonn 10", "Aachen")])
async def test_any_one_refusal_refuses_all(api: Api, pool: "Pool", refused: dict[str, Any]) -> None:
    before = await contents(pool)
    payload = await post(api, [given(10), refused, given(11)], "ALL")
    assert [bool(found) for found in codes(payload)] == [False, True, False]
    assert (payload["recorded"], payload["refused"]) == (0, 1)
    assert await contents(pool) == before


async def test_a_signing_given_twice_is_recorded_once(api: Api, pool: "Pool") -> None:
    inputs = [given(1), given(2, "Bonn 1", "Aachen"), given(1), given(3, externalReference="x"), given(4)]
    inputs.append(given(5, externalReference="x"))
    payload = await post(api, inputs)
    first, alike, twin, fourth, _, last = payload["results"]
    assert codes(payload) == [[], [("ALREADY_RECORDED", "")], [], [], [], [("ALREADY_RECORDED", "externalReference")]]
    assert alike["userErrors"][0]["candidates"] == [{"id": first["agreement"]["id"]}]
    assert last["userErrors"][0]["candidates"] == [{"id": fourth["agreement"]["id"]}]
    assert twin == {**first, "replayed": True}
    assert await count(pool, "agreement") == 3


async def test_a_signing_given_twice_refuses_all(api: Api, pool: "Pool") -> None:
    before = await contents(pool)
    payload = await post(api, [given(1), given(2, "Bonn 1", "Aachen"), given(1)], "ALL")
    assert codes(payload) == [[], [("ALREADY_RECORDED", "")], [("INVALID", "idempotencyKey")]]
    assert await contents(pool) == before


async def test_a_signing_counts_although_its_like_was_refused(api: Api) -> None:
    payload = await post(api, [given(1, title="x" * 501), given(2, "Aachen", "Bonn 1")])
    assert codes(payload) == [[("INVALID", "title")], []]


async def test_a_key_reused_with_another_input_is_refused_alone(api: Api) -> None:
    await post(api, [given(1)])
    payload = await post(api, [given(1, title="Another"), given(2)])
    assert codes(payload) == [[("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")], []]
    assert (await post(api, [given(1, title="Another"), given(3)], "ALL"))["recorded"] == 0


async def test_a_planned_agreement_is_fulfilled_by_one_of_two(api: Api, pool: "Pool") -> None:
    planned = {"idempotencyKey": "planned", "kind": "OTHER", "parties": parties()}
    id_ = (await api.written("announceAgreement", planned, "agreement { id }"))["agreement"]["id"]
    payload = await post(api, [given(1, fulfils=id_), given(2, fulfils=id_, signedOn="2023")])
    assert codes(payload) == [[], [("NOT_PLANNED", "fulfils")]]
    assert payload["results"][0]["agreement"]["id"] == id_
    assert await count(pool, "agreement") == 1


@pytest.mark.parametrize("policy", ["EACH", "ALL"])
async def test_validating_writes_nothing(api: Api, pool: "Pool", policy: str) -> None:
    before = await contents(pool)
    inputs = [given(1, validateOnly=True), given(2, "Aachen", validateOnly=True)]
    assert codes(await post(api, inputs, policy)) == [[], [("TOO_FEW_PARTIES", "parties")]]
    assert await contents(pool) == before
    payload = await post(api, inputs[:1], policy)
    assert payload["results"][0]["agreement"] is None
    assert (payload["recorded"], payload["refused"]) == (0, 0)


async def test_all_cannot_be_half_a_check(api: Api, pool: "Pool") -> None:
    payload = await post(api, [given(1), given(2, validateOnly=True)], "ALL")
    assert codes(payload) == [[], [("INVALID", "validateOnly")]]
    assert await count(pool, "agreement") == 0


async def test_too_many_are_refused_as_a_whole(api: Api) -> None:
    answer = await api.answer(QUERY, {"inputs": [given(number) for number in range(501)]})
    assert answer["errors"][0]["extensions"]["code"] == "INVALID"
    assert "500" in answer["errors"][0]["message"]


async def test_none_are_answered_with_none(api: Api) -> None:
    assert await post(api, []) == {"recorded": 0, "refused": 0, "results": []}


async def test_batches_at_once_that_name_the_same_newcomers_agree(api: Api, pool: "Pool") -> None:
    signatory = {"person": person("Chen Chi-mai", nativeName="陳其邁")}

    def batch(by: int) -> list[dict[str, Any]]:
        inputs = [given(by * 100 + number, f"City {number}", f"City {number + 1}") for number in range(40)]
        for at, one in enumerate(inputs):
            one["signedOn"] = f"20{by:02}"
            one["parties"][at % 2]["signatories"] = [signatory]
        return inputs if by % 2 else inputs[::-1]

    payloads = await asyncio.gather(*(post(api, batch(by), "ALL" if by < 3 else "EACH") for by in range(6)))
    assert [payload["recorded"] for payload in payloads] == [40] * 6
    assert await count(pool, "city") == 41
    assert await count(pool, "person") == 1
    assert await count(pool, "agreement") == 240
    await feed(pool)
