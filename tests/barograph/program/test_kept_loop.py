"""A kept loop goes on after every error, rests longer each time, and is late when it does nothing."""

import asyncio
from itertools import count

import pytest

from barograph.errors import Unavailable
from barograph.program import kept_loop
from barograph.program.kept_loop import KeptLoop, check_loops, end_tasks


class Odd(Exception):
    """An error that nobody has thought of."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that loops see, in seconds."""
    now = [1000.0]
    monkeypatch.setattr(kept_loop.time, "monotonic", lambda: now[0])
    return now


def fail(loop: KeptLoop) -> None:
    with loop.turn():
        raise Odd


def test_pauses_grow_with_failures_and_end_with_the_first_success() -> None:
    loop = KeptLoop("work", 60)
    assert loop.pause_s == 60
    pauses: list[float] = []
    for _ in range(6):
        fail(loop)
        pauses.append(loop.pause_s)
    assert pauses == [0.5, 1, 2, 4, 5, 5]
    with loop.turn():
        pass
    assert loop.pause_s == 60


def test_a_loop_that_only_fails_is_late_and_named(clock: list[float]) -> None:
    loop, other = KeptLoop("work", 1), KeptLoop("other", 100)
    for _ in range(9):
        clock[0] += 1
        fail(loop)
    with pytest.raises(Unavailable, match=r"too long: work \(9 s\)"):
        check_loops([loop, other])
    with loop.turn():
        pass
    check_loops([loop, other])


def test_a_loop_that_hangs_is_late(clock: list[float]) -> None:
    loop = KeptLoop("work", 1)
    with loop.turn():
        clock[0] += 9
        assert loop.is_late


def test_a_loop_that_waits_for_something_to_happen_is_late_only_while_it_fails(clock: list[float]) -> None:
    loop = KeptLoop("listen")
    clock[0] += 10_000
    assert not loop.is_late
    fail(loop)
    assert not loop.is_late
    clock[0] += 6
    fail(loop)
    assert loop.is_late
    loop.note_success()
    assert not loop.is_late


def test_a_kept_task_goes_on_until_it_is_cancelled() -> None:
    loop = KeptLoop("work", 0.001)
    turns = count()

    async def work() -> None:
        if next(turns) == 0:
            raise Odd

    async def scene() -> None:
        task = asyncio.create_task(loop.keep(work))
        await asyncio.sleep(1)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scene())
    assert next(turns) > 2


def test_a_task_ends_though_it_is_cancelled_while_what_it_waits_for_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept_loop, "CANCEL_AGAIN_S", 0.05)

    async def end_one() -> None:
        told = asyncio.Event()

        async def run() -> None:
            while True:
                told.clear()
                await asyncio.wait_for(told.wait(), 60)

        task = asyncio.create_task(run())
        await asyncio.sleep(0.01)
        told.set()
        # The wait within is over, and the task does not know it yet.
        await asyncio.sleep(0)
        await asyncio.wait_for(end_tasks([task]), 5)
        assert task.cancelled()

    asyncio.run(end_one())
