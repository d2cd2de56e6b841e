import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, InvalidProfile, NotInvertible, compile_profile


def polynomial(*coefficients: float, **payload: object) -> CompiledProfile:
    return compile_profile({"kind": "polynomial", "payload": {"coefficients": list(coefficients), **payload}})


# IEC 60751:2022, equation for 0 to 850 °C: R = 100 Ω · (1 + 3.9083e-3·t - 5.775e-7·t²)
PT100 = (100.0, 0.39083, -5.775e-5)


def test_a_platinum_thermometer_has_the_resistances_of_iec_60751() -> None:
    # Table 1 of the standard, which rounds to 0.01 Ω.
    celsius = np.array([0.0, 100, 200, 400, 600, 850])
    ohms = polynomial(*PT100).convert(celsius).physical
    assert_allclose(ohms, [100.00, 138.51, 175.86, 247.09, 313.71, 390.48], atol=0.005)


def test_the_inverse_takes_resistance_back_to_temperature() -> None:
    celsius = np.linspace(0, 850, 1001)
    thermometer = polynomial(*PT100, domain={"min": 0, "max": 850})
    assert_allclose(thermometer.inverse(thermometer.convert(celsius).physical), celsius, atol=1e-10)
    assert_array_equal(thermometer.inverse(np.array([99.9, 390.6])), [np.nan, np.nan])


def test_center_and_scale_come_before_the_powers() -> None:
    assert polynomial(1, 2, 3, center=10, scale=4).convert(np.array([18.0])).physical == 1 + 2 * 2 + 3 * 4


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=8), st.lists(st.integers(-10, 10)))
def test_small_integers_come_out_exactly(coefficients: list[int], values: list[int]) -> None:
    expected = [sum(c * x**k for k, c in enumerate(coefficients)) for x in values]
    assert_array_equal(polynomial(*coefficients).convert(np.array(values, np.float64)).physical, expected)


@given(st.lists(st.floats(-3, 3), max_size=20), st.sampled_from([-2.0, 0.5, 1.0]))
def test_a_monotone_cubic_has_an_inverse_within_its_domain(values: list[float], scale: float) -> None:
    cubic = polynomial(1, 3, 0, 1, scale=scale, domain={"min": -3, "max": 3})
    raw = np.array(values, np.float64)
    assert_allclose(cubic.inverse(cubic.convert(raw).physical), raw, atol=1e-9)


def test_a_slope_that_only_touches_zero_does_no_harm() -> None:
    cube = polynomial(0, 0, 0, 1, domain={"min": -2, "max": 2})
    assert_allclose(cube.inverse(np.array([-8.0, 1, 8])), [-2, 1, 2], atol=1e-12)


def test_a_polynomial_that_turns_has_no_inverse() -> None:
    with pytest.raises(NotInvertible, match="turns"):
        polynomial(0, 0, 1, domain={"min": -1, "max": 1}).inverse(np.zeros(1))


def test_a_polynomial_without_bounds_has_no_inverse() -> None:
    with pytest.raises(NotInvertible, match="domain with min and max"):
        polynomial(0, 1, 1, domain={"min": 0}).inverse(np.zeros(1))


def test_zeros_at_the_top_change_nothing() -> None:
    assert polynomial(1, 2, 0, 0).inverse(np.array([5.0])) == 2


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({"coefficients": []}, "/payload/coefficients"),
        ({"coefficients": [0.0] * 33}, "/payload/coefficients"),
        ({"coefficients": [1, "2"]}, "/payload/coefficients/1"),
        ({"coefficients": 5}, "/payload/coefficients"),
        ({"coefficients": [1], "scale": 0}, "/payload/scale"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "polynomial", "payload": payload})
    assert [place for place, _ in caught.value.errors] == [pointer]
