"""Splines against SciPy's own evaluation, and against functions that they must give exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.interpolate import Akima1DInterpolator, CubicSpline, PchipInterpolator

from conversion import CompiledProfile, InvalidProfile, NotInvertible, ProfileSet, compile_profile

SCIPY = {"cubic": CubicSpline, "pchip": PchipInterpolator, "akima": Akima1DInterpolator}
METHODS = list(SCIPY)


def spline(points: object, method: str, **payload: object) -> CompiledProfile:
    return compile_profile(
        {"kind": "spline", "payload": {"points": points, "method": method, **payload}},
    )


@st.composite
def tables(draw: st.DrawFn) -> list[list[float]]:
    xs = draw(st.lists(st.integers(-100, 100), min_size=2, max_size=20, unique=True))
    ys = draw(st.lists(st.integers(-100, 100), min_size=len(xs), max_size=len(xs)))
    return [[x, y] for x, y in zip(sorted(xs), ys, strict=True)]


@given(tables(), st.sampled_from(METHODS), st.lists(st.floats(0, 1)))
def test_values_agree_with_scipy(points: list[list[float]], method: str, shares: list[float]) -> None:
    x, y = np.array(points, np.float64).T
    raw = np.concatenate([x, x[0] + np.array(shares, np.float64) * (x[-1] - x[0])])
    expected = SCIPY[method](x, y)(raw)
    assert_allclose(spline(points, method).convert(raw).physical, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_points_are_met(method: str) -> None:
    points = [[0, 1], [1, 3], [2, 2], [5, -1], [6, 0]]
    x, y = np.array(points, np.float64).T
    assert_allclose(spline(points, method).convert(x).physical, y, atol=1e-14)


def test_a_cubic_spline_gives_a_cubic_exactly() -> None:
    x = np.array([-2.0, -1, 0.5, 2, 4])
    cubic = spline(np.column_stack([x, x**3 - x]).tolist(), "cubic")
    raw = np.linspace(-2, 4, 50)
    assert_allclose(cubic.convert(raw).physical, raw**3 - raw, rtol=1e-12, atol=1e-12)


def test_the_boundary_holds() -> None:
    points = [[0, 0], [1, 2], [2, 1], [3, 4]]
    ends = np.array([0, 1e-6])
    clamped = spline(points, "cubic", boundary="clamped").convert(ends).physical
    assert abs(np.diff(clamped)[0]) < 1e-10
    natural = spline(points, "cubic", boundary="natural").convert(np.array([0, 1e-3, 2e-3])).physical
    assert abs(np.diff(natural, 2)[0]) < 1e-7


@given(tables(), st.booleans(), st.lists(st.floats(0, 1)))
def test_pchip_stays_monotone_and_is_inverted(
    points: list[list[float]], is_falling: bool, shares: list[float]
) -> None:
    x = np.array([x for x, _ in points], np.float64)
    y = np.sort([y for _, y in points]) + np.arange(len(points))  # strictly rising
    profile = spline(np.column_stack([x, -y if is_falling else y]).tolist(), "pchip")
    raw = x[0] + np.array(shares, np.float64) * (x[-1] - x[0])
    physical = profile.convert(raw).physical
    assert_allclose(profile.convert(profile.inverse(physical)).physical, physical, rtol=1e-9, atol=1e-9)


def test_a_curve_that_turns_has_no_inverse() -> None:
    with pytest.raises(NotInvertible, match="turns"):
        spline([[0, 0], [1, 1], [2, 0]], "cubic").inverse(np.zeros(1))


def test_the_ends_are_held_by_default_and_the_outer_curves_go_on_if_wanted() -> None:
    points, raw = [[0, 0], [1, 1], [2, 4], [3, 9]], np.array([-1.0, 4])
    assert_array_equal(spline(points, "cubic").convert(raw).physical, [0, 9])
    going_on = spline(points, "cubic", out_of_domain="extrapolate")
    assert_allclose(going_on.convert(raw).physical, [1, 16], rtol=1e-12)


def test_all_methods_are_computed_together_as_each_alone() -> None:
    rng = np.random.default_rng(1)
    members = [
        spline(np.column_stack([np.arange(size), rng.normal(size=size)]).tolist(), method)
        for size in (2, 3, 7)
        for method in METHODS
    ]
    which = np.repeat(np.arange(len(members)), 50)
    raw = rng.uniform(-1, 8, which.size)
    mixed = ProfileSet(members).convert(which, raw).physical
    alone = [members[k].convert(raw[which == k]).physical for k in range(len(members))]
    assert_array_equal(mixed, np.concatenate(alone))


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({"points": [[0, 0], [1, 1]]}, "/payload/method"),
        ({"points": [[0, 0]], "method": "cubic"}, "/payload/points"),
        ({"points": [[0, 0], [0, 1]], "method": "cubic"}, "/payload/points/1/0"),
        ({"points": [[0, 0], [1, 1]], "method": "pchip", "boundary": "natural"}, "/payload/boundary"),
        ({"points": [[0, 0], [1, 1]], "method": "cubic", "boundary": "periodic"}, "/payload/boundary"),
        ({"points": [[0, -1e308], [5e-324, 1e308]], "method": "akima"}, "/payload/points"),
        ({"points": [[0, -1e308], [1, 1e308], [2, 0]], "method": "pchip"}, "/payload/points"),
        ({"points": [[-1e308, 0], [1e308, 1], [1.1e308, 0]], "method": "cubic"}, "/payload/points"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "spline", "payload": payload})
    assert [place for place, _ in caught.value.errors] == [pointer]
