"""How many readings a question would take, told from roll-ups before any are read or counted."""

import numpy as np

from api.series.line.parts import Integers
from api.series.line.scope import Scope
from api.series.line.spans import Spans
from api.series.stored.costs import TooCostly
from api.series.stored.fetch import fetch_rollups
from api.series.stored.slices import MAX_READINGS
from barograph.database.connections import Connection
from barograph.times import MINUTE_US

# Sensors send 100,000 readings a second at most: of less time there are never too many.
LEAST_US = MAX_READINGS * 10


async def expects_too_many(connection: Connection, scope: Scope) -> bool:
    """Whether there are more readings than a question may take, as far as roll-ups tell.

    To find that out by counting takes as long as a second. Where roll-ups are not up to date, it is not quite
    true: what follows from it must be true in any case.
    """
    asked = scope.asked.subtract(scope.gone)
    if asked.length < LEAST_US:
        return False
    try:
        rollups, _ = await fetch_rollups(connection, scope, {MINUTE_US: asked.widen(MINUTE_US)}, frozenset())
    except TooCostly:
        return True
    return sum(_count_within(asked, each.position, each.count) for each in rollups) > MAX_READINGS


def _count_within(asked: Spans, minute: Integers, count: Integers) -> float:
    """Of a minute that is asked for in part, so large a part."""
    edge = np.column_stack([asked.start, asked.end]).ravel()
    passed = np.cumsum(np.diff(edge, prepend=edge[:1]) * (np.arange(edge.size) % 2))
    held = np.interp(minute + MINUTE_US, edge, passed) - np.interp(minute, edge, passed)
    return float((count * held / MINUTE_US).sum())
