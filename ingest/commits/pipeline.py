"""Brings frames from the edges to the committers, and the receipts back.

    submit -> budget -> lane (one per committer) -> gather what has come -> commit in a thread -> on_receipt

A source keeps to one lane, so its frames are committed in order; sources spread over the lanes.

Why: decision 2, decision 851, decision 940.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import structlog
from prometheus_client import Gauge, Histogram

from barograph.program.kept_loop import KeptLoop
from barograph.program.tracing import TracePart, current_traces, trace_frame
from barograph.times import now_us
from ingest.commits.budget import Budget
from ingest.commits.committer import Committer
from ingest.commits.committer_connection import Stopped
from ingest.messages.frames import Fate, Receipt, ReceivedFrame, Source

SETTLED = Histogram(
    "barograph_ingest_settle_seconds",
    "Time from a frame's arrival to its commit",
    buckets=[0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 60],
)
UNDER_WAY = Gauge(
    "barograph_ingest_commit_under_way_seconds", "Time since the oldest commit under way was first tried"
)
# Of a commit. One that is prepared by itself takes about half a millisecond, while the locks of all are held.
MAX_PROJECTS = 256
log = structlog.stdlib.get_logger(__name__)


class Pipeline:
    """Owns the lanes; runs on one event loop."""

    def __init__(self, committers: Sequence[Committer], budget: Budget, linger_s: float) -> None:
        self._budget = budget
        self._lanes = [Lane(committer, budget, linger_s) for committer in committers]
        self._lane_of: dict[Source, Lane] = {}
        UNDER_WAY.set_function(lambda: max((lane.under_way_s for lane in self._lanes), default=0.0))

    def open(self) -> None:
        """Starts the lanes."""
        for lane in self._lanes:
            lane.open()

    @property
    def is_working(self) -> bool:
        """Whether every lane is."""
        return all(lane.is_working for lane in self._lanes)

    async def close(self, timeout_s: float) -> None:
        """Commits what waits, for at most so long, and ends the lanes."""
        await asyncio.gather(*(lane.close(timeout_s) for lane in self._lanes))

    def attach(self, source: Source) -> None:
        """Gives a source its lane: the one with the fewest."""
        lane = min(self._lanes, key=lambda lane: lane.sources)
        lane.sources += 1
        self._lane_of[source] = lane

    def detach(self, source: Source) -> None:
        """The source brings no more; what waits of it is committed all the same."""
        lane = self._lane_of.pop(source, None)
        if lane is not None:
            lane.sources -= 1

    async def submit(self, frame: ReceivedFrame) -> None:
        """Queues a frame of an attached source, as soon as there is room."""
        await self._budget.take(frame.source, frame.size_bytes)
        self._lane_of[frame.source].put(frame)

    def try_submit(self, frame: ReceivedFrame) -> bool:
        """Queues a frame of an attached source if there is room now."""
        if not self._budget.try_take(frame.source, frame.size_bytes):
            return False
        self._lane_of[frame.source].put(frame)
        return True


class Lane:
    """Frames on their way to one committer. Projects take turns where one commit can't hold all that waits.

    Attributes:
        sources: how many are attached.
    """

    def __init__(self, committer: Committer, budget: Budget, linger_s: float) -> None:
        self.sources = 0
        self._committer = committer
        self._budget = budget
        self._linger_s = linger_s
        self._handing_back = KeptLoop("hand_back")
        self._projects: dict[int, deque[ReceivedFrame]] = {}
        self._readings = 0
        # Frames that have no receipt yet, and when their commit began.
        self._committing: dict[ReceivedFrame, int] = {}
        self._arrived = asyncio.Event()
        self._closing = False
        self._committing_since_s: float | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="committer")
        self._task: asyncio.Task[None] | None = None

    @property
    def is_working(self) -> bool:
        """Whether frames that come now are committed."""
        return self._task is not None and not self._task.done()

    @property
    def under_way_s(self) -> float:
        """Time since the commit under way was first tried; 0 where there is none. Any thread may ask."""
        since_s = self._committing_since_s
        return 0.0 if since_s is None else time.monotonic() - since_s

    def open(self) -> None:
        """Starts committing."""
        self._task = asyncio.create_task(self._run())

    async def close(self, timeout_s: float) -> None:
        """Commits what waits, for at most so long; the rest was never acknowledged."""
        self._closing = True
        self._arrived.set()
        if self._task is not None:
            _, late = await asyncio.wait([self._task], timeout=timeout_s)
            if late:
                self._committer.stop()
                await asyncio.wait([self._task], timeout=timeout_s)
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._committer.close()

    def put(self, frame: ReceivedFrame) -> None:
        """Queues a frame that has its room already."""
        self._projects.setdefault(frame.source.project_id, deque()).append(frame)
        self._readings += frame.t_us.size
        self._arrived.set()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wait_for_frames()
            frames = self._gather()
            if not frames:
                return
            self._committing = dict.fromkeys(frames, now_us())
            self._committing_since_s = time.monotonic()
            try:
                await loop.run_in_executor(self._thread, self._commit, frames, loop)
            except Stopped:
                return
            except Exception:
                # A fault of ours: the clients bind again and send what was not acknowledged.
                log.exception("commit failed for good", frames=len(frames))
                self._hand_back([Receipt(frame, Fate.OUT_OF_STEP) for frame in self._committing])
            self._committing_since_s = None

    def _commit(self, frames: Sequence[ReceivedFrame], loop: asyncio.AbstractEventLoop) -> None:
        """Commits in the thread.

        Receipts are handed back in the order in which they come, before this has ended.
        """
        for receipts in self._committer.commit_in_parts(frames):
            loop.call_soon_threadsafe(self._hand_back, receipts)

    async def _wait_for_frames(self) -> None:
        """Returns when there is a batch's worth, or something and it has waited a moment, or on closing."""
        while not self._projects and not self._closing:
            self._arrived.clear()
            await self._arrived.wait()
        if self._readings < self._committer.batch_readings and not self._closing:
            await asyncio.sleep(self._linger_s)

    def _gather(self) -> list[ReceivedFrame]:
        """The next projects' frames, each project's in order, up to a batch's worth and at least one."""
        frames: list[ReceivedFrame] = []
        readings = 0
        for project_id, waiting in list(islice(self._projects.items(), MAX_PROJECTS)):
            before = len(frames)
            while waiting and (
                not frames or readings + waiting[0].t_us.size <= self._committer.batch_readings
            ):
                frames.append(waiting.popleft())
                readings += frames[-1].t_us.size
            if len(frames) == before:
                break
            del self._projects[project_id]
            if waiting:
                self._projects[project_id] = waiting  # to the end of the row
                break
        self._readings -= readings
        return frames

    def _hand_back(self, receipts: Sequence[Receipt]) -> None:
        now = now_us()
        for receipt in receipts:
            _trace(receipt, self._committing.pop(receipt.frame), now)
            receipt.frame.source.is_refused = receipt.is_refused
            self._budget.give_back(receipt.frame.source, receipt.frame.size_bytes)
            SETTLED.observe((now - receipt.frame.received_us) / 1e6)
        for receipt in receipts:
            with self._handing_back.turn():  # one connection that fails must not end the lane
                receipt.frame.source.on_receipt(receipt)


def _trace(receipt: Receipt, began_us: int, done_us: int) -> None:
    """The way of a frame: it waits for its turn, and is committed."""
    if current_traces() is None:
        return
    frame, producer = receipt.frame, receipt.frame.source.producer_id
    trace_frame(
        TracePart("frame", frame.received_us, done_us),
        [TracePart("wait", frame.received_us, began_us), TracePart("commit", began_us, done_us)],
        {
            "barograph.project": frame.source.project_id,
            "barograph.producer": "" if producer is None else str(producer.public_id),
            "barograph.seq": frame.seq,
            "barograph.readings": int(frame.t_us.size),
            "barograph.fate": receipt.fate.name.lower(),
        },
    )
