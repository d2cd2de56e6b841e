"""Roll-ups of a sensor in any state that the jobs which make them can leave them in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from barograph.database.queries import load_queries
from barograph.times import (
    DAY_US,
    HUNDREDTH_SECOND_US,
    MINUTE_US,
    SECOND_US,
    TENTH_SECOND_US,
    from_us,
)
from tests.api.stored import Stored

HOUR_US = 60 * MINUTE_US
ALL_SECONDS = -1


@dataclass(frozen=True)
class State:
    """What is not as it should be when all is folded. Times are starts of buckets.

    Attributes:
        kept: minutes that keep their seconds.
        dirty: minutes to be computed again, with the masks of their seconds.
        due: hours and days (by tier) to be folded again.
        fine: seconds that keep fine buckets, if their minute keeps them, with the finest tier of each.
    """

    kept: frozenset[int] = frozenset()
    dirty: Mapping[int, int] = field(default_factory=dict[int, int])
    due: Mapping[int, frozenset[int]] = field(default_factory=dict[int, frozenset[int]])
    fine: Mapping[int, int] = field(default_factory=dict[int, int])


def roll_up(database_url: str, sensor: str, state: State | None = None) -> None:
    """Rolls up all of a sensor's readings, and then leaves behind what the state says, spoilt."""
    state = state or State()
    with psycopg.connect(database_url) as connection:
        row = connection.execute("select id from sensor where public_id = %s", (sensor,)).fetchone()
        assert row is not None
        sensor_id = {"sensor_id": row[0]}
        run(connection, "rollups.clean", sensor_id)
        for tier_us in (SECOND_US, MINUTE_US, HOUR_US, DAY_US):
            run(connection, "rollups.roll_up", sensor_id | {"tier_s": tier_us // SECOND_US})
        run(connection, "rollups.keep_seconds", sensor_id | {"buckets": times(state.kept)})
        run(connection, "rollups.drop_seconds", sensor_id)
        _roll_up_fine(connection, sensor_id, state)
        marks = {"minutes": times(state.dirty), "seconds": list(state.dirty.values())}
        run(connection, "rollups.mark_dirty", sensor_id | marks)
        for tier_us, buckets in state.due.items():
            due = {"tier_s": tier_us // SECOND_US, "buckets": times(buckets)}
            run(connection, "rollups.mark_due", sensor_id | due)
        spoilt = {"buckets": times(_stale(state)[SECOND_US])}
        run(connection, "rollups.spoil_fine", sensor_id | spoilt)
        for tier_us, buckets in _stale(state).items():
            stale = sensor_id | {"tier_s": tier_us // SECOND_US, "buckets": times(buckets)}
            run(connection, "rollups.spoil", stale)
            run(connection, "rollups.drop_stale", stale)


def _roll_up_fine(connection: psycopg.Connection[Any], sensor_id: Mapping[str, Any], state: State) -> None:
    for tier_us in (TENTH_SECOND_US, HUNDREDTH_SECOND_US):
        buckets = [second for second, finest_us in state.fine.items() if finest_us == tier_us]
        kept = {"finest_us": tier_us, "buckets": times(buckets)}
        run(connection, "rollups.keep_fine", {**sensor_id, **kept})
        run(connection, "rollups.roll_up_fine", {**sensor_id, "tier_us": tier_us})
    run(connection, "rollups.drop_fine", sensor_id)


def minutes_of(readings: Iterable[Stored]) -> list[int]:
    return sorted({reading.t_us // MINUTE_US * MINUTE_US for reading in readings})


def times(starts_us: Iterable[int]) -> list[Any]:
    return [from_us(t_us) for t_us in starts_us]


def run(connection: psycopg.Connection[Any], name: str, parameters: Mapping[str, Any]) -> None:
    connection.execute(statements()[name], parameters)


def _stale(state: State) -> dict[int, set[int]]:
    """By tier, what holds something that has changed since."""
    seconds = {
        minute + second * SECOND_US
        for minute, mask in state.dirty.items()
        for second in range(60)
        if mask >> second & 1
    }
    hours = {minute // HOUR_US * HOUR_US for minute in state.dirty} | state.due.get(HOUR_US, frozenset())
    days = {hour // DAY_US * DAY_US for hour in hours} | state.due.get(DAY_US, frozenset())
    return {SECOND_US: seconds, MINUTE_US: set(state.dirty), HOUR_US: hours, DAY_US: days}


@cache
def statements() -> Mapping[str, LiteralString]:
    return load_queries(Path(__file__).parent / "sql")
