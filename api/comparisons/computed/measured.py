"""What members measured, in buckets of one grid that counts from each member's own T0."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.comparisons.computed.columns import ElapsedGrid, MemberSeries
from api.comparisons.computed.rounding import choose_step_us
from api.comparisons.joined_units import UnitLine, convert
from api.series.answers.answer import check_points
from api.series.answers.columned import SHOWN
from api.series.computed.profiles import profiles_behind
from api.series.computed.statistics import columns_for, compute
from api.series.computed.totals import totals
from api.series.line.bucket_edges import FixedBuckets
from api.series.line.grid import AnchoredGrid
from api.series.line.scope import Scope
from api.series.stored.fetch import fetch_rollups
from api.series.stored.gather import Collected, collect, merge_buckets
from barograph.database.connections import Connection
from barograph.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US

_SUMMED = frozenset({*SHOWN, "mean", "rest", "deviation"})
# For a rate it is enough to count in so many roll-ups of a sensor.
_MAX_COUNTED = 1500


@dataclass(frozen=True)
class MeasuredTrack:
    """A sensor of a member, in a track of the scope.

    Attributes:
        place: the member's.
        line: from its unit to that of the answer.
    """

    place: int
    zero_us: int
    key: str
    line: UnitLine


@dataclass(frozen=True)
class Measured:
    """The columns of all members.

    Attributes:
        profiles: versions that made the values.
    """

    series: Sequence[MemberSeries]
    collected: Collected
    profiles: Sequence[dict[str, Any]]


async def choose_step(connection: Connection, scope: Scope, bucket_us: int, n: int) -> int:
    """Chooses the step to which T0 is rounded for so many buckets of a size."""
    return choose_step_us(bucket_us, n, await _rates_hz(connection, scope))


async def _rates_hz(connection: Connection, scope: Scope) -> list[float]:
    """About how many readings a second roll-ups hold in each track that they hold any of."""
    asked = scope.asked
    longest_us = int((asked.end - asked.start).max(initial=0))
    tier_us = next((each for each in (MINUTE_US, HOUR_US) if longest_us <= each * _MAX_COUNTED), DAY_US)
    whole = asked.widen(tier_us)
    rollups, _ = await fetch_rollups(connection, scope, {tier_us: whole}, frozenset())
    track = whole.start // scope.line.width_us
    length_us = np.bincount(track, whole.end - whole.start, scope.sensor_ids.size)
    return [int(each.count.sum()) * SECOND_US / length_us[each.track] for each in rollups]


async def measure(
    connection: Connection, scope: Scope, tracks: Sequence[MeasuredTrack], grid: ElapsedGrid, stat: str
) -> Measured:
    """Reads what members measured.

    Raises:
        TooCostly: it is too much.
        Invalid: the statistic exceeds what a float64 holds.
    """
    anchors_us = np.array([each.zero_us + grid.offset_us(each.zero_us) for each in tracks], np.int64)
    buckets = AnchoredGrid(scope.line, FixedBuckets(grid.bucket_us), anchors_us=anchors_us)
    needed = _SUMMED | columns_for([stat])
    collected = await collect(connection, scope, buckets, needed, check_buckets=check_points)
    parts = merge_buckets(scope, buckets, collected, needed)
    check_points(parts.key.size)
    track = buckets.track(parts.key)
    index = (buckets.start_us(parts.key) - anchors_us[track] - grid.start_us) // grid.bucket_us
    columns = {name: parts.columns[name] for name in SHOWN} | {"count": parts.count} | compute(parts, [stat])
    whole = totals(parts, track, np.arange(len(tracks)))
    bounds = np.searchsorted(track, np.arange(len(tracks) + 1)).tolist()
    series = [
        _converted(
            each, index[start:end], {name: column[start:end] for name, column in columns.items()}, total
        )
        for each, total, start, end in zip(tracks, whole, bounds[:-1], bounds[1:], strict=True)
    ]
    return Measured(series, collected, await profiles_behind(connection, scope, collected))


def _converted(
    track: MeasuredTrack,
    index: NDArray[np.int64],
    columns: dict[str, NDArray[Any]],
    total: dict[str, Any],
) -> MemberSeries:
    """The member's series in the unit of the answer."""
    count = columns["count"]
    return MemberSeries(
        track.place,
        track.key,
        index,
        {name: convert(name, column, track.line, count) for name, column in columns.items()},
        {
            name: value if value is None else convert(name, np.array([value]), track.line, count).tolist()[0]
            for name, value in total.items()
        },
    )
