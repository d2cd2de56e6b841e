"""How full a spool is, and for how long the rest will last."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from barograph_client.delivery.outbox import FrameOutbox
from barograph_client.spool.notes import GivenUp

SPAN_S = 600.0
STEP_S = 5.0


@dataclass(frozen=True)
class SpoolStatus:
    """What waits for an ack, and the room for more.

    Attributes:
        frames: without an ack.
        size_bytes, max_bytes: what the spool takes, with what it keeps after its ack; the most that it may.
        waiting_bytes: of `size_bytes`, what does not give way to newer frames.
        oldest_at: when the oldest frame without an ack was sent; None if there is none, or it is in memory.
        rate_bytes_s: what `send` has added a second over the last ten minutes.
        room_hours: how long the room that is left will do at that rate; None while nothing is added.
        span_hours: the same of the whole spool.
        given_up: frames and readings that were given up since the spool was made.
    """

    frames: int
    size_bytes: int
    max_bytes: int
    waiting_bytes: int
    oldest_at: datetime | None
    rate_bytes_s: float
    room_hours: float | None
    span_hours: float | None
    given_up: GivenUp


class FillingRate:
    """Bytes a second that are added, over the last minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._total = 0
        self._steps = deque([(clock(), 0)])

    def add(self, size_bytes: int) -> None:
        """Counts the bytes of a send."""
        self._total += size_bytes
        now_s = self._clock()
        if now_s - self._steps[-1][0] >= STEP_S:
            self._steps.append((now_s, self._total - size_bytes))
        while len(self._steps) > 2 and now_s - self._steps[0][0] > SPAN_S:
            self._steps.popleft()

    @property
    def bytes_s(self) -> float:
        """Now; 0 before there is anything to tell."""
        since_s, total_before = self._steps[0]
        lasted_s = self._clock() - since_s
        return (self._total - total_before) / lasted_s if lasted_s > 0 else 0.0


def spool_status(outbox: FrameOutbox, rate: FillingRate) -> SpoolStatus:
    """The status of a stream's frames."""
    store, bytes_s = outbox.store, rate.bytes_s
    written_us = store.written_us(outbox.first_unsettled)
    return SpoolStatus(
        len(outbox),
        store.size_bytes,
        store.max_bytes,
        store.waiting_bytes,
        datetime.fromtimestamp(written_us / 1e6, UTC) if written_us is not None else None,
        bytes_s,
        _hours(store.max_bytes - store.waiting_bytes, bytes_s),
        _hours(store.max_bytes, bytes_s),
        store.given_up,
    )


def filling_text(status: SpoolStatus) -> str:
    """A line for the log."""
    rest = (
        f"there is room for {status.room_hours:.1f} hours more"
        if status.room_hours is not None
        else "there is room"
    )
    share = status.waiting_bytes / status.max_bytes
    return f"the spool is {share:.0%} full ({status.waiting_bytes:,} bytes); at the present rate {rest}"


def _hours(size_bytes: int, bytes_s: float) -> float | None:
    return max(0, size_bytes) / bytes_s / 3600 if bytes_s > 0 else None
