"""The command: python -m bench [PART]..."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bench import (
    bombs,
    documents,
    following,
    growth,
    memory,
    pages,
    peers,
    preparing,
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
from bench.workloads import WORKLOADS, Workload, draw


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


@dataclass(frozen=True)
class Part:
    """A part of the benchmark: what it says, and what runs it; one that is not usual is asked for by name."""

    what: str
    run: Callable[[Bench], object]
    usual: bool = True


PARTS: Mapping[str, Part] = {
    "peers": Part(
        "the contestants side by side, workload by workload",
        lambda bench: peers.compare(bench.url, bench.postmaster, bench.workloads, bench.contestants, bench.effort),
    ),
    "signing": Part("signings recorded by each of them", record_signings),
    "documents": Part(
        "what a document costs that was never seen", lambda bench: documents.measure(bench.url, bench.postmaster)
    ),
    "pages": Part("what a row costs as pages grow", lambda bench: pages.measure(bench.url)),
    "stages": Part("where a request's time goes", lambda bench: stages.measure_stages(bench.url)),
    "watching": Part("what metrics and the log cost", lambda bench: watching.measure(bench.url, bench.effort)),
    "writing": Part(
        "recording beside a script of the same statements, many at once, and a file",
        lambda bench: writing.measure(bench.server, bench.postmaster, bench.effort.rounds),
        usual=False,
    ),
    "following": Part("what followers cost, and how soon they are told", follow),
    "preparing": Part("what it costs to plan and write a document", lambda _: preparing.measure()),
    "searching": Part("the dearest searches", lambda bench: searching.measure(bench.url)),
    "verifying": Part(
        "how fast a history is proved",
        lambda bench: verifying.measure(bench.url, bench.postmaster, bench.effort.rounds),
    ),
    "bombs": Part(
        "what hostile documents cost, and what others notice of them",
        lambda bench: bombs.measure(bench.url, bench.workloads[0], bench.effort),
    ),
    "memory": Part(
        "what the service holds after very many documents",
        lambda bench: memory.measure(bench.url, bench.requests, bench.effort.connections),
    ),
    "growth": Part(
        "what a registry's size costs; makes one of --largest",
        lambda bench: growth.compare_sizes({size: registry(bench.server, size) for size in (10_000, bench.largest)}),
        usual=False,
    ),
}
USUAL = tuple(name for name, part in PARTS.items() if part.usual)
HELP = f"""Measure Jumelage beside its peers, and what its promises about cost say.

Without a part, those marked * run one after the other, in about forty minutes. Tables are printed, and saved in
bench/results: all of a run in one file, and each part's figures as JSON.

\b
{chr(10).join(f"  {name:10} {'*' if part.usual else ' '} {part.what}" for name, part in PARTS.items())}

\b
  {chr(10).join(f"  {name:12} {contestant.title}" for name, contestant in CONTESTANTS.items()).strip()}
"""


def main(
    parts: Annotated[
        list[str] | None, typer.Argument(help="The usual ones if none is given.", show_default=False)
    ] = None,
    contestants: Annotated[str, typer.Option(help="Who is compared, first ours.")] = ",".join(CONTESTANTS),
    workloads: Annotated[str, typer.Option(help=f"What is asked; all if not given: {', '.join(WORKLOADS)}.")] = "",
    agreements: Annotated[int, typer.Option(help="How many agreements the registry has.")] = 100_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each contestant is loaded.")] = 5,
    seconds: Annotated[float, typer.Option(min=1, help="How long each time.")] = 3,
    connections: Annotated[int, typer.Option(min=1, help="How many connections load it.")] = 16,
    data_dir: Annotated[Path, typer.Option(help="Where the generated registries are kept.")] = Path("bench/data"),
    largest: Annotated[int, typer.Option(help="How many agreements growth's largest registry has.")] = 1_000_000,
    requests: Annotated[int, typer.Option(help="How many requests memory sends.")] = 1_000_000,
) -> None:
    """Run the parts that were chosen."""
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
            PARTS[part].run(bench)


def chosen_of(names: list[str], known: Mapping[str, object], what: str) -> list[str]:
    """Return the names, or refuse one that is not known."""
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"{name} is no {what}: known are {', '.join(known)}")
    return names


app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)
app.command(help=HELP)(main)

if __name__ == "__main__":
    app()
