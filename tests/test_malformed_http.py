"""Whatever is sent as HTTP, a running server answers what is wrong, or closes the connection, and goes on."""

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bombs import BODIES, Body
from tests.conftest import open_folder
from tests.raw import Answer, Raw, request
from tests.server import Server, serving

GOOD = b'{"query": "{ __typename }"}'
TRIALS = 20_000 if os.environ.get("TEST_LONG") == "1" else 300
SEED = 7
UNKNOWN = "jml_aaaaaaaaaa_" + "0" * 64


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server's log goes."""
    return tmp_path_factory.mktemp("log") / "stderr"


@pytest.fixture(scope="module")
def server(log: Path) -> Iterator[Server]:
    """A server without the releases."""
    settings = {"JUMELAGE_LOAD_RELEASES": "false"}
    with open_folder() as folder, log.open("w") as stderr, serving(folder / "data", stderr, **settings) as server:
        yield server


def sent(server: Server, data: bytes, *, ends: bool = False) -> Answer | None:
    """Send bytes on a connection of their own, and return what is answered."""
    with Raw(server) as raw:
        raw.send(data)
        if ends:
            raw.socket.shutdown(1)
        return raw.answer()


def posted(body: bytes) -> bytes:
    return request(body)


def asked(query_string: str) -> bytes:
    return request(method="GET", target=f"/graphql?{query_string}", content_type="", content_length="")


def page(target: str) -> bytes:
    return request(method="GET", target=target, content_type="", content_length="")


def chunked(*chunks: bytes) -> bytes:
    head = request(content_length="", transfer_encoding="chunked")
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


