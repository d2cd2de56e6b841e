"""Frames on their way to the committers and back: in order, none lost, projects in turn."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import groupby
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from barograph.catalog.catalog import CatalogCache
from barograph.readings.storing.producer_ledger import ProducerId
from ingest.commits.budget import Budget
from ingest.commits.committer import Committer
from ingest.commits.committer_connection import Stopped
from ingest.commits.pipeline import UNDER_WAY, Pipeline
from ingest.messages.frames import Fate, Receipt, ReceivedFrame, Source
from tests.ingest.frames import make_frame

NOWHERE = "postgresql://127.0.0.1:1/nowhere"
BATCH_READINGS = 10


class Recorder(Committer):
    """Stores nothing; remembers what it was given, and takes or fails as it is told."""

    def __init__(self, *, takes_s: float = 0, fails: bool = False, hangs: bool = False) -> None:
        super().__init__(NOWHERE, CatalogCache(NOWHERE), BATCH_READINGS, lambda _: None)
        self.batches: list[list[ReceivedFrame]] = []
        self._takes_s, self._fails, self._hangs = takes_s, fails, hangs

    def commit_in_parts(self, frames: Sequence[ReceivedFrame]) -> Iterator[Sequence[Receipt]]:
        self.batches.append(list(frames))
        time.sleep(self._takes_s)
        if self._fails:
            raise RuntimeError("a fault of ours")
        stopping = self._connection._stopping  # pyright: ignore[reportPrivateUsage]
        if self._hangs and stopping.wait(5):
            raise Stopped
        yield [Receipt(frame, Fate.STORED, frame.t_us.size) for frame in frames]


def sources_of(projects: Sequence[int], receipts: list[Receipt]) -> list[Source]:
    return [
        Source(project, uuid4(), ["s0"], receipts.append, producer_id=ProducerId(1, uuid4()))
        for project in projects
    ]


def play(
    committers: Sequence[Committer],
    scene: Callable[[Pipeline, Budget], Awaitable[None]],
    *,
    close_s: float = 5,
) -> Budget:
    """Runs a scene with a pipeline, and closes it."""
    budget = Budget(2**20, 64)

    async def run() -> None:
        pipeline = Pipeline(committers, budget, linger_s=0.001)
        pipeline.open()
        await scene(pipeline, budget)
        await pipeline.close(close_s)

    asyncio.run(run())
    return budget


def numbers(frames: Sequence[ReceivedFrame], source: Source) -> list[int]:
    return [frame.seq for frame in frames if frame.source is source]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 14)), max_size=60),
    st.lists(st.integers(1, 3), min_size=5, max_size=5),
    st.integers(1, 3),
)
def test_each_frame_is_committed_once_in_its_sources_order_and_answered_in_it(
    story: list[tuple[int, int]], projects: list[int], lanes: int
) -> None:
    receipts: list[Receipt] = []
    sources = sources_of(projects, receipts)
    committers = [Recorder() for _ in range(lanes)]
    sent: list[ReceivedFrame] = []

    async def scene(pipeline: Pipeline, _: Budget) -> None:
        for source in sources:
            pipeline.attach(source)
        for number, (which, readings) in enumerate(story):
            sent.append(make_frame(sources[which], number, [1.0] * readings))
            await pipeline.submit(sent[-1])

    play(committers, scene)
    for source in sources:
        assert numbers([receipt.frame for receipt in receipts], source) == numbers(sent, source)
        committed_by = [c for c in committers if any(numbers(batch, source) for batch in c.batches)]
        assert len(committed_by) <= 1
        for committer in committed_by:
            in_order = [seq for batch in committer.batches for seq in numbers(batch, source)]
            assert in_order == numbers(sent, source)
        assert (source.queued_frames, source.queued_bytes) == (0, 0)
    for batch in (batch for committer in committers for batch in committer.batches):
        of_projects = [project for project, _ in groupby(batch, lambda frame: frame.source.project_id)]
        assert len(of_projects) == len(set(of_projects))
        assert len(batch) == 1 or sum(frame.t_us.size for frame in batch) <= BATCH_READINGS


def test_sources_spread_over_the_lanes() -> None:
    receipts: list[Receipt] = []
    committers = [Recorder(), Recorder(), Recorder()]

    async def scene(pipeline: Pipeline, _: Budget) -> None:
        for source in sources_of([1] * 9, receipts):
            pipeline.attach(source)
            await pipeline.submit(make_frame(source, 1, [1.0] * BATCH_READINGS))

    play(committers, scene)
    assert [sum(map(len, committer.batches)) for committer in committers] == [3, 3, 3]


def test_a_project_that_floods_does_not_keep_another_waiting() -> None:
    receipts: list[Receipt] = []
    flood, trickle = sources_of([1, 2], receipts)
    committer = Recorder(takes_s=0.005)

    async def scene(pipeline: Pipeline, _: Budget) -> None:
        for source in (flood, trickle):
            pipeline.attach(source)
        for seq in range(40):
            await pipeline.submit(make_frame(flood, seq, [1.0] * BATCH_READINGS))
        await pipeline.submit(make_frame(trickle, 1, [1.0]))

    play([committer], scene)
    projects = [batch[0].source.project_id for batch in committer.batches]
    assert projects.index(2) <= 2


def test_after_a_fault_of_ours_clients_must_bind_again_and_others_go_on() -> None:
    receipts: list[Receipt] = []
    broken, other = sources_of([1, 1], receipts)

    async def scene(pipeline: Pipeline, _: Budget) -> None:
        for source in (broken, other):
            pipeline.attach(source)
            await pipeline.submit(make_frame(source, 1, [1.0]))

    budget = play([Recorder(fails=True), Recorder()], scene)
    assert {receipt.frame.source: receipt.fate for receipt in receipts} == {
        broken: Fate.OUT_OF_STEP,
        other: Fate.STORED,
    }
    assert budget.try_take(broken, 2**20)


def test_closing_commits_what_waits() -> None:
    receipts: list[Receipt] = []
    (source,) = sources_of([1], receipts)

    async def scene(pipeline: Pipeline, _: Budget) -> None:
        pipeline.attach(source)
        for seq in range(50):
            await pipeline.submit(make_frame(source, seq, [1.0] * BATCH_READINGS))

    play([Recorder(takes_s=0.002)], scene)
    assert numbers([receipt.frame for receipt in receipts], source) == list(range(50))


def test_closing_gives_up_on_a_commit_that_never_ends() -> None:
    receipts: list[Receipt] = []
    (source,) = sources_of([1], receipts)

    async def scene(pipeline: Pipeline, _: Budget) -> None:
        pipeline.attach(source)
        await pipeline.submit(make_frame(source, 1, [1.0]))
        await asyncio.sleep(0.1)

    started_s = time.monotonic()
    play([Recorder(hangs=True)], scene, close_s=0.2)
    assert time.monotonic() - started_s < 2
    assert receipts == []


def test_a_commit_that_does_not_end_is_told_while_it_lasts() -> None:
    told_s: list[float] = []
    (source,) = sources_of([1], [])

    async def scene(pipeline: Pipeline, _: Budget) -> None:
        pipeline.attach(source)
        told_s.append(under_way_s())
        await pipeline.submit(make_frame(source, 1, [1.0]))
        await asyncio.sleep(0.2)
        told_s.append(under_way_s())
        await asyncio.sleep(0.4)
        told_s.append(under_way_s())

    play([Recorder(takes_s=0.4)], scene)
    before_s, meanwhile_s, afterwards_s = told_s
    assert (before_s, afterwards_s) == (0, 0)
    assert 0.1 < meanwhile_s < 0.4


def under_way_s() -> float:
    (family,) = UNDER_WAY.collect()
    return family.samples[0].value


def test_a_request_finds_no_room_where_a_socket_would_wait() -> None:
    receipts: list[Receipt] = []
    holder, asker = sources_of([1, 1], receipts)

    async def scene(pipeline: Pipeline, budget: Budget) -> None:
        pipeline.attach(asker)
        assert budget.try_take(holder, 2**20)
        assert not pipeline.try_submit(make_frame(asker, 1, [1.0]))
        waiting = asyncio.create_task(pipeline.submit(make_frame(asker, 2, [1.0])))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        budget.give_back(holder, 2**20)
        await asyncio.wait_for(waiting, 1)

    play([Recorder()], scene)
    assert [receipt.frame.seq for receipt in receipts] == [2]


def test_a_source_that_leaves_makes_room_in_its_lane() -> None:
    receipts: list[Receipt] = []
    first, second, third, fourth = sources_of([1] * 4, receipts)
    committers = [Recorder(), Recorder()]

    async def scene(pipeline: Pipeline, _: Budget) -> None:
        for source in (first, second, third):
            pipeline.attach(source)
        pipeline.detach(first)
        pipeline.detach(third)
        pipeline.attach(fourth)  # to the first lane, where there is nobody now
        await pipeline.submit(make_frame(fourth, 1, [1.0]))

    play(committers, scene)
    assert [len(committer.batches) for committer in committers] == [1, 0]
