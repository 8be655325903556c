"""Every order and every filter that an index should answer is answered by one, on a large registry."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from bench.growth import literal
from schema.build import build
from schema.document import Documents
from schema.filters import OFFERS
from schema.orders import ORDERS
from schema.planner import Planner
from service.database import GENERAL, PARTICULAR, SESSION
from service.generation import Size, generate
from service.sql import gathered, write
from tests.conftest import execute, sibling

AGREEMENTS = 20_000
LARGE = 2_000  # rows; below, reading the whole table is the quicker way
LISTS = {"agreement": "agreements", "city": "cities", "event": "events", "delegation": "delegations"}

# What each kind of condition asks for: mostly few rows, of which there are some.
ASKED = {
    "StringFilter": '{startsWith: "ba"}',
    "IntFilter": "{min: 20000000}",
    "CountryCodeFilter": '{equals: "XK"}',
    "AgreementKindFilter": "{equals: PROJECT}",
    "AgreementStatusFilter": "{equals: EXPIRED}",
    "EventKindFilter": "{equals: EXPO}",
    "geonamesId": "{equals: 1}",
    "wikidataId": '{equals: "Q1"}',
    "region": '{equals: "Colorado"}',
    "externalReference": '{equals: "GEN-1-00000100"}',
    "PartialDateFilter": '{from: "1999-03-01", to: "1999-03-31"}',
}
IDS = {
    "AgreementFilter": "$id",
    "CityFilter": "$city",
    "OrganizationFilter": "$organization",
    "PersonFilter": "$person",
    "EventFilter": "$event",
    "DelegationFilter": "$delegation",
    "AreaFilter": "$area",
}
FILTERED = {
    "AgreementFilter": "agreements",
    "CityFilter": "cities",
    "OrganizationFilter": "organizations",
    "PersonFilter": "people",
    "EventFilter": "events",
    "DelegationFilter": "delegations",
}
# Pages that read little more than they hold, however many fulfil what is asked or do not.
IN_ORDER = [
    "{id: {equals: $id}}",
    '{externalReference: {equals: "GEN-1-00000100"}}',
    '{signedOn: {from: "1900-01-01", to: "1960-12-31"}}',
    '{signedOn: {from: "2001-01-01", certainty: POSSIBLE}}',
    '{kind: {equals: OTHER}, signedOn: {to: "1999-12-31"}}',
    "{status: {equals: PLANNED}}",
    '{status: {equals: IN_FORCE}, signedOn: {from: "1980-01-01", to: "1980-12-31"}}',
    "{kind: {equals: PROJECT}}",
    "{status: {equals: ENDED}}",
    "{status: {equals: EXPIRED}}",
    '{signedOn: {from: "2010-01-01", to: "2014-12-31"}}',
    '{party: {city: {country: {equals: "CN"}}}}',
    '{party: {city: {country: {equals: "ZW"}}}}',
    '{party: {organization: {country: {equals: "CN"}}}}',
    "{party: {city: {id: {equals: $city}}}}",
    '{kind: {equals: PROJECT}, party: {city: {country: {equals: "CN"}}}}',
    '{kind: {equals: SISTER_CITY}, signedOn: {from: "2010-01-01"}, party: {city: {country: {equals: "CN"}}}}',
    '{and: [{not: {status: {equals: PLANNED}}}, {party: {city: {country: {equals: "CN"}}}}]}',
]
# Pages in another order than their indexes, planned once for all values: of few all are read, of many the first ones.
IN_ANOTHER_ORDER = {
    '{party: {city: {country: {equals: "ZW"}}}}': 200,
    '{kind: {equals: SISTER_CITY}, signedOn: {from: "2010-01-01"}, party: {city: {country: {equals: "ZW"}}}}': 200,
    "{party: {city: {id: {equals: $city}}}}": 200,
    '{party: {city: {country: {equals: "CN"}}}}': 1_000,  # of 2,800
}
# The same of other lists, and of agreements by title.
IN_ORDER_TOO = [
    'cities(filter: {name: {startsWith: "b"}})',
    'cities(filter: {name: {equals: "zyx"}})',
    'people(filter: {name: {startsWith: "an"}}, last: 20)',
    'events(filter: {startsOn: {from: "1999-03-01", to: "1999-03-31"}})',
    'agreements(filter: {title: {startsWith: "sister"}}, orderBy: [{field: TITLE}])',
    'agreements(filter: {title: {startsWith: "sister"}}, orderBy: [{field: TITLE, direction: DESC}])',
]
# What no index answers: a part of a text may stand anywhere in it, and search has an index of its own for words.
LOOKED_THROUGH = ['{title: {contains: "zyx"}}', '{externalReference: {contains: "zyx"}}']


def conditions(name: str, depth: int = 1) -> Iterator[str]:
    """Yield a filter object for each field that a filter offers, and of the filters in it, and so on."""
    if name == "PartyFilter":
        for key, kind in (("city", "CityFilter"), ("organization", "OrganizationFilter")):
            yield from (f"{{{key}: {inner}}}" for inner in conditions(kind, depth))
        return
    for key, offer in OFFERS[name].items():
        kind = offer.annotation
        if key in ("and", "or", "not"):
            continue
        if kind == "IDFilter":
            yield f"{{id: {{equals: {IDS[name]}}}}}"
        elif asked := ASKED.get(key) or ASKED.get(kind):
            yield f"{{{key}: {asked}}}"
        elif depth:
            yield from (f"{{{key}: {inner}}}" for inner in conditions(kind, depth - 1))


FILTERS = [f"{plural}(filter: {condition})" for name, plural in FILTERED.items() for condition in conditions(name)]
RELATIONS = [
    "city(ref: {id: $city}) { agreements { nodes { title } } }",
    "city(ref: {id: $city}) { partners { totalCount nodes { name } } }",
    "city(ref: {id: $city}) { events { nodes { name } } delegationsSent { nodes { name } } }",
    "city(ref: {id: $city}) { delegationsReceived { nodes { name } } organizations { nodes { name } } }",
    'city(ref: {named: {name: "ba", country: "DE"}}) { name }',
    "person(id: $person) { signed { nodes { title } } delegations { nodes { name } } }",
    "person(id: $person) { participations { nodes { role } } }",
    "event(id: $event) { agreements { nodes { title } } delegations { nodes { name } } }",
    "event(id: $event) { contributions { nodes { kind } } }",
    "agreement(id: $id) { successors { title } parties { party { name } } }",
    "agreement(id: $id) { citations { field } history { nodes { kind } } }",
    "relationship(between: [{id: $city}, {id: $other}]) { since agreements { nodes { title } } }",
    "relationship(between: [{id: $city}, {id: $other}]) { timeline { nodes { __typename } } }",
    "changes(first: 5) { nodes { kind } }",
    "changes(first: 5, filter: {subject: $id}) { nodes { kind } }",
]


def orders() -> Iterator[str]:
    """Yield a first page in every order that is offered, from either end."""
    for table, plural in LISTS.items():
        for field in ORDERS[table][1]:
            for direction in ("ASC", "DESC"):
                for end in ("first", "last"):
                    yield f"{plural}(orderBy: [{{field: {field}, direction: {direction}}}], {end}: 5)"


@pytest.fixture(scope="module")
def large(postgres_url: str, template: str) -> Iterator[str]:
    """The address of a generated registry with statistics."""
    name = f"large_{secrets.token_hex(6)}"
    asyncio.run(execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    url = sibling(postgres_url, name)
    asyncio.run(generate(url, Size.of(AGREEMENTS), 1, lambda _: None))
    yield url
    asyncio.run(execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def connection(large: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection set up as the service's are."""
    connection = await asyncpg.connect(large, server_settings=SESSION)
    yield connection
    await connection.close()


