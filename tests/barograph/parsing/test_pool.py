"""The pool: parsers are shared, kept while they are used, and gone when the program goes."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from barograph.errors import Invalid, Unavailable
from barograph.parsing import pool as pool_module
from barograph.parsing.limits import ParserLimits
from barograph.parsing.pool import ParserPool
from barograph.program.fair_turns import TurnTaker
from tests.barograph.parsing import tasks

A, B, FLOOD, OTHER = (TurnTaker(name, name) for name in ("a", "b", "flood", "other"))
LIMITS = ParserLimits(cpu_s=1, wall_s=5, memory_bytes=128 * 2**20)


@asynccontextmanager
async def open_pool(slots: int = 2, limits: ParserLimits = LIMITS) -> AsyncGenerator[ParserPool]:
    pool = ParserPool(slots, limits, "tests.barograph.parsing.tasks")
    try:
        yield pool
    finally:
        await pool.close()


def test_one_after_the_other_is_done_by_one_parser() -> None:
    async def run() -> None:
        async with open_pool() as pool:
            assert await pool.ask(A, tasks.length_of, b"12345") == 5
            first, second = [await pool.ask(A, tasks.process_id) for _ in range(2)]
            assert first == second

    asyncio.run(run())


@pytest.mark.nightly
def test_a_caller_whose_bodies_are_stuck_keeps_nobody_waiting() -> None:
    async def run() -> None:
        async with open_pool() as pool:
            stuck = [asyncio.create_task(pool.ask(FLOOD, tasks.spin)) for _ in range(2)]
            await asyncio.sleep(0)
            assert await pool.ask(OTHER, tasks.length_of, b"12345") == 5
            assert not any(each.done() for each in stuck)
            pool.check()
            for each in stuck:
                with pytest.raises(Invalid, match="could not be read within 1 s"):
                    await each
            pool.check()

    asyncio.run(run())


def test_who_gives_up_leaves_the_parser_to_others_when_it_is_done() -> None:
    async def run() -> None:
        async with open_pool(1) as pool:
            given_up = asyncio.create_task(pool.ask(A, tasks.spin))
            await asyncio.sleep(0.1)
            given_up.cancel()
            assert await pool.ask(B, tasks.length_of, b"12345") == 5

    asyncio.run(run())


def test_parsers_that_are_idle_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "WARM_S", 0.0)

    async def run() -> None:
        async with open_pool() as pool:
            first = await pool.ask(A, tasks.process_id)
            await asyncio.sleep(0.05)
            assert await pool.ask(A, tasks.process_id) != first

    asyncio.run(run())


def test_a_pool_closes_although_its_parsers_are_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "GRACE_S", 0.2)

    async def run() -> None:
        async with open_pool(2, ParserLimits(cpu_s=600, wall_s=600)) as pool:
            stuck = asyncio.create_task(pool.ask(A, tasks.sleep_for_ever))
            await pool.ask(B, tasks.process_id)
            started_s = time.monotonic()
            await pool.close()
            assert time.monotonic() - started_s < 60
            with pytest.raises(Unavailable, match="going away"):
                await stuck
            with pytest.raises(Unavailable, match="going away"):
                await pool.ask(A, tasks.process_id)

    asyncio.run(run())


def test_a_pool_that_can_start_no_parser_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with open_pool() as pool:
            with monkeypatch.context() as broken:
                broken.setattr("sys.executable", "/does/not/exist")
                with pytest.raises(Unavailable, match="nothing can be read"):
                    await pool.ask(A, tasks.process_id)
            with pytest.raises(Unavailable, match="can't be started"):
                pool.check()
            await pool.ask(A, tasks.process_id)
            pool.check()

    asyncio.run(run())


def test_a_pool_says_so_while_nothing_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with open_pool(2) as pool:
            stuck = [asyncio.create_task(pool.ask(who, tasks.sleep_for_ever)) for who in (A, B)]
            await asyncio.sleep(0.1)
            pool.check()
            with monkeypatch.context() as impatient:
                impatient.setattr(pool_module, "STUCK_S", 0.0)
                with pytest.raises(Unavailable, match="all parsers are busy"):
                    pool.check()
            await asyncio.wait(stuck)
            pool.check()

    asyncio.run(run())
