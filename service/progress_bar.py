"""How far a command has come: a bar on a terminal, and nothing elsewhere.

Knows what is shown to the operator. Knows nothing of what is done meanwhile.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Advance = Callable[[int], None]
"""Tells that so many more are done."""


@contextmanager
def bar(what: str, total: int | None) -> Iterator[Advance]:
    """Show a bar until the context ends; without a total it tells what is done, and not how much is left."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.advance(task, done)
