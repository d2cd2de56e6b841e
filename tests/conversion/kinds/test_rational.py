import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, NotInvertible, ProfileSet, compile_profile


def rational(numerator: object, denominator: object, **payload: object) -> CompiledProfile:
    payload = {"numerator": numerator, "denominator": denominator, **payload}
    return compile_profile({"kind": "rational", "payload": payload})


def test_a_divider_gives_the_resistance_that_ohms_law_gives() -> None:
    # 10 kΩ from 5 V to the sensor: 2.5 V across 10 kΩ, 1 V across 2.5 kΩ, 4 V across 40 kΩ.
    divider = rational([0, 10_000], [5, -1], domain={"min": 0, "max": 4.9})
    assert_allclose(
        divider.convert(np.array([0.0, 1, 2.5, 4])).physical, [0, 2500, 10_000, 40_000], rtol=1e-15
    )
    assert_allclose(divider.inverse(np.array([2500.0, 10_000, 40_000])), [1, 2.5, 4], rtol=1e-15)


def test_bhaskaras_approximation_of_the_sine_is_as_good_as_published() -> None:
    # Bhaskara I: sin x ≈ 16x(π - x) / (5π² - 4x(π - x)), exact at 0, 30°, 90°; worst error 0.00163.
    pi = np.pi
    sine = rational([0, 16 * pi, -16], [5 * pi**2, -4 * pi, 4])
    x = np.linspace(0, pi, 1001)
    physical = sine.convert(x).physical
    assert_allclose(sine.convert(pi / np.array([6, 2])).physical, [0.5, 1], rtol=1e-14)
    assert_allclose(np.abs(physical - np.sin(x)).max(), 0.00163, atol=5e-6)


def test_at_a_zero_of_the_denominator_there_is_no_value() -> None:
    physical, flags = rational([1], [0, 1]).convert(np.array([0.0, 2]))
    assert_array_equal(physical, [np.nan, 0.5])
    assert_array_equal(flags, [Flag.NOT_FINITE, 0])


@given(st.lists(st.floats(0, 3)))
def test_quotients_of_higher_degree_are_inverted_within_their_domain(values: list[float]) -> None:
    # The slope of (1 + x³) / (4 + x) has the sign of 2x³ + 12x² - 1, positive from 0.3 up.
    profile = rational([1, 0, 0, 1], [4, 1], domain={"min": 0.3, "max": 3})
    raw = np.clip(np.array(values, np.float64), 0.3, 3)
    assert_allclose(profile.inverse(profile.convert(raw).physical), raw, rtol=1e-7)


@pytest.mark.parametrize(
    ("numerator", "denominator", "domain", "why"),
    [
        ([1, 2], [2, 4], {"min": 0, "max": 1}, "constant"),
        ([1], [0, 1], {"min": -1, "max": 1}, "zero within"),
        ([0, 0, 1], [1], {"min": -1, "max": 1}, "turns"),
        ([0, 0, 1], [1], {"min": 0}, "min and max"),
        ([1], [0, 0, 1], {"min": -1, "max": 1}, "turns"),
    ],
)
def test_what_is_not_monotone_has_no_inverse(
    numerator: object, denominator: object, domain: object, why: str
) -> None:
    with pytest.raises(NotInvertible, match=why):
        rational(numerator, denominator, domain=domain).inverse(np.zeros(1))


def test_many_are_computed_together_as_each_alone() -> None:
    members = [rational([k, 1, 2], [3, k]) for k in range(5)]
    which, raw = np.repeat(np.arange(5), 20), np.linspace(-3, 3, 100)
    mixed = ProfileSet(members).convert(which, raw).physical
    alone = [members[k].convert(raw[which == k]).physical for k in range(5)]
    assert_array_equal(mixed, np.concatenate(alone))


@pytest.mark.parametrize(
    ("numerator", "denominator", "pointer"),
    [
        ([], [1], "/payload/numerator"),
        ([1], [0, 0], "/payload/denominator"),
        ([1], [1] * 17, "/payload/denominator"),
        ([1], [None], "/payload/denominator/0"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(
    numerator: object, denominator: object, pointer: str
) -> None:
    with pytest.raises(InvalidProfile) as caught:
        rational(numerator, denominator)
    assert pointer in [place for place, _ in caught.value.errors]
