"""Whatever is posted to a mutation is recorded as it is or refused with a code and a place, and never half."""

import asyncio
import json
import os
import random
import re
import secrets
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import httpx
import pytest

from service.app import create_app
from service.errors import UserErrorCode
from service.keys import Scope, create_key
from service.settings import Settings
from tests.api import PAYLOAD
from tests.conftest import execute, sibling
from tests.factories import citation, city, city_party, parties, person
from tests.input_values import BAD_DATES, LONGEST, InputValues, spoilt
from tests.registry import TABLES

TRIALS = 1_000 if os.environ.get("TEST_LONG") == "1" else 15
COUNTED = "SELECT (SELECT seq FROM feed_head), " + ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)
NO_JSON = re.compile(rb"\\ud[89a-f]|\bNaN\b|\bInfinity\b")
"""What is no JSON although Python writes it: half a character, and what is no number."""


class Bench:
    """A registry with a record of each kind, served in this process, and an event loop to post to it."""

    def __init__(self, url: str) -> None:
        self.runner, self.stack = asyncio.Runner(), AsyncExitStack()
        self.run = self.runner.run
        self.run(self.start(url))
        for name, given in RECORDS.items():
            assert self.answer(name, {"input": {"idempotencyKey": name, **given}})["data"][name]["cursor"]
        self.values = InputValues(self.known())

    async def start(self, url: str) -> None:
        """Start the service and connect to its database."""
        self.pool = await self.stack.enter_async_context(asyncpg.create_pool(url, min_size=1, max_size=1))
        async with self.pool.acquire() as connection:
            key = await create_key(connection, "city", [Scope.SIGNINGS_WRITE, Scope.REGISTRY_WRITE], "")
        app = create_app(Settings(), url)
        await self.stack.enter_async_context(app.router.lifespan_context(app))
        self.mutations: Any = app.state.executor.schema.mutation_type.fields
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://service",
            headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
        )
        self.client = await self.stack.enter_async_context(client)

    def known(self) -> dict[str, list[str]]:
        """Return the identifiers of the records, by their prefixes."""
        rows = self.run(
            self.pool.fetch("SELECT DISTINCT subject_id FROM change UNION SELECT id FROM source ORDER BY subject_id")
        )
        known: dict[str, list[str]] = {}
        for (identifier,) in rows:
            known.setdefault(identifier[:3], []).append(identifier)
        return known

    def body(self, name: str, variables: Any, selection: str) -> bytes:
        """Write the request that performs a mutation."""
        query = f"mutation ($input: {self.argument(name)}) {{ {name}(input: $input) {{ {selection} }} }}"
        return json.dumps({"query": query, "variables": variables}).encode()

    def send(self, body: bytes) -> httpx.Response:
        """Post a body."""
        response: httpx.Response = self.run(self.client.post("/graphql", content=body))
        return response

    def answer(self, name: str, variables: Any, selection: str = PAYLOAD) -> dict[str, Any]:
        """Perform a mutation, and return the answer once it was checked for what it left behind."""
        before = self.run(self.pool.fetchrow(COUNTED))
        response = self.send(self.body(name, variables, f"{selection} {PAYLOAD}"))
        assert (self.run(self.pool.fetchrow(COUNTED)) != before) is judged(response, name, variables)
        answer: dict[str, Any] = response.json()
        return answer

    def version(self, identifier: str) -> int:
        """Return the version at which a record stands."""
        statement = "SELECT max(version) FROM change WHERE subject_id = $1"
        version: int = self.run(self.pool.fetchval(statement, identifier))
        return version

    def argument(self, name: str) -> Any:
        """Return the type of the mutation's input."""
        return self.mutations[name].args["input"].type

    def close(self) -> None:
        """Stop the service."""
        self.run(self.stack.aclose())
        self.runner.close()


