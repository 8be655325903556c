"""The service answers every operation as the reference does, with the same order of keys, by one statement."""

import asyncio
import os
import re
import secrets
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from itertools import combinations
from random import Random
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType
from hypothesis import HealthCheck, Phase, given, settings

from schema.build import build
from schema.execution import Executor
from schema.limits import Limits
from service.models import TABLES
from service.sql import gathered
from tests.conftest import sibling
from tests.oracle import registry, sample
from tests.oracle.answers import SCHEMA, column_name, resolver
from tests.oracle.filters import FIELDS, Of
from tests.oracle.lists import CURSOR, ORDERS
from tests.oracle.operations import by_party, filtered, operations
from tests.oracle.smaller import smallest
from tests.oracle.together import feed_cursors
from tests.oracle.trial import Counted, Operation, Trial
from tests.oracle.values import Values, pairs, searched

PAGES = ("Connection", "Edge", "PageInfo")
LONG = os.environ.get("TEST_LONG") == "1"
SEEDS = tuple(range(1, 21 if LONG else 5))
OPERATIONS = 50_000 if LONG else 2_000
OPERATIONS_AN_EXAMPLE = 10
LISTS = 4_000 // len(SEEDS) if LONG else 200
# What operations are drawn with, told by a sign in the document, and the least share of distinct operations with it.
SIGNS = {
    "any": ("", 0.9),
    "a filter": (r"\bfilter: ", 0.2),
    "a negation": (r"\bnot: ", 0.1),
    "an order": (r"\borderBy: ", 0.2),
    "a page from the end": (r"\blast: ", 0.25),
    "a page from a cursor": (r"\b(?:after|before): ", 0.3),
    "a search": (r"\bsearch\(", 0.05),
    "a fragment": (r"\bfragment ", 0.5),
    "a directive": (r"@(?:skip|include)\b", 0.5),
    "a variable": (r"\$", 0.5),
}
# What is not asked by a query, and what graphql-core answers.
NOT_READ = ("Mutation", "Subscription", "RecordSigningPayload", "UserError", "__")


