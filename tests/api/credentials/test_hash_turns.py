"""Whose password is hashed next."""

import asyncio
from collections.abc import Sequence

import pytest

from api.credentials.hash_turns import MAX_WAITING, HashTurns
from barograph.errors import TooManyRequests


async def hashing(turns: HashTurns, subjects: Sequence[str], done: list[str], free: asyncio.Event) -> None:
    async with turns.turn(subjects):
        await free.wait()
        done.append(subjects[-1])


@pytest.mark.parametrize("crowd", [["address a", "account a"], ["address a"]])
def test_a_crowd_holds_one_turn_and_others_go_ahead(crowd: list[str]) -> None:
    async def scene() -> None:
        turns, done, never, free = HashTurns(2), list[str](), asyncio.Event(), asyncio.Event()
        free.set()
        async with asyncio.TaskGroup() as tasks:
            many = [tasks.create_task(hashing(turns, crowd, done, never)) for _ in range(MAX_WAITING)]
            await asyncio.sleep(0)
            for number in range(20):
                await hashing(turns, ["address b", f"account {number}"], done, free)
            assert done == [f"account {number}" for number in range(20)]
            assert not any(each.done() for each in many)
            never.set()
        assert len(done) == 20 + MAX_WAITING

    asyncio.run(asyncio.wait_for(scene(), 10))


def test_an_accounts_line_holds_one_of_each_address() -> None:
    async def scene() -> None:
        turns, done, never, free = HashTurns(2), list[str](), asyncio.Event(), asyncio.Event()
        free.set()
        async with asyncio.TaskGroup() as tasks:
            for number in range(MAX_WAITING):
                own = ["address attacker", f"account {number}"]
                tasks.create_task(hashing(turns, own, done, never))
            victims = ["address attacker", "account victim"]
            tasks.create_task(hashing(turns, victims, done, never))
            await asyncio.sleep(0)
            await hashing(turns, ["address home", "account victim"], done, free)
            assert done == ["account victim"]
            never.set()

    asyncio.run(asyncio.wait_for(scene(), 10))


def test_a_line_has_an_end_and_is_forgotten_when_empty() -> None:
    async def scene() -> None:
        turns, done, free = HashTurns(2), list[str](), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(MAX_WAITING + 1):
                tasks.create_task(hashing(turns, ["address a"], done, free))
            await asyncio.sleep(0)
            with pytest.raises(TooManyRequests):
                await hashing(turns, ["address a"], done, free)
            free.set()
        await hashing(turns, ["address a"], done, free)
        assert len(done) == MAX_WAITING + 2

    asyncio.run(asyncio.wait_for(scene(), 10))
