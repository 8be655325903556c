"""Requests that a page of another site makes in somebody's browser: the matrix of what browsers say of them."""

import json
from collections.abc import AsyncIterator, Iterator
from itertools import product

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from tests.conftest import open_folder
from tests.edge import Edge, codes, edge
from tests.server import Server, serving

HOST = "jumelage.test"
OURS, FRIEND, FOREIGN = f"http://{HOST}", "https://friend.example", "https://evil.example"
JSON = {"content-type": "application/json"}
BODY = b'{"query": "{ __typename }"}'
MUTATION = b'{"query": "mutation { __typename }"}'
SIMPLE_TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None)


@pytest.fixture
async def closed(database: str) -> AsyncIterator[Edge]:
    """The application as it is shipped: pages of its own host only."""
    async with edge(database) as running:
        yield running


@pytest.fixture
async def listed(database: str) -> AsyncIterator[Edge]:
    """The application with another site on its list."""
    async with edge(database, cors_origins=(FRIEND,)) as running:
        yield running


def sent(method: str, origin: str | None, site: str | None, mode: str | None) -> dict[str, str]:
    """Return the headers that a browser sends of a request's origin."""
    headers = {"origin": origin, "sec-fetch-site": site, "sec-fetch-mode": mode}
    if mode == "navigate":
        headers["sec-fetch-dest"] = "document" if method == "GET" else "iframe"
    return {name: value for name, value in headers.items() if value is not None}


# Origin, Sec-Fetch-Site, Sec-Fetch-Mode: whether it is answered as shipped, and with the friend on the list.
MATRIX = [
    pytest.param(None, None, None, True, True, id="no browser"),
    pytest.param(None, "none", "navigate", True, True, id="an address typed in"),
    pytest.param(None, "same-origin", "cors", True, True, id="a page of ours"),
    pytest.param(OURS, "same-origin", "cors", True, True, id="a page of ours with its origin"),
    pytest.param(OURS, None, None, True, True, id="an old browser on a page of ours"),
    pytest.param(FRIEND, "cross-site", "cors", False, True, id="a page of a friend"),
    pytest.param(FRIEND, None, None, False, True, id="an old browser on a page of a friend"),
    pytest.param(FOREIGN, "cross-site", "cors", False, False, id="a foreign page"),
    pytest.param(FOREIGN, None, None, False, False, id="an old browser on a foreign page"),
    pytest.param(f"http://{HOST}.evil.example", "cross-site", "cors", False, False, id="a name that begins like ours"),
    pytest.param(f"http://evil-{HOST}", "cross-site", "cors", False, False, id="a name that ends like ours"),
    pytest.param(f"http://{HOST}:81", "same-site", "cors", False, False, id="another port of ours"),
    pytest.param("null", "cross-site", "cors", False, False, id="a sandbox or a file"),
    pytest.param(f"ftp://{HOST}", "cross-site", "cors", False, False, id="another scheme"),
    pytest.param(None, "cross-site", "no-cors", False, False, id="an image or a script of a foreign page"),
    pytest.param(None, "same-site", "no-cors", False, False, id="an image of a sibling"),
    pytest.param(None, "cross-site", "websocket", False, False, id="what says to be a socket"),
]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("origin", "site", "mode", "shipped", "with_friend"), MATRIX)
async def test_answers_pages_that_may_ask_and_no_others(
    closed: Edge,
    listed: Edge,
    method: str,
    origin: str | None,
    site: str | None,
    mode: str | None,
    shipped: bool,
    with_friend: bool,
) -> None:
    for running, answered in ((closed, shipped), (listed, with_friend)):
        headers = sent(method, origin, site, mode)
        if method == "GET":
            response = await running.client.get("/graphql?query={__typename}", headers=headers)
        else:
            response = await running.client.post("/graphql", content=BODY, headers={**JSON, **headers})
        assert response.status_code == (200 if answered else 403)
        assert codes(response) == ([] if answered else ["CROSS_SITE"])
        permitted = response.headers.get("access-control-allow-origin")
        assert permitted == (FRIEND if running is listed and origin == FRIEND else None)
        assert "access-control-allow-credentials" not in response.headers


