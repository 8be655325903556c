"""Importing from the command line: a bar that moves, refusals as lines of JSON, and a line at the end.

Knows what is shown to the operator, and that an export is told by its first line.
"""

import asyncio
import gc
from collections.abc import Iterable
from itertools import chain
from typing import BinaryIO, TextIO

import typer

from service.export import is_export, restore_lines
from service.failure import OperatorError
from service.importing import import_lines
from service.progress_bar import bar

READ_BYTES = 2**20
CALLER = 100
"""Most characters of a caller's name, which is part of keys that are indexed."""


def run(url: str, caller: str, file: BinaryIO, report: TextIO) -> int:
    """Record the signings of a file, or restore an export; tell what was done, and return how many were refused.

    Raises OperatorError where the caller's name is none.
    """
    if not caller.strip() or len(caller) > CALLER:
        raise OperatorError(f"--as must be a name of 1 to {CALLER} characters")
    total = _count(file) if file.seekable() else None
    gc.freeze()  # what stands now stays: looking through it for garbage takes a third of the time of recording
    first = next(iter(file), b"")
    lines: Iterable[bytes] = chain([first], file)
    with bar("lines", total) as advance:
        if is_export(first):
            told, refused = f"{asyncio.run(restore_lines(url, lines, advance))} rows restored", 0
        else:
            tally = asyncio.run(import_lines(url, caller, lines, report, advance))
            told, refused = str(tally), tally.refused
    typer.echo(told, err=True)
    return refused


def _count(file: BinaryIO) -> int:
    """Count the lines of a file that can be read twice."""
    lines = sum(part.count(b"\n") for part in iter(lambda: file.read(READ_BYTES), b""))
    file.seek(0)
    return lines
