"""What may be given as a column, and what a frame then holds."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pytest
from barograph_client.framing.columns import TakenReadings, take_readings
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal

INT64 = st.integers(-(2**63), 2**63 - 1)
REAL_TYPES = ["f2", "f4", "f8", ">f4", ">f8", "i1", "i4", ">i8", "u2", "u8", "g", "?"]
MOMENT = datetime(2026, 1, 31, 12, tzinfo=UTC)
MOMENT_US = 1_769_860_800_000_000


def take(channel: Any = (0,), t_us: Any = (1,), value: Any = (1.0,), channel_count: int = 3) -> TakenReadings:  # noqa: ANN401
    return take_readings(channel, t_us, value, channel_count)


def times(t_us: Any) -> list[int]:  # noqa: ANN401
    n = len(t_us)
    return take([0] * n, t_us, [0.0] * n).t_us.tolist()


def values(value: Any) -> list[float]:  # noqa: ANN401
    n = len(value)
    taken = take([0] * n, [0] * n, value).value
    assert taken.dtype == np.float64
    return taken.tolist()


def masked(data: list[Any], mask: list[bool], dtype: Any = None) -> Any:  # noqa: ANN401
    return np.ma.array(data, mask=mask, dtype=dtype)


class PandasLike:
    """The methods of a pandas series that the library calls, as pandas 3.0 answers them."""

    def __init__(self, data: list[Any], dtype: Any) -> None:  # noqa: ANN401
        self._data, self.dtype = data, dtype

    def isna(self) -> "PandasLike":
        return PandasLike([item is None for item in self._data], np.dtype(bool))

    def dropna(self) -> "PandasLike":
        return PandasLike([item for item in self._data if item is not None], self.dtype)

    def to_numpy(self) -> Any:  # noqa: ANN401
        return np.array(self._data, self.dtype if type(self.dtype).__module__.startswith("numpy") else None)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:  # noqa: ANN401
        naive = [np.datetime64("NaT") if each is None else each.replace(tzinfo=None) for each in self._data]
        return np.array(naive, dtype)

    def __len__(self) -> int:
        return len(self._data)


class ZonedType:
    """As pandas' DatetimeTZDtype."""

    kind, unit = "M", "ns"


class NullableType:
    """As pandas' Int64Dtype."""

    kind = "i"


@given(arrays(st.sampled_from(REAL_TYPES).map(np.dtype), st.integers(0, 20)), st.integers(1, 3))
def test_values_of_any_real_type_order_and_stride_are_their_float64(given: Any, step: int) -> None:  # noqa: ANN401
    column = given[::step]
    assert_array_equal(values(column), column.astype(np.float64))


@given(arrays(np.int64, st.integers(0, 20)))
def test_integers_and_datetimes_of_microseconds_are_the_same_times(t_us: Any) -> None:  # noqa: ANN401
    t_us = t_us[t_us != np.iinfo(np.int64).min]  # NaT
    assert times(t_us) == times(t_us.astype(">i8")) == times(t_us.view("M8[us]")) == t_us.tolist()
    assert times(t_us.view("M8[us]").astype(">M8[us]")) == t_us.tolist()


