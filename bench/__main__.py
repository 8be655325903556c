"""The command: python -m bench [PART]..."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bench import (
    documents,
    following,
    growth,
    memory,
    pages,
    peers,
    searching,
    signing,
    stages,
    verifying,
    watching,
    writing,
)
from bench.contestants import CONTESTANTS
from bench.registry import copy, registry, server
from bench.servers import postmaster_pid
from bench.workloads import Workload, draw


@dataclass(frozen=True)
class Bench:
    """What the parts share: the database server, the registry, and what was chosen."""

    server: str
    url: str
    postmaster: int
    agreements: int
    largest: int
    requests: int
    contestants: list[str]
    workloads: list[Workload]
    effort: peers.Effort


def record_signings(bench: Bench) -> None:
    """Record signings into a copy of the registry."""
    with copy(bench.server, bench.agreements) as url:
        signing.compare(url, bench.postmaster, bench.contestants, bench.effort)


def follow(bench: Bench) -> None:
    """Follow a copy of the registry while signings are recorded."""
    with copy(bench.server, bench.agreements) as url:
        following.measure(url, bench.effort)


# Each part and what runs it. Those that take long are asked for by name.
PARTS: Mapping[str, Callable[[Bench], object]] = {
    "peers": lambda bench: peers.compare(bench.url, bench.postmaster, bench.workloads, bench.contestants, bench.effort),
    "signing": record_signings,
    "documents": lambda bench: documents.measure(bench.url, bench.postmaster),
    "pages": lambda bench: pages.measure(bench.url),
    "stages": lambda bench: stages.measure_stages(bench.url),
    "writing": lambda bench: writing.measure(bench.server, bench.postmaster, bench.effort.rounds),
    "verifying": lambda bench: verifying.measure(bench.url, bench.postmaster, bench.effort.rounds),
    "following": follow,
    "watching": lambda bench: watching.measure(bench.url, bench.effort),
    "growth": lambda bench: growth.compare_sizes(
        {size: registry(bench.server, size) for size in (10_000, bench.largest)}
    ),
    "searching": lambda bench: searching.measure(bench.url),
    "memory": lambda bench: memory.measure(bench.url, bench.requests, bench.effort.connections),
}
USUAL = ("peers", "signing", "documents", "pages", "stages")


def main(
    parts: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(PARTS)}.")] = None,
    contestants: Annotated[str, typer.Option(help="Who is compared, first ours.")] = ",".join(CONTESTANTS),
    workloads: Annotated[str, typer.Option(help="What is asked; all if not given.")] = "",
    agreements: Annotated[int, typer.Option(help="How many agreements the registry has.")] = 100_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each contestant is loaded.")] = 5,
    seconds: Annotated[float, typer.Option(min=1, help="How long each time.")] = 5,
    connections: Annotated[int, typer.Option(min=1, help="How many connections load it.")] = 16,
    data_dir: Annotated[Path, typer.Option(help="Where the generated registries are kept.")] = Path("bench/data"),
    largest: Annotated[int, typer.Option(help="How many agreements growth's largest registry has.")] = 1_000_000,
    requests: Annotated[int, typer.Option(help="How many requests memory sends.")] = 1_000_000,
) -> None:
    """Measure Jumelage beside its peers, and what its promises about cost say."""
    chosen = chosen_of(parts or list(USUAL), PARTS, "part")
    who = chosen_of(contestants.split(","), CONTESTANTS, "contestant")
    with server(data_dir) as server_url:
        url = registry(server_url, agreements)
        known = asyncio.run(draw(url))
        what = chosen_of(workloads.split(",") if workloads else list(known), known, "workload")
        effort = peers.Effort(rounds, seconds, connections)
        asked = [known[name] for name in what]
        bench = Bench(server_url, url, postmaster_pid(data_dir), agreements, largest, requests, who, asked, effort)
        for part in chosen:
            PARTS[part](bench)


def chosen_of(names: list[str], known: Mapping[str, object], what: str) -> list[str]:
    """Return the names, or refuse one that is not known."""
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"{name} is no {what}: known are {', '.join(known)}")
    return names


app = typer.Typer(pretty_exceptions_enable=False)
app.command()(main)

if __name__ == "__main__":
    app()
