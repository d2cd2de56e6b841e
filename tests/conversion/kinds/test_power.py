import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, Flag, NotInvertible, ProfileSet, compile_profile


def power(a: float, exponent: float, **payload: object) -> CompiledProfile:
    return compile_profile({"kind": "power", "payload": {"a": a, "exponent": exponent, **payload}})


def test_a_weir_discharges_as_cones_formula_says() -> None:
    # USBR Water Measurement Manual, chapter 7: Q = 2.49·h^2.48 ft³/s, so 2.49 at 1 ft; at 0.5 ft one
    # 2^2.48-th of that, 2.49 / 5.579 = 0.446.
    weir = power(2.49, 2.48)
    assert_allclose(weir.convert(np.array([1.0, 0.5])).physical, [2.49, 0.446], atol=5e-4)


def test_square_root_extraction() -> None:
    # A differential pressure transmitter over an orifice: a quarter of the pressure is half of the flow.
    assert_array_equal(power(100, 0.5).convert(np.array([1, 0.25, 0.0625, 0])).physical, [100, 50, 25, 0])


def test_whole_exponents_take_negative_values_and_others_do_not() -> None:
    assert_array_equal(power(1, 3, offset=1).convert(np.array([-2.0])).physical, [-7])
    physical, flags = power(1, 1.5).convert(np.array([-2.0, 4]))
    assert_array_equal(physical, [np.nan, 8])
    assert_array_equal(flags, [Flag.BELOW_RANGE | Flag.EXTRAPOLATED | Flag.NOT_FINITE, 0])


EXPONENTS = [-2.0, -1.0, -0.5, 0.5, 1.0, 1.7, 2.0, 3.0]


@given(st.lists(st.floats(0.01, 50)), st.sampled_from(EXPONENTS), st.booleans())
def test_the_inverse_takes_physical_back_to_raw(
    values: list[float], exponent: float, is_negative: bool
) -> None:
    is_negative = is_negative and exponent.is_integer()
    bounds = {"min": -50, "max": -0.01} if is_negative else {"min": 0.01, "max": 50}
    profile = power(-3, exponent, offset=2, domain=bounds)
    raw = np.array(values, np.float64) * (-1 if is_negative else 1)
    assert_allclose(profile.inverse(profile.convert(raw).physical), raw, rtol=1e-9)


def test_a_cube_has_an_inverse_on_both_sides_of_zero() -> None:
    assert_allclose(power(1, 3).inverse(np.array([-8.0, 0, 27])), [-2, 0, 3], rtol=1e-15)


@pytest.mark.parametrize(("a", "exponent"), [(1, 2), (1, -1), (1, 0), (0, 1)])
def test_what_is_not_monotone_has_no_inverse(a: float, exponent: float) -> None:
    with pytest.raises(NotInvertible):
        power(a, exponent).inverse(np.ones(1))


def test_different_exponents_are_computed_together_as_each_alone() -> None:
    members = [power(k + 1, exponent) for k, exponent in enumerate(EXPONENTS)]
    which = np.repeat(np.arange(len(members)), 1000)
    raw = np.random.default_rng(1).uniform(0.1, 9, which.size)
    mixed = ProfileSet(members).convert(which, raw).physical
    alone = [members[k].convert(raw[which == k]).physical for k in range(len(members))]
    assert_array_equal(mixed, np.concatenate(alone))
