"""Whatever fails inside is told as a failure, with its code and the request's name, and nothing of the inside."""

import io
import json
import logging
import secrets
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
import pytest_asyncio
import structlog

from service.keys import Scope, create_key
from service.logs import configure_logs, together
from tests.conftest import execute, sibling
from tests.listening import Listening, listening
from tests.seams import DOCUMENTS, PIECES, SEAMS, Seam
from tests.transports import Caller, Told

pytestmark = pytest.mark.asyncio(loop_scope="module")
CASES = [(seam, transport) for seam in SEAMS for transport in seam.transports]


class Service:
    """A service with a registry in which something happened, and everything that it logs."""

    def __init__(self, listening: Listening, client: httpx.AsyncClient, key: str, log: io.StringIO) -> None:
        self.caller, self.log = Caller(listening, client, f"Bearer {key}"), log
        self.listening, self.client = listening, client
        self.numbers = iter(range(1_000_000))
        self.start = str(listening.feed.head)

    async def ask(self, kind: str, transport: str, name: str = "") -> Told:
        """Ask what was not asked before; of what is written, the name is the key."""
        number = next(self.numbers)
        name = name or f"key-{number}"
        document = DOCUMENTS[kind].replace("A:", f"a{number}:")
        event = {"kind": "EXPO", "name": f"Expo {name}"}
        variables = {
            "write": {"input": {"idempotencyKey": name, "event": event}},
            "follow": {"after": self.start},
        }.get(kind, {})
        told: Told = await getattr(self.caller, transport)(document, variables)
        return told


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(postgres_url: str, template: str) -> AsyncIterator[Service]:
    together.before()
    handlers, level, log = [*logging.root.handlers], logging.root.level, io.StringIO()
    configure_logs("json", "info", to=log)
    name = f"failures_{secrets.token_hex(6)}"
    await execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    url = sibling(postgres_url, name)
    connection = await asyncpg.connect(url)
    key = await create_key(connection, "city", [Scope.ADMIN], "")
    await connection.close()
    async with listening(url) as running, httpx.AsyncClient(timeout=30) as client:
        service = Service(running, client, key, log)
        assert (await service.ask("write", "post")).codes == ()
        yield service
    await execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    logging.root.handlers[:], logging.root.level = handlers, level


@pytest.mark.parametrize(("seam", "transport"), CASES, ids=[f"{seam.name} {seam.code} {by}" for seam, by in CASES])
async def test_tells_nothing_of_what_failed_and_goes_on(
    service: Service, monkeypatch: pytest.MonkeyPatch, seam: Seam, transport: str
) -> None:
    since = len(service.log.getvalue())
    with monkeypatch.context() as planted:
        planted.setattr(seam.name, seam.fail)
        told = await service.ask(seam.kind, transport, seam.name + transport)
    assert told.codes == ((seam.code,) if seam.code else ())
    again = await service.ask(seam.kind, transport, seam.name + transport)
    assert again.codes == ()
    assert seam.kind != "write" or next(iter(again.data.values()))["cursor"]
    logged = service.log.getvalue()[since:]
    assert_untold(told.text + logged)
    if seam.code == "INTERNAL":
        named = {json.loads(line).get("request_id", "") for line in logged.splitlines() if '"a request failed"' in line}
        assert named
        assert any(one in told.text for one in named) or "errors" not in told.text


def assert_untold(text: str) -> None:
    """Fail where a text holds something of the exception that was planted."""
    for piece in PIECES:
        assert piece not in text


ADDRESSES = [
    ("service.probes.choose_encoder", "/metrics"),
    ("service.gauges.Gauges.collect", "/metrics"),
    ("service.observing.Telling.tell", "/metrics"),
    ("service.health.Health.checks", "/health/ready"),
    ("service.health.Report", "/health/live"),
    ("service.explorer.HTMLResponse", "/"),
    ("service.explorer.FileResponse", "/"),
    ("service.explorer.Assets.get_response", "/explorer/none.js"),
    ("service.http.assembly.begin_request", "/nothing"),
]


@pytest.mark.parametrize(("name", "path"), ADDRESSES)
async def test_what_fails_at_another_address_is_told_in_the_same_way(
    service: Service, monkeypatch: pytest.MonkeyPatch, name: str, path: str
) -> None:
    since, seam = len(service.log.getvalue()), Seam(name, ())
    address = service.listening.url.replace("/graphql", path)
    with monkeypatch.context() as planted:
        planted.setattr(name, seam.fail)
        told = await service.client.get(address)
    if told.status_code == 500:
        (error,) = told.json()["errors"]
        assert error["extensions"] == {"code": "INTERNAL", "requestId": told.headers["x-request-id"]}
    else:
        assert name.startswith(("service.explorer", "service.observing"))
        assert told.status_code in (200, 404)
    assert (await service.client.get(address)).status_code in (200, 404)
    assert_untold(told.text + str(told.headers) + service.log.getvalue()[since:])