async def test_follows_links_from_elsewhere_and_writes_nothing_by_them(closed: Edge) -> None:
    link = sent("GET", None, "cross-site", "navigate")
    assert (await closed.client.get("/graphql?query={__typename}", headers=link)).status_code == 200
    written = await closed.client.get("/graphql?query=mutation{__typename}", headers=link)
    assert codes(written) == ["MUTATION_BY_GET"]
    form = sent("POST", FOREIGN, "cross-site", "navigate")
    assert codes(await closed.client.post("/graphql", content=MUTATION, headers={**JSON, **form})) == ["CROSS_SITE"]
    framed = {**link, "sec-fetch-dest": "iframe"}
    assert codes(await closed.client.get("/graphql?query={__typename}", headers=framed)) == ["CROSS_SITE"]


@pytest.mark.parametrize(("content_type", "origin"), list(product(SIMPLE_TYPES, (None, OURS, FRIEND, FOREIGN))))
async def test_reads_nothing_that_needs_no_preflight(
    listed: Edge, content_type: str | None, origin: str | None
) -> None:
    """A form, and whatever else a browser sends without asking first, is no request here, whoever sends it."""
    headers = {name: value for name, value in {"content-type": content_type, "origin": origin}.items() if value}
    refused = await listed.client.post("/graphql", content=MUTATION, headers=headers)
    expected = "CROSS_SITE" if origin == FOREIGN else "UNSUPPORTED_MEDIA_TYPE"
    assert codes(refused) == [expected]


async def test_answers_the_preflight_of_pages_that_may_ask(closed: Edge, listed: Edge) -> None:
    asking = {"access-control-request-method": "POST", "access-control-request-headers": "content-type, authorization"}
    for running, origin, status in (
        (listed, FRIEND, 204),
        (listed, FOREIGN, 403),
        (closed, FRIEND, 403),
        (closed, OURS, 204),
    ):
        answer = await running.client.options("/graphql", headers={"origin": origin, **asking})
        assert answer.status_code == status
        allowed = answer.headers.get("access-control-allow-headers", "").lower()
        assert ("authorization" in allowed) == (status == 204 and origin == FRIEND)
        assert ("access-control-allow-origin" in answer.headers) == (status == 204 and origin == FRIEND)


async def test_everybody_may_ask_where_the_operator_says_so(database: str) -> None:
    async with edge(database, cors_origins=("*",)) as running:
        for headers in ({"origin": FOREIGN}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
            answer = await running.client.post("/graphql", content=BODY, headers={**JSON, **headers})
            assert answer.status_code == 200
            assert answer.headers.get("access-control-allow-origin") == ("*" if "origin" in headers else None)
        form = await running.client.post("/graphql", content=MUTATION, headers={"content-type": "text/plain"})
        assert codes(form) == ["UNSUPPORTED_MEDIA_TYPE"]


async def test_every_answer_is_of_no_use_to_other_pages(closed: Edge) -> None:
    for answer in (
        await closed.client.post("/graphql", content=BODY, headers=JSON),
        await closed.client.post("/graphql", content=b"{"),
        await closed.client.get("/nothing"),
        await closed.client.options("/graphql"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


# ── sockets ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with another site on its list."""
    settings = {"JUMELAGE_CORS_ORIGINS": FRIEND, "JUMELAGE_LOAD_RELEASES": "false"}
    with open_folder() as folder, serving(folder / "data", **settings) as server:
        yield server


async def opened(server: Server, origin: str | None, query: str = "") -> int:
    """Return the status with which the handshake of a socket is answered."""
    named, protocols = Origin(origin) if origin else None, [Subprotocol("graphql-transport-ws")]
    try:
        async with connect(server.socket_url + query, origin=named, subprotocols=protocols):
            return 101
    except InvalidStatus as refused:
        (error,) = json.loads(bytes(refused.response.body))["errors"]
        assert error["extensions"]["requestId"] == refused.response.headers["x-request-id"]
        return refused.response.status_code


async def test_pages_of_other_sites_open_no_socket(server: Server) -> None:
    for origin, status in ((None, 101), (server.root, 101), (FRIEND, 101), (FOREIGN, 403), ("null", 403)):
        assert await opened(server, origin) == status


async def test_a_socket_s_address_holds_no_key(server: Server) -> None:
    assert await opened(server, None, f"?authorization={server.key}") == 400
    assert await opened(server, None, "?access_token=x") == 400
