"""The buckets of an answer on the line, and which buckets of a tier lie across two of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.series.line.line import Line
from api.series.line.spans import Spans
from barograph.times import DAY_US


@dataclass(frozen=True)
class BucketGrid:
    """Buckets of one size, counted from an anchor.

    Attributes:
        anchor_us: where bucket 0 begins; 0 (1970) unless buckets are aligned to a start.
        coarsest_us: the coarsest tier that may answer.
    """

    line: Line
    size_us: int
    anchor_us: int = 0
    coarsest_us: int = DAY_US

    def key(self, position: NDArray[np.int64]) -> NDArray[np.int64]:
        """A number for each position's track and bucket, ascending along the line."""
        line = self.line
        bucket = (line.t_us(position) - self.anchor_us) // self.size_us - self._first
        return position // line.width_us * self._per_track + bucket

    def track(self, key: NDArray[np.int64]) -> NDArray[np.int64]:
        return key // self._per_track

    def elapsed_us(self, key: NDArray[np.int64]) -> NDArray[np.int64]:
        """From the anchor to the start of each bucket."""
        return (key % self._per_track + self._first) * self.size_us

    def fits(self, tier_us: int) -> bool:
        """Whether the tier may answer, and its buckets can lie within those of the answer."""
        return tier_us <= min(self.size_us, self.coarsest_us)

    def is_made_of(self, tier_us: int) -> bool:
        """Whether each bucket is some of the tier's, whole."""
        return self.size_us % tier_us == 0 and self.anchor_us % tier_us == 0

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
        # All of a track's boundaries are the first's plus multiples of the size.
        track_start = asked.start // self.line.width_us * self.line.width_us
        offset = (self.anchor_us - self.line.origin_us) % self.size_us
        first = -((track_start + offset - asked.start) // self.size_us)
        count = -((track_start + offset - asked.end) // self.size_us) - first
        index = np.arange(int(count.sum())) + np.repeat(first - np.cumsum(count) + count, count)
        return np.repeat(track_start + offset, count) + index * self.size_us

    @property
    def _first(self) -> int:
        """The number of the first bucket of each track."""
        return (self.line.origin_us - self.anchor_us) // self.size_us

    @property
    def _per_track(self) -> int:
        return self.line.width_us // self.size_us + 2