class Bench:
    """A registry filled at random, and an event loop to try operations on it."""

    def __init__(self, url: str, seed: int) -> None:
        """Fill the registry, and learn cursors of every order."""
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.trial: Trial = self.run(self.start(url, seed))
        for operation in (*harvest(), *timelines(self.trial.registry), *searches(self.trial.registry)):
            self.check(operation)
        cursors: dict[str, list[str]] = {}
        for cursor, mark in self.trial.cursors.items():
            cursors.setdefault(mark.removeprefix(CURSOR).rpartition(" ")[0], []).append(cursor)
        cursors["change"] = feed_cursors(self.trial.registry)
        self.values = Values(self.trial.registry, cursors)

    async def start(self, url: str, seed: int) -> Trial:
        """Fill the registry and connect to it."""
        await sample.fill(url, seed)
        database = await self.stack.enter_async_context(Counted.connect(url, pool_min=1, pool_max=1))
        assert isinstance(database, Counted)
        await database.watch()
        # Operations are drawn without regard to what is allowed.
        limits = Limits(
            characters=100_000, tokens=10_000, aliases=1_000, directives=1_000, conditions=2_000, rows=10_000_000
        )
        executor = Executor(build(), database, None, limits)  # type: ignore[arg-type]  # no query follows the feed
        return Trial(database, executor, await registry.load(url))

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run to the end."""
        return self.runner.run(coroutine)

    def check(self, operation: Operation) -> None:
        """Fail where the two answers differ, and show the operation, as small as it still fails."""
        if self.run(self.trial.difference(operation)) is None:
            return
        least = self.run(smallest(operation, self.trial.difference))
        difference = self.run(self.trial.difference(least))
        raise AssertionError(f"{difference}\n{least.document}\n{least.variables}\nfound as\n{operation}")

    def close(self) -> None:
        """Disconnect."""
        self.run(self.stack.aclose())
        self.runner.close()


def harvest() -> Iterator[Operation]:
    """Yield operations whose answers hold the cursors of many orders of every list."""
    for table, fields in ORDERS.items():
        plural = {"agreement": "agreements", "city": "cities", "event": "events", "delegation": "delegations"}[table]
        single = [[(field, direction)] for field in fields for direction in ("ASC", "DESC")]
        pairs = [[(a, "DESC"), (b, "ASC")] for a, b in combinations(fields, 2)]
        for order in [*single, *pairs]:
            keys = ", ".join(f"{{field: {field}, direction: {direction}}}" for field, direction in order)
            yield Operation(f"{{ {plural}(first: 100, orderBy: [{keys}]) {{ edges {{ cursor node {{ id }} }} }} }}")
    for plural in ("organizations", "people", "contributions", "programmes", "areas", "sources"):
        yield Operation(f"{{ {plural}(first: 100) {{ edges {{ cursor node {{ id }} }} }} }}")
    yield Operation("{ people { nodes { participations { edges { cursor node { role } } } } } }")
    edges = "edges { cursor since kinds agreementCount node { id } }"
    statuses = "[PLANNED, IN_FORCE, SUSPENDED, EXPIRED, ENDED, CANCELLED]"
    yield Operation(f"{{ cities {{ nodes {{ partners(first: 50, statuses: {statuses}) {{ {edges} }} }} }} }}")


def timelines(rows: registry.Registry) -> Iterator[Operation]:
    """Yield operations whose answers hold the cursors of what cities did together."""
    for pair in {tuple(sorted(pair)) for pair in pairs(rows)}:
        between = ", ".join(f'{{id: "{identifier}"}}' for identifier in pair)
        yield Operation(f"{{ relationship(between: [{between}]) {{ since timeline {{ edges {{ cursor }} }} }} }}")


def searches(rows: registry.Registry) -> Iterator[Operation]:
    """Yield operations whose answers hold the cursors of what texts find."""
    for text in searched(rows):
        yield Operation(
            "query ($text: String!) { search(text: $text, first: 100) { edges { cursor } } }", {"text": text}
        )


@pytest.fixture(scope="module", params=SEEDS)
def bench(request: pytest.FixtureRequest, postgres_url: str, template: str) -> Iterator[Bench]:
    """A registry for each seed."""
    name = f"oracle_{secrets.token_hex(6)}"
    asyncio.run(_execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    bench = Bench(sibling(postgres_url, name), request.param)
    yield bench
    bench.close()
    asyncio.run(_execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def test_answers_as_the_reference_does(bench: Bench) -> None:
    @settings(
        max_examples=OPERATIONS // OPERATIONS_AN_EXAMPLE // len(SEEDS),
        deadline=None,
        database=None,
        derandomize=not LONG,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operations(bench.values, OPERATIONS_AN_EXAMPLE))
    def answers_alike(asked: list[Operation]) -> None:
        for operation in asked:
            bench.check(operation)
            documents.add(operation.document)

    documents: set[str] = set()
    answers_alike()
    drawn = {what: sum(bool(re.search(sign, text)) for text in documents) for what, (sign, _) in SIGNS.items()}
    wanted = {what: share * OPERATIONS // len(SEEDS) for what, (_, share) in SIGNS.items()}
    assert all(drawn[what] >= wanted[what] for what in SIGNS), f"too few of some: {drawn}, and not {wanted}"


def test_answers_each_field_of_a_filter_and_its_negation_as_the_reference_does(bench: Bench) -> None:
    random = Random(bench.values.ids[0])  # noqa: S311  # to be had again, not to be unguessable
    for field in FIELDS:
        bench.check(filtered(random, bench.values, field, 12))
    assert negatable(bench.trial.registry) - bench.trial.reference.negations == set()


def negatable(rows: registry.Registry) -> set[tuple[str, str]]:
    """Return what a negation can come upon: that each field holds, that it does not, and a value that is unknown."""
    found: set[tuple[str, str]] = set()
    for name, field in FIELDS.items():
        kind, table = name.partition(".")[0], name.partition("Filter.")[0].lower()
        if "not" in SCHEMA.type_map[kind].fields:  # type: ignore[attr-defined]  # an input object
            found |= {(name, "True"), (name, "False")}
            if isinstance(field, Of) and any(row[field.column] is None for row in rows[table]):
                found.add((name, "unknown"))
    return found


def test_lists_agreements_by_party_as_the_reference_does(bench: Bench) -> None:
    random = Random(bench.values.ids[0])  # noqa: S311  # to be had again, not to be unguessable
    bench.trial.walked = 0
    for _ in range(LISTS):
        bench.check(by_party(random, bench.values))
    assert bench.trial.walked > LISTS * 0.4, "too few lists were read along a link"


def test_puts_agreements_by_party_in_any_order_however_many_they_are(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(bench.values.ids[0])  # noqa: S311  # to be had again, not to be unguessable
    bench.trial.gathered = 0
    for _ in range(LISTS):
        asked = by_party(random, bench.values, random.choice(("TITLE", "EXPIRES_ON", "UPDATED_AT")))
        with monkeypatch.context() as bounds:
            bounds.setattr(gathered, "FEW", random.choice((0, 1, 3, gathered.FEW)))
            bounds.setattr(gathered, "LOOKED_THROUGH", random.choice((0, 1, 30, gathered.LOOKED_THROUGH)))
            bench.check(asked)
    assert bench.trial.gathered > LISTS * 0.3, "too few lists were found along a link"


def test_judges_every_field_that_can_be_asked_for() -> None:
    tables = {name.replace("_", ""): table for name, table in TABLES.items()}
    tables["localizedname"] = tables["cityname"]
    unjudged = set()
    for type_ in SCHEMA.type_map.values():
        if (
            not isinstance(type_, GraphQLObjectType)
            or type_.name.startswith(NOT_READ)
            or type_.name.endswith(("Payload", "Message"))
        ):
            continue
        table = tables.get(type_.name.lower())
        for field in type_.fields:
            own = (table is not None and column_name(field) in table.c) or type_.name.endswith(PAGES)
            if not own and not resolver(type_, field):
                unjudged.add(f"{type_.name}.{field}")
    assert unjudged == set(), "give them resolvers in tests/oracle"


def test_judges_every_filter_and_order() -> None:
    kinds = {name: type_ for name, type_ in SCHEMA.type_map.items() if isinstance(type_, GraphQLInputObjectType)}
    of_records = [
        type_ for name, type_ in kinds.items() if "not" in type_.fields or name in ("AreaFilter", "ChangeFilter")
    ]
    asked = {f"{type_.name}.{key}" for type_ in of_records for key in type_.fields if key not in ("and", "or", "not")}
    assert asked == set(FIELDS)
    orders = {f"{table.title()}OrderField": list(fields) for table, fields in ORDERS.items()}
    published = {
        name: list(type_.values)
        for name, type_ in SCHEMA.type_map.items()
        if isinstance(type_, GraphQLEnumType) and name.endswith("OrderField")
    }
    assert orders == published
