import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, compile_profile


def map_range(raw: object, physical: object, **payload: object) -> CompiledProfile:
    payload = {"raw": raw, "physical": physical, **payload}
    return compile_profile({"kind": "map_range", "payload": payload})


def test_a_ratiometric_pressure_sensor_reads_as_its_datasheet_says() -> None:
    # Honeywell HSC series, transfer function "A": 10 % of supply at the lowest pressure, 90 % at the
    # highest, 50 % in the middle.
    sensor = map_range([0.5, 4.5], [-15, 15])
    assert_allclose(sensor.convert(np.array([0.5, 2.5, 4.5])).physical, [-15, 0, 15], atol=1e-14)


def test_a_falling_map_is_as_good_as_a_rising_one() -> None:
    assert_array_equal(map_range([10, 0], [0, 100]).convert(np.array([10.0, 7.5, 0])).physical, [0, 25, 100])


def test_beyond_its_ends_the_line_goes_on_with_a_flag() -> None:
    physical, flags = map_range([0, 10], [0, 100]).convert(np.array([-1.0, 5, 11]))
    assert_allclose(physical, [-10, 50, 110], rtol=1e-15)
    extrapolated = Flag.EXTRAPOLATED
    assert_array_equal(flags, [Flag.BELOW_RANGE | extrapolated, 0, Flag.ABOVE_RANGE | extrapolated])


@given(st.lists(st.floats(0, 1)), st.booleans())
def test_the_inverse_takes_physical_back_to_raw(shares: list[float], is_falling: bool) -> None:
    profile = map_range([4, 20][:: -1 if is_falling else 1], [-50, 150])
    raw = 4 + 16 * np.array(shares, np.float64)
    assert_allclose(profile.inverse(profile.convert(raw).physical), raw, rtol=1e-12)


@pytest.mark.parametrize(
    ("raw", "physical", "pointer"),
    [
        ([1, 1], [0, 1], "/payload/raw"),
        ([1, 2, 3], [0, 1], "/payload/raw"),
        ([1, 2], 5, "/payload/physical"),
        ([-1e308, 1e308], [0, 1], "/payload/raw"),
        ([0, 1], [0, "x"], "/payload/physical/1"),
    ],
)
def test_wrong_ranges_are_refused_where_they_are_wrong(raw: object, physical: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        map_range(raw, physical)
    assert [place for place, _ in caught.value.errors] == [pointer]
