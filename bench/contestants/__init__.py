"""Who is compared: how each is started, what it is asked for a workload, and how its answer is read.

handwritten   the limit: bare ASGI, asyncpg, one fixed statement a question
postgraphile  PostGraphile 5, which makes its schema from the tables
strawberry    Strawberry with SQLAlchemy and selectinload, as their documentation shows
yoga          GraphQL Yoga with DataLoader and node-postgres

All answer the same questions on the same database with ten connections at most; what they need of it beyond tables is
in functions.sql. Knows nothing of how they are loaded.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.load import Request
from bench.npm import installed, node
from bench.servers import Server, running
from bench.workloads import Variables, Workload

HERE = Path(__file__).parent
FUNCTIONS = (HERE / "functions.sql").read_text()


class NotOffered(Exception):  # noqa: N818 (a fact, not a fault)
    """A contestant has no answer to a question."""


@dataclass(frozen=True)
class Contestant:
    """One of those who are compared.

    `ask` raises NotOffered; `read` brings an answer into the service's shape; one that revalidates tells with an ETag
    that an answer has not changed.
    """

    name: str
    title: str
    start: Callable[[str], AbstractContextManager[Server]]
    ask: Callable[[Workload, Variables], Request]
    read: Callable[[Any], Any] = lambda answer: answer
    revalidates: bool = False


def post(document: str, variables: Variables) -> Request:
    """Return the request that every GraphQL server takes."""
    return Request("/graphql", json.dumps({"query": document, "variables": variables}))


def ask_ours(workload: Workload, variables: Variables) -> Request:
    """Ask in the service's own schema, of which some contestants serve a part."""
    return post(workload.document, variables)


def get(request: Request) -> Request:
    """Return the GET that asks the same as a POST."""
    asked = json.loads(request.body)
    query = {"query": asked["query"], "variables": json.dumps(asked["variables"])}
    return Request(f"{request.path}?{urlencode(query)}")


def ask_handwritten(workload: Workload, variables: Variables) -> Request:
    """Ask the endpoint of the question."""
    if workload.unchanged:
        raise NotOffered(workload.name)
    return Request(f"/{workload.name}?{urlencode(variables)}")


def ask_postgraphile(workload: Workload, variables: Variables) -> Request:
    """Ask in the schema that PostGraphile makes."""
    folder = HERE / "postgraphile" / "operations"
    try:
        document = (folder / f"{workload.question}.graphql").read_text()
    except FileNotFoundError:
        raise NotOffered(workload.name) from None
    if "...Listed" in document:
        document += (folder / "listed.graphql").read_text()
    return post(document, variables)


def read_postgraphile(answer: Any) -> Any:
    """Put a party, which PostGraphile gives as two fields of which one is null, under one key."""
    if isinstance(answer, list):
        return [read_postgraphile(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    read = {key: read_postgraphile(value) for key, value in answer.items()}
    if "organization" in read:
        read["party"] = read.pop("city") or read.pop("organization")
        read.pop("organization", None)
    return read


def start_ours(url: str, **settings: str) -> AbstractContextManager[Server]:
    """Run the service as it is shipped, but for these settings."""
    shipped = {"DATABASE_URL": url, "JUMELAGE_LOAD_RELEASES": "false"}
    return running([sys.executable, "-m", "service", "serve"], {**shipped, **settings}, log=subprocess.DEVNULL)


def start_two(url: str) -> AbstractContextManager[Server]:
    """Run two workers of the service."""
    return start_ours(url, JUMELAGE_WORKERS="2")


def _python(module: str) -> Callable[[str], AbstractContextManager[Server]]:
    def start(url: str) -> AbstractContextManager[Server]:
        return running([sys.executable, "-W", "ignore", "-m", module], {"DATABASE_URL": url})

    return start


def _node(folder: Path) -> Callable[[str], AbstractContextManager[Server]]:
    def start(url: str) -> AbstractContextManager[Server]:
        installed(folder)
        production = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
        return running([str(node(folder)), str(folder / "server.mjs")], {"DATABASE_URL": url, **production})

    return start


CONTESTANTS: Mapping[str, Contestant] = {
    contestant.name: contestant
    for contestant in (
        Contestant("jumelage", "Jumelage", start_ours, ask_ours, revalidates=True),
        Contestant("jumelage-2", "Jumelage, 2 workers", start_two, ask_ours, revalidates=True),
        Contestant("handwritten", "hand-written", _python("bench.contestants.handwritten"), ask_handwritten),
        Contestant("postgraphile", "PostGraphile 5", _node(HERE / "postgraphile"), ask_postgraphile, read_postgraphile),
        Contestant("yoga", "Yoga + DataLoader", _node(HERE / "yoga"), ask_ours),
        Contestant("strawberry", "Strawberry + SQLAlchemy", _python("bench.contestants.strawberry"), ask_ours),
    )
}
