"""Values that sensors held before the time that is asked about."""

import numpy as np

from api.series.fetch import fetch_last_before
from api.series.fill import CarriedIn
from api.series.grid import Grid
from api.series.parts import Parts
from api.series.scope import Scope
from barograph.database import Connection
from barograph.times import DAY_US

# How far back a value is looked for, if it is not found earlier: nearer ones cost less.
REACHES_US = (DAY_US, 8 * DAY_US, 64 * DAY_US, 400 * DAY_US)


async def carry_in(
    connection: Connection, scope: Scope, grid: Grid, parts: Parts, max_gap_us: int | None
) -> CarriedIn:
    """Of each lane whose first bucket holds no reading, the last one before what is asked."""
    carried = CarriedIn.nothing(scope.sensor_ids.size)
    lane, first = np.unique(scope.line.lane(scope.asked.start), return_index=True)
    start = scope.asked.start[first]
    is_empty = ~np.isin(grid.key(start), parts.key)
    lane, before_us = lane[is_empty], scope.line.t_us(start[is_empty])
    for reach_us in REACHES_US:
        if not lane.size:
            break
        most_us = reach_us if max_gap_us is None else min(reach_us, max_gap_us)
        found, t_us, value = await fetch_last_before(connection, scope, lane, before_us, most_us)
        carried.t_us[found], carried.value[found] = t_us, value
        is_left = ~np.isin(lane, found)
        lane, before_us = lane[is_left], before_us[is_left]
        if most_us == max_gap_us:
            break
    return carried
