"""Points of a run, gathered and sent in the background: bounded, in order, and none lost without a word.

log -> waiting (bounded) -> a thread: bodies of many points -> the API
                            what it refuses -> `refused`, raised at the next flush
"""

import threading
import time
from collections import deque
from collections.abc import Sequence
from itertools import islice

from barograph_client.analysis.problems import MetricsUnsaved
from barograph_client.analysis.runs.points import (
    MAX_BODY_POINTS,
    LoggedValue,
    Post,
    RefusedMetric,
    is_final,
    post_all,
)

SHOWN = 3


class MetricLog:
    """Sends what is added. Any number of threads may add.

    Args:
        batch_s: points are gathered for so long.
        max_waiting: so many may wait; `add` then waits for room.
    """

    def __init__(self, post: Post, *, batch_s: float = 0.5, max_waiting: int = 50_000) -> None:
        self._post, self._batch_s, self._max_waiting = post, batch_s, max_waiting
        self._waiting: deque[LoggedValue] = deque()
        self._changed = threading.Condition()
        self._failure: Exception | None = None
        self._refused: list[RefusedMetric] = []
        self._is_wanted_now = self._is_closing = False
        self._thread: threading.Thread | None = None

    def add(self, points: Sequence[LoggedValue]) -> None:
        """Has points sent soon. Waits while too many wait.

        Raises:
            MetricsUnsaved: earlier ones can't be sent, and there is no room for these.
        """
        with self._changed:
            self._check_open()
            while len(self._waiting) >= self._max_waiting:
                if self._failure is not None:
                    raise self._unsaved(points)
                self._changed.wait()
                self._check_open()
            self._waiting.extend(points)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="barograph metrics", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self, timeout_s: float | None = None) -> None:
        """Waits until all that was added is stored.

        Raises:
            MetricsUnsaved: something is not, and won't be, or not within `timeout_s`.
        """
        end_s = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            self._is_wanted_now, self._failure = True, None
            self._changed.notify_all()
            while self._waiting and self._failure is None and self._thread is not None:
                left_s = None if end_s is None else end_s - time.monotonic()
                if left_s is not None and left_s <= 0:
                    break
                self._changed.wait(left_s)
            self._is_wanted_now = False
            refused, self._refused = self._refused, []
            if self._waiting or refused:
                raise self._unsaved([each.point for each in refused], refused)

    def close(self, timeout_s: float | None = None) -> None:
        """Sends what waits, and ends.

        Raises:
            MetricsUnsaved: as of `flush`. What was not sent is in the exception, and nowhere else.
        """
        try:
            self.flush(timeout_s)
        finally:
            with self._changed:
                self._is_closing = True
                self._waiting.clear()
                self._changed.notify_all()

    def _check_open(self) -> None:
        if self._is_closing:
            raise ValueError("the run has ended, and takes no more metrics")

    def _unsaved(
        self, points: Sequence[LoggedValue], refused: Sequence[RefusedMetric] = ()
    ) -> MetricsUnsaved:
        lost = [*self._waiting, *points]
        why = [f"{each.point.name} at step {each.point.step}: {each.reason}" for each in refused[:SHOWN]]
        if self._waiting:
            why.insert(0, str(self._failure or "the API takes longer than was to be waited"))
        text = f"{len(lost):,} points of metrics are not stored: {'; '.join(why)}"
        error = MetricsUnsaved(text, [(each.name, each.step, each.value) for each in lost])
        error.__cause__ = self._failure
        return error

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closing)
                if self._is_closing:
                    return
                self._changed.wait_for(self._is_due, self._batch_s)
                batch = list(islice(self._waiting, MAX_BODY_POINTS))
            self._send(batch)

    def _is_due(self) -> bool:
        return self._is_wanted_now or self._is_closing or len(self._waiting) >= MAX_BODY_POINTS

    def _send(self, batch: list[LoggedValue]) -> None:
        """Points leave the queue once it is known what became of them."""
        failure: Exception | None = None
        refused: list[RefusedMetric] = []
        try:
            refused = post_all(self._post, batch)
        except Exception as error:  # noqa: BLE001 - whoever flushes gets it
            failure = error
            if is_final(error):
                refused = [RefusedMetric(point, str(error)) for point in batch]
        with self._changed:
            self._refused += refused
            self._failure = failure
            if (failure is None or refused) and not self._is_closing:
                for _ in batch:
                    self._waiting.popleft()
            self._changed.notify_all()
