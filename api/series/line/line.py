"""The line that a question's sensors lie on, one after the other, each in a track of its own.

A sensor's time becomes a position: whole tracks before it, and the time since the line's origin. Then what
is asked, what is dirty and what roll-ups cover are spans of one line, and nothing loops over sensors.
Tracks begin at midnight UTC and are whole days long, so that rounding to a tier stays in a track.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.series.line.spans import Spans
from barograph.times import DAY_US


@dataclass(frozen=True)
class Line:
    """Positions of times in tracks, for whole columns.

    Attributes:
        origin_us: a midnight, at least a day before all times.
        width_us: of a track; times lie at least a day before its end.
    """

    origin_us: int
    width_us: int

    @classmethod
    def around(cls, from_us: int, to_us: int) -> "Line":
        """A line for times in `[from_us, to_us]`."""
        origin_us = (from_us // DAY_US - 1) * DAY_US
        return cls(origin_us, (to_us // DAY_US + 2) * DAY_US - origin_us)

    def position(
        self, track: NDArray[np.int32] | NDArray[np.int64] | np.int64, t_us: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Where a track's time lies; times beyond the line count as its ends."""
        return np.int64(self.width_us) * track + np.clip(t_us - self.origin_us, 0, self.width_us)

    def track(self, position: NDArray[np.int64]) -> NDArray[np.int32]:
        return (position // self.width_us).astype(np.int32)

    def t_us(self, position: NDArray[np.int64]) -> NDArray[np.int64]:
        return position % self.width_us + self.origin_us

    def tracks(self, track: NDArray[np.int64]) -> Spans:
        """Tracks, whole."""
        start = track * np.int64(self.width_us)
        return Spans.of(start, start + self.width_us)

    def spans(self, track: NDArray[np.int64], from_us: NDArray[np.int64], to_us: NDArray[np.int64]) -> Spans:
        """The union of `[from_us, to_us)` of tracks."""
        return Spans.of(self.position(track, from_us), self.position(track, to_us))
