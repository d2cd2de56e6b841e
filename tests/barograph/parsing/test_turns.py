"""Turns are shared fairly: no caller holds all slots, waiting is bounded, and nobody's turn is lost."""

import asyncio
from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.errors import Unavailable
from barograph.parsing import turns as turns_module
from barograph.parsing.turns import MAX_WAITING, MAX_WAITING_OF_CALLER, Turns


async def settled() -> None:
    """Lets every task run as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_caller_holds_half_of_the_slots_at_most() -> None:
    async def run() -> None:
        turns = Turns(4)
        flood = [asyncio.create_task(turns.take("flood")) for _ in range(5)]
        await settled()
        assert [each.done() for each in flood] == [True, True, False, False, False]
        await asyncio.wait_for(turns.take("other"), 5)
        turns.give_back("flood")
        await settled()
        assert sum(each.done() for each in flood) == 3
        for each in flood:
            each.cancel()

    asyncio.run(run())


def test_callers_that_wait_get_slots_one_after_the_other() -> None:
    async def run() -> None:
        turns, order = Turns(2), list[str]()

        async def one(caller: str) -> None:
            await turns.take(caller)
            order.append(caller)
            await settled()
            turns.give_back(caller)

        await turns.take("first")
        await turns.take("second")
        tasks = [asyncio.create_task(one(caller)) for caller in "aaabbc"]
        await settled()
        turns.give_back("first")
        turns.give_back("second")
        await asyncio.gather(*tasks)
        assert order[:3] == ["a", "b", "c"]
        assert Counter(order) == Counter("aaabbc")

    asyncio.run(run())


def test_those_who_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "MAX_WAIT_S", 0.05)

    async def run() -> None:
        turns = Turns(1)
        await turns.take("busy")
        waiting = [asyncio.create_task(turns.take("flood")) for _ in range(MAX_WAITING_OF_CALLER)]
        await settled()
        with pytest.raises(Unavailable, match="too much waits") as refused:
            await turns.take("flood")
        assert refused.value.retry_after_s
        others = [asyncio.create_task(turns.take(number)) for number in range(MAX_WAITING - len(waiting))]
        await settled()
        with pytest.raises(Unavailable, match="too much waits"):
            await turns.take("late")
        with pytest.raises(Unavailable, match="too much is being read"):
            await waiting[0]
        await asyncio.gather(*waiting, *others, return_exceptions=True)
        turns.give_back("busy")
        await asyncio.wait_for(turns.take("late"), 5)

    asyncio.run(run())


def test_readiness_tells_when_nothing_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        turns = Turns(2)
        await turns.take("a")
        turns.check()
        await turns.take("b")
        turns.check()
        monkeypatch.setattr(turns_module, "STUCK_S", -1.0)
        with pytest.raises(Unavailable, match="all parsers are busy"):
            turns.check()
        turns.give_back("a")
        turns.check()

    asyncio.run(run())


@given(st.integers(1, 5), st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=30))
def test_every_turn_comes_back_whoever_gives_up(slots: int, callers: list[tuple[int, bool]]) -> None:
    async def run() -> None:
        turns, running, most = Turns(slots), Counter[int](), 0

        async def one(caller: int, gives_up: bool) -> None:
            nonlocal most
            await turns.take(caller)
            running[caller] += 1
            most = max(most, running.total())
            assert running[caller] <= max(1, slots // 2)
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
            running[caller] -= 1
            turns.give_back(caller)
            if gives_up:
                raise asyncio.CancelledError

        tasks = [asyncio.create_task(one(*each)) for each in callers]
        for (_, gives_up), task in zip(callers, tasks, strict=True):
            await asyncio.sleep(0)
            if gives_up:
                task.cancel()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
        assert most <= slots
        for number in range(slots):
            await asyncio.wait_for(turns.take(f"free {number}"), 5)

    asyncio.run(run())
