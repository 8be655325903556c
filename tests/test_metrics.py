"""What Prometheus is told, and that nobody can make it be told without bound."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import asyncpg
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.database import Database
from service.metrics import OTHER, REGISTRY, UNNAMED, OperationNames, settle
from service.plan import Statement
from service.recording import record
from service.signing import record_signing
from service.version import VERSION
from tests.conftest import open_folder
from tests.factories import signing
from tests.server import ROOT, Server, environment, serving

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server without the releases."""
    with open_folder() as folder, serving(folder / "data", JUMELAGE_LOAD_RELEASES="false") as server:
        yield server


def scraped(address: str) -> dict[str, float]:
    """Return each sample of an address under its name and labels."""
    response = httpx.get(address)
    assert response.status_code == 200
    return {
        f"{sample.name}{[*sorted(sample.labels.items())] or ''}": sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_exports_pools_feed_health_and_the_process(server: Server) -> None:
    server.post("{ feedCursor }")
    told = scraped(f"{server.root}/metrics")
    assert told[f"jumelage_build_info[('version', '{VERSION}')]"] == 1
    assert told["jumelage_pool_connections[('pool', 'general'), ('state', 'idle')]"] >= 1
    assert told["jumelage_pool_connections_max[('pool', 'general')]"] == 10
    assert told["jumelage_health[('check', 'database')]"] == 1
    assert told["jumelage_feed_behind_changes"] == 0
    assert told["process_resident_memory_bytes"] > 0
    assert told["jumelage_statement_duration_seconds_count[('purpose', 'read')]"] >= 1


def test_speaks_openmetrics_to_who_asks_for_it(server: Server) -> None:
    response = httpx.get(f"{server.root}/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert response.text.endswith("# EOF\n")


def test_the_release_is_the_package_s() -> None:
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text()


def test_a_port_of_their_own_takes_the_metrics_away_from_the_api() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"JUMELAGE_LOAD_RELEASES": "false", "JUMELAGE_METRICS_PORT": str(port)}
    with open_folder() as folder, serving(folder / "data", **settings) as server:
        assert scraped(f"http://127.0.0.1:{port}/metrics")["jumelage_health[('check', 'serving')]"] == 1
        refused = httpx.get(f"{server.root}/metrics")
        assert (refused.status_code, "JUMELAGE_METRICS_PORT" in refused.text) == (404, True)
        command = [sys.executable, "-m", "service", "serve"]
        variables = environment(server.data_dir) | settings | {"PORT": "0"}
        second = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        expected = f"port {port} on 127.0.0.1 is taken: stop what uses it, or set JUMELAGE_METRICS_PORT to another"
        assert (second.returncode, second.stderr) == (1, f"jumelage: {expected}\n")


async def test_counts_commits(pool: "Pool") -> None:
    settle()
    before = counted("jumelage_statement_duration_seconds_count", purpose="commit")
    await record(pool, "city", "key", signing("key"), record_signing)
    settle()
    assert counted("jumelage_statement_duration_seconds_count", purpose="commit") == before + 1


async def test_counts_statements_that_failed_by_the_database_s_code(database: str) -> None:
    before = counted("jumelage_statement_errors_total", sqlstate="42P01")
    async with Database.connect(database) as connected:
        with pytest.raises(asyncpg.UndefinedTableError):
            await connected.fetch(Statement("SELECT 1 FROM nowhere", ()))
    assert counted("jumelage_statement_errors_total", sqlstate="42P01") == before + 1


def test_gives_series_to_the_names_met_first_and_no_more() -> None:
    names = OperationNames(most=2)
    assert [names.label(name) for name in ("A", None, "B", "C", "A", None, "D")] == [
        *("A", UNNAMED, "B", OTHER, "A", UNNAMED, OTHER)
    ]
    assert len(OperationNames().label("x" * 500)) == 60
