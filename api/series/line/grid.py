"""The buckets of an answer on the line, and which buckets of a tier lie across two of them."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from api.series.line.bucket_edges import BucketEdges
from api.series.line.line import Line
from api.series.line.spans import Spans
from barograph.times import DAY_US


@dataclass(frozen=True)
class BucketGrid:
    """Buckets of all tracks.

    Attributes:
        buckets: of any track; they reach over the whole line.
        coarsest_us: the coarsest tier that may answer.
    """

    line: Line
    buckets: BucketEdges
    coarsest_us: int = DAY_US

    def key(self, position: NDArray[np.int64]) -> NDArray[np.int64]:
        """A number for each position's track and bucket, ascending along the line."""
        track = position // self.line.width_us
        number = self._number(track, self.line.t_us(position)) - self._first
        return track * self._per_track + number

    def track(self, key: NDArray[np.int64]) -> NDArray[np.int64]:
        return key // self._per_track

    def start_us(self, key: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where each bucket begins, before what is asked too."""
        return self._start_us(key // self._per_track, key % self._per_track + self._first)

    def end_us(self, key: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the next of the track begins."""
        return self._start_us(key // self._per_track, key % self._per_track + self._first + 1)

    @cached_property
    def min_us(self) -> int:
        """No bucket is shorter."""
        return self.buckets.min_us

    def fits(self, tier_us: int) -> bool:
        """Whether the tier may answer, and its buckets can lie within those of the answer."""
        return tier_us <= min(self.min_us, self.coarsest_us)

    def is_made_of(self, tier_us: int) -> bool:
        """Whether each bucket is some of the tier's, whole."""
        return self.buckets.is_made_of(tier_us)

    def straddlers(self, asked: Spans, tier_us: int) -> Spans:
        """The tier's buckets with a boundary of the answer's inside them."""
        if self.is_made_of(tier_us):
            return Spans.none()
        boundary = self._boundaries(asked)
        boundary = boundary[boundary % tier_us != 0]
        start = boundary // tier_us * tier_us
        return Spans.of(start, start + tier_us)

    def _boundaries(self, asked: Spans) -> NDArray[np.int64]:
        """Positions within the spans at which a bucket begins."""
        start_us, track = self.line.t_us(asked.start), asked.start // self.line.width_us
        first = self._number(track, start_us - 1) + 1
        count = self._number(track, start_us + asked.end - asked.start - 1) + 1 - first
        span = np.repeat(np.arange(len(asked)), count)
        number = np.arange(span.size) + np.repeat(first - np.cumsum(count) + count, count)
        return asked.start[span] - start_us[span] + self._start_us(track[span], number)

    @cached_property
    def _first(self) -> int:
        """The least number that any track begins with."""
        return int(self._numbers_at(self.line.origin_us).min())

    @cached_property
    def _per_track(self) -> int:
        return int(self._numbers_at(self.line.origin_us + self.line.width_us).max()) - self._first + 1

    def _numbers_at(self, t_us: int) -> NDArray[np.int64]:
        """The number of the bucket that a time lies in, for each track whose buckets differ from others'."""
        return self.buckets.number(np.array([t_us], np.int64))

    def _number(self, track: NDArray[np.int64], t_us: NDArray[np.int64]) -> NDArray[np.int64]:  # noqa: ARG002  # all alike
        return self.buckets.number(t_us)

    def _start_us(self, track: NDArray[np.int64], number: NDArray[np.int64]) -> NDArray[np.int64]:  # noqa: ARG002  # all alike
        return self.buckets.start_us(number)


@dataclass(frozen=True)
class AnchoredGrid(BucketGrid):
    """Buckets of one length, which begin at another time in each track.

    Attributes:
        buckets: those of time since a track's anchor.
        anchors_us: int64[tracks], where bucket 0 of each begins.
    """

    anchors_us: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))

    def is_made_of(self, tier_us: int) -> bool:
        return self.buckets.is_made_of(tier_us) and bool((self.anchors_us % tier_us == 0).all())

    def _numbers_at(self, t_us: int) -> NDArray[np.int64]:
        return self.buckets.number(t_us - self.anchors_us)

    def _number(self, track: NDArray[np.int64], t_us: NDArray[np.int64]) -> NDArray[np.int64]:
        return self.buckets.number(t_us - self.anchors_us[track])

    def _start_us(self, track: NDArray[np.int64], number: NDArray[np.int64]) -> NDArray[np.int64]:
        return self.buckets.start_us(number) + self.anchors_us[track]
