"""Documents known by an identifier: found in each of three ways, registered where allowed, and no others where not."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from schema.build import build
from schema.document import Documents as Reader
from schema.document import RequestRefused
from schema.manifest import ManifestError, make_manifest
from service.app import create_app
from service.failure import OperatorError
from service.http.refusal import Malformed
from service.http.trusted import Documents, read_manifest
from service.settings import Settings
from tests.edge import codes, edge
from tests.followers import until
from tests.listening import listening
from tests.server import ROOT
from tests.sockets import opened, receive, send

NAMES = "query Names { cities { nodes { name } } }"
OTHER = "{ feedCursor }"
MUTATION = "mutation { __typename }"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


TRUSTED = {sha256(NAMES): NAMES, "names": NAMES, "write": MUTATION}


def persisted(text: str, **more: Any) -> dict[str, Any]:
    """Return what Apollo's clients send to name a document."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}}, **more}


def found(documents: Documents, given: dict[str, Any]) -> str:
    """Return the document that a request names, or the code of its refusal."""
    try:
        return documents.find(given)[0]
    except RequestRefused as refused:
        return str((refused.errors[0].extensions or {})["code"])
    except Malformed:
        return "BAD_REQUEST"


# What is given; then what is found by one that trusts, one that trusts nothing else, and one that registers.
NAMED = [
    pytest.param({"documentId": "names"}, NAMES, NAMES, NAMES, id="by documentId"),
    pytest.param({"documentId": f"sha256:{sha256(NAMES)}"}, NAMES, NAMES, NAMES, id="by its hash"),
    pytest.param({"doc_id": "names"}, NAMES, NAMES, NAMES, id="as Relay does"),
    pytest.param(persisted(NAMES), NAMES, NAMES, NAMES, id="as Apollo does"),
    pytest.param(persisted(NAMES, query=NAMES), NAMES, NAMES, NAMES, id="as Apollo does the second time"),
    pytest.param({"query": NAMES}, NAMES, NAMES, NAMES, id="a trusted text"),
    pytest.param({"query": OTHER}, OTHER, "DOCUMENT_NOT_TRUSTED", OTHER, id="another text"),
    pytest.param({"query": OTHER, "documentId": "names"}, OTHER, "DOCUMENT_NOT_TRUSTED", OTHER, id="both"),
    pytest.param(
        persisted(OTHER),
        *("PERSISTED_QUERY_NOT_SUPPORTED", "DOCUMENT_NOT_TRUSTED", "PERSISTED_QUERY_NOT_FOUND"),
        id="an unknown hash",
    ),
    pytest.param(persisted(OTHER, query=OTHER), OTHER, "DOCUMENT_NOT_TRUSTED", OTHER, id="a new text with its hash"),
    pytest.param(persisted(OTHER, query=NAMES), *["BAD_REQUEST"] * 3, id="a hash of another text"),
    pytest.param({"documentId": "none"}, *["DOCUMENT_UNKNOWN"] * 3, id="an unknown identifier"),
    pytest.param({"documentId": 1}, *["BAD_REQUEST"] * 3, id="an identifier that is a number"),
    pytest.param({"query": 1}, *["BAD_REQUEST"] * 3, id="a text that is a number"),
    pytest.param({}, *["BAD_REQUEST"] * 3, id="nothing"),
    pytest.param({"extensions": {"persistedQuery": True}}, *["BAD_REQUEST"] * 3, id="no hash"),
    pytest.param(
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": sha256(NAMES)}}},
        *["BAD_REQUEST"] * 3,
        id="another version",
    ),
    pytest.param(
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "../etc/passwd"}}},
        *["BAD_REQUEST"] * 3,
        id="a hash that is none",
    ),
]


@pytest.mark.parametrize(("given", "trusting", "strict", "registering"), NAMED)
def test_finds_the_document_that_a_request_names(
    given: dict[str, Any], trusting: str, strict: str, registering: str
) -> None:
    assert found(Documents(TRUSTED), given) == trusting
    assert found(Documents(TRUSTED, only=True), given) == strict
    assert found(Documents(TRUSTED, register=True), given) == registering


async def test_registers_what_was_answered_and_nothing_else(database: str) -> None:
    async with edge(database, documents_register=True) as running:
        for text, known in ((OTHER, True), ("{ nothing }", False), ("{", False)):
            first = await running.client.post("/graphql", json=persisted(text))
            assert (first.status_code, codes(first)) == (200, ["PERSISTED_QUERY_NOT_FOUND"])
            assert first.json()["errors"][0]["message"] == "PersistedQueryNotFound"
            await running.client.post("/graphql", json=persisted(text, query=text))
            again = await running.client.post("/graphql", json=persisted(text))
            assert (codes(again) == []) == known
        got = await running.client.get("/graphql", params={"extensions": json.dumps(persisted(OTHER)["extensions"])})
        assert got.json()["data"]["feedCursor"]


async def test_registers_what_is_answered_or_followed_over_a_socket(database: str) -> None:
    async with listening(database, documents_register=True) as service, opened(service.socket_url) as socket:

        async def asked(number: int, **payload: Any) -> Any:
            await send(socket, {"id": str(number), "type": "subscribe", "payload": payload})
            while (message := await receive(socket))["id"] != str(number) or message["type"] == "complete":
                pass
            return message["payload"]

        for number, (text, known) in enumerate([(OTHER, True), ("{ nothing }", False)]):
            (error,) = await asked(3 * number, **persisted(text))
            assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
            await asked(3 * number + 1, **persisted(text, query=text))
            assert ("data" in await asked(3 * number + 2, **persisted(text))) == known
        follow = "subscription { changes { cursor } }"
        for number in (7, 8):
            payload = persisted(follow, **{"query": follow} if number == 7 else {})
            await send(socket, {"id": str(number), "type": "subscribe", "payload": payload})
            await until(lambda: service.feed.followers == number - 6)  # noqa: B023 (called before the next)