def judged(response: httpx.Response, name: str, variables: Any) -> bool:
    """Check an answer, and tell whether it says that something was recorded."""
    answer = response.json()
    if errors := answer.get("errors"):
        (code,) = {error["extensions"]["code"] for error in errors}
        if code == "BAD_REQUEST":
            assert response.status_code == 400
            assert NO_JSON.search(response.request.content), errors
        else:
            assert (response.status_code, code) == (200, "INVALID"), errors
            for error in errors:
                assert_within(error["extensions"]["path"], variables)
        return False
    payload = answer["data"][name]
    for error in payload["userErrors"]:
        assert error["code"] in UserErrorCode.__members__
        assert error["message"]
        assert_within(error["path"], variables["input"])
    assert not (payload["cursor"] and payload["userErrors"])
    return payload["cursor"] is not None and not payload["replayed"]


def assert_within(path: list[str], value: Any) -> None:
    """Fail where the path leads nowhere in the value; its last step may name what is lacking."""
    for step in path[:-1]:
        assert isinstance(value, dict | list), path
        value = value[step] if isinstance(value, dict) else value[int(step)]


RECORDS: dict[str, dict[str, Any]] = {
    "recordSigning": {"kind": "OTHER", "parties": parties(), "witnesses": [{"person": person()}]},
    "announceAgreement": {"kind": "OTHER", "parties": parties(city_party("Aachen", "DE"), city_party())},
    "recordEvent": {"event": {"kind": "EXPO", "name": "Expo"}},
    "recordDelegation": {"delegation": {"from": city_party(), "destinationCity": city("Pristina", "XK")}},
    "recordContribution": {"kind": "GIFT", "giver": city_party(), "description": "A clock", "citations": [citation()]},
    "recordProgramme": {"name": "Bilingual 2030", "owner": city_party()},
    "createOrganization": {"name": "Office", "kind": "GOVERNMENT"},
}


