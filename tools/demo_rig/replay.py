"""Recordings as if they were measured now: over and over, at their own pace or a multiple of it."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from barograph_client.streaming.stream import Stream

from tools.demo_rig.recordings import Recording

TICK_S = 0.1
MAX_LAG_S = 10.0
MAX_FRAME_READINGS = 5_000


class ReplayColumns(NamedTuple):
    """Readings of several channels: int32[n], int64[n], float64[n]."""

    channel: npt.NDArray[np.int32]
    t_us: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]


class RecordingReplay:
    """Where each recording stands, since `start_us`."""

    def __init__(self, recordings: Sequence[Recording], start_us: int, speed: float = 1.0) -> None:
        self._recordings = recordings
        self._rates_hz = [each.rate_hz * speed for each in recordings]
        self._start_us = start_us
        self._taken = [0] * len(recordings)

    def due(self, now_us: int) -> ReplayColumns:
        """All samples up to `now_us` that were not taken yet, channel after channel."""
        return ReplayColumns(*map(np.concatenate, zip(*self._due_by_channel(now_us), strict=True)))

    def _due_by_channel(self, now_us: int) -> Iterator[ReplayColumns]:
        for channel, (recording, rate_hz) in enumerate(zip(self._recordings, self._rates_hz, strict=True)):
            until = int((now_us - self._start_us) * rate_hz / 1e6) + 1
            sample = np.arange(self._taken[channel], max(until, self._taken[channel]))
            self._taken[channel] += len(sample)
            yield ReplayColumns(
                np.full(len(sample), channel, np.int32),
                self._start_us + (sample * (1e6 / rate_hz)).astype(np.int64),
                recording.counts[sample % len(recording.counts)],
            )


async def replay(
    stream: Stream, recordings: Sequence[Recording], speed: float, is_over: asyncio.Event
) -> None:
    """Stream until told that it is over. After a pause of the whole machine, go on from now."""
    last_us = now_us()
    rig = RecordingReplay(recordings, last_us, speed)
    while not is_over.is_set():
        this_us = now_us()
        if abs(this_us - last_us) > MAX_LAG_S * 1e6:
            rig = RecordingReplay(recordings, this_us, speed)
        last_us = this_us
        columns = rig.due(this_us)
        for start in range(0, len(columns.value), MAX_FRAME_READINGS):
            rows = slice(start, start + MAX_FRAME_READINGS)
            await stream.send(columns.channel[rows], columns.t_us[rows], columns.value[rows])
        await _pause(is_over)


def now_us() -> int:
    """This machine's clock."""
    return time.time_ns() // 1000


async def _pause(is_over: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(is_over.wait(), TICK_S)
