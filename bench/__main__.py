"""The command: python -m bench."""

from pathlib import Path
from typing import Annotated

import typer

from bench.growth import compare_sizes
from bench.registry import registry, server
from bench.side_by_side import compare
from bench.stages import measure_stages


def main(
    agreements: Annotated[int, typer.Option(help="How many agreements the page is taken from.")] = 100_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each server is loaded.")] = 5,
    seconds: Annotated[float, typer.Option(min=1, help="How long each time.")] = 5,
    connections: Annotated[int, typer.Option(min=1, help="How many connections load it.")] = 16,
    data_dir: Annotated[Path, typer.Option(help="Where the generated registries are kept.")] = Path("bench/data"),
    growth: Annotated[bool, typer.Option(help="Measure what a registry's size costs.")] = True,
    stages: Annotated[bool, typer.Option(help="Measure where a request's time goes.")] = True,
    largest: Annotated[int, typer.Option(help="How many agreements the largest registry has.")] = 1_000_000,
) -> None:
    """Measure Jumelage beside what is written by hand, and what a registry's size costs."""
    with server(data_dir) as url:
        page = registry(url, agreements)
        compare(page, data_dir, agreements, rounds, seconds, connections)
        if stages:
            measure_stages(page)
        if growth:
            compare_sizes({size: registry(url, size) for size in (10_000, largest)})


if __name__ == "__main__":
    typer.run(main)
