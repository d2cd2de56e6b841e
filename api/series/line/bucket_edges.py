"""Where the buckets of an answer begin: all of one length, or as a calendar says."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from api.series.line.calendar import CalendarRule
from api.series.line.moments import Integers


class BucketEdges(Protocol):
    """Buckets by number, without gaps between them."""

    @property
    def min_us(self) -> int:
        """No bucket is shorter."""
        ...

    def number(self, t_us: Integers) -> Integers:
        """The number of the bucket that each time lies in."""
        ...

    def start_us(self, number: Integers) -> Integers:
        """Where each bucket begins."""
        ...

    def is_made_of(self, tier_us: int) -> bool:
        """Whether each bucket is some of a tier's, whole."""
        ...

    def reaching(self, from_us: int, to_us: int) -> "BucketEdges":
        """The same buckets, for these times too. Their numbers may differ."""
        ...


@dataclass(frozen=True)
class FixedBuckets:
    """Buckets of one length.

    Attributes:
        anchor_us: where bucket 0 begins.
    """

    size_us: int
    anchor_us: int = 0

    @property
    def min_us(self) -> int:
        return self.size_us

    def number(self, t_us: Integers) -> Integers:
        return (t_us - self.anchor_us) // self.size_us

    def start_us(self, number: Integers) -> Integers:
        return number * self.size_us + self.anchor_us

    def is_made_of(self, tier_us: int) -> bool:
        return self.size_us % tier_us == 0 and self.anchor_us % tier_us == 0

    def reaching(self, from_us: int, to_us: int) -> "FixedBuckets":  # noqa: ARG002  # they reach anywhere
        return self


@dataclass(frozen=True)
class CalendarBuckets:
    """Buckets as a calendar says, of unequal lengths, for times between the first edge and the last.

    Attributes:
        edges: int64[n], ascending: where each begins.
    """

    rule: CalendarRule
    edges: Integers

    @classmethod
    def of(cls, rule: CalendarRule, from_us: int, to_us: int) -> "CalendarBuckets":
        """The buckets of times in `[from_us, to_us]`."""
        return cls(rule, rule.edges(from_us, to_us))

    @property
    def min_us(self) -> int:
        return int(np.diff(self.edges).min())

    def number(self, t_us: Integers) -> Integers:
        return np.searchsorted(self.edges, t_us, "right") - 1

    def start_us(self, number: Integers) -> Integers:
        return self.edges[number]

    def is_made_of(self, tier_us: int) -> bool:
        return bool((self.edges % tier_us == 0).all())

    def reaching(self, from_us: int, to_us: int) -> "CalendarBuckets":
        return self.of(self.rule, min(from_us, int(self.edges[0])), max(to_us, int(self.edges[-1])))
