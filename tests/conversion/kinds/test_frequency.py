import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, compile_profile


def frequency(**payload: object) -> CompiledProfile:
    return compile_profile({"kind": "frequency", "payload": payload})


def test_a_tachometer_with_60_pulses_a_turn_counts_turns_a_minute() -> None:
    assert_array_equal(frequency(k_factor=60 / 60).convert(np.array([0.0, 1500])).physical, [0, 1500])
    assert_array_equal(frequency(k_factor=4 / 60).convert(np.array([100.0])).physical, [1500])


def test_a_turbine_meters_factor_is_pulses_per_volume() -> None:
    # 900 pulses a litre: 30 Hz are 2 litres a minute, by definition of the K-factor.
    meter = frequency(k_factor=900 / 60)
    assert_array_equal(meter.convert(np.array([30.0])).physical, [2])
    assert_array_equal(meter.inverse(np.array([2.0])), [30])


def test_no_frequency_is_negative() -> None:
    assert frequency(k_factor=1).convert(np.array([-1.0])).flags == Flag.BELOW_RANGE | Flag.EXTRAPOLATED


def test_a_curve_has_straight_lines_between_its_points() -> None:
    curve = frequency(points=[[10, 0.7], [100, 7.2], [1000, 70]])
    assert_allclose(curve.convert(np.array([10, 55, 550, 2000])).physical, [0.7, 3.95, 38.6, 70], rtol=1e-14)


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({}, "/payload/k_factor"),
        ({"k_factor": 1, "points": [[0, 0], [1, 1]]}, "/payload/k_factor"),
        ({"k_factor": 0}, "/payload/k_factor"),
        ({"points": [[0, 0]]}, "/payload/points"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "frequency", "payload": payload})
    assert pointer in [place for place, _ in caught.value.errors]
