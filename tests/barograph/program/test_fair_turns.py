"""Turns: bounded for each project and member, handed on in turn, never lost."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.errors import Unavailable
from barograph.program.fair_turns import FairTurns, TurnLimits, TurnTaker

pytestmark = pytest.mark.anyio
LONG_S = 60


def taker(project: int, member: int = 0) -> TurnTaker:
    return TurnTaker(project, member)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_projects_take_turns_and_so_do_their_members() -> None:
    turns, order = FairTurns("desk", TurnLimits(1, 1, 1, 10)), list[TurnTaker]()
    flood, patient, other = taker(1, 1), taker(1, 2), taker(2)

    async def come(who: TurnTaker) -> None:
        async with turns.turn(who, LONG_S):
            order.append(who)

    async with turns.turn(flood, LONG_S):
        waiting = [asyncio.create_task(come(who)) for who in (flood, flood, flood, patient, other)]
        await settle()
    await asyncio.gather(*waiting)
    assert order == [flood, other, patient, flood, flood]


async def test_no_project_takes_all_and_no_member_more_than_half() -> None:
    turns = FairTurns("desk", TurnLimits.shared(4, 10))
    first, second = taker(1, 1), taker(1, 2)
    for who in (first, first, second):
        await turns.take(who, LONG_S)
    for who in (first, second):
        with pytest.raises(Unavailable, match="no desk was free"):
            await turns.take(who, 0.01)
    await turns.take(taker(2), 0.01)


async def test_who_waits_for_others_is_counted_and_who_has_a_share_is_not() -> None:
    turns, counts = FairTurns("desk", TurnLimits.shared(4, 10)), list[int]()
    flood, second, third = taker(1, 1), taker(1, 2), taker(1, 3)
    waiting: list[asyncio.Task[None]] = []
    for who in (flood, flood, flood, second, third, second):
        waiting.append(asyncio.create_task(turns.take(who, LONG_S)))
        await settle()
        counts.append(turns.count_kept_waiting())
    assert counts == [0, 0, 0, 0, 1, 2]
    for who in (flood, flood, second):
        turns.give_back(who)
    await asyncio.gather(*waiting)
    assert turns.count_kept_waiting() == 0


async def test_a_line_is_bounded_for_each_member() -> None:
    turns = FairTurns("desk", TurnLimits(1, 1, 1, 1))
    await turns.take(taker(1), LONG_S)
    waiting = asyncio.create_task(turns.take(taker(1), LONG_S))
    await settle()
    with pytest.raises(Unavailable, match="too many"):
        await turns.take(taker(1), LONG_S)
    turns.give_back(taker(1))
    await waiting


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.booleans()), min_size=1, max_size=30))
def test_whoever_leaves_takes_no_turn_along(comers: list[tuple[int, int, bool]]) -> None:
    async def run() -> None:
        turns = FairTurns("desk", TurnLimits.shared(2, 100))
        done = list[bool]()

        async def come(who: TurnTaker) -> None:
            async with turns.turn(who, LONG_S):
                await asyncio.sleep(0)
                done.append(True)

        tasks = [asyncio.create_task(come(taker(project, member))) for project, member, _ in comers]
        await asyncio.sleep(0)
        for task, (_, _, leaves) in zip(tasks, comers, strict=True):
            if leaves:
                task.cancel()
            await asyncio.sleep(0)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert len(done) >= sum(not leaves for _, _, leaves in comers)
        for project in (7, 8):
            await turns.take(taker(project), 0.01)

    asyncio.run(run())
