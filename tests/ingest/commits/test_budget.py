"""The queue's budget under whatever order of events: never overdrawn, and nobody forgotten."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from ingest.commits.budget import PROJECT_SHARES, REFUSED_SHARES, SOURCE_SHARES, Budget
from ingest.messages.frames import Source

CAPACITY_BYTES = 800
SHARE_BYTES = CAPACITY_BYTES // SOURCE_SHARES
PROJECT_BYTES = CAPACITY_BYTES // PROJECT_SHARES
WINDOW = 3


def make_source(project_id: int = 1) -> Source:
    return Source(project_id, uuid4(), [], lambda _: None)


class Ledger:
    """Sources that bring frames, and what the budget should hold of them."""

    def __init__(self, sources: int) -> None:
        self.budget = Budget(CAPACITY_BYTES, WINDOW)
        self.sources = [make_source(number % 3) for number in range(sources)]
        self.waiting: dict[Source, tuple[asyncio.Task[None], int]] = {}
        self.held: dict[Source, list[int]] = {source: [] for source in self.sources}

    def bring(self, source: Source, size_bytes: int) -> None:
        """As a socket does: one frame at a time, and it waits for its room."""
        if source not in self.waiting:
            self.waiting[source] = (asyncio.ensure_future(self.budget.take(source, size_bytes)), size_bytes)

    def try_bring(self, source: Source, size_bytes: int) -> None:
        """As a request does: now or never."""
        if source not in self.waiting and self.budget.try_take(source, size_bytes):
            self.held[source].append(size_bytes)

    def leave(self, source: Source, _size_bytes: int) -> None:
        """As a socket that is lost while it waits."""
        if source in self.waiting:
            self.waiting.pop(source)[0].cancel()

    def refuse(self, source: Source, size_bytes: int) -> None:
        """As the receipt of a frame says, whose room is given back then."""
        source.is_refused = size_bytes % 2 == 0
        self.commit(source, size_bytes)

    def commit(self, source: Source, _size_bytes: int) -> None:
        if self.held[source]:
            self.budget.give_back(source, self.held[source].pop(0))

    async def settle(self) -> None:
        """Lets waiters that were granted room take it."""
        for _ in range(3):
            await asyncio.sleep(0)
        for source, (task, size_bytes) in list(self.waiting.items()):
            if task.done():
                task.result()
                self.held[source].append(size_bytes)
                del self.waiting[source]

    def check(self) -> None:
        used = sum(map(sum, self.held.values()))
        frames = sum(map(len, self.held.values()))
        assert used <= CAPACITY_BYTES or frames == 1
        for source, sizes in self.held.items():
            assert (source.queued_frames, source.queued_bytes) == (len(sizes), sum(sizes))
            assert len(sizes) <= WINDOW
            assert sum(sizes) <= SHARE_BYTES or len(sizes) == 1
        for project_id in range(3):
            held = [
                size
                for source in self.sources
                if source.project_id == project_id
                for size in self.held[source]
            ]
            assert sum(held) <= PROJECT_BYTES or len(held) == 1

    async def drain(self) -> None:
        """Commits everything: now every waiter must get its turn."""
        for _ in range(200):
            for source in self.sources:
                self.commit(source, 0)
            await self.settle()
        assert not self.waiting
        assert not any(self.held.values())


Event = tuple[Callable[[Ledger, Source, int], None], int, int]
events = st.lists(
    st.tuples(
        st.sampled_from(
            [Ledger.bring, Ledger.bring, Ledger.try_bring, Ledger.leave, Ledger.commit, Ledger.refuse]
        ),
        st.integers(0, 15),
        st.integers(1, SHARE_BYTES) | st.sampled_from([SHARE_BYTES, SHARE_BYTES + 1, 2 * CAPACITY_BYTES]),
    ),
    max_size=80,
)


@given(events, st.integers(1, 16), st.booleans())
def test_the_budget_is_never_overdrawn_and_no_waiter_is_forgotten(
    story: list[Event], sources: int, hurried: bool
) -> None:
    async def play() -> None:
        ledger = Ledger(sources)
        for act, number, size_bytes in story:
            act(ledger, ledger.sources[number % sources], size_bytes)
            if not hurried:
                await ledger.settle()
                ledger.check()
        await ledger.settle()
        ledger.check()
        await ledger.drain()

    asyncio.run(play())


def test_a_waiter_that_leaves_just_as_it_is_let_in_gives_its_room_back() -> None:
    async def play() -> None:
        budget = Budget(CAPACITY_BYTES, WINDOW)
        holder, leaver, other = make_source(), make_source(), make_source()
        assert budget.try_take(holder, CAPACITY_BYTES)
        waiter = asyncio.ensure_future(budget.take(leaver, CAPACITY_BYTES))
        await asyncio.sleep(0)
        budget.give_back(holder, CAPACITY_BYTES)  # lets the waiter in, which has not noticed yet
        waiter.cancel()
        await asyncio.wait([waiter])
        assert waiter.cancelled()
        assert leaver.queued_bytes == 0
        assert budget.try_take(other, CAPACITY_BYTES)

    asyncio.run(play())


def test_a_source_beyond_its_share_holds_nobody_else_back() -> None:
    async def play() -> None:
        budget = Budget(CAPACITY_BYTES, WINDOW)
        flood, trickle = make_source(), make_source()
        await budget.take(flood, SHARE_BYTES)
        waiter = asyncio.ensure_future(budget.take(flood, SHARE_BYTES))
        await asyncio.sleep(0)
        await asyncio.wait_for(budget.take(trickle, 1), 1)
        assert not waiter.done()
        budget.give_back(flood, SHARE_BYTES)
        await asyncio.wait_for(waiter, 1)

    asyncio.run(play())


def test_a_project_that_floods_leaves_room_and_waits_its_turn() -> None:
    async def play() -> None:
        budget, flood = Budget(CAPACITY_BYTES, WINDOW), [make_source(1) for _ in range(60)]
        waiters = [asyncio.ensure_future(budget.take(source, SHARE_BYTES)) for source in flood]
        await asyncio.sleep(0)
        assert sum(waiter.done() for waiter in waiters) == SOURCE_SHARES // PROJECT_SHARES
        others = [make_source(2) for _ in range(SOURCE_SHARES // PROJECT_SHARES)]
        assert all(budget.try_take(source, SHARE_BYTES) for source in others)
        third = asyncio.ensure_future(budget.take(make_source(3), SHARE_BYTES))
        fourth = asyncio.ensure_future(budget.take(make_source(4), SHARE_BYTES))
        await asyncio.sleep(0)
        for source, waiter in ((flood[0], third), (others[0], fourth)):
            assert not waiter.done()
            budget.give_back(source, SHARE_BYTES)
            await asyncio.wait_for(waiter, 1)
        for waiter in waiters:
            waiter.cancel()
        await asyncio.gather(*waiters, return_exceptions=True)

    asyncio.run(play())


def test_a_source_whose_frames_are_refused_holds_little_until_one_is_accepted() -> None:
    async def play() -> None:
        budget, frame_bytes = Budget(CAPACITY_BYTES, WINDOW), CAPACITY_BYTES // REFUSED_SHARES
        flood = make_source()
        await budget.take(flood, frame_bytes)
        flood.is_refused = True
        waiter = asyncio.ensure_future(budget.take(flood, frame_bytes))
        await asyncio.sleep(0)
        assert not waiter.done()
        flood.is_refused = False
        budget.give_back(flood, frame_bytes)
        await asyncio.wait_for(waiter, 1)
        await asyncio.wait_for(budget.take(flood, frame_bytes), 1)

    asyncio.run(play())
