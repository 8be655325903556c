"""What is not public is told to nobody, however much is asked for: not by a query, and not by the feed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from json import dumps
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLOutputType, get_named_type, is_abstract_type, is_leaf_type

from schema.build import build
from schema.execution import Executor
from schema.limits import Limits
from service.changes import Feed
from service.database import Database
from service.keys import Caller, Scope, create_key
from tests.api import Api
from tests.factories import citation, city_party, parties
from tests.followers import Replica, caught_up, follow
from tests.rights import arguments
from tests.test_merging import retraction

BUILT = build()
SCHEMA = BUILT._schema
UNBOUNDED = Limits(characters=10**6, tokens=10**5, aliases=10**5, depth=100, fields=10**5, selections=10**5, rows=10**9)
PLANTED, SHOWN = "planted", "shown to all"
ADMIN = Caller("admin", "admin", frozenset({Scope.ADMIN}))
# Each mutation with what its payload calls the record, and texts of which none may be told once that is taken back.
TAKEN_BACK: list[tuple[str, str, dict[str, Any]]] = [
    (
        "recordSigning",
        "agreement",
        {
            "kind": "OTHER",
            "parties": parties(),
            "title": PLANTED,
            "externalReference": PLANTED,
            "citations": [citation(locator=PLANTED, note=PLANTED)],
        },
    ),
    ("recordEvent", "event", {"event": {"kind": "EXPO", "name": PLANTED, "venue": PLANTED}}),
    ("recordDelegation", "delegation", {"delegation": {"from": city_party(), "name": PLANTED}}),
    ("recordContribution", "contribution", {"kind": "GIFT", "giver": city_party(), "description": PLANTED}),
    ("recordProgramme", "programme", {"name": PLANTED, "owner": city_party(), "description": PLANTED}),
]


def everything(type_: GraphQLOutputType, depth: int) -> str:
    """Return all that can be selected of a type: its values, and those of what it leads to, so many steps deep."""
    named: Any = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    if is_abstract_type(named):
        members = SCHEMA.get_possible_types(named)
        return "{ __typename " + " ".join(f"... on {each} {everything(each, depth)}" for each in members) + " }"
    chosen = [
        f"{named}_{name}: {name}{arguments(field)} {everything(field.type, depth - 1)}"
        for name, field in named.fields.items()
        if depth or is_leaf_type(get_named_type(field.type))
    ]
    return "{ __typename " + " ".join(chosen) + " }"


@dataclass
class Registry:
    """A registry with a signing that stands, and a record of each kind that was taken back; and a caller's key."""

    replica: Replica
    start: str
    hidden: list[str]
    key: str

    def check(self, answer: str) -> None:
        """Fail where an answer tells what is not public: what was taken back, why, by which request, or the key."""
        for secret in (PLANTED, *self.key.split("_")[1:]):
            assert secret not in answer.lower()


@pytest.fixture
async def registry(database: str, pool: "asyncpg.Pool[asyncpg.Record]") -> AsyncIterator[Registry]:
    async with Database.connect(database) as connected:
        feed = Feed(connected)
        async with feed.run(), pool.acquire() as connection:
            api = Api(Executor(BUILT, connected, feed, UNBOUNDED))
            start, hidden = str(feed.head), []
            shown = {"kind": "OTHER", "parties": parties(), "title": SHOWN, "externalReference": "reference"}
            await api.written("recordSigning", {"idempotencyKey": f"{PLANTED} key", **shown})
            for name, record, given in TAKEN_BACK:
                payload = await api.written(
                    name, {"idempotencyKey": f"{PLANTED} {name}", **given}, f"{record} {{ id }}"
                )
                hidden.append(payload[record]["id"])
                reason = {"reason": f"{PLANTED}: an error", "idempotencyKey": f"{PLANTED} retract {name}"}
                await api.written("retract", retraction(hidden[-1]) | reason)
            key = await create_key(connection, "registrar", [Scope.ADMIN], "")
            yield Registry(Replica(api, feed, connected), start, hidden, key)


async def test_no_query_tells_even_an_admin_what_is_not_public(registry: Registry) -> None:
    assert SCHEMA.query_type
    told = []
    for name, field in SCHEMA.query_type.fields.items():
        given = arguments(field).replace('"a"', f'"{PLANTED}"')
        for identifier in registry.hidden if "IDENTIFIER" in given else [""]:
            named = given.replace("IDENTIFIER", identifier)
            answer = await registry.replica.api.answer(f"{{ {name}{named} {everything(field.type, 2)} }}", None, ADMIN)
            assert "errors" not in answer, answer["errors"]
            registry.check(dumps(answer))
        if SHOWN in dumps(answer):
            told.append(name)
    assert told == ["agreements", "changes"]


async def test_no_message_of_the_feed_tells_what_is_not_public(registry: Registry) -> None:
    assert SCHEMA.subscription_type
    await caught_up(registry.replica)
    for name, field in SCHEMA.subscription_type.fields.items():
        document = f"subscription ($after: String) {{ {name}(after: $after) {everything(field.type, 3)} }}"
        reader = await follow(registry.replica, document, after=registry.start)
        told = dumps(await reader.rest())
        registry.check(told)
        assert SHOWN in told or name not in ("changes", "signingRecorded", "agreementChanged")
        assert len(told) > 2, name
