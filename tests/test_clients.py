"""Real clients against a running server: the audits of GraphQL over HTTP, and what applications are written with."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport

from tests.conftest import open_folder
from tests.edge import MODERN
from tests.server import ROOT, Server, serving

NODE = ROOT / "tests" / "node"
BUILD = NODE / "build"
# The clients that pin libraries of the service's own have an environment of their own, see the Makefile.
CLIENTS = ROOT / ".venv" / "clients" / "bin"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with the releases, as it is shipped."""
    with open_folder() as folder, serving(folder / "data") as server:
        yield server


@pytest.fixture(scope="module")
def registering(server: Server) -> Iterator[Server]:
    """A replica that lets clients register their documents."""
    with serving(server.data_dir, JUMELAGE_DOCUMENTS_REGISTER="true") as replica:
        yield replica


def signing(key: str) -> dict[str, Any]:
    """Return a valid input."""
    cities = [{"party": {"city": {"named": {"name": name, "country": "DE"}}}} for name in ("Aachen", "Bonn")]
    return {"idempotencyKey": key, "kind": "FRIENDSHIP_CITY", "signedOn": "2025-05", "parties": cities}


def run(*command: str, folder: Path = NODE) -> str:
    """Run a program and return what it prints; it must succeed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def node(*arguments: str) -> str:
    """Run a program of Node's."""
    assert (NODE / "node_modules").is_dir(), "run make test, which installs the clients"
    return run("node", *arguments)


def test_passes_every_audit_of_graphql_over_http(server: Server) -> None:
    results = [json.loads(line) for line in node("audits.js", server.url).splitlines()]
    assert len(results) == 61
    assert [result for result in results if result["status"] != "ok"] == []


def test_apollo_client_reads_records_and_registers_documents(server: Server, registering: Server) -> None:
    told = json.loads(node("apollo.js", server.url, server.key, registering.url, json.dumps(signing("apollo"))))
    assert len(told["posted"]["agreements"]["nodes"]) == 2
    assert told["got"] == told["posted"]
    assert told["recorded"]["recordSigning"]["userErrors"] == []
    assert told["recorded"]["recordSigning"]["agreement"]["title"]
    assert told["failed"] == "INVALID"
    # One that registers nothing says so, and is sent the document; one that does is sent it once.
    assert told["unregistered"] == told["registered"] == told["again"]
    assert (told["sentToOneThatRegistersNothing"], told["sentAtFirst"], told["sentAgain"]) == (2, 2, 1)


def test_urql_reads_and_records(server: Server) -> None:
    told = json.loads(node("urql.js", server.url, server.key, json.dumps(signing("urql"))))
    assert len(told["posted"]["agreements"]["nodes"]) == 2
    assert told["got"] == told["posted"]
    assert told["recorded"]["recordSigning"]["agreement"] or told["recorded"]["recordSigning"]["userErrors"]
    assert told["failed"] == "INVALID"


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    """The code that Relay's compiler and GraphQL Code Generator write, and the documents that they persist."""
    shutil.rmtree(BUILD, ignore_errors=True)
    (BUILD / "relay").mkdir(parents=True)
    (BUILD / "relay" / "persisted.json").write_text("{}")
    node("node_modules/@graphql-codegen/cli/cjs/bin.js", "--config", "codegen/config.ts", "--silent")
    node("node_modules/relay-compiler/cli.js", "relay.config.json")
    persisted = (BUILD / "codegen" / "persisted-documents.json", BUILD / "relay" / "persisted.json")
    return {key: text for path in persisted for key, text in json.loads(path.read_text()).items()}


def test_generated_types_hold_what_is_asked_and_given(generated: dict[str, str]) -> None:
    assert len(generated) == 7
    node("node_modules/typescript/bin/tsc", "-p", ".")