@pytest.fixture(scope="module")
def bench(postgres_url: str, template: str) -> Iterator[Bench]:
    name = f"bad_input_{secrets.token_hex(6)}"
    asyncio.run(execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    bench = Bench(sibling(postgres_url, name))
    yield bench
    bench.close()
    asyncio.run(execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


MUTATIONS = (
    *(
        "recordSigning",
        "announceAgreement",
        "amendAgreement",
        "endAgreement",
        "createCity",
        "updateCity",
        "mergeCities",
    ),
    *("createOrganization", "updateOrganization", "mergeOrganizations", "updatePerson", "mergePeople", "recordEvent"),
    *("updateEvent", "recordDelegation", "updateDelegation", "recordContribution", "recordProgramme"),
    *("updateProgramme", "cite", "retract"),
)


@pytest.mark.parametrize("name", MUTATIONS)
def test_whatever_is_posted_is_recorded_or_refused(bench: Bench, name: str) -> None:
    for seed in range(TRIALS):
        chance = random.Random(f"{name} {seed}")  # noqa: S311 (invents, keeps no secret)
        given = bench.values.sound(bench.argument(name), chance)
        if "expectedVersion" in given:
            given["expectedVersion"] = bench.version(given["id"])
        variables = {"input": given}
        for _ in range(chance.randrange(4)):
            variables = spoilt(variables, chance)
        bench.answer(name, variables)


NAME_TOO_LONG = "x" * 501
LONG_AND_DENSE = LONGEST[1]
SIGNING = {"kind": "OTHER", "parties": parties()}
GIFT = RECORDS["recordContribution"]
REFUSED = [
    ("recordSigning", {**SIGNING, "title": NAME_TOO_LONG}, "INVALID title"),
    ("recordSigning", {**SIGNING, "title": "a\0b"}, "INVALID title"),
    ("recordSigning", {**SIGNING, "title": " \u3000\t"}, "INVALID title"),
    ("recordSigning", {**SIGNING, "areas": ["Health", "y" * 10_000]}, "INVALID areas.1"),
    ("recordSigning", {**SIGNING, "areas": ["?!"]}, "INVALID areas.0"),
    ("recordSigning", {**SIGNING, "externalReference": ""}, "INVALID externalReference"),
    ("recordSigning", {**SIGNING, "idempotencyKey": "k" * 256}, "INVALID idempotencyKey"),
    ("recordSigning", {**SIGNING, "idempotencyKey": "\0"}, "INVALID idempotencyKey"),
    ("recordSigning", {**SIGNING, "fulfils": "agr_" + "0" * 200}, "INVALID fulfils"),
    ("recordSigning", {**SIGNING, "parties": []}, "TOO_FEW_PARTIES parties"),
    (
        "recordSigning",
        {**SIGNING, "parties": parties(city_party("\u200f"), city_party())},
        "INVALID parties.0.party.city.named.name",
    ),
    (
        "recordSigning",
        {**SIGNING, "parties": parties(city_party("X", "ZZ"), city_party())},
        "INVALID parties.0.party.city.named.country",
    ),
    ("createCity", {"city": {"name": LONGEST[2], "country": "TW"}}, "INVALID city.name"),
    ("createCity", {"city": {"name": "X", "country": "TW", "latitude": 90.1, "longitude": 0}}, "INVALID city.latitude"),
    ("createCity", {"city": {"name": "X", "country": "TW", "population": -1}}, "INVALID city.population"),
    ("createCity", {"city": {"name": "X", "country": "TW", "timeZone": "Asia Taipei"}}, "INVALID city.timeZone"),
    ("createCity", {"city": {"name": "X", "country": "TW", "wikidataId": "181557"}}, "INVALID city.wikidataId"),
    ("recordContribution", {**GIFT, "amount": "1e100", "currency": "EUR"}, "INVALID amount"),
    (
        "recordContribution",
        {**GIFT, "amount": "0.0000001", "currency": "EUR"},
        "INVALID amount",
    ),
    ("recordContribution", {**GIFT, "amount": -1, "currency": "EUR"}, "INVALID amount"),
    ("recordContribution", {**GIFT, "amount": 1, "currency": "eur"}, "INVALID currency"),
    ("retract", {"id": "xyz_0", "expectedVersion": 1, "reason": "x"}, "NOT_FOUND id"),
    ("cite", {"subject": "\ud83d\ude00", "citation": citation()}, "NOT_FOUND subject"),
    ("mergeCities", {"duplicate": "cty_0", "into": "cty_0"}, "NOT_FOUND duplicate"),
]


@pytest.mark.parametrize(("name", "given", "told"), REFUSED)
def test_what_breaks_a_rule_is_refused_with_its_place(
    bench: Bench, name: str, given: dict[str, Any], told: str
) -> None:
    payload = bench.answer(name, {"input": {"idempotencyKey": "bad", **given}})["data"][name]
    assert told in [f"{error['code']} {'.'.join(error['path'])}" for error in payload["userErrors"]]


NOT_TAKEN = [
    *(("recordSigning", {**SIGNING, "signedOn": day}, "input.signedOn") for day in BAD_DATES),
    ("recordSigning", {**SIGNING, "signedOn": 2024}, "input.signedOn"),
    ("recordSigning", {**SIGNING, "kind": "SISTER"}, "input.kind"),
    ("recordSigning", {**SIGNING, "kind": "sister_city"}, "input.kind"),
    ("recordSigning", {**SIGNING, "kind": ["OTHER"]}, "input.kind"),
    ("recordSigning", {**SIGNING, "kind": None}, "input.kind"),
    ("recordSigning", {**SIGNING, "title": 5}, "input.title"),
    ("recordSigning", {**SIGNING, "title": {"en": "x"}}, "input.title"),
    ("recordSigning", {**SIGNING, "partiesComplete": "true"}, "input.partiesComplete"),
    ("recordSigning", {**SIGNING, "colour": "red"}, "input"),
    ("recordSigning", {**SIGNING, "fulfils": 1.5}, "input.fulfils"),
    ("recordSigning", {**SIGNING, "parties": [{"party": {}}]}, "input.parties.0.party"),
    ("recordSigning", {**SIGNING, "parties": [{"party": {"city": None}}]}, "input.parties.0.party.city"),
    (
        "recordSigning",
        {**SIGNING, "parties": parties({**city_party(), "organization": {"id": "x"}})},
        "input.parties.0.party",
    ),
    ("recordSigning", {"kind": "OTHER"}, "input"),
    ("createCity", {"city": {"name": "X", "country": "Taiwan"}}, "input.city.country"),
    ("createCity", {"city": {"name": "X", "country": "TW", "population": 2**31}}, "input.city.population"),
    ("createCity", {"city": {"name": "X", "country": "TW", "population": 10**40}}, "input.city.population"),
    ("createCity", {"city": {"name": "X", "country": "TW", "population": 1.5}}, "input.city.population"),
    ("createCity", {"city": {"name": "X", "country": "TW", "latitude": "22"}}, "input.city.latitude"),
    ("recordContribution", {**GIFT, "amount": "1_000"}, "input.amount"),
    ("recordContribution", {**GIFT, "amount": "NaN"}, "input.amount"),
    ("recordContribution", {**GIFT, "amount": True}, "input.amount"),
    ("updateCity", {"id": "cty_0", "expectedVersion": "1", "patch": {}}, "input.expectedVersion"),
]


@pytest.mark.parametrize(("name", "given", "path"), NOT_TAKEN)
def test_what_the_schema_does_not_take_is_told_with_its_place(
    bench: Bench, name: str, given: dict[str, Any], path: str
) -> None:
    answer = bench.answer(name, {"input": {"idempotencyKey": "bad", **given}})
    assert path in [".".join(error["extensions"]["path"]) for error in answer["errors"]]


ACCEPTED = [
    "高雄",
    "القدس",
    "🎈 Ballonstadt 🎈",
    "Łódź \u200fשלום",
    "e\u0301\u0327",
    LONG_AND_DENSE,
    "O'Neill; DROP TABLE",
    "a\u202eb",
]


@pytest.mark.parametrize("name", ACCEPTED)
def test_names_in_any_script_are_kept_as_they_are(bench: Bench, name: str) -> None:
    named = [f"{name[:499]}{at}"[-500:] for at in range(6)]
    given = {"idempotencyKey": name[:250], "kind": "OTHER", "parties": parties(*map(city_party, named))}
    answer = bench.answer("recordSigning", {"input": given}, "agreement { parties { party { name } } }")
    assert [one["party"]["name"] for one in answer["data"]["recordSigning"]["agreement"]["parties"]] == named


BODIES = [
    (rb'{"query": "%s", "variables": {"input": {"title": "\ud800"}}}', 400),
    (rb'{"query": "%s", "variables": {"input": {"title": "\udc00\ud800"}}}', 400),
    (b'{"query": "%s", "variables": {"input": {"title": "\xed\xa0\x80"}}}', 400),
    (b'{"query": "%s", "variables": {"input": {"title": "\xff"}}}', 400),
    (b'{"query": "%s", "variables": {"input": NaN}}', 400),
    (b'{"query": "%s", "variables": {"input": -Infinity}}', 400),
    (b'{"query": "%s", "variables": {"input": 1e999}}', 400),
    (b'{"query": "%s", "variables": {"input": ' + b"[" * 5_000 + b"]" * 5_000 + b"}}", 400),
    (b'{"query": "%s", "variables": {"input": ' + b'{"event":' * 900 + b"{}" + b"}" * 900 + b"}}", 200),
    (b'{"query": "%s", "variables": {"input": ' + b"9" * 10_000 + b"}}", 400),
    (b'{"query": "%s", "variables": {"input": {"kind": "OTHER", "kind": "PROJECT"}}}', 200),
    (b'{"query": "%s", "variables": []}', 400),
    (b'{"query": "%s", "variables": "input"}', 400),
    (b'{"query": "mutation { recordSigning(input: {kind: OTHER, title: \\"\\\\uD800\\"}) { replayed } }"}', 200),
    (b'{"query": "mutation { recordSigning(input: {kind: ' + b"9" * 5_000 + b'}) { replayed } }"}', 200),
]


@pytest.mark.parametrize(("body", "status"), BODIES, ids=range(len(BODIES)))
def test_whatever_the_body_is_it_is_answered(bench: Bench, body: bytes, status: int) -> None:
    query = b"mutation ($input: RecordSigningInput!) { recordSigning(input: $input) { replayed } }"
    response = bench.send(body.replace(b"%s", query))
    assert response.status_code == status, response.text
    codes = {error["extensions"]["code"] for error in response.json()["errors"]}
    assert codes <= {"BAD_REQUEST", "INVALID", "PARSE_FAILED", "TOO_DEEP", "VALIDATION_FAILED"}
