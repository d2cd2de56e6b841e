"""What is watched, shared by all who watch the same: sensors, a window of time, and how it is drawn.

The window's ranges are spans of one line, as those of a series question are, so that nothing loops over
sensors. Ranges are whole buckets, or instants where samples are shown.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from api.edge.times.periods import MAX_AHEAD
from api.series.line.line import Line
from api.series.line.spans import Spans
from api.series.stored.positions import Drawing, PictureKind
from barograph.readings.storing.change_log import ReadingChanges
from barograph.times import DAY_US, to_us

MAX_AHEAD_US = round(MAX_AHEAD.total_seconds()) * 1_000_000
# So long a watch may last: its line reaches so far beyond the day on which it began.
MAX_WATCH_US = 400 * DAY_US
# Of a sensor's ranges that wait; beyond it, neighbours are joined.
MAX_PIECES = 64


@dataclass(frozen=True)
class LiveWindow:
    """The time that is watched: the newest so many microseconds, or from a time on.

    Attributes:
        length_us: of a window that moves with the server's clock; None for one that stands.
        from_us, to_us: of one that stands; a `to_us` of None moves with the clock.
    """

    length_us: int | None
    from_us: int | None = None
    to_us: int | None = None

    def bounds(self, now_us: int, size_us: int) -> tuple[int, int]:
        """`[from, to)` at this moment. What moves, moves by whole buckets."""
        ahead_us = -(-(now_us + MAX_AHEAD_US) // size_us) * size_us
        to_us = ahead_us if self.to_us is None else self.to_us
        if self.from_us is not None:
            return self.from_us, max(to_us, self.from_us + 1)
        assert self.length_us is not None  # noqa: S101  # a window that does not stand has a length
        return (now_us - self.length_us) // size_us * size_us, to_us


@dataclass(frozen=True)
class WatchedSensor:
    """A sensor of a picture.

    Attributes:
        channel: its place in the client's request.
        id: the surrogate.
    """

    channel: int
    id: int
    public_id: UUID
    project_id: int
    unit: str
    raw_from: datetime | None


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture that is watched. Two that show the same are told by `likeness`.

    Attributes:
        size_us: of its buckets; 1 where samples are shown.
        columns: how many buckets the client has room for.
        since_us: when the watching began.
    """

    sensors: tuple[WatchedSensor, ...]
    window: LiveWindow
    is_raw: bool
    kind: PictureKind
    size_us: int
    columns: int
    since_us: int

    @property
    def likeness(self) -> Hashable:
        """A key that is equal for pictures that can be shared."""
        return (self.sensors, self.window, self.is_raw, self.kind, self.size_us, self.columns)

    @cached_property
    def drawing(self) -> Drawing:
        """The drawing as a client may come back with."""
        sensors = {sensor.channel: sensor.public_id for sensor in self.sensors}
        return Drawing.of(self.kind, self.size_us, sensors, is_raw=self.is_raw)

    @cached_property
    def sensor_ids(self) -> NDArray[np.int32]:
        """int32[tracks]: surrogates, one for each track of the line."""
        return np.array([sensor.id for sensor in self.sensors], np.int32)

    @cached_property
    def line(self) -> Line:
        from_us, to_us = self.window.bounds(self.since_us, self.size_us)
        return Line.around(from_us, max(to_us, self.since_us + MAX_WATCH_US))

    @cached_property
    def _order(self) -> NDArray[np.intp]:
        return np.argsort(self.sensor_ids, kind="stable")

    def all_of(self, now_us: int) -> Spans:
        """The whole window of every sensor."""
        from_us, to_us = self.window.bounds(now_us, self.size_us)
        track = np.arange(self.sensor_ids.size)
        return self.line.spans(track, np.full(track.size, from_us), np.full(track.size, to_us))

    def bounded(self, ranges: Spans) -> Spans:
        """The same in not too many pieces; they may grow."""
        size_us = self.size_us
        while len(ranges) > MAX_PIECES * self.sensor_ids.size:
            size_us *= 4
            ranges = ranges.widen(size_us)
        return ranges

    def tracks_of(self, sensor_id: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """The tracks of those that are watched, and their rows."""
        place = np.searchsorted(self.sensor_ids, sensor_id, sorter=self._order)
        track = self._order[np.minimum(place, self.sensor_ids.size - 1)]
        rows = np.flatnonzero(self.sensor_ids[track] == sensor_id)
        return track[rows].astype(np.int64), rows


class PictureChanges:
    """The changes of a picture.

    Attributes:
        ranges: in whole buckets, within its window.
    """

    def __init__(self, picture: Picture, changes: ReadingChanges, now_us: int) -> None:
        track, rows = picture.tracks_of(changes.sensor_id)
        self._end_us, self._readings = changes.end_us[rows], changes.readings[rows]
        start_us = changes.first_us[rows] // picture.size_us * picture.size_us
        end_us = -(-self._end_us // picture.size_us) * picture.size_us
        touched = picture.line.spans(track, start_us, end_us)
        self.ranges = picture.bounded(touched).intersect(picture.all_of(now_us))
        self._late: dict[int, int] = {}

    def count_before(self, edge_us: int) -> int:
        """How many of the changed readings lie in stretches that end before the edge: they come late."""
        if edge_us not in self._late:
            self._late[edge_us] = int(self._readings[self._end_us <= edge_us].sum())
        return self._late[edge_us]


def raw_gone_us(sensors: Sequence[WatchedSensor]) -> NDArray[np.int64]:
    """int64[n]: up to where raw readings of each are gone."""
    beginning = np.iinfo(np.int64).min
    return np.array(
        [beginning if each.raw_from is None else to_us(each.raw_from) for each in sensors], np.int64
    )
