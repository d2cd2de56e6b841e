"""How many readings a question would take, told from roll-ups before any are read or counted."""

import numpy as np

from api.series.line.parts import Integers
from api.series.line.scope import Scope
from api.series.line.spans import Spans
from api.series.stored.chunks import split_in_chunks
from api.series.stored.costs import TooCostly
from api.series.stored.fetch import MAX_ROLLUPS, fetch_rollups, fetch_row, fetch_rows
from api.series.stored.plan import FINE_US, HOUR_US
from api.series.stored.slices import MAX_READINGS
from barograph.database.connections import Connection
from barograph.times import MINUTE_US, SECOND_US

# Of a picture, where fine buckets could stand for them. To read so many takes half a second.
MAX_DRAWN = 500_000
# Sensors send 100,000 readings a second at most: of less time there are never too many.
MIN_APART_US = 10
MIN_LENGTH_US = MAX_READINGS * MIN_APART_US

# Of hours that are counted so many, which takes a millisecond or two.
MAX_HOURS = 5000


async def count_by_hours(connection: Connection, scope: Scope) -> int | None:
    """About how many readings there are; None if some are gone, or hours are too many to count.

    Readings of late may not be among them: what follows from it must be true in any case.
    """
    hours = scope.asked.widen(HOUR_US)
    if len(scope.gone) or hours.length > MAX_HOURS * HOUR_US:
        return None
    readings = 0
    for part in await split_in_chunks(connection, scope, "rollup", {HOUR_US: hours}):
        row = await fetch_row(connection, "series.count_in_hours", part.parameters(scope))
        readings += row["readings"]
    return readings


async def choose_fine(connection: Connection, scope: Scope, size_us: int) -> int:
    """A size below a second, or a larger one, so that fine buckets stand for readings that are many.

    Where too many must be read even so, it is a second.
    """
    in_fine = await _count_in_fine(connection, scope)
    for tier_us in reversed(FINE_US):
        if sum(count for finest_us, count in in_fine.items() if finest_us > size_us) > MAX_DRAWN:
            size_us = max(size_us, tier_us)
    known = sum(count for finest_us, count in in_fine.items() if finest_us <= size_us)
    return SECOND_US if await expects_too_many(connection, scope, known) else size_us


async def _count_in_fine(connection: Connection, scope: Scope) -> dict[int, int]:
    """Counts the readings in the finest tier of seconds; nothing where it would not matter."""
    found: dict[int, int] = {}
    asked = scope.asked.subtract(scope.gone).widen(SECOND_US)
    if not MAX_DRAWN * MIN_APART_US < asked.length <= MAX_ROLLUPS * SECOND_US:
        return found
    for part in await split_in_chunks(connection, scope, "rollup", {SECOND_US: asked}):
        for row in await fetch_rows(connection, "series.count_in_fine", part.parameters(scope)):
            found[row["finest_us"]] = found.get(row["finest_us"], 0) + row["readings"]
    return found


async def expects_too_many(connection: Connection, scope: Scope, known: int = 0) -> bool:
    """Whether there are more readings than a question may take, as far as roll-ups tell; so many it does not.

    To find that out by counting takes as long as a second. Where roll-ups are not up to date, it is not quite
    true: what follows from it must be true in any case.
    """
    asked = scope.asked.subtract(scope.gone)
    if asked.length < MIN_LENGTH_US:
        return False
    try:
        rollups, _ = await fetch_rollups(connection, scope, {MINUTE_US: asked.widen(MINUTE_US)}, frozenset())
    except TooCostly:
        return True
    return sum(_count_within(asked, each.position, each.count) for each in rollups) > MAX_READINGS + known


def _count_within(asked: Spans, minute: Integers, count: Integers) -> float:
    """The readings expected in minutes that are asked for in part: as large a part of their count."""
    edge = np.column_stack([asked.start, asked.end]).ravel()
    passed = np.cumsum(np.diff(edge, prepend=edge[:1]) * (np.arange(edge.size) % 2))
    held = np.interp(minute + MINUTE_US, edge, passed) - np.interp(minute, edge, passed)
    return float((count * held / MINUTE_US).sum())
