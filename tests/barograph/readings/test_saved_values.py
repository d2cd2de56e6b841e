"""Saved columns come back bit for bit, and each reading finds what was saved of it."""

from collections import Counter
from random import Random
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from barograph.database.copy_format import ReadingColumns
from barograph.readings.replaced.saved_values import LATE, Replacement, locate, pack, restore_values, unpack

Rows: TypeAlias = list[tuple[int, int, float, float, int, int]]
FLOATS = st.floats(allow_nan=True, allow_infinity=True)
ROWS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(-5, 5) | st.integers(-(2**62), 2**62),
        st.sampled_from([0.0, -0.0, 1.0, 1e300, 5e-324]),
        FLOATS,
        st.sampled_from([LATE, -1, 1, 2**31 - 1]),
        st.integers(0, 2**16 - 1),
    ),
    max_size=30,
)


def columns(rows: Rows) -> ReadingColumns:
    none: list[tuple[float, ...]] = [()] * 6
    sensor_id, t_us, raw, physical, profile_id, flags = zip(*rows, strict=True) if rows else none
    return ReadingColumns(
        np.array(t_us, np.int64),
        np.array(raw, np.float64),
        np.array(physical, np.float64),
        np.array(sensor_id, np.int32),
        np.array(profile_id, np.int32),
        np.array(flags, np.uint16),
    )


def bits(column: NDArray[np.generic]) -> bytes:
    return column.tobytes()


@given(ROWS)
def test_columns_come_back_bit_for_bit(rows: Rows) -> None:
    given_columns = columns(rows)
    back = unpack(pack(given_columns))
    for name in ("t_us", "raw", "physical", "sensor_id", "profile_id", "flags"):
        assert bits(getattr(back, name)) == bits(getattr(given_columns, name)), name
        assert getattr(back, name).dtype == getattr(given_columns, name).dtype


@given(ROWS, ROWS, st.randoms())
def test_each_reading_finds_one_that_was_saved_of_it(rows: Rows, others: Rows, random: Random) -> None:
    saved = columns(rows)
    present = [*rows, *others]
    random.shuffle(present)
    readings = columns(present)
    found = locate(saved, readings.sensor_id, readings.t_us, readings.raw)
    is_found = found >= 0
    # Every saved one is found, once.
    assert sorted(found[is_found].tolist()) == list(range(len(rows)))
    for name in ("t_us", "raw", "sensor_id"):
        assert bits(getattr(readings, name)[is_found]) == bits(getattr(saved, name)[found[is_found]]), name


@pytest.mark.parametrize("count", [0, 3])
def test_nothing_new_is_the_identity(count: int) -> None:
    saved = columns([(1, 10 * number, 1.0, 2.0, 1, 0) for number in range(count)])
    found = locate(saved, saved.sensor_id, saved.t_us, saved.raw)
    assert found.tolist() == list(range(count))


@given(ROWS, ROWS, st.randoms())
def test_what_became_of_readings_tells_them_from_later_ones(rows: Rows, others: Rows, random: Random) -> None:
    """Of any readings that agree in sensor, time and raw value."""
    rows = [row for row in rows if row[4] != LATE]
    became = [(*row[:3], number + 0.5, 7, number) for number, row in enumerate(rows)]
    later = [(*row[:3], -number - 0.5, 8, number) for number, row in enumerate([*rows, *others])]
    readings = [*became, *later]
    random.shuffle(readings)
    now = columns(readings)
    packed = Replacement.of(columns(rows), columns(became)).packed
    assert packed["columns"] is not None
    back = Replacement.unpack(packed["columns"], packed["became"])
    changed, places = restore_values(now, back, 9)
    assert sorted(places.tolist()) == list(range(len(rows)))
    is_changed = np.zeros(len(readings), np.bool_)
    is_changed[changed] = True
    assert Counter(as_bits(now.take(changed))) == Counter(as_bits(columns(rows)))
    assert Counter(as_bits(now.take(np.flatnonzero(~is_changed)))) == Counter(as_bits(columns(later)))


@given(ROWS, ROWS, st.randoms())
def test_what_nobody_noted_is_found_by_time_and_raw_value(rows: Rows, others: Rows, random: Random) -> None:
    present = [*rows, *others]
    random.shuffle(present)
    readings = columns(present)
    replacement = Replacement(columns(rows), np.zeros(len(rows), np.uint32))
    found = replacement.locate(readings)
    assert sorted(found[found >= 0].tolist()) == list(range(len(rows)))


def as_bits(of: ReadingColumns) -> list[tuple[bytes, ...]]:
    """Rows that are equal if they are to the bit."""
    names = ("t_us", "raw", "physical", "sensor_id", "profile_id", "flags")
    return list(zip(*([value.tobytes() for value in getattr(of, name)] for name in names), strict=True))