def test_documents_that_compilers_persist_are_trusted_and_no_others(
    server: Server, generated: dict[str, str], tmp_path: Path
) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps(generated))
    with serving(server.data_dir, JUMELAGE_DOCUMENTS=str(manifest), JUMELAGE_DOCUMENTS_ONLY="true") as strict:
        for name, identifier in (("documentId", "AgreementList("), ("doc_id", "AgreementListQuery(")):
            found = next(key for key, text in generated.items() if f"query {identifier}" in text.replace("\n", ""))
            variables = {"first": 1, "count": 1, "ref": {"named": {"name": "Taipei", "country": "TW"}}}
            answer = strict.ask({name: found, "variables": variables})
            assert "errors" not in answer, answer
        assert strict.ask({"query": "{ __typename }"})["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


async def test_gql_reads_records_and_is_told_of_errors(server: Server) -> None:
    transport = HTTPXAsyncTransport(server.url, headers={"Authorization": f"Bearer {server.key}"})
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        request = gql("query($first: Int!) { agreements(first: $first) { nodes { title } } }")
        request.variable_values = {"first": 2}
        assert len((await session.execute(request))["agreements"]["nodes"]) == 2
        record = gql("mutation($i: RecordSigningInput!) { recordSigning(input: $i) { cursor userErrors { code } } }")
        record.variable_values = {"i": signing("gql")}
        assert (await session.execute(record))["recordSigning"]["userErrors"] in ([], [{"code": "ALREADY_RECORDED"}])
        with pytest.raises(TransportQueryError, match="it must be from 0 to 100"):
            await session.execute(gql("{ cities(first: 1000) { totalCount } }"))


def test_a_client_that_ariadne_generates_reads_and_records(server: Server, tmp_path: Path) -> None:
    folder = ROOT / "tests" / "python_clients"
    shutil.copy(folder / "usage.py", tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        "[tool.ariadne-codegen]\n"
        f'schema_path = "{ROOT / "schema" / "schema.graphql"}"\n'
        f'queries_path = "{NODE / "codegen" / "documents.graphql"}"\n'
        'target_package_name = "registry"\n'
    )
    run(str(CLIENTS / "ariadne-codegen"), folder=tmp_path)
    told = json.loads(run(str(CLIENTS / "python"), "usage.py", server.url, server.key, folder=tmp_path))
    assert told["titles"]
    assert told["parties"][0]["country"]
    assert told["recorded"]


def test_no_query_that_the_schema_allows_breaks_the_server(server: Server, tmp_path: Path) -> None:
    # Nothing is to be refused unread, as it would be from one who is refused so much.
    with serving(server.data_dir, JUMELAGE_REFUSALS_MS_PER_S="0") as replica:
        fuzz(replica, tmp_path)


def fuzz(server: Server, folder: Path) -> None:
    """Ask whatever the schema allows."""
    command = [str(CLIENTS / "schemathesis"), "run", server.url, "--phases", "fuzzing", "--mode", "positive"]
    # By this media type a failure inside is told by the status as well.
    caller = ["--header", f"Authorization: Bearer {server.key}", "--header", f"Accept: {MODERN}"]
    limits = ["--max-examples", "3", "--max-time", "12", "--generation-deterministic", "--suppress-health-check", "all"]
    checks = ["--checks", "not_a_server_error", "--request-timeout", "30", "--workers", "2", "--no-color"]
    scalars = {**os.environ, "PYTHONPATH": str(ROOT / "tests" / "python_clients"), "SCHEMATHESIS_HOOKS": "scalars"}
    asked = [*command, *caller, *limits, *checks]
    done = subprocess.run(asked, cwd=folder, env=scalars, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr[-2_000:]


async def test_many_clients_are_answered_at_once(server: Server) -> None:
    async def ask(number: int) -> int:
        async with Client(transport=HTTPXAsyncTransport(server.url)) as session:
            answer = await session.execute(gql(f"{{ cities(first: {number}) {{ nodes {{ name }} }} }}"))
            return len(answer["cities"]["nodes"])

    assert await asyncio.gather(*(ask(number) for number in range(1, 9))) == list(range(1, 9))