async def scanned(connection: asyncpg.Connection, field: str) -> set[str]:
    """Return the large tables that the statement for a root field reads as a whole."""
    large = {
        row["relname"]
        for row in await connection.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > $1", LARGE)
    }
    statement = write(await planned(connection, field))
    explained = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement.text}", *statement.parameters)
    return large & set(whole_tables(json.loads(explained)[0]["Plan"]))


def whole_tables(node: dict[str, Any]) -> Iterator[str]:
    """Yield the tables that a plan reads as a whole."""
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from whole_tables(child)


async def planned(connection: asyncpg.Connection, field: str) -> Any:
    """Plan a root field, its variables drawn from the registry."""
    variables = {
        "id": await connection.fetchval("SELECT id FROM agreement OFFSET 100 LIMIT 1"),
        "city": await connection.fetchval(
            "SELECT city_id FROM agreement_party WHERE city_id IS NOT NULL OFFSET 9 LIMIT 1"
        ),
        "other": await connection.fetchval(
            "SELECT city_id FROM agreement_party WHERE city_id IS NOT NULL OFFSET 99 LIMIT 1"
        ),
        "person": await connection.fetchval("SELECT person_id FROM signatory OFFSET 100 LIMIT 1"),
        "event": await connection.fetchval("SELECT id FROM event OFFSET 100 LIMIT 1"),
        "organization": await connection.fetchval("SELECT id FROM organization OFFSET 100 LIMIT 1"),
        "delegation": await connection.fetchval("SELECT id FROM delegation OFFSET 100 LIMIT 1"),
        "area": await connection.fetchval("SELECT id FROM area LIMIT 1"),
    }
    used = {name: value for name, value in variables.items() if f"${name}" in field}
    declared = f"({', '.join(f'${name}: ID!' for name in used)})" if used else ""
    selection = "" if field.endswith("}") else " { nodes { id } }"
    schema = build()._schema
    documents = Documents(schema)
    document = documents.read(f"query Q{declared} {{ {field}{selection} }}")
    operation = document.operation(None)
    return Planner(schema, document.fragments, documents.variables(operation, used)).operation(operation)


