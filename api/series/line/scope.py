"""Whose readings of which time a question is about."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.series.line.line import Line
from api.series.line.spans import Spans
from barograph.times import from_us


@dataclass(frozen=True)
class Scope:
    """A question as columns.

    Attributes:
        sensor_ids: int32[tracks], surrogates. A sensor may have several tracks.
        asked: what is asked of each track.
        gone: where raw readings are gone.
        is_raw: the layer.
        as_of: the time whose physical values are asked for; None: those of now.
    """

    line: Line
    sensor_ids: NDArray[np.int32]
    asked: Spans
    gone: Spans
    is_raw: bool
    as_of: datetime | None = None

    @property
    def bounds(self) -> dict[str, Any]:
        """Parameters of statements: the sensors, and bounds on all that is asked."""
        start, end = self.line.t_us(self.asked.start), self.line.t_us(self.asked.end)
        return {
            "sensor_ids": self.sensor_ids,
            "is_raw": self.is_raw,
            "from": from_us(int(start.min())),
            "to": from_us(int(end.max())),
        }

    def place(
        self, sensor_id: NDArray[np.int32], t_us: NDArray[np.int64]
    ) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """The positions of times of sensors, every one of which is asked about, in each of their tracks.

        Returns:
            the row that each position is of, and the positions.
        """
        order = np.argsort(self.sensor_ids, kind="stable")
        first, end = (
            np.searchsorted(self.sensor_ids, sensor_id, side, sorter=order) for side in ("left", "right")
        )
        count = end - first
        row = np.repeat(np.arange(count.size), count)
        nth = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
        return row, self.line.position(order[first[row] + nth], t_us[row])

    def within(self, from_us: int, to_us: int) -> "Scope":
        """The part of it in `[from_us, to_us)`."""
        track = np.arange(self.sensor_ids.size)
        part = self.line.spans(track, np.full(track.size, from_us), np.full(track.size, to_us))
        return replace(self, asked=self.asked.intersect(part), gone=self.gone.intersect(part))