@given(st.lists(INT64.filter(lambda ns: ns > -(2**63)), max_size=20))
def test_nanoseconds_are_cut_downwards(t_ns: list[int]) -> None:
    assert times(np.array(t_ns, np.int64).view("M8[ns]")) == [each // 1000 for each in t_ns]


@pytest.mark.parametrize(
    ("unit", "text"), [("h", "2026-01-31T12"), ("D", "2026-01-31"), ("s", "2026-01-31T12:00")]
)
def test_coarser_units_keep_their_time(unit: str, text: str) -> None:
    expected = int(np.datetime64(text, "us").astype(np.int64))
    assert times(np.array([text], f"M8[{unit}]")) == [expected]


@given(st.sampled_from(["ms", "s", "m", "D", "M", "Y"]), INT64.filter(lambda each: each > -(2**63)))
def test_a_time_beyond_64_bits_is_refused_and_no_other_one_sent(unit: str, count: int) -> None:
    exact = int(np.array([1], f"M8[{unit}]").astype("M8[us]").astype(np.int64)[0])
    try:
        (t_us,) = times(np.array([count]).view(f"M8[{unit}]"))
    except ValueError:
        assert abs(count) * exact > 2**62
    else:
        assert np.datetime64(t_us, "us").astype(f"M8[{unit}]").astype(np.int64) == count


def test_times_may_be_python_objects() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    assert times([MOMENT, MOMENT.astimezone(east)]) == [MOMENT_US, MOMENT_US]
    assert times([1.5e15 + 0.5, 2.0]) == [1_500_000_000_000_000, 2]
    assert times(np.array([2**60, np.int64(3)], object)) == [2**60, 3]


@pytest.mark.parametrize(
    "t_us",
    [
        ["2026-01-31"],
        [True],
        [float("nan")],
        [1e19],
        [2**63],
        [2**70],
        [1j],
        [MOMENT.replace(tzinfo=None)],
        [object()],
        np.array(["NaT"], "M8[us]"),
        np.array(["NaT"], "M8"),
        np.array([1], "m8[us]"),
        [[1]],
        1,
    ],
)
def test_what_is_no_time_is_refused(t_us: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=r"t_us|length"):
        take(t_us=t_us)


def test_values_may_be_python_objects() -> None:
    assert values([Decimal("1.5"), Fraction(1, 4), True, 2**70]) == [1.5, 0.25, 1.0, 2.0**70]
    assert_array_equal(values([float("nan"), float("inf")]), [np.nan, np.inf])
    assert values(np.array(["1e400"], "g")) == [np.inf]


@pytest.mark.parametrize(
    "value",
    [
        [1j],
        [1, 1j, Decimal(1)],
        ["21.5"],
        [b"1"],
        [MOMENT],
        [10**400],
        np.array([1], "m8[s]"),
        [[1.0]],
        [{}],
        1.0,
    ],
)
def test_what_is_no_real_number_is_refused(value: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=r"value|length"):
        take(value=value)


@pytest.mark.parametrize(
    "channel",
    [[3], [-1], [2**32], np.array([2**32], np.int64), np.array([2**63], np.uint64), [2**70], [0.0], ["0"]],
)
def test_what_is_no_channel_is_refused(channel: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match="channel"):
        take(channel=channel)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", ">i4", "i8", "u8", "O"])
def test_channels_are_integers_of_any_type(dtype: str) -> None:
    taken = take(np.array([2, 0], dtype), [1, 2], [3, 4]).channel
    assert (taken.tolist(), taken.dtype) == ([2, 0], np.int32)


def test_columns_that_differ_in_length_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length: 1, 2 and 1"):
        take([0], [1, 2], [1.0])


def test_nothing_is_a_frame_too() -> None:
    assert [column.tolist() for column in take([], [], [])] == [[], [], []]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-9, 9), st.booleans(), st.booleans()), max_size=20))
def test_masked_readings_are_absent_whichever_column_masks_them(
    rows: list[tuple[int, int, bool, bool]],
) -> None:
    channel = [row[0] for row in rows]
    t_us = masked([row[1] for row in rows], mask=[row[2] for row in rows], dtype=np.int64)
    value = masked([1e20 if row[3] else 0.5 for row in rows], mask=[row[3] for row in rows], dtype=float)
    taken = take(channel, t_us, value)
    present = [row for row in rows if not (row[2] or row[3])]
    assert taken.channel.tolist() == [row[0] for row in present]
    assert taken.t_us.tolist() == [row[1] for row in present]
    assert taken.value.tolist() == [0.5] * len(present)


def test_what_is_masked_is_not_judged() -> None:
    channel = masked([7, 1], mask=[True, False])
    assert take(channel, [1, 2], [1.0, 2.0]).channel.tolist() == [1]


def test_none_in_a_list_is_absent() -> None:
    taken = take([0, 1, None], [1, None, 3], [None, 2.0, 3.0])
    assert [column.tolist() for column in taken] == [[], [], []]
    assert take([0, 1], [1, 2], [None, 2]).value.tolist() == [2.0]


def test_series_of_polars_are_taken_and_their_nulls_are_absent() -> None:
    moments = pl.Series([MOMENT, None, MOMENT + timedelta(microseconds=1), MOMENT])
    taken = take(
        pl.Series([0, 1, 2, 0], dtype=pl.Int8), moments, pl.Series([2**53, 1, 3, None], dtype=pl.Int64)
    )
    assert taken.channel.tolist() == [0, 2]
    assert taken.t_us.tolist() == [MOMENT_US, MOMENT_US + 1]
    assert taken.value.tolist() == [2.0**53, 3.0]
    assert_array_equal(values(pl.Series([1.5, float("nan")])), [1.5, np.nan])
    assert times(pl.Series([2**60 + 1], dtype=pl.Int64)) == [2**60 + 1]
    assert values(pl.Series(["1.25"]).cast(pl.Decimal(10, 2))) == [1.25]


def test_series_of_pandas_are_taken_and_what_their_own_types_lack_is_absent() -> None:
    channel = PandasLike([0, 1, None], NullableType())
    moments = PandasLike([MOMENT] * 3, ZonedType())
    taken = take(channel, moments, PandasLike([1.5, float("nan"), 2.0], np.dtype(float)))
    assert (taken.channel.tolist(), taken.t_us.tolist()) == ([0, 1], [MOMENT_US] * 2)
    assert_array_equal(taken.value, [1.5, np.nan])
    with pytest.raises(ValueError, match="NaT"):
        times(PandasLike([MOMENT, None], ZonedType()))
