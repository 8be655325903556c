"""What a process does again and again goes on, whatever happens once."""

from typing import Any

import pytest

from service import health, streams
from service.http import caching
from tests.followers import until
from tests.listening import listening
from tests.sockets import opened

REPEATED = [
    ("service.streams.Streams.still_valid", streams, "RECHECK_S"),
    ("service.health.Health.probe", health, "EVERY_S"),
    ("service.http.caching.Freshness.learn_day", caching, "DAY_ASKED_EVERY_S"),
]


@pytest.mark.parametrize(("name", "module", "every"), REPEATED, ids=[name for name, *_ in REPEATED])
async def test_a_fault_that_nobody_foresaw_ends_no_watch(
    database: str, monkeypatch: pytest.MonkeyPatch, name: str, module: Any, every: str
) -> None:
    failed = 0

    async def fail(*given: Any) -> Any:
        nonlocal failed
        failed += 1
        raise ArithmeticError

    monkeypatch.setattr(module, every, 0.02)
    monkeypatch.setattr(caching, "RETRY_S", 0.02)
    async with listening(database) as service, opened(service.socket_url):
        monkeypatch.setattr(name, fail)
        await until(lambda: failed >= 3)
