"""Connections are lent on, in turn, and replaced when they are broken, too old or of another server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from service.pool import DatabaseAway, Pool
from tests.followers import until


@asynccontextmanager
async def lender(url: str, most: int = 2, **options: Any) -> AsyncIterator[Pool]:
    """Lend so many connections at most."""
    options = {"lifetime_s": 0, "min_size": 0, "max_inactive_connection_lifetime": 0, **options}
    async with Pool("general", url, max_size=most, **options) as pool:
        yield pool


async def process(pool: Pool, statement: str = "SELECT pg_backend_pid()") -> int:
    """Run a statement, which tells the process that ran it."""
    async with pool.acquire() as connection:
        found: int = await connection.fetchval(statement)
    return found


async def test_everybody_is_served_by_few_connections(database: str) -> None:
    async with lender(database) as pool:
        served = await asyncio.gather(*(process(pool) for _ in range(50)))
        assert len(set(served)) <= 2
        assert (len(pool.lent), pool.waiting) == (0, 0)


async def test_the_connection_that_came_back_last_is_lent_first(database: str) -> None:
    async with lender(database) as pool:
        await asyncio.gather(process(pool), process(pool))
        assert len({await process(pool) for _ in range(5)}) == 1


async def test_who_waits_is_served_in_turn(database: str) -> None:
    order: list[int] = []

    async def served(number: int, pool: Pool) -> None:
        async with pool.acquire():
            order.append(number)
            await asyncio.sleep(0)

    async with lender(database, most=1) as pool:
        await asyncio.gather(*(served(number, pool) for number in range(10)))
    assert order == list(range(10))


async def test_a_turn_that_nobody_takes_any_more_goes_to_the_next(database: str) -> None:
    async with lender(database, most=1) as pool:
        async with pool.acquire():
            gone, stays = (asyncio.create_task(process(pool)) for _ in range(2))
            await until(lambda: len(pool.queue) == 2)
        gone.cancel()  # its turn has come, and it does not know yet
        assert await asyncio.wait_for(stays, 5) > 0
        assert gone.cancelled()


@pytest.mark.parametrize("broken", [asyncpg.DivisionByZeroError, asyncio.CancelledError])
async def test_a_failure_costs_nobody_a_connection(database: str, broken: type[BaseException]) -> None:
    async with lender(database, most=1) as pool:
        for _ in range(3):
            with pytest.raises(broken):
                async with pool.acquire() as connection:
                    await connection.fetchval("SELECT 1/0") if broken is asyncpg.DivisionByZeroError else None
                    raise broken
            assert await asyncio.wait_for(process(pool), 5) > 0


async def test_who_waits_is_served_after_a_failure(database: str) -> None:
    async with lender(database, most=1) as pool:
        with pytest.raises(KeyError):
            async with pool.acquire():
                waits = asyncio.create_task(process(pool))
                await until(lambda: pool.queue)
                raise KeyError
        assert await asyncio.wait_for(waits, 5) > 0


async def test_a_connection_that_broke_while_idle_is_replaced(database: str) -> None:
    async with lender(database, most=1) as pool:
        before = await process(pool)
        killer = await asyncpg.connect(database)
        await killer.execute("SELECT pg_terminate_backend($1)", before)
        await killer.close()
        await until(lambda: pool.pool.get_size() == 0)
        assert await process(pool) != before


async def test_renewing_replaces_what_is_idle_and_what_comes_back(database: str) -> None:
    async with lender(database) as pool:
        async with pool.acquire() as connection:
            lent = await connection.fetchval("SELECT pg_backend_pid()")
            idle = await process(pool)
            await pool.renew()
        assert not {lent, idle} & set(await asyncio.gather(process(pool), process(pool)))


async def test_an_old_connection_is_not_lent_again(database: str) -> None:
    async with lender(database, most=1, lifetime_s=0.01) as pool:
        before = await process(pool)
        await asyncio.sleep(0.02)
        async with pool.acquire():
            pass
        assert await process(pool) != before


async def test_nothing_is_lent_while_the_database_is_away(database: str) -> None:
    async with lender(database, most=1) as pool:
        async with pool.acquire():
            waits = asyncio.create_task(process(pool))
            await until(lambda: pool.queue)
            pool.turn_away()
            with pytest.raises(DatabaseAway):
                await process(pool)
        with pytest.raises(DatabaseAway):
            await asyncio.wait_for(waits, 5)
        pool.away = False
        assert await process(pool) > 0


async def test_the_end_waits_for_what_is_lent_and_for_nothing_else(database: str) -> None:
    async with lender(database) as pool:
        lent = pool.acquire()
        connection = await lent.__aenter__()
        ended = asyncio.create_task(pool.__aexit__(None, None, None))
        await asyncio.sleep(0.05)
        assert not ended.done()
        assert await connection.fetchval("SELECT 1") == 1
        await lent.__aexit__(None, None, None)
        await asyncio.wait_for(ended, 5)


async def test_connections_that_may_lie_idle_for_a_while_only_are_closed_then(database: str) -> None:
    async with lender(database, max_inactive_connection_lifetime=0.05) as pool:
        before = await process(pool)
        await asyncio.sleep(0.5)
        assert await process(pool) != before
