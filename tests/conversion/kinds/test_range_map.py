import numpy as np
import pytest
from numpy.testing import assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, compile_profile


def range_map(*ranges: tuple[float, float, float], **payload: object) -> CompiledProfile:
    listed = [{"from": lo, "to": hi, "value": value} for lo, hi, value in ranges]
    return compile_profile({"kind": "range_map", "payload": {"ranges": listed, **payload}})


# WMO Manual on Codes, table 1100: Beaufort numbers by wind speed in m/s.
BEAUFORT = [(0, 0.3, 0), (0.3, 1.6, 1), (1.6, 3.4, 2), (3.4, 5.5, 3), (5.5, 8, 4), (8, 10.8, 5)]


def test_wind_speeds_have_their_beaufort_numbers() -> None:
    speed = np.array([0, 0.2, 0.3, 1.5, 1.6, 5.4, 5.5, 7.9, 8, 10.7])
    assert_array_equal(range_map(*BEAUFORT).convert(speed).physical, [0, 0, 1, 1, 2, 3, 4, 4, 5, 5])


def test_between_ranges_and_beyond_them_the_default_holds() -> None:
    profile = range_map((0, 1, 10), (2, 3, 20), default=-1)
    physical, flags = profile.convert(np.array([-5.0, 0, 1, 1.5, 2, 3, 9]))
    assert_array_equal(physical, [-1, 10, -1, -1, 20, -1, -1])
    assert not flags.any()


def test_without_a_default_a_gap_has_no_value_and_the_outer_values_hold() -> None:
    physical, flags = range_map((0, 1, 10), (2, 3, 20)).convert(np.array([-5.0, 1.5, 2.5, 3, 9]))
    assert_array_equal(physical, [10, np.nan, 20, 20, 20])
    above = Flag.ABOVE_RANGE
    assert_array_equal(flags, [Flag.BELOW_RANGE, Flag.NOT_FINITE, 0, above, above])


def test_beyond_the_ranges_there_is_no_value_if_wanted() -> None:
    physical, flags = range_map((0, 1, 10), out_of_domain="null").convert(np.array([-1.0, 0.5, 1]))
    assert_array_equal(physical, [np.nan, 10, np.nan])
    assert_array_equal(flags, [Flag.BELOW_RANGE, 0, Flag.ABOVE_RANGE])


@pytest.mark.parametrize(
    ("ranges", "pointer"),
    [
        ([], "/payload/ranges"),
        ([{"from": 0, "to": 0, "value": 1}], "/payload/ranges/0/to"),
        ([{"from": 0, "to": 2, "value": 1}, {"from": 1, "to": 3, "value": 1}], "/payload/ranges/1/from"),
        ([{"from": 0, "to": 2}], "/payload/ranges/0/value"),
        ([{"from": 0, "to": 2, "value": 1, "label": "x"}], "/payload/ranges/0/label"),
    ],
)
def test_wrong_ranges_are_refused_where_they_are_wrong(ranges: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "range_map", "payload": {"ranges": ranges}})
    assert [place for place, _ in caught.value.errors] == [pointer]
