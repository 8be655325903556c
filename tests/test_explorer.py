"""The explorer: what its page says without a build, how a build is served, and that its examples are valid."""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from graphql import GraphQLSchema, OperationDefinitionNode, OperationType, build_schema, parse, validate
from graphql.execution.values import VariableValues, get_variable_values
from httpx import ASGITransport, AsyncClient

from service.explorer import mount_explorer

PROJECT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((PROJECT / "explorer" / "examples").glob("*.graphql"))
SDL = PROJECT / "schema" / "schema.graphql"
SCRIPT = "export const answer = 42;" * 20


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """Give the folder of a build that does not exist yet."""
    return tmp_path / "build"


@pytest.fixture
async def browser(build: Path) -> AsyncIterator[AsyncClient]:
    """Give a client of an application that serves the explorer from `build`."""
    app = FastAPI()
    mount_explorer(app, build)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://registry.test:8123") as client:
        yield client


def make(build: Path) -> None:
    """Write the least that a build consists of."""
    (build / "assets").mkdir(parents=True)
    (build / "index.html").write_text("<title>Jumelage</title>")
    (build / "favicon.svg").write_text("<svg/>")
    (build / "assets" / "index-a1b2c3.js").write_text(SCRIPT)
    (build / "assets" / "index-a1b2c3.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))


async def test_says_how_to_build_when_not_built(browser: AsyncClient) -> None:
    answer = await browser.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "make explorer" in answer.text
    assert "curl -s http://registry.test:8123/graphql" in answer.text


async def test_example_request_of_the_unbuilt_page_is_json_with_a_query(browser: AsyncClient) -> None:
    body = (await browser.get("/")).text.split("-d '")[1].split("'</pre>")[0]
    parse(json.loads(body)["query"])


async def test_escapes_the_host_on_the_unbuilt_page(browser: AsyncClient) -> None:
    answer = await browser.get("/", headers={"Host": 'a"><script>alert(1)</script>'})
    assert "<script>" not in answer.text


async def test_assets_are_not_found_when_not_built(browser: AsyncClient) -> None:
    assert (await browser.get("/explorer/assets/index-a1b2c3.js")).status_code == 404


async def test_serves_the_build_without_a_restart(browser: AsyncClient, build: Path) -> None:
    assert "make explorer" in (await browser.get("/")).text
    make(build)
    assert (await browser.get("/")).text == "<title>Jumelage</title>"
    assert (await browser.head("/")).status_code == 200
    assert (await browser.get("/explorer/favicon.svg")).headers["cache-control"] == "no-cache"


async def test_hashed_assets_are_kept_and_the_page_is_not(browser: AsyncClient, build: Path) -> None:
    make(build)
    assert (await browser.get("/")).headers["cache-control"] == "no-cache"
    asset = await browser.get("/explorer/assets/index-a1b2c3.js")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, br", "gzip"), ("identity", None)])
async def test_sends_assets_compressed_to_who_takes_them(
    browser: AsyncClient, build: Path, accepted: str, encoding: str | None
) -> None:
    make(build)
    asset = await browser.get("/explorer/assets/index-a1b2c3.js", headers={"Accept-Encoding": accepted})
    assert asset.headers.get("content-encoding") == encoding
    assert "javascript" in asset.headers["content-type"]
    assert asset.headers["vary"] == "Accept-Encoding"
    assert asset.text == SCRIPT


async def test_serves_nothing_outside_the_build(browser: AsyncClient, build: Path) -> None:
    make(build)
    (build.parent / "secret.txt").write_text("secret")
    assert (await browser.get("/explorer/%2e%2e/secret.txt")).status_code == 404


@pytest.mark.parametrize("built", [True, False])
async def test_page_may_load_from_and_talk_to_its_own_host_only(browser: AsyncClient, build: Path, built: bool) -> None:
    if built:
        make(build)
    headers = (await browser.get("/")).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == policy["script-src"] == policy["worker-src"] == "'self'"
    assert "http" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_page_and_assets_are_no_part_of_the_openapi_document(browser: AsyncClient) -> None:
    assert (await browser.get("/openapi.json")).json()["paths"] == {}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_explains_itself_and_names_its_one_operation(example: Path) -> None:
    text = example.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert operation(text).name is not None


def test_examples_cover_reading_writing_and_following() -> None:
    kinds = {operation(example.read_text(encoding="utf-8")).operation for example in EXAMPLES}
    assert kinds == set(OperationType)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_opened_in_a_tab(example: Path) -> None:
    assert f'"./examples/{example.name}?raw"' in (PROJECT / "explorer" / "examples.js").read_text(encoding="utf-8")


if SDL.is_file():  # It is generated from the code, and that it is there is checked where it is generated.

    @pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
    def test_example_is_valid(example: Path, schema: GraphQLSchema) -> None:
        text = example.read_text(encoding="utf-8")
        assert validate(schema, parse(text)) == []
        variables = example.with_suffix(".variables.json")
        given = json.loads(variables.read_text(encoding="utf-8")) if variables.exists() else {}
        definitions = operation(text).variable_definitions or ()
        assert isinstance(get_variable_values(schema, definitions, given), VariableValues)


def test_example_of_recording_writes_nothing_as_it_stands() -> None:
    (given,) = (PROJECT / "explorer" / "examples").glob("*.variables.json")
    assert json.loads(given.read_text(encoding="utf-8"))["input"]["validateOnly"] is True


def test_lock_file_names_no_registry() -> None:
    lock = json.loads((PROJECT / "explorer" / "package-lock.json").read_text(encoding="utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())


def operation(text: str) -> OperationDefinitionNode:
    """Give the one operation of a document."""
    (found,) = [node for node in parse(text).definitions if isinstance(node, OperationDefinitionNode)]
    return found


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """Give the published schema."""
    return build_schema(SDL.read_text(encoding="utf-8"))
