"""Which readings are live and in order, against one after the other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from barograph.alarms.arrivals import HISTORY, LONG_AGO_US, SensorTimes, WatchedReadings
from barograph.alarms.limit_table import LimitTable
from tests.barograph.alarms.limits import Limit, columns

Row = tuple[int, int, int]  # frame, slot, t_us


def watched(rows: list[Row], frame: list[int]) -> WatchedReadings:
    """As a commit has them: by sensor, in the order in which they came."""
    order = np.argsort([slot for _, slot, _ in rows], kind="stable")
    column = np.array(rows, np.int64).reshape(-1, 3)[order]
    return WatchedReadings(
        column[:, 1].astype(np.int32),
        column[:, 2],
        np.arange(len(rows), dtype=np.float64)[order],
        np.array(frame, np.int32)[order],
    )


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 20)), max_size=40),
    st.dictionaries(st.integers(0, 2), st.integers(0, 20)),
)
def test_a_reading_is_late_that_is_older_than_one_before_it(rows: list[Row], known: dict[int, int]) -> None:
    rows.sort(key=lambda row: row[0])
    newest = SensorTimes(
        np.array(sorted(known), np.int32), np.array([known[slot] for slot in sorted(known)], np.int64)
    )
    ordered, late = watched(rows, [frame for frame, *_ in rows]).in_order(newest)
    kept: dict[int, list[int]] = {}
    behind: list[tuple[int, int]] = []
    for _, slot, t_us in sorted(rows, key=lambda row: (row[0], row[2])):
        if t_us < known.get(slot, LONG_AGO_US):
            behind.append((slot, t_us))
        else:
            known[slot] = t_us
            kept.setdefault(slot, []).append(t_us)
    assert sorted(zip(late.slot.tolist(), late.t_us.tolist(), strict=True)) == sorted(behind)
    assert ordered.slot.tolist() == sorted(kept)
    bounds = ordered.first.tolist()
    for place, slot in enumerate(sorted(kept)):
        assert ordered.t_us[bounds[place] : bounds[place + 1]].tolist() == kept[slot]


def test_history_is_apart() -> None:
    readings = watched([(0, 0, 5), (1, 0, 9), (2, 1, 3)], [0, HISTORY, HISTORY])
    assert readings.live.newest == SensorTimes(np.array([0]), np.array([5]))
    assert readings.history.t_us.tolist() == [9, 3]


def test_only_sensors_with_limits_and_physical_values_are_watched() -> None:
    table = LimitTable(3, columns([Limit(slot=1, high=2.0), Limit(slot=1, low=-1.0)]))
    slot, t_us = np.array([0, 1, 1, 1, 2], np.int32), np.arange(5, dtype=np.int64)
    value = np.array([9.0, np.nan, 1.0, 3.0, 9.0])
    readings = WatchedReadings.among(table, slot, t_us, value, None)
    assert readings is not None
    assert readings.t_us.tolist() == [2, 3]
    assert readings.violating_slots(table).tolist() == [1]
    assert readings.violations(table).t_us.tolist() == [3]
    assert WatchedReadings.among(table, slot[:1], t_us[:1], value[:1], None) is None
