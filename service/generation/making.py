"""Batches made side by side: each depends on its place alone, so that several processes share the work.

Knows which batches make a registry, and how many are made ahead of those that are taken. Knows no table.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

from service.generation.batch import Recorded
from service.generation.diplomacy import AGREEMENTS, Diplomacy
from service.generation.settlement import KINDS, ROWS, settle
from service.generation.size import Size
from service.generation.world import World

DIPLOMACY = "diplomacy"


class Made(NamedTuple):
    """A batch as it is copied: the tables' texts, what they recorded, and how many agreements there are."""

    texts: dict[str, bytes]
    recorded: list[Recorded]
    agreements: int


class Maker:
    """Makes the batches of one registry."""

    def __init__(self, size: Size, seed: int, countries: Sequence[str], areas: Mapping[str, str]) -> None:
        """Take all that a registry depends on."""
        self.world = World(size, seed, countries)
        self.areas = list(areas.values())

    def make(self, kind: str, start: int) -> Made:
        """Make the batch of a kind that starts at a number."""
        if kind == DIPLOMACY:
            batch = Diplomacy(self.world, self.areas, start).batch()
        else:
            batch = settle(self.world, kind, start)
        return Made({table: batch.text(table) for table in batch.rows}, batch.recorded, batch.agreements)


def places(size: Size) -> Iterator[tuple[str, int]]:
    """Yield the kind and the start of each batch, in an order in which references are met."""
    for kind, count in KINDS.items():
        for start in range(0, count(size), ROWS):
            yield kind, start
    for start in range(0, size.agreements, AGREEMENTS):
        yield DIPLOMACY, start


async def made(maker: tuple[Size, int, Sequence[str], Mapping[str, str]], processes: int) -> AsyncGenerator[Made, None]:
    """Yield the batches in order, made by so many processes, or with none by a thread of this one."""
    executor: Executor
    if processes:
        executor = ProcessPoolExecutor(processes, get_context("spawn"), _begin, maker)
    else:
        executor = ThreadPoolExecutor(1, initializer=_begin, initargs=maker)
    ahead: deque[asyncio.Future[Made]] = deque()
    loop = asyncio.get_running_loop()
    try:
        for place in places(maker[0]):
            ahead.append(loop.run_in_executor(executor, _make, *place))
            if len(ahead) > 2 * max(processes, 1):  # no more than these wait in memory
                yield await ahead.popleft()
        while ahead:
            yield await ahead.popleft()
    finally:
        executor.shutdown(cancel_futures=True)


_maker: Maker | None = None


def _begin(*maker: object) -> None:
    """Keep the maker in the process that works for one registry."""
    global _maker  # an executor's work has no other place for what it shares
    _maker = Maker(*maker)  # type: ignore[arg-type]


def _make(kind: str, start: int) -> Made:
    assert _maker is not None  # noqa: S101 (for the type checker: the executor has begun)
    return _maker.make(kind, start)
