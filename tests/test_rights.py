"""Nobody writes, or reads what is not public, without the right to: every role, every operation, every transport."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from schema.build import build
from service import oidc, streams
from service.access import TRUSTED_S
from service.keys import Scope, create_key
from tests.factories import citation, city_party, organization_party, parties, person
from tests.issuer import AUDIENCE, Issuer, issuing
from tests.listening import Listening, listening
from tests.registry import TABLES
from tests.rights import (
    ANONYMOUS,
    CLOSED,
    EXPIRED_KEY,
    OPEN,
    REGISTRY,
    REVOKED_KEY,
    ROLES,
    SHIPPED,
    SIGNINGS,
    UNSCOPED_KEY,
    UNSCOPED_TOKEN,
    Policy,
    Role,
    authorization,
    expected,
    operations,
    permitted,
)
from tests.sockets import close_code, opened
from tests.transports import TRANSPORTS, Caller

SCHEMA = build()._schema
OPERATIONS = list(operations(SCHEMA))
COUNTED = "SELECT (SELECT seq FROM feed_head), " + ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)
CASES = [
    *((role, OPEN) for role in ROLES),
    *((role, CLOSED) for role in (ANONYMOUS, UNSCOPED_KEY, UNSCOPED_TOKEN, EXPIRED_KEY, REVOKED_KEY)),
    *((role, SHIPPED) for role in (ANONYMOUS, REVOKED_KEY)),
]


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """An issuer of tokens."""
    with issuing() as issuer:
        yield issuer


class Registry:
    """A registry with records of each kind, served, and a connection to its database."""

    def __init__(self, service: Listening, client: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
        self.service, self.client, self.connection = service, client, connection
        self.numbers = iter(range(1_000_000))
        self.known: dict[str, list[str]] = {}
        self.start = ""

    def caller(self, shown: str | None) -> Caller:
        return Caller(self.service, self.client, shown)

    async def fill(self) -> None:
        """Record what others are to change, as somebody who may."""
        self.start = str(await self.service.feed.tail.now())
        key = await create_key(self.connection, "registrar", [Scope.ADMIN], "")
        registrar = self.caller(f"Bearer {key}")
        for name in ("recordSigning", "createOrganization", "recordEvent", "recordDelegation", "recordProgramme"):
            (operation,) = (one for one in OPERATIONS if one.field == name)
            for _ in range(3):
                told = await registrar.post(operation.document, {"input": new(f"key-{next(self.numbers)}")[name]})
                assert told.codes == ()
        rows = await self.connection.fetch("SELECT subject_id FROM change WHERE kind = 'CREATED' ORDER BY seq")
        for (identifier,) in rows:
            self.known.setdefault(identifier[:3], []).append(identifier)

    def inputs(self) -> dict[str, Any]:
        """Return an input for each mutation that is recorded at the first time, and refused as stale after it."""
        key = f"key-{next(self.numbers)}"
        changed = changes(self.known).items()
        return new(key) | {name: {"idempotencyKey": f"{key} {name}", **given} for name, given in changed}

    async def counted(self) -> tuple[int, ...]:
        """Return how many rows there are of everything, and how many changes."""
        found = await self.connection.fetchrow(COUNTED)
        assert found is not None
        return tuple(found)


def new(key: str) -> dict[str, Any]:
    """Return inputs that create, each something of its own."""
    towns = parties(city_party(f"Left {key}", "DE"), city_party(f"Right {key}", "DE"))
    agreed = {"idempotencyKey": key, "kind": "OTHER", "parties": towns}
    named: dict[str, Any] = {
        "recordSigning": {**agreed, "witnesses": [{"person": person(f"Witness {key}")}]},
        "announceAgreement": agreed,
        "createCity": {"city": {"name": f"City {key}", "country": "DE"}},
        "createOrganization": {"name": f"Office {key}", "kind": "GOVERNMENT"},
        "recordEvent": {"event": {"kind": "EXPO", "name": f"Expo {key}"}},
        "recordDelegation": {"delegation": {"from": city_party(), "name": f"Delegation {key}"}},
        "recordContribution": {"kind": "GIFT", "giver": organization_party(), "description": f"A clock {key}"},
        "recordProgramme": {"name": f"Programme {key}", "owner": city_party()},
    }
    batch = [{**agreed, "idempotencyKey": f"{key} {name}"} for name in ("one", "two")]
    inputs = {name: {**given, "idempotencyKey": f"{key} {name}"} for name, given in named.items()}
    return {**inputs, "recordSignings": batch}


def changes(known: dict[str, list[str]]) -> dict[str, Any]:
    """Return inputs that change what there is, each something of its own."""

    def first(identifier: str, **given: Any) -> dict[str, Any]:
        return {"id": identifier, "expectedVersion": 1, **given}

    return {
        "amendAgreement": first(known["agr"][0], title="Another"),
        "endAgreement": first(known["agr"][1], endedOn="2025"),
        "cite": {"subject": known["agr"][2], "citation": citation()},
        "updateCity": first(known["cty"][0], patch={"population": 1}),
        "mergeCities": {"duplicate": known["cty"][1], "into": known["cty"][2]},
        "updateOrganization": first(known["org"][0], patch={"website": "https://office.example"}),
        "mergeOrganizations": {"duplicate": known["org"][1], "into": known["org"][2]},
        "updatePerson": first(known["per"][0], patch={"nativeName": "陳其邁"}),
        "mergePeople": {"duplicate": known["per"][1], "into": known["per"][2]},
        "updateEvent": first(known["evt"][0], patch={"venue": "The hall"}),
        "retract": first(known["evt"][1], reason="It did not take place."),
        "updateDelegation": first(known["del"][0], patch={"name": "Another"}),
        "updateProgramme": first(known["prg"][0], patch={"description": "A plan"}),
    }


@asynccontextmanager
async def registry(database: str, issuer: Issuer, policy: Policy) -> AsyncIterator[Registry]:
    """Serve a registry under a policy."""
    tokens: dict[str, Any] = {"oidc_issuer": issuer.address, "oidc_audience": AUDIENCE}
    connection = await asyncpg.connect(database)
    async with (
        listening(database, anonymous=policy.anonymous, introspection=policy.introspection, **tokens) as service,
        httpx.AsyncClient(timeout=30) as client,
    ):
        filled = Registry(service, client, connection)
        await filled.fill()
        yield filled
    await connection.close()


@pytest.mark.parametrize(("role", "policy"), CASES, ids=lambda each: each.name)
async def test_each_may_what_its_role_permits_and_nothing_else(
    database: str, issuer: Issuer, role: Role, policy: Policy
) -> None:
    async with registry(database, issuer, policy) as filled:
        caller = filled.caller(await authorization(role, filled.connection, issuer))
        wrote, before = set(), await filled.counted()
        for transport in TRANSPORTS:
            inputs = filled.inputs()
            for operation in OPERATIONS:
                told = await transport(caller, operation.document, operation.variables(inputs, filled.start))
                after, what = await filled.counted(), f"{operation.document} by {transport.__name__}: {told.text}"
                assert told.codes == expected(role, policy, operation, transport), what
                assert not told.codes or not told.data, what
                assert told.codes or operation.field in told.data, what
                if after != before:
                    assert not told.codes, what
                    wrote.add(operation.field)
                before = after
        assert wrote == permitted(role)


def test_each_mutation_is_known_here_and_says_what_it_needs() -> None:
    assert SCHEMA.mutation_type
    assert {*SCHEMA.mutation_type.fields} == REGISTRY | SIGNINGS
    for name, field in SCHEMA.mutation_type.fields.items():
        needed = Scope.REGISTRY_WRITE if name in REGISTRY else Scope.SIGNINGS_WRITE
        assert (field.description or "").endswith(f"Needs a key with the scope {needed}.")


@pytest.mark.parametrize("order", [("recordEvent", "createCity"), ("createCity", "recordEvent")])
async def test_nothing_is_written_of_an_operation_of_which_a_part_is_not_permitted(
    database: str, issuer: Issuer, order: tuple[str, str]
) -> None:
    async with registry(database, issuer, OPEN) as filled:
        (role,) = (role for role in ROLES if role.name == "a key with signings_write")
        caller = filled.caller(await authorization(role, filled.connection, issuer))
        inputs, before = filled.inputs(), await filled.counted()
        declared = "$recordEvent: RecordEventInput!, $createCity: CreateCityInput!"
        document = f"mutation ({declared}) {{ {' '.join(f'{one}(input: ${one}) {{ cursor }}' for one in order)} }}"
        told = await caller.post(document, {name: inputs[name] for name in order})
        assert (told.codes, told.data) == (("FORBIDDEN",), None)
        assert await filled.counted() == before


@pytest.mark.parametrize("role", [ANONYMOUS, REVOKED_KEY], ids=lambda each: each.name)
async def test_those_who_are_not_let_in_are_not_told_that_an_answer_is_still_right(
    database: str, issuer: Issuer, role: Role
) -> None:
    async with registry(database, issuer, CLOSED) as filled:
        shown = await authorization(role, filled.connection, issuer)
        headers = {"if-none-match": "*"} | ({"authorization": shown} if shown else {})
        asked = await filled.client.get(filled.service.url, params={"query": "{ feedCursor }"}, headers=headers)
        assert asked.status_code == 401


async def test_a_key_and_a_token_that_expire_close_their_sockets(
    database: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "RECHECK_S", 0.1)
    async with registry(database, issuer, OPEN) as filled:
        key = await create_key(filled.connection, "Anna", [Scope.ADMIN], "", datetime.now(UTC) + timedelta(days=1))
        token = issuer.token(exp=int(time.time()) - 1)  # let in, because clocks differ
        url, shown = filled.service.socket_url, [{"authorization": f"Bearer {each}"} for each in (key, token)]
        async with (
            opened(url, additional_headers=shown[0]) as first,
            opened(url, additional_headers=shown[1]) as second,
        ):
            await filled.connection.execute("UPDATE api_key SET expires_at = now() - interval '1 second'")
            monkeypatch.setattr(oidc, "LEEWAY_S", 0.0)
            monkeypatch.setattr(filled.service.streams.access, "clock", lambda: time.monotonic() + TRUSTED_S)
            assert [await close_code(first), await close_code(second)] == [4403, 4403]
