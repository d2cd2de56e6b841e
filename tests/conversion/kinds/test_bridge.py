import numpy as np
import pytest
from numpy.testing import assert_allclose

from conversion import CompiledProfile, Flag, InvalidProfile, compile_profile


def bridge(**payload: object) -> CompiledProfile:
    return compile_profile({"kind": "bridge", "payload": payload})


def test_a_load_cell_of_two_millivolts_a_volt_gives_20_millivolts_at_10_volts() -> None:
    # The rated output is defined so: 2 mV/V at full load, hence 20 mV of 10 V.
    assert_allclose(bridge(two_point=[[0, 0], [2, 5]]).convert(np.array([0.0, 1, 2])).physical, [0, 2.5, 5])
    excited = bridge(two_point=[[0, 0], [2, 5]], excitation_v=10)
    assert_allclose(excited.convert(np.array([0.0, 0.01, 0.02])).physical, [0, 2.5, 5], rtol=1e-15)
    assert_allclose(excited.inverse(np.array([5.0])), [0.02], rtol=1e-15)


def test_the_two_points_may_be_any() -> None:
    falling = bridge(two_point=[[1.5, 0], [-0.5, 100]])
    assert_allclose(falling.convert(np.array([1.5, 0.5, -0.5, 2])).physical, [0, 50, 100, -25], rtol=1e-15)


def test_a_table_is_over_millivolts_a_volt_too() -> None:
    points = [[0.002, 0], [1.003, 500], [2.001, 1000]]
    raw = np.array([0.002, 0.5025, 1.003, 2.001, 2.5])
    physical, flags = bridge(table=points).convert(raw)
    assert_allclose(physical, [0, 250, 500, 1000, 1000], rtol=1e-14)
    assert flags.tolist() == [0, 0, 0, 0, Flag.ABOVE_RANGE]
    excited = bridge(table=points, excitation_v=5)
    assert_allclose(excited.convert(raw * 0.005).physical, physical, rtol=1e-14)


def test_a_polynomial_is_over_millivolts_a_volt_too() -> None:
    # ASTM E74 certificates give load over output as a polynomial of second or third degree.
    coefficients = [0.5, 2000, 1.25, -0.02]
    raw = np.array([0.0, 1, 2])
    physical = bridge(polynomial=coefficients).convert(raw).physical
    assert_allclose(physical, [0.5, 2001.73, 4005.34], rtol=1e-14)
    excited = bridge(polynomial=coefficients, excitation_v=10)
    assert_allclose(excited.convert(raw * 0.01).physical, physical, rtol=1e-14)


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({}, "/payload/two_point"),
        ({"two_point": [[0, 0], [1, 1]], "table": [[0, 0], [1, 1]]}, "/payload/two_point"),
        ({"two_point": [[0, 0]]}, "/payload/two_point"),
        ({"two_point": [[1, 0], [1, 1]]}, "/payload/two_point/1/0"),
        ({"table": [[1, 0], [1, 1]]}, "/payload/table/1/0"),
        ({"polynomial": []}, "/payload/polynomial"),
        ({"polynomial": [1], "excitation_v": 0}, "/payload/excitation_v"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "bridge", "payload": payload})
    assert pointer in [place for place, _ in caught.value.errors]
