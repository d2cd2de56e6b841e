"""What a comparison is made of: a grid that members share, and the columns of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.comparisons.computed.rounding import round_us


@dataclass(frozen=True)
class ElapsedGrid:
    """Buckets of the time since T0, which all members share.

    Attributes:
        start_us: where the first begins, before T0 if negative.
        n: how many there are.
        step_us: to what T0 is rounded where buckets begin.
    """

    start_us: int
    bucket_us: int
    n: int
    step_us: int

    @property
    def shown(self) -> dict[str, int | None]:
        """The grid as answers show it."""
        return {"start_us": self.start_us, "bucket_us": self.bucket_us, "n": self.n} | dict.fromkeys(
            ("start_step", "bucket_steps")
        )

    def offset_us(self, zero_us: int) -> int:
        """The microseconds from T0 to the start of a member's buckets."""
        return round_us(zero_us, self.step_us) - zero_us

    def starts(self, index: NDArray[np.int64]) -> tuple[str, NDArray[np.int64]]:
        """Where buckets begin, and what that column is called."""
        return "elapsed_us", self.start_us + index * self.bucket_us

    @classmethod
    def around(
        cls, window: tuple[int, int], bucket_us: int, step_us: int, zeros_us: Sequence[int]
    ) -> "ElapsedGrid":
        """The grid of buckets that touch a window since T0, of some member."""
        offsets = [round_us(zero_us, step_us) - zero_us for zero_us in zeros_us]
        first = (window[0] - max(offsets, default=0)) // bucket_us
        last = (window[1] - 1 - min(offsets, default=0)) // bucket_us
        return cls(first * bucket_us, bucket_us, last - first + 1, step_us)


@dataclass(frozen=True)
class StepGrid:
    """Buckets of steps, which all members share.

    Attributes:
        start_step: where the first begins.
        bucket_steps: how many steps each holds.
    """

    start_step: int
    bucket_steps: int
    n: int

    @property
    def shown(self) -> dict[str, int | None]:
        """The grid as answers show it."""
        return {"start_us": None, "bucket_us": None, "n": self.n} | {
            "start_step": self.start_step,
            "bucket_steps": self.bucket_steps,
        }

    def starts(self, index: NDArray[np.int64]) -> tuple[str, NDArray[np.int64]]:
        """Where buckets begin, and what that column is called."""
        return "step", self.start_step + index * self.bucket_steps


@dataclass(frozen=True)
class MemberSeries:
    """The series of one sensor or metric of a member, in the unit of the answer.

    Attributes:
        place: the member's.
        index: int64[k], of buckets that hold values.
        columns: what a plot shows, `count`, and the statistic that was asked for.
        total: statistics of the whole window.
    """

    place: int
    key: str
    index: NDArray[np.int64]
    columns: dict[str, NDArray[Any]]
    total: dict[str, Any]


@dataclass(frozen=True)
class ComparedColumns:
    """All columns that a comparison is made of.

    Attributes:
        units: of each sensor or metric, by key.
        meta: what they were made from.
    """

    grid: ElapsedGrid | StepGrid
    series: Sequence[MemberSeries]
    units: Mapping[str, str]
    meta: Mapping[str, Any]
