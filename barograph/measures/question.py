"""What a measure asks, and the value that answers it.

Computing is a conversation: it asks for rows, is handed them, and ends with a value. Whoever has a connection
holds it, waiting or not, in a transaction that sees one moment.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from barograph.times import DAY_US, MAX_US, MIN_US, from_us

T = TypeVar("T")
# How far back what was held at the start of a stretch is looked for.
LOOKBACK_US = 400 * DAY_US


class Unmeasurable(Exception):
    """There is no value, for the reason that this says."""


@dataclass(frozen=True)
class RowQuestion:
    """A statement whose one row is wanted, if there is one."""

    statement: str
    parameters: dict[str, Any]


Conversation = Generator[RowQuestion, Any, T]


@dataclass(frozen=True)
class MeasuredSensor:
    """A sensor whose values are measured, in one layer."""

    sensor_id: int
    is_raw: bool

    def within(self, start_us: int, end_us: int) -> dict[str, Any]:
        """Parameters of statements."""
        start, end = (from_us(min(max(each, MIN_US), MAX_US)) for each in (start_us, end_us))
        return {"sensor_id": self.sensor_id, "is_raw": self.is_raw, "from": start, "to": end}


@dataclass(frozen=True)
class Condition:
    """Only the time counts in which a sensor's last physical value is above, or below. One of the two."""

    sensor_id: int
    above: float | None
    below: float | None

    @property
    def sensor(self) -> MeasuredSensor:
        return MeasuredSensor(self.sensor_id, is_raw=False)

    def met(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """bool[n]"""
        if self.above is not None:
            return values > self.above
        return values < (0.0 if self.below is None else self.below)


@dataclass(frozen=True)
class MeasureQuestion:
    """A value that is to be computed.

    Attributes:
        stat: as of series, or `duration`: the seconds in which the condition is met.
        stretches: int64[n, 2], from and to, in their order, which don't overlap.
    """

    sensor: MeasuredSensor
    stat: str
    condition: Condition | None
    stretches: NDArray[np.int64]


@dataclass(frozen=True)
class MeasuredValue:
    """A value that was computed.

    Attributes:
        value: None where nothing was measured, or it can't be told.
        readings: how many it is made of; of a duration, those of the condition.
        profile_ids: of the versions that made them.
        problem: why it can't be told.
        held_from_us: by sensor, the earliest reading that still matters, of those that are held.
    """

    value: float | None
    readings: int
    profile_ids: frozenset[int]
    problem: str | None
    held_from_us: dict[int, int]
