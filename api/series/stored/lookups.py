"""Cuts spans into the parameters of few statements, none of which looks every span up in every chunk.

A statement looks each of its spans up in each of its chunks. Spans far apart in time get statements of their
own, since the chunks between them cost planning; many spans over many chunks are cut into weeks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.series.line.parts import Integers
from api.series.line.scope import Scope
from api.series.line.spans import Spans
from barograph.times import DAY_US, MAX_US, MIN_US, SECOND_US, from_us

READING_CHUNK_US = DAY_US
ROLLUP_CHUNK_US = 7 * DAY_US
# As long as a chunk of roll-ups, and as seven of readings.
WEEK_US = 7 * DAY_US
# So many look-ups, spans by weeks, take a few milliseconds.
MAX_LOOKUPS = 2000


@dataclass(frozen=True)
class SpanColumns:
    """Spans of tracks, of tiers, in time.

    Attributes:
        track: int32[n].
        tier_us, from_us, to_us: int64[n].
    """

    track: NDArray[np.int32]
    tier_us: Integers
    from_us: Integers
    to_us: Integers

    def take(self, rows: NDArray[np.intp]) -> "SpanColumns":
        return SpanColumns(self.track[rows], self.tier_us[rows], self.from_us[rows], self.to_us[rows])

    def each(self) -> Iterator["SpanColumns"]:
        """Each span by itself."""
        return (self.take(np.array([row])) for row in range(self.track.size))

    @property
    def length_us(self) -> int:
        """The length of all spans together."""
        return int((self.to_us - self.from_us).sum())

    @property
    def is_one_instant(self) -> bool:
        """Whether there is nothing to cut."""
        return bool((self.to_us - self.from_us == 1).all()) and self.track.size == 1

    def cut(self, pieces: int) -> "SpanColumns":
        """The same, in about so many more spans, of one length as far as that goes."""
        length = self.to_us - self.from_us
        step = max(self.length_us // pieces, 1)
        row, number = _repeated(-(-length // step))
        start = self.from_us[row] + number * step
        return SpanColumns(
            self.track[row], self.tier_us[row], start, np.minimum(start + step, self.to_us[row])
        )

    def parameters(self, scope: Scope) -> dict[str, Any]:
        """The parameters of one statement."""
        return {
            "track": self.track,
            "sensor_id": scope.sensor_ids[self.track],
            "tier_s": (self.tier_us // SECOND_US).astype(np.int32),
            "tier_us": self.tier_us,
            "from_us": self.from_us,
            "to_us": self.to_us,
            "from": from_us(int(self.from_us.min().clip(MIN_US, MAX_US))),
            "to": from_us(int(self.to_us.max().clip(MIN_US, MAX_US))),
            "is_raw": scope.is_raw,
        }


def split_spans(scope: Scope, spans: Mapping[int, Spans], gap_us: int) -> Iterator[SpanColumns]:
    """The spans of each statement, in the order of the line.

    Args:
        spans: by tier.
        gap_us: what lies further apart is asked for by itself.
    """
    found = _columns(scope, spans)
    order = np.argsort(found.from_us, kind="stable")
    reach = np.maximum.accumulate(found.to_us[order])
    breaks = np.flatnonzero(found.from_us[order][1:] - reach[:-1] > gap_us) + 1
    for cluster in np.split(order, breaks) if order.size else ():
        yield from _by_week(found.take(np.sort(cluster)))


def _columns(scope: Scope, spans: Mapping[int, Spans]) -> SpanColumns:
    line = scope.line
    start = np.concatenate([each.start for each in spans.values()] or [np.empty(0, np.int64)])
    end = np.concatenate([each.end for each in spans.values()] or [np.empty(0, np.int64)])
    tier_us = np.repeat(np.array(list(spans), np.int64), [len(each) for each in spans.values()])
    from_us = line.t_us(start)
    return SpanColumns(line.track(start), tier_us, from_us, from_us + end - start)


def _by_week(spans: SpanColumns) -> Iterator[SpanColumns]:
    first, last = spans.from_us // WEEK_US, (spans.to_us - 1) // WEEK_US
    weeks = int(last.max() - first.min()) + 1
    if first.size * weeks <= MAX_LOOKUPS:
        yield spans
        return
    row, number = _repeated(last - first + 1)
    week = first[row] + number
    cut = SpanColumns(
        spans.track[row],
        spans.tier_us[row],
        np.maximum(spans.from_us[row], week * WEEK_US),
        np.minimum(spans.to_us[row], (week + 1) * WEEK_US),
    )
    order = np.argsort(week, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(week[order])) + 1):
        yield cut.take(rows)


def _repeated(count: Integers) -> tuple[NDArray[np.intp], Integers]:
    """Each row so many times, and the number of each among its like, from 0."""
    row = np.repeat(np.arange(count.size), count)
    return row, np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
