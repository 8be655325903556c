"""Searching: what a text finds, in which order, page by page, and that the words follow every change of a name."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import orjson
import pytest
from strawberry import Schema

from schema.build import build
from schema.execution import Executor, GraphQLRequest
from service.changes import Feed
from service.database import Database
from service.folding import fold
from service.models.columns import new_id
from service.models.search import SEARCHED
from tests import planning

Pool = asyncpg.Pool

SEARCH = """
query ($text: String!, $types: [SearchType!], $first: Int, $after: String) {
  search(text: $text, types: $types, first: $first, after: $after) {
    nodes {
      __typename
      ... on City { name } ... on Organization { name } ... on Person { name } ... on Agreement { title }
      ... on Event { name } ... on Delegation { name } ... on Programme { name }
    }
    edges { cursor node { ... on Record { id } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


@pytest.fixture(scope="module")
def schema() -> Schema:
    """The schema, which takes longer to build than a search."""
    return build()


@pytest.fixture
async def executor(schema: Schema, database: str) -> AsyncIterator[Executor]:
    """What answers operations over the test's registry."""
    async with Database.connect(database, pool_min=1, pool_max=2) as connected:
        yield Executor(schema, connected, Feed(connected))


async def answer(executor: Executor, **variables: Any) -> dict[str, Any]:
    """Return the whole response to a search."""
    given = await executor.answer(GraphQLRequest(SEARCH, None, variables))
    response: dict[str, Any] = orjson.loads(given.body)
    return response


async def page(executor: Executor, text: str, **variables: Any) -> dict[str, Any]:
    """Return a page of what a text finds."""
    response = await answer(executor, text=text, **variables)
    assert "errors" not in response, response
    found: dict[str, Any] = response["data"]["search"]
    return found


async def found(executor: Executor, text: str, *types: str) -> list[str]:
    """Return the names of what a text finds."""
    nodes = (await page(executor, text, types=list(types) or None))["nodes"]
    return [node.get("name") or node["title"] for node in nodes]


async def add(pool: "Pool[asyncpg.Record]", table: str, name: str, *others: str, **columns: Any) -> str:
    """Write a record of these names as the rules write it."""
    one = SEARCHED[table]
    id_ = new_id(one.prefix)
    name_column = "title" if table == "agreement" else "name"
    given: dict[str, Any] = {"id": id_, name_column: name, f"{name_column}_folded": fold(name), **columns}
    defaults: dict[str, dict[str, Any]] = {
        "city": {"country_code": "TW"},
        "organization": {"kind": "OTHER", "members_complete": True},
        "agreement": {"kind": "SISTER_CITY", "status": "IN_FORCE", "parties_complete": True, "recorded_by": "test"},
        "event": {"kind": "VISIT", "status": "HELD"},
    }
    given = defaults.get(table, {}) | given
    places = ", ".join(f"${at}" for at in range(1, len(given) + 1))
    await pool.execute(f"INSERT INTO {table} ({', '.join(given)}) VALUES ({places})", *given.values())
    if one.name is None:
        spellings = [(fold(spelling), id_) for spelling in (name, *others)]
        await pool.executemany("INSERT INTO spelling (folded, subject_id) VALUES ($1, $2)", spellings)
    return id_


@pytest.fixture
async def registry(pool: "Pool[asyncpg.Record]") -> dict[str, str]:
    """A registry of a few records, by short names."""
    kaohsiung = await add(pool, "city", "Kaohsiung", "高雄", "Takao")
    return {
        "kaohsiung": kaohsiung,
        "pristina": await add(pool, "city", "Pristina", "Prishtinë", "Приштина", country_code="XK"),
        "chen": await add(pool, "person", "Chen Chi-mai", "陳其邁"),
        "rama": await add(pool, "person", "Përparim Rama", "Rama Përparim"),
        "office": await add(pool, "organization", "Kaohsiung City Government"),
        "agreement": await add(pool, "agreement", "Sister city agreement between Kaohsiung and Pristina"),
        "memorandum": await add(pool, "agreement", "Memorandum of understanding between Kaohsiung and Taipei"),
        "event": await add(pool, "event", "Signing in Kaohsiung"),
        "delegation": await add(
            pool,
            "delegation",
            "Delegation of Pristina",
            from_city_id=kaohsiung,
            status="PLANNED",
            members_complete=True,
        ),
        "programme": await add(pool, "programme", "Summit of Sister Cities", owner_city_id=kaohsiung),
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("perparim", "Përparim Rama"),
        ("PËRPARIM", "Përparim Rama"),
        ("陳其邁", "Chen Chi-mai"),
        ("陳其", "Chen Chi-mai"),
        ("mai chi chen", "Chen Chi-mai"),
        ("prishtina", None),
        ("prishtine", "Pristina"),
        ("приш", "Pristina"),
        ("高雄", "Kaohsiung"),
        ("tak", "Kaohsiung"),
        ("sister cities", "Summit of Sister Cities"),
        ("pristina sister", "Sister city agreement between Kaohsiung and Pristina"),
        ("between, understanding & TAIPEI", "Memorandum of understanding between Kaohsiung and Taipei"),
    ],
)
@pytest.mark.usefixtures("registry")
async def test_finds_names_whatever_case_accents_script_and_order(
    executor: Executor, text: str, name: str | None
) -> None:
    assert await found(executor, text) == ([] if name is None else [name])


@pytest.mark.usefixtures("registry")
async def test_ranks_the_exact_name_before_names_that_begin_so_before_names_that_hold_the_word(
    executor: Executor,
) -> None:
    assert await found(executor, "kaohsiung") == [
        "Kaohsiung",
        "Kaohsiung City Government",
        "Sister city agreement between Kaohsiung and Pristina",
        "Memorandum of understanding between Kaohsiung and Taipei",
        "Signing in Kaohsiung",
    ]


@pytest.mark.usefixtures("registry")
async def test_an_unfinished_word_finds_each_record_once(executor: Executor) -> None:
    names = await found(executor, "s")
    assert names == [
        "Signing in Kaohsiung",
        "Sister city agreement between Kaohsiung and Pristina",
        "Summit of Sister Cities",
    ]
    assert await found(executor, "p") == [
        "Përparim Rama",
        "Pristina",
        "Sister city agreement between Kaohsiung and Pristina",
        "Delegation of Pristina",
    ]


@pytest.mark.usefixtures("registry")
async def test_every_word_must_match_and_only_the_last_may_be_unfinished(executor: Executor) -> None:
    assert await found(executor, "kaohsiung pri") == ["Sister city agreement between Kaohsiung and Pristina"]
    assert await found(executor, "kaoh pristina") == []
    assert await found(executor, "kaohsiung lyon") == []


@pytest.mark.usefixtures("registry")
async def test_finds_only_the_types_asked_for(executor: Executor) -> None:
    assert await found(executor, "kaohsiung", "EVENT", "CITY") == ["Kaohsiung", "Signing in Kaohsiung"]
    nodes = (await page(executor, "pristina", types=["DELEGATION"]))["nodes"]
    assert nodes == [{"__typename": "Delegation", "name": "Delegation of Pristina"}]
    response = await answer(executor, text="kaohsiung", types=[])
    assert response["data"]["search"]["nodes"] == []


def test_a_search_of_one_type_opens_no_table_of_another() -> None:
    selected = "nodes { ... on City { name } ... on Person { name } } edges { node { ... on Agreement { title } } }"
    text = planning.statement(f'{{ search(text: "a", types: [CITY]) {{ {selected} }} }}').text
    assert '"city"' in text
    assert not [table for table in SEARCHED if table != "city" and f'"{table}"' in text]


@pytest.mark.parametrize("text", ["kaohsiung", "s", "a", "of", "kaohsiung a", "between kaohsiung", "pri"])
async def test_pages_join_to_the_whole(executor: Executor, pool: "Pool[asyncpg.Record]", text: str) -> None:
    for number in range(4):
        await add(pool, "agreement", f"Accord {number} of Kaohsiung and Prishtina", status="IN_FORCE")
        await add(pool, "city", f"Agri {number}", f"Sister {number}", f"Alpha {number}")
        await add(pool, "event", f"Start of a summit between Kaohsiung {number} and Pristina")
    whole = await page(executor, text, first=100)
    assert whole["edges"]
    assert not whole["pageInfo"]["hasNextPage"]
    assert not whole["pageInfo"]["hasPreviousPage"]
    ids = [edge["node"]["id"] for edge in whole["edges"]]
    assert len(set(ids)) == len(ids)
    for size in (1, 3):
        read, after = [], None
        while True:
            part = await page(executor, text, first=size, after=after)
            read += [edge["node"]["id"] for edge in part["edges"]]
            assert part["pageInfo"]["hasPreviousPage"] is (after is not None)
            assert part["pageInfo"]["endCursor"] == part["edges"][-1]["cursor"]
            after = part["pageInfo"]["endCursor"]
            if not part["pageInfo"]["hasNextPage"]:
                break
        assert read == ids


async def test_a_page_of_none_tells_whether_there_is_more(executor: Executor, registry: dict[str, str]) -> None:
    assert registry
    assert (await page(executor, "kaohsiung", first=0))["pageInfo"]["hasNextPage"]
    assert not (await page(executor, "lyon", first=0))["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize("text", ["", "  ", "!?", "—", "\u200b"])
@pytest.mark.usefixtures("registry")
async def test_a_text_without_letters_finds_nothing(executor: Executor, text: str) -> None:
    nothing = await page(executor, text)
    assert nothing["nodes"] == []
    assert nothing["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"text": "x" * 201}, "INVALID"),
        ({"text": "a\0b"}, "INVALID"),
        ({"text": "a", "first": 101}, "INVALID"),
        ({"text": "a", "first": -1}, "INVALID"),
        ({"text": "a", "after": "x"}, "CURSOR_INVALID"),
    ],
)
async def test_refuses_what_makes_no_sense(executor: Executor, variables: dict[str, Any], code: str) -> None:
    (error,) = (await answer(executor, **variables))["errors"]
    assert error["extensions"]["code"] == code


async def test_refuses_the_cursor_of_another_list(executor: Executor, registry: dict[str, str]) -> None:
    assert registry
    asked = GraphQLRequest("{ cities { pageInfo { endCursor } } }")
    cursor = orjson.loads((await executor.answer(asked)).body)["data"]["cities"]["pageInfo"]["endCursor"]
    (error,) = (await answer(executor, text="a", after=cursor))["errors"]
    assert error["extensions"]["code"] == "CURSOR_INVALID"


async def test_refuses_the_cursor_of_another_search(executor: Executor, registry: dict[str, str]) -> None:
    assert registry
    cursor = (await page(executor, "kaohsiung", first=1))["pageInfo"]["endCursor"]
    assert (await page(executor, "KAOHSIUNG!", after=cursor))["nodes"]
    (error,) = (await answer(executor, text="kaohsiun", after=cursor))["errors"]
    assert error["extensions"]["code"] == "CURSOR_INVALID"


async def test_many_words_are_as_good_as_few(executor: Executor, registry: dict[str, str]) -> None:
    assert registry
    title = "Sister city agreement between Kaohsiung and Pristina"
    assert await found(executor, title) == [title]
    assert await found(executor, "and between pristina kaohsiung agreement city sister") == [title]
    assert await found(executor, " ".join("abcdefghijklmnopqrstuvwxyz" * 3)) == []


async def test_common_words_do_not_hide_a_rare_one(executor: Executor, pool: "Pool[asyncpg.Record]") -> None:
    await pool.execute(
        """
        INSERT INTO agreement (id, kind, title, title_folded, status, parties_complete, recorded_by)
        SELECT 'agr_' || lpad(n::text, 26, '0'), 'SISTER_CITY', title, lower(title), 'IN_FORCE', true, 'test'
        FROM generate_series(1, 3000) n, format('Sister city agreement number %s', n) title
        """
    )
    rare = await add(pool, "agreement", "Zeitz, a sister city agreement")
    for text in ("sister zeitz", "agreement zei", "zeitz a"):
        assert [edge["node"]["id"] for edge in (await page(executor, text))["edges"]] == [rare]
    assert len((await page(executor, "agreement sister", first=100))["nodes"]) == 100
    assert await found(executor, "agreement 2999") == ["Sister city agreement number 2999"]


async def test_of_common_words_the_rarest_leads(executor: Executor, pool: "Pool[asyncpg.Record]") -> None:
    await pool.execute(
        """
        INSERT INTO agreement (id, kind, title, title_folded, status, parties_complete, recorded_by)
        SELECT 'agr_' || lpad(n::text, 26, '0'), 'SISTER_CITY', title, lower(title), 'IN_FORCE', true, 'test'
        FROM generate_series(1, 9000) n,
            format('Sister city agreement of %s', CASE WHEN n > 6000 THEN 'Zeitz' ELSE 'Bonn' END) title
        """
    )
    for text in ("sister zeitz", "zeitz sister", "agreement zeit", "of city zeitz"):
        found = await page(executor, text, first=100)
        assert {node["title"] for node in found["nodes"]} == {"Sister city agreement of Zeitz"}
        assert [edge["node"]["id"] for edge in found["edges"]] == [f"agr_{n:026}" for n in range(6001, 6101)]


# ── the words follow the names ────────────────────────────────────────────────────────────────────────────────


async def test_retracted_and_merged_records_are_not_found(
    executor: Executor, pool: "Pool[asyncpg.Record]", registry: dict[str, str]
) -> None:
    for table, name in (("agreement", "agreement"), ("event", "event"), ("organization", "office")):
        await pool.execute(f"UPDATE {table} SET retracted_at = now() WHERE id = $1", registry[name])
    assert await found(executor, "kaohsiung") == [
        "Kaohsiung",
        "Memorandum of understanding between Kaohsiung and Taipei",
    ]
    assert await found(executor, "city government") == []
    await pool.execute("UPDATE person SET merged_into_id = $1 WHERE id = $2", registry["chen"], registry["rama"])
    assert await found(executor, "rama") == []
    await pool.execute("UPDATE agreement SET retracted_at = NULL WHERE id = $1", registry["agreement"])
    assert await found(executor, "agreement kaohsiung") == ["Sister city agreement between Kaohsiung and Pristina"]


async def test_a_merge_that_moves_spellings_moves_what_they_find(
    executor: Executor, pool: "Pool[asyncpg.Record]"
) -> None:
    survivor = await add(pool, "city", "New Taipei", "Xin Bei")
    duplicate = await add(pool, "city", "Taipei New City", "Xin Taipei")
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE spelling SET subject_id = $1 WHERE subject_id = $2", survivor, duplicate)
        await connection.execute("UPDATE city SET merged_into_id = $1 WHERE id = $2", survivor, duplicate)
    for text in ("taipei", "bei xin", "city taipei", "xin taipei"):
        assert await found(executor, text) == ["New Taipei"]
    await pool.execute("DELETE FROM spelling WHERE folded = 'taipei new city'")
    assert await found(executor, "city") == []
    assert await found(executor, "new tai") == ["New Taipei"]
    assert await words(pool) == [("bei", survivor), ("taipei", survivor)]


async def test_a_changed_title_is_found_by_its_new_words_alone(
    executor: Executor, pool: "Pool[asyncpg.Record]", registry: dict[str, str]
) -> None:
    title = "Sister city pact of Kaohsiung"
    await pool.execute(
        "UPDATE agreement SET title = $2, title_folded = $3 WHERE id = $1", registry["agreement"], title, fold(title)
    )
    assert await found(executor, "pact") == [title]
    assert await found(executor, "kaohsiung sister") == [title]
    assert await found(executor, "sister pristina") == []


async def test_two_that_name_a_record_at_once_keep_its_words_once(pool: "Pool[asyncpg.Record]") -> None:
    city = await add(pool, "city", "Santa Cruz")
    spelled = [f"Vera {number} Cruz" for number in range(5)]
    await asyncio.gather(*(pool.execute("INSERT INTO spelling VALUES ($1, $2)", fold(name), city) for name in spelled))
    assert [word for word, _ in await words(pool)] == ["0", "1", "2", "3", "4", "cruz"]


NAMES = ("Santa Cruz", "Cruz Alta, Cruz", "Alta", "")


@pytest.mark.parametrize("spelled_first", [True, False])
async def test_a_statement_that_adds_many_names_adds_their_words(
    pool: "Pool[asyncpg.Record]", spelled_first: bool
) -> None:
    cities = [(new_id("cty"), name) for name in NAMES for _ in range(2)]
    spellings = [(fold(spelled), id_) for id_, name in cities for spelled in {name, f"New {name}"} if spelled]
    statements = [
        (
            "INSERT INTO city (id, name, name_folded, country_code)"
            " SELECT *, 'US' FROM unnest($1::text[], $2::text[], $2)",
            cities,
        ),
        ("INSERT INTO spelling SELECT * FROM unnest($1::text[], $2::text[])", spellings),
    ]
    for statement, rows in reversed(statements) if spelled_first else statements:
        await pool.execute(statement, *map(list, zip(*rows, strict=True)))
    kept = await pool.fetch("SELECT first, word, subject_id FROM search_word WHERE kind = 1")
    wanted = {(not at, word, id_) for folded, id_ in spellings for at, word in enumerate(folded.split())}
    assert sorted(map(tuple, kept)) == sorted(wanted)


async def words(pool: "Pool[asyncpg.Record]") -> list[tuple[str, str]]:
    """Return the words that are kept, but for the first of each name."""
    rows = await pool.fetch("SELECT word, subject_id FROM search_word WHERE NOT first ORDER BY word, subject_id")
    return [(row["word"], row["subject_id"]) for row in rows]
