"""The value that a sensor held when the period began, and when it was next read after the period."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from api.series.computed.fill import CarriedIn
from api.series.line.grid import BucketGrid
from api.series.line.line import Line
from api.series.line.parts import Integers, LineReadings, Parts
from api.series.line.scope import Scope
from api.series.line.spans import Spans
from api.series.stored.fetch import LastReadings, fetch_first_after, fetch_last_before
from api.series.stored.slices import read_all
from barograph.database.connections import Connection
from barograph.times import DAY_US, MINUTE_US, SECOND_US

# How far back a value is looked for, if it is not found earlier: nearer ones cost less.
REACHES_US = (DAY_US, 8 * DAY_US, 64 * DAY_US, 400 * DAY_US)
# What was believed is known of readings only once they have been read, so that these are to be few.
BELIEVED_REACHES_US = (10_000, SECOND_US, MINUTE_US, 60 * MINUTE_US, *REACHES_US)


async def carry_in(
    connection: Connection, scope: Scope, grid: BucketGrid, parts: Parts, max_gap_us: int | None
) -> CarriedIn:
    """Finds the last reading before what is asked, for each track whose first bucket holds none.

    Raises:
        TooCostly: what was believed is asked for, and none of too many readings before had a value then.
    """
    carried = CarriedIn.nothing(scope.sensor_ids.size)
    track, first = np.unique(scope.line.track(scope.asked.start), return_index=True)
    start = scope.asked.start[first]
    is_empty = ~np.isin(grid.key(start), parts.key)
    track, before_us = track[is_empty], scope.line.t_us(start[is_empty])
    for found in await look_back(connection, scope, track, before_us, max_gap_us):
        carried.t_us[found.track], carried.value[found.track] = found.t_us, found.value
    return carried


async def look_back(
    connection: Connection,
    scope: Scope,
    track: NDArray[np.int32],
    before_us: Integers,
    max_gap_us: int | None,
) -> list[LastReadings]:
    """The last reading of each of these tracks before its time, of those that have one.

    Raises:
        TooCostly: as of `carry_in`.
    """
    all_found, looked_us = list[LastReadings](), 0
    for reach_us in REACHES_US if scope.as_of is None else BELIEVED_REACHES_US:
        if not track.size:
            break
        max_us = reach_us if max_gap_us is None else min(reach_us, max_gap_us)
        if scope.as_of is None:
            found = await fetch_last_before(connection, scope, track, before_us, max_us)
        else:
            found = await _fetch_last_believed(
                connection, scope, track, before_us - max_us, before_us - looked_us
            )
        all_found.append(found)
        is_left = ~np.isin(track, found.track)
        track, before_us, looked_us = track[is_left], before_us[is_left], max_us
        if max_us == max_gap_us:
            break
    return all_found


async def find_next(
    connection: Connection, scope: Scope, grid: BucketGrid, parts: Parts, max_gap_us: int | None
) -> tuple[NDArray[np.int32], Integers]:
    """Finds track and time of the first reading after what is asked, where a track's last bucket holds none.

    Raises:
        TooCostly: as of `carry_in`.
    """
    track, from_end = np.unique(scope.line.track(scope.asked.start)[::-1], return_index=True)
    end = scope.asked.end[::-1][from_end]
    is_empty = ~np.isin(grid.key(end - 1), parts.key)
    track, after_us = track[is_empty], scope.line.t_us(end[is_empty] - 1) + 1
    tracks, times = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
    looked_us = 0
    for reach_us in REACHES_US if scope.as_of is None else BELIEVED_REACHES_US:
        if not track.size:
            break
        max_us = reach_us if max_gap_us is None else min(reach_us, max_gap_us)
        if scope.as_of is None:
            found, t_us = await fetch_first_after(connection, scope, track, after_us, max_us + 1)
        else:
            found, t_us = await _fetch_first_believed(
                connection, scope, track, after_us + looked_us, after_us + max_us + 1
            )
        tracks.append(found)
        times.append(t_us)
        is_left = ~np.isin(track, found)
        track, after_us, looked_us = track[is_left], after_us[is_left], max_us
        if max_us == max_gap_us:
            break
    return np.concatenate(tracks), np.concatenate(times)


async def _fetch_first_believed(
    connection: Connection, scope: Scope, track: NDArray[np.int32], from_us: Integers, to_us: Integers
) -> tuple[NDArray[np.int32], Integers]:
    """The first reading of tracks in `[from_us, to_us)` that had a value then."""
    line, readings = await _fetch_believed(connection, scope, track, from_us, to_us)
    found, first = np.unique(line.track(readings.position), return_index=True)
    return track[found], readings.t_us[first]


async def _fetch_last_believed(
    connection: Connection, scope: Scope, track: NDArray[np.int32], from_us: Integers, to_us: Integers
) -> LastReadings:
    """The last reading of tracks in `[from_us, to_us)` that had a value then."""
    line, readings = await _fetch_believed(connection, scope, track, from_us, to_us)
    found, from_end = np.unique(line.track(readings.position)[::-1], return_index=True)
    last = readings.take(readings.position.size - 1 - from_end)
    return LastReadings(track[found], last.t_us, last.value, last.profile)


async def _fetch_believed(
    connection: Connection, scope: Scope, track: NDArray[np.int32], from_us: Integers, to_us: Integers
) -> tuple[Line, LineReadings]:
    """Readings of tracks in `[from_us, to_us)` that had a value then, on a line of these tracks alone."""
    line = Line.around(int(from_us.min()), int(to_us.max()))
    spans = line.spans(np.arange(track.size), from_us, to_us)
    within = replace(scope, line=line, sensor_ids=scope.sensor_ids[track], asked=spans, gone=Spans.none())
    readings = await read_all(connection, within, spans, takes_profiles=True)
    return line, readings