# What is sent, and the status and code that it is answered with; 0 where the connection may just be closed.
VECTORS: list[tuple[str, bytes, int, str]] = [
    # ── bodies ──
    ("no body", posted(b""), 400, "BAD_REQUEST"),
    ("not JSON", posted(b"{"), 400, "BAD_REQUEST"),
    ("JSON and more", posted(GOOD + b"x"), 400, "BAD_REQUEST"),
    ("two objects", posted(GOOD * 2), 400, "BAD_REQUEST"),
    ("a byte order mark", posted(b"\xef\xbb\xbf" + GOOD), 400, "BAD_REQUEST"),
    ("UTF-16", posted(GOOD.decode().encode("utf-16")), 400, "BAD_REQUEST"),
    ("no UTF-8", posted(b'{"query": "\xff"}'), 400, "BAD_REQUEST"),
    ("half a surrogate", posted(b'{"query": "\\ud800"}'), 400, "BAD_REQUEST"),
    ("a batch", posted(b"[" + GOOD + b"]"), 400, "BAD_REQUEST"),
    ("an empty batch", posted(b"[]"), 400, "BAD_REQUEST"),
    ("a string", posted(b'"{ __typename }"'), 400, "BAD_REQUEST"),
    ("a number", posted(b"1"), 400, "BAD_REQUEST"),
    ("a huge number", posted(b'{"query": "{ __typename }", "variables": {"a": 1e999}}'), 400, "BAD_REQUEST"),
    ("null", posted(b"null"), 400, "BAD_REQUEST"),
    ("NaN", posted(b'{"query": NaN}'), 400, "BAD_REQUEST"),
    ("no query", posted(b"{}"), 400, "BAD_REQUEST"),
    ("a null query", posted(b'{"query": null}'), 400, "BAD_REQUEST"),
    ("a query that is a list", posted(b'{"query": []}'), 400, "BAD_REQUEST"),
    ("variables that are a list", posted(b'{"query": "{ __typename }", "variables": []}'), 400, "BAD_REQUEST"),
    ("variables that are text", posted(b'{"query": "{ __typename }", "variables": "{}"}'), 400, "BAD_REQUEST"),
    ("a name that is a number", posted(b'{"query": "{ __typename }", "operationName": 1}'), 400, "BAD_REQUEST"),
    ("extensions that are true", posted(b'{"query": "{ __typename }", "extensions": true}'), 400, "BAD_REQUEST"),
    ("a hash that is a list", posted(b'{"extensions": {"persistedQuery": []}}'), 400, "BAD_REQUEST"),
    ("no cursor", posted(b'{"query": "{ __typename }", "extensions": {"minCursor": {}}}'), 400, "BAD_REQUEST"),
    ("nested deeply", posted(b'{"query": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"), 400, "BAD_REQUEST"),
    ("an empty query", posted(b'{"query": ""}'), 200, "PARSE_FAILED"),
    ("a NUL in the query", posted(b'{"query": "{ a\\u0000 }"}'), 200, "PARSE_FAILED"),
    ("a query of comments", posted(b'{"query": "# nothing"}'), 200, "PARSE_FAILED"),
    ("definitions of types", posted(b'{"query": "type A { b: Int }"}'), 200, "VALIDATION_FAILED"),
    ("a fragment alone", posted(b'{"query": "fragment A on City { id }"}'), 200, "VALIDATION_FAILED"),
    ("an unknown operation", posted(b'{"query": "{ __typename }", "operationName": "A"}'), 200, "OPERATION_UNKNOWN"),
    ("a subscription", posted(b'{"query": "subscription { changes { cursor } }"}'), 200, "BAD_REQUEST"),
    ("too long by its header", request(content_length="99999999"), 413, "TOO_LARGE"),
    ("too long", posted(b'{"query": "' + b" " * 300_000 + b'"}'), 413, "TOO_LARGE"),
    ("too long in chunks", chunked(*[b" " * 50_000] * 6), 413, "TOO_LARGE"),
    ("shorter than its header says", request(GOOD, content_length="500"), 0, ""),
    # ── media types ──
    ("no media type", request(GOOD, content_type=""), 415, "UNSUPPORTED_MEDIA_TYPE"),
    ("text", request(GOOD, content_type="text/plain"), 415, "UNSUPPORTED_MEDIA_TYPE"),
    ("a form", request(b"query=1", content_type="application/x-www-form-urlencoded"), 415, "UNSUPPORTED_MEDIA_TYPE"),
    ("an upload", request(GOOD, content_type="multipart/form-data; boundary=x"), 415, "UNSUPPORTED_MEDIA_TYPE"),
    ("nearly JSON", request(GOOD, content_type="application/jsonfoo"), 415, "UNSUPPORTED_MEDIA_TYPE"),
    ("another charset", request(GOOD, content_type="application/json; charset=utf-16"), 415, "UNSUPPORTED_MEDIA_TYPE"),
    ("compressed", request(GOOD, content_encoding="gzip"), 415, "UNSUPPORTED_MEDIA_TYPE"),
    ("compressed twice", request(GOOD, content_encoding="gzip, br"), 415, "UNSUPPORTED_MEDIA_TYPE"),
    ("nothing that is offered", request(GOOD, accept="text/html"), 406, "NOT_ACCEPTABLE"),
    ("nothing at all", request(GOOD, accept="*/*;q=0"), 406, "NOT_ACCEPTABLE"),
    ("accept that is none", request(GOOD, accept="\xff;q=,,;"), 406, "NOT_ACCEPTABLE"),
    # ── addresses ──
    ("GET without a query", asked(""), 400, "BAD_REQUEST"),
    ("GET with an empty query", asked("query="), 200, "PARSE_FAILED"),
    ("variables that are no JSON", asked("query={__typename}&variables={"), 400, "BAD_REQUEST"),
    ("variables that are a number", asked("query={__typename}&variables=1"), 400, "BAD_REQUEST"),
    ("a parameter twice", asked("query={__typename}&query={__typename}"), 400, "BAD_REQUEST"),
    ("a parameter that is no UTF-8", asked("query=%FF"), 400, "BAD_REQUEST"),
    ("many parameters", asked("&".join(f"a{n}=" for n in range(500))), 400, "BAD_REQUEST"),
    ("a mutation", asked("query=mutation{__typename}"), 405, "MUTATION_BY_GET"),
    ("a key", asked("query={__typename}&key=jml_a"), 400, "BAD_REQUEST"),
    ("half an escape", asked("query={__typename}%2"), 200, "PARSE_FAILED"),
    ("an address that is too long", asked("query=" + "a" * 70_000), 414, "TOO_LARGE"),
    ("another address", request(GOOD, target="/graphqll"), 404, "NOT_FOUND"),
    ("an address below", request(GOOD, target="/graphql/x"), 404, "NOT_FOUND"),
    ("an address above", page("/explorer/../../../etc/passwd"), 404, "NOT_FOUND"),
    ("an address with a NUL", page("/explorer/a%00b"), 404, "NOT_FOUND"),
    ("a whole address", request(GOOD, target="http://elsewhere/graphql"), 200, ""),
    ("an address that is none", request(GOOD, target="http://[::1"), 400, "BAD_REQUEST"),
    ("a star", request(method="OPTIONS", target="*", content_type=""), 404, "NOT_FOUND"),
    ("an address that is no ASCII", request(GOOD).replace(b"/graphql", b"/gr\xc3\xa4phql"), 400, "BAD_REQUEST"),
    # ── methods ──
    ("PUT", request(GOOD, method="PUT"), 405, "METHOD_NOT_ALLOWED"),
    ("TRACE", request(method="TRACE"), 405, "METHOD_NOT_ALLOWED"),
    ("CONNECT", request(method="CONNECT", target="elsewhere:443", content_length=""), 400, "BAD_REQUEST"),
    ("a method that is none", request(GOOD, method="POSTS"), 400, "BAD_REQUEST"),
    ("a method in small letters", request(GOOD, method="post"), 400, "BAD_REQUEST"),
    # ── callers ──
    ("another scheme", request(GOOD, authorization="Basic YTpi"), 401, "UNAUTHENTICATED"),
    ("no key", request(GOOD, authorization="Bearer"), 401, "UNAUTHENTICATED"),
    ("a key that is none", request(GOOD, authorization="Bearer \xff\xfe"), 401, "UNAUTHENTICATED"),
    ("a key that is not known", request(GOOD, authorization=f"Bearer {UNKNOWN}"), 401, "UNAUTHENTICATED"),
    ("a long key", request(GOOD, authorization="Bearer " + "a" * 30_000), 401, "UNAUTHENTICATED"),
    ("two keys", request(GOOD, authorization="Bearer a\r\nauthorization: Bearer b"), 401, "UNAUTHENTICATED"),
    ("another page", request(GOOD, origin="https://elsewhere"), 403, "CROSS_SITE"),
    # ── HTTP itself ──
    ("no HTTP", b"hello\r\n\r\n", 400, "BAD_REQUEST"),
    ("the hello of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 32, 400, "BAD_REQUEST"),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "BAD_REQUEST"),
    ("HTTP/9", request(GOOD).replace(b"HTTP/1.1", b"HTTP/9.9"), 400, "BAD_REQUEST"),
    ("HTTP/1.0", request(GOOD).replace(b"HTTP/1.1", b"HTTP/1.0"), 200, ""),
    ("line feeds alone", request(GOOD).replace(b"\r\n", b"\n"), 400, "BAD_REQUEST"),
    ("a header without a colon", request(GOOD, x="a\r\nnocolon"), 400, "BAD_REQUEST"),
    ("a header with a NUL", request(GOOD, x="a\0b"), 400, "BAD_REQUEST"),
    ("a header over two lines", request(GOOD, x="a\r\n b"), 400, "BAD_REQUEST"),
    ("a space before a colon", request(GOOD).replace(b"host:", b"host :"), 400, "BAD_REQUEST"),
    ("two lengths", request(GOOD, x="a\r\ncontent-length: 5"), 400, "BAD_REQUEST"),
    ("a length below nothing", request(GOOD, content_length="-1"), 400, "BAD_REQUEST"),
    ("a length that is none", request(GOOD, content_length="ten"), 400, "BAD_REQUEST"),
    ("a length that is huge", request(GOOD, content_length="9" * 40), 400, "BAD_REQUEST"),
    ("a length and chunks", request(GOOD, transfer_encoding="chunked"), 400, "BAD_REQUEST"),
    ("chunks within chunks", request(content_length="", transfer_encoding="chunked, chunked"), 400, "BAD_REQUEST"),
    ("a chunk that is none", request(b"zz\r\n", content_length="", transfer_encoding="chunked"), 0, ""),
    ("many headers", request(GOOD, **{f"x{n}": "a" for n in range(9_000)}), 431, "TOO_LARGE"),
    ("a long header", request(GOOD, x="a" * 70_000), 431, "TOO_LARGE"),
    ("a header without an end", b"GET / HTTP/1.1\r\nx: " + b"a" * 300_000, 431, "TOO_LARGE"),
    ("an upgrade to what there is not", request(GOOD, connection="upgrade", upgrade="h2c"), 200, ""),
    ("a socket that is none", request(method="GET", connection="upgrade", upgrade="websocket"), 400, ""),
    ("a wait for a go-ahead", request(GOOD, expect="100-continue"), 200, ""),
]  # fmt: skip


def test_there_are_vectors_enough() -> None:
    assert len(VECTORS) >= 60
    assert len({name for name, *_ in VECTORS}) == len(VECTORS)


@pytest.mark.parametrize(("data", "status", "code"), [pytest.param(*rest, id=name) for name, *rest in VECTORS])
def test_says_what_is_wrong(server: Server, data: bytes, status: int, code: str) -> None:
    answer = sent(server, data, ends=status == 0)
    assert sent(server, request(GOOD)) is not None
    if status == 0:
        assert answer is None or answer.status in (400, 408)
        return
    assert answer is not None
    assert answer.status == status
    if code:
        assert answer.code == code
        extensions = json.loads(answer.body)["errors"][0]["extensions"]
        assert extensions["requestId"] == answer.headers["x-request-id"]
        assert code != "TOO_LARGE" or 0 < extensions["limit"] < extensions["value"]


@pytest.mark.parametrize("bomb", BODIES, ids=lambda bomb: bomb.name)
def test_refuses_what_is_made_to_cost(server: Server, bomb: Body) -> None:
    answer = sent(server, posted(bomb.write()))
    assert answer is not None
    assert answer.code == bomb.code
    assert sent(server, request(GOOD)) is not None


def broken(rng: random.Random) -> bytes:
    """Return a request in which something is changed, left out, put in or repeated."""
    data = bytearray(rng.choice(VECTORS)[1][:2_000] if rng.random() < 0.5 else request(GOOD))
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(4):
            case 0:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del data[at : at + rng.randint(1, 20)]
            case 2:
                data[at:at] = rng.choice([b"\r\n", b"\0", b"\r\n\r\n", b"{", b'"', b"%", b"\xff", b":", b"0" * 30])
            case _:
                data[at:at] = data[max(0, at - 20) : at]
    return bytes(data)


def test_whatever_is_sent_nothing_fails_inside(server: Server) -> None:
    rng = random.Random(SEED)  # noqa: S311  (it is to draw the same each time)
    for _ in range(TRIALS):
        data = broken(rng)
        answer = sent(server, data, ends=True)
        assert answer is None or answer.status < 500, data
    assert sent(server, request(GOOD)) is not None


def test_the_log_has_no_failure_and_nothing_that_was_sent(server: Server, log: Path) -> None:
    written = log.read_text()
    assert "Traceback" not in written
    assert "a request failed" not in written
    assert "exception" not in written.lower()
    assert "__typename" not in written
