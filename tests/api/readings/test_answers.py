"""Pages of readings as bytes: what an encoder of rows would write, value by value."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from api.edge.tables.json_rows import NULL, names_as_json
from api.edge.tables.labels import ProfileLabels
from api.readings.answers import PageNames, page_as_json
from api.readings.rows import Key, RowPage, compared
from barograph.database.copy_format import ReadingColumns
from barograph.times import MAX_US, MIN_US, format_us
from conversion.formulas.labels import Labels

# Of each kind that texts of numbers are hard for: exponents, digits, signs, the ends.
NUMBERS = [
    0.0,
    -0.0,
    5e-324,
    -5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
    0.1,
    0.30000000000000004,
    1e15,
    1e16,
    1e17,
    123456789012345680.0,
    1e21,
    1e22,
    1e23,
    1e-4,
    1e-5,
    1e-6,
    1e-7,
    9007199254740993.0,
    -1.5,
    100.0,
    math.pi,
    math.inf,
    -math.inf,
    math.nan,
]
TIMES_US = [MIN_US, MIN_US + 1, -1, 0, 1, 999_999, 10**6, 1_767_225_600_120_000, MAX_US]
TEXTS = ["p1", 'a "b" \\ c', "\n\t\x00\x1f\x7f", "Öl ° 油 😀", "/<>&'", "\u2028", ""]
PROFILES = {3: "0d9e6f1a-0000-4000-8000-000000000003", 7: "0d9e6f1a-0000-4000-8000-000000000007"}
READING = st.tuples(
    st.sampled_from(TIMES_US) | st.integers(MIN_US, MAX_US),
    st.sampled_from(NUMBERS) | st.floats(),
    st.sampled_from(NUMBERS) | st.floats(),
    st.sampled_from([10, 12]),
    st.sampled_from([-1, 3, 7, 99]),
    st.integers(-(2**15), 2**15 - 1),
)
Row = tuple[int, float, float, int, int, int]


def columns_of(rows: Sequence[Row]) -> ReadingColumns:
    t_us, raw, physical, sensor_id, profile_id, flags = zip(*rows, strict=True) if rows else [()] * 6
    return ReadingColumns(
        np.array(t_us, np.int64),
        np.array(raw, np.float64),
        np.array(physical, np.float64),
        np.array(sensor_id, np.int32),
        np.array(profile_id, np.int32),
        np.array(flags, np.int16).view(np.uint16),
    )


def names_of(texts: Sequence[str], *, is_of_one: bool, sees_raw: bool, has_labels: bool) -> PageNames:
    labels = Labels(np.array([-np.inf, 0.0, 50.0]), [None, texts[0], texts[1]])
    sensors = [
        {"id": number, "public_id": f"id-{number}", "key": text}
        for number, text in zip((10, 12), texts, strict=True)
    ]
    return PageNames(
        PROFILES, sensors, is_of_one, sees_raw, ProfileLabels({3: labels}) if has_labels else None
    )


def row_by_row(page: RowPage, names: PageNames) -> bytes:
    """The same of dicts."""
    readings, items = page.readings, list[dict[str, object]]()
    values = readings.physical, readings.profile_id
    labels = [None] * readings.t_us.size if names.labels is None else names.labels.of(values[1], values[0])
    sensors = {sensor["id"]: sensor for sensor in names.sensors}
    for n, label in enumerate(labels):
        item: dict[str, object] = {"time": format_us(int(readings.t_us[n]))}
        if names.sees_raw:
            item["raw"] = float(readings.raw[n])
        item["physical"] = float(readings.physical[n])
        if names.labels is not None:
            item["label"] = label
        item["profile_id"] = names.profiles.get(int(readings.profile_id[n]))
        item["flags"] = int(readings.flags.view(np.int16)[n])
        if not names.is_of_one:
            sensor = sensors[int(readings.sensor_id[n])]
            item |= {"sensor_id": sensor["public_id"], "key": sensor["key"]}
        items.append(item)
    return to_json({"items": items, "next_cursor": page.next_cursor}, inf_nan_mode="null")


@given(
    rows=st.lists(READING, max_size=20),
    texts=st.lists(st.sampled_from(TEXTS) | st.text(), min_size=2, max_size=2),
    is_of_one=st.booleans(),
    sees_raw=st.booleans(),
    has_labels=st.booleans(),
    cursor=st.none() | st.just("WzQyXQ"),
)
def test_json_is_that_of_rows_byte_by_byte(
    rows: list[Row],
    texts: list[str],
    cursor: str | None,
    *,
    is_of_one: bool,
    sees_raw: bool,
    has_labels: bool,
) -> None:
    names = names_of(texts, is_of_one=is_of_one, sees_raw=sees_raw, has_labels=has_labels)
    page = RowPage(columns_of(rows), cursor)
    assert page_as_json(page, names) == row_by_row(page, names)


def test_every_hard_number_and_time_is_written_as_in_rows() -> None:
    rows = [(t_us, number, number, 10, 3, 0) for t_us in TIMES_US for number in NUMBERS]
    names = names_of(TEXTS[:2], is_of_one=False, sees_raw=True, has_labels=True)
    page = RowPage(columns_of(rows), None)
    assert page_as_json(page, names) == row_by_row(page, names)


def test_numbers_without_a_name_are_null() -> None:
    written = names_as_json(np.array([7, -1, 99, 3, 8], np.int32), PROFILES)
    assert written == [to_json(text) for text in (PROFILES[7], None, None, PROFILES[3], None)]
    assert names_as_json(np.array([-1, 5], np.int32), {}) == [NULL, NULL]


@pytest.mark.parametrize("sees_raw", [True, False])
def test_readings_are_compared_as_the_database_does(*, sees_raw: bool) -> None:
    """Nulls come after every number; what may not be seen tells nothing."""
    readings = columns_of(
        [
            (5, 1.0, 2.0, 10, 3, 0),
            (5, 1.0, math.nan, 10, -1, 0),
            (5, 0.5, 9.0, 10, 3, 0),
            (4, 9.0, 9.0, 10, 3, 9),
        ]
    )
    key = Key(5, 1.0 if sees_raw else None, 2.0, 3, 0, 10)
    sign = compared(readings, key, sees_raw=sees_raw).tolist()
    assert sign == ([0, 1, -1, -1] if sees_raw else [0, 1, 1, -1])