@pytest.mark.parametrize("field", [*orders(), *FILTERS, *RELATIONS])
async def test_no_large_table_is_read_as_a_whole(connection: asyncpg.Connection, field: str) -> None:
    assert await scanned(connection, field) == set()


async def test_notices_a_table_that_is_read_as_a_whole(connection: asyncpg.Connection) -> None:
    explained = await connection.fetchval("EXPLAIN (FORMAT JSON) SELECT max(summary) FROM agreement")
    assert set(whole_tables(json.loads(explained)[0]["Plan"])) == {"agreement"}


async def rows_read(connection: asyncpg.Connection, field: str) -> int:
    """Return how many rows the statement for a root field really reads, by the plan that the service has for it."""
    statement = write(await planned(connection, field))
    for setting, value in (PARTICULAR if statement.particular else GENERAL).items():
        await connection.execute(f"SELECT set_config('{setting}', '{value}', false)")
    await connection.execute(f"PREPARE asked AS {statement.text}")
    given = f"({', '.join(map(literal, statement.parameters))})" if statement.parameters else ""
    explained = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked{given}")
    await connection.execute("DEALLOCATE asked")
    return sum(read(json.loads(explained)[0]["Plan"]))


def read(node: dict[str, Any]) -> Iterator[int]:
    """Yield how many rows each scan of a plan read."""
    if "Relation Name" in node:
        passed = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        yield round((node["Actual Rows"] + passed) * node["Actual Loops"])
    for child in node.get("Plans", ()):
        yield from read(child)


@pytest.mark.parametrize("condition", IN_ORDER)
async def test_a_filtered_page_reads_little_more_than_it_holds(connection: asyncpg.Connection, condition: str) -> None:
    for end in ("first: 20", "last: 20"):
        assert await rows_read(connection, f"agreements(filter: {condition}, {end})") < 200


@pytest.mark.parametrize("field", IN_ORDER_TOO)
async def test_a_page_of_any_list_reads_little_more_than_it_holds(connection: asyncpg.Connection, field: str) -> None:
    assert await rows_read(connection, field) < 200


@pytest.mark.parametrize(("condition", "most"), IN_ANOTHER_ORDER.items())
async def test_a_page_in_another_order_reads_few_or_looks_for_the_first(
    connection: asyncpg.Connection, condition: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathered, "FEW", 100)
    for order in ("TITLE", "UPDATED_AT"):
        field = f"agreements(filter: {condition}, orderBy: [{{field: {order}}}])"
        assert await rows_read(connection, field) < most


@pytest.mark.parametrize("condition", LOOKED_THROUGH)
async def test_looks_through_all_for_a_part_of_a_text(connection: asyncpg.Connection, condition: str) -> None:
    assert await rows_read(connection, f"agreements(filter: {condition})") >= AGREEMENTS