def test_keeps_no_more_registered_documents_than_it_may() -> None:
    documents = Documents({}, register=True)
    assert documents.registered is not None
    for number in range(400):
        text = f"{{ a{number}: feedCursor }}" + " " * 10_000
        documents.register(sha256(text), text)
    assert documents.registered.weight <= documents.registered.size
    assert len(documents.registered.values) > 100


def written(folder: Path, content: Any) -> Path:
    """Write a manifest."""
    path = folder / "manifest.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


async def test_answers_trusted_documents_only_on_every_way_in(database: str, tmp_path: Path) -> None:
    path = written(tmp_path, {"names": NAMES, "write": MUTATION})
    async with edge(database, documents=path, documents_only=True) as running:
        for given in ({"documentId": "names"}, {"doc_id": "names"}, {"query": NAMES}, persisted(NAMES)):
            answer = await running.client.post("/graphql", json=given)
            assert ("data" in answer.json()) == (given != persisted(NAMES))
        got = await running.client.get("/graphql", params={"documentId": "names"})
        assert got.json() == {"data": {"cities": {"nodes": []}}}
        assert codes(await running.client.get("/graphql", params={"documentId": "write"})) == ["MUTATION_BY_GET"]
        for refused in (await running.post(OTHER), await running.get(OTHER), await running.post("{ __typename }")):
            assert (refused.status_code, codes(refused)) == (403, ["DOCUMENT_NOT_TRUSTED"])


MANIFESTS = [
    pytest.param({"a": NAMES, "sha256:b": OTHER}, {"a": NAMES, "b": OTHER}, id="identifiers and documents"),
    pytest.param(
        {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [{"id": "a", "name": "Names", "type": "query", "body": NAMES}],
        },
        {"a": NAMES},
        id="Apollo's",
    ),
]


@pytest.mark.parametrize(("content", "documents"), MANIFESTS)
def test_reads_the_manifests_that_tools_write(tmp_path: Path, content: Any, documents: dict[str, str]) -> None:
    assert read_manifest(written(tmp_path, content)) == documents


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}', '["a"]', "1", '{"a": {"b": "c"}}'])
def test_refuses_a_manifest_that_is_none(tmp_path: Path, content: str) -> None:
    with pytest.raises(OperatorError, match=r"manifest"):
        read_manifest(written(tmp_path, content))
    with pytest.raises(OperatorError, match="No such file"):
        read_manifest(tmp_path / "none")


def test_does_not_start_with_a_document_that_is_not_valid(tmp_path: Path) -> None:
    path = written(tmp_path, {"good": NAMES, "bad": "{ nothing }"})
    with pytest.raises(OperatorError, match=r"the document bad of the manifest .* is not valid here: Cannot query"):
        create_app(Settings(documents=path), "postgresql://none")


# ── making a manifest ─────────────────────────────────────────────────────────────────────────────────────

READER = Reader(build()._schema)


def test_a_file_that_needs_no_other_is_its_own_document() -> None:
    files = {"names.graphql": f"# Names.\n{NAMES}\n", "other.graphql": OTHER}
    assert set(make_manifest(files, READER).values()) == set(files.values())
    assert all(sha256(text) == key for key, text in make_manifest(files, READER).items())


def test_a_document_borrows_the_fragments_that_it_reaches_in_other_files() -> None:
    files = {
        "page.graphql": "query Page { cities { nodes { ...City } } }",
        "city.graphql": "fragment City on City { name ...Place }\nfragment Unused on City { id }",
        "place.graphql": "fragment Place on City { country { code } }",
    }
    (text,) = make_manifest(files, READER).values()
    assert text == "\n\n".join(
        (files["page.graphql"], "fragment City on City { name ...Place }", files["place.graphql"])
    )


WRONG = [
    ({"a.graphql": "{"}, "a.graphql:1: Syntax Error"),
    ({"a.graphql": "\n\n{ nothing }"}, "a.graphql:3: Cannot query field 'nothing'"),
    ({"a.graphql": "{ cities { nodes { ...None } } }"}, "a.graphql:1: Unknown fragment 'None'"),
    (
        {"a.graphql": f"fragment A on City {{ id }} {OTHER}", "b.graphql": "fragment A on City { name }"},
        "b.graphql: the fragment A is defined in a.graphql as well",
    ),
]


@pytest.mark.parametrize(("files", "message"), WRONG)
def test_says_where_a_file_is_wrong(files: dict[str, str], message: str) -> None:
    with pytest.raises(ManifestError) as caught:
        make_manifest(files, READER)
    assert str(caught.value).startswith(message)


def test_the_command_writes_a_manifest_of_a_folder(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "service", "documents", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "names.gql").write_text(NAMES)
    (tmp_path / "notes.txt").write_text("{")
    printed = run(str(tmp_path))
    assert json.loads(printed.stdout) == {sha256(NAMES): NAMES}
    told = run(str(tmp_path), "--to", str(tmp_path / "manifest.json"))
    assert told.stderr == f"1 documents written to {tmp_path / 'manifest.json'}\n"
    assert read_manifest(tmp_path / "manifest.json") == {sha256(NAMES): NAMES}
    (tmp_path / "wrong.graphql").write_text("{ nothing }")
    refused = run(str(tmp_path))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "jumelage: wrong.graphql:1: Cannot query field 'nothing' on type 'Query'.\n"
