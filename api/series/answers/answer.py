"""An answer about series: a table in long form, and what it was made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import DictRow

from api.series.asked.question import SeriesRequest
from api.series.asked.selection import Selection
from api.series.line.parts import Integers
from api.series.line.scope import Scope
from api.series.stored.costs import TooManyPoints
from api.series.stored.few import FewReadings
from api.series.stored.gather import Collected
from api.series.stored.plan import TIER_NAMES
from barograph.times import format_time, to_us

MAX_POINTS = 200_000


@dataclass(frozen=True)
class AskedSeries:
    """A question with what it is about.

    Attributes:
        few: its readings, if they are few and have been read already.
    """

    question: SeriesRequest
    selection: Selection
    scope: Scope
    few: FewReadings | None = None

    @property
    def anchor_us(self) -> int:
        """Where buckets, and elapsed time, begin; 1970 unless asked otherwise."""
        start = self.selection.start
        return 0 if start is None or self.question.align == "epoch" else to_us(start)

    @property
    def extent_us(self) -> tuple[int, int] | None:
        """The first start and the last end of all that is asked, in microseconds since the anchor."""
        period = self.selection.period
        if period is None:
            return None
        return to_us(period.start) - self.anchor_us, to_us(period.end) - self.anchor_us

    def times(self, t_us: Integers) -> dict[str, Integers]:
        """The column of times, by its name."""
        if self.question.align == "start":
            return {"elapsed_us": t_us - self.anchor_us}
        return {"t_us": t_us}


@dataclass(frozen=True)
class Answer:
    """Rows of several sensors, one sensor after the other, each in order of time.

    Attributes:
        sensors: in the order asked.
        units: of each sensor's values.
        track: int[n], ascending: each row's sensor.
        columns: the time, then values; NaN is null.
        meta: as `SeriesMeta` describes it.
        states: seconds by label; NaN is null: the sensor never had it, or nothing was held. None: it was
            not asked for.
    """

    sensors: Sequence[DictRow]
    units: Sequence[str]
    track: NDArray[Any]
    columns: dict[str, NDArray[Any]]
    meta: dict[str, Any]
    states: Mapping[str, NDArray[Any]] | None = field(default=None, kw_only=True)

    @classmethod
    def to(
        cls, asked: AskedSeries, track: NDArray[Any], columns: dict[str, NDArray[Any]], meta: dict[str, Any]
    ) -> "Answer":
        unit = "output_unit" if asked.question.layer == "physical" else "input_unit"
        sensors = asked.selection.sensors
        return cls(sensors, [sensor[unit] for sensor in sensors], track, columns, meta)

    @property
    def shown(self) -> dict[str, NDArray[Any]]:
        """The columns of a document."""
        return self.columns

    @property
    def beside(self) -> dict[str, Any]:
        """The members of a document beside series and meta."""
        return {}

    @property
    def bounds(self) -> NDArray[np.intp]:
        """Where each sensor's rows begin, and one past the last."""
        return np.searchsorted(self.track, np.arange(len(self.sensors) + 1))


def check_points(points: int) -> None:
    """Refuses an answer that is too long.

    Raises:
        TooManyPoints: it is.
    """
    if points > MAX_POINTS:
        raise TooManyPoints(
            f"the answer has more than {MAX_POINTS:,} points; ask for a larger bucket or fewer sensors"
        )


def describe_sources(asked: AskedSeries, bucket: str, collected: Collected) -> dict[str, Any]:
    """The fields of meta that every answer has."""
    sources, selection = collected.sources, asked.selection
    return {
        "bucket": bucket,
        "tz": asked.question.zone and asked.question.zone.key,
        "tier": next(iter(sources), "raw"),
        "sources": [{"tier": tier, "rows": rows} for tier, rows in sources.items()],
        "rounded_to": None if collected.rounded_us is None else TIER_NAMES[collected.rounded_us],
        "start": _shown(selection.start) if asked.question.align == "start" else None,
        "raw_from": _raw_from(selection.sensors),
        "coarsened_from": None,
    }


def _raw_from(sensors: Sequence[DictRow]) -> str | None:
    return _shown(max((row["raw_from"] for row in sensors if row["raw_from"] is not None), default=None))


def _shown(time: datetime | None) -> str | None:
    return None if time is None else format_time(time)
