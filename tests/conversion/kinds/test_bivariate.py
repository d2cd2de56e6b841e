from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import polynomial
from numpy.testing import assert_allclose, assert_array_equal
from scipy.interpolate import RegularGridInterpolator

from conversion import CompiledProfile, Flag, InvalidProfile, ProfileSet, compile_profile
from conversion.arrays import Floats


def bivariate(**payload: object) -> CompiledProfile:
    return compile_profile({"kind": "bivariate", "payload": {"channel": "t", **payload}})


def grid(x: Floats, y: Floats, z: Floats, **payload: object) -> CompiledProfile:
    return bivariate(x=x.tolist(), y=y.tolist(), z=z.tolist(), **payload)


X, Y = np.array([0.0, 50, 100]), np.array([-20.0, 20, 60])
Z = np.array([[0.02, 0, -0.03], [5.05, 5, 4.92], [10.11, 10, 9.85]])
MEETING = np.meshgrid(X, Y, indexing="ij")


def test_the_grids_points_are_met() -> None:
    raw, t = (axis.ravel() for axis in MEETING)
    physical, flags = grid(X, Y, Z).convert(raw, {"t": t})
    assert_allclose(physical, Z.ravel(), rtol=1e-15)
    assert not flags.any()


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=20), st.integers(2, 6), st.integers(2, 6)
)
def test_values_agree_with_scipy(shares: list[tuple[float, float]], height: int, width: int) -> None:
    rng = np.random.default_rng(height * 10 + width)
    x, y = np.cumsum(rng.uniform(0.1, 2, height)), np.cumsum(rng.uniform(0.1, 2, width))
    z = rng.normal(size=(height, width))
    u, v = np.array(shares, np.float64).reshape(-1, 2).T
    raw, t = x[0] + u * (x[-1] - x[0]), y[0] + v * (y[-1] - y[0])
    expected = RegularGridInterpolator((x, y), z)(
        np.column_stack([np.clip(raw, x[0], x[-1]), np.clip(t, y[0], y[-1])])
    )
    assert_allclose(grid(x, y, z).convert(raw, {"t": t}).physical, expected, rtol=1e-9, atol=1e-12)


def test_outside_the_grid_both_are_held_and_flagged() -> None:
    physical, flags = grid(X, Y, Z).convert(
        np.array([200.0, 50, 50, -5]), {"t": np.array([20.0, 90, -90, 20])}
    )
    assert_allclose(physical, [10, 4.92, 5.05, 0], atol=1e-15)
    extrapolated = Flag.EXTRAPOLATED
    assert_array_equal(flags, [Flag.ABOVE_RANGE, extrapolated, extrapolated, Flag.BELOW_RANGE])


def test_raw_goes_on_beyond_the_grid_if_wanted() -> None:
    going_on = grid(X, Y, Z, out_of_domain="extrapolate")
    assert_allclose(going_on.convert(np.array([150.0]), {"t": np.array([20.0])}).physical, [15], rtol=1e-15)


def test_without_the_channel_there_is_no_value() -> None:
    physical, flags = grid(X, Y, Z).convert(np.array([1.0, 2]), {"t": np.array([np.nan, 0])})
    assert_array_equal(np.isnan(physical), [True, False])
    assert_array_equal(flags, [Flag.MISSING_AUXILIARY, 0])


def surface(terms: dict[tuple[int, int], float]) -> CompiledProfile:
    return bivariate(terms=[{"x": x, "y": y, "coefficient": c} for (x, y), c in terms.items()])


@given(
    st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(-9, 9), min_size=1),
    st.lists(st.tuples(st.integers(-6, 6), st.integers(-6, 6)), max_size=10),
)
def test_polynomials_agree_with_numpys(
    terms: dict[tuple[int, int], float], places: list[tuple[int, int]]
) -> None:
    coefficients = np.zeros((5, 5))
    for powers, coefficient in terms.items():
        coefficients[powers] = coefficient
    raw, t = np.array(places, np.float64).reshape(-1, 2).T
    expected = polynomial.polyval2d(raw, t, coefficients)
    assert_array_equal(surface(terms).convert(raw, {"t": t}).physical, expected)


def test_sea_water_has_the_density_of_the_standard_mean() -> None:
    # UNESCO technical paper 44 (EOS-80), density of standard mean ocean water at one atmosphere by °C, check
    # values: 999.96675 at 5 °C and 997.04796 at 25 °C, in kg/m³. Raw is left out: its power is 0.
    smow = [999.842594, 6.793952e-2, -9.095290e-3, 1.001685e-4, -1.120083e-6, 6.536332e-9]
    density = surface({(0, power): coefficient for power, coefficient in enumerate(smow)})
    physical = density.convert(np.zeros(2), {"t": np.array([5.0, 25])}).physical
    assert_allclose(physical, [999.96675, 997.04796], atol=1e-5)


def test_many_are_computed_together_as_each_alone() -> None:
    rng = np.random.default_rng(1)
    grids = [grid(np.arange(2.0 + k), np.arange(5.0 - k), rng.normal(size=(2 + k, 5 - k))) for k in range(3)]
    surfaces = [surface({(0, 0): k, (1, 2): 0.5, (k, 1): -1}) for k in range(3)]
    members = [*grids, *surfaces]
    which = np.repeat(np.arange(6), 40)
    raw, t = rng.uniform(-1, 5, which.size), rng.uniform(-1, 5, which.size)
    mixed = ProfileSet(members).convert(which, raw, [t])
    alone = [members[k].convert(raw[which == k], {"t": t[which == k]}) for k in range(6)]
    assert_array_equal(mixed.physical, np.concatenate([physical for physical, _ in alone]))
    assert_array_equal(mixed.flags, np.concatenate([flags for _, flags in alone]))


GRID: dict[str, Any] = {"channel": "t", "x": [0, 1], "y": [0, 1], "z": [[0, 1], [2, 3]]}
TERM: dict[str, Any] = {"x": 1, "y": 0, "coefficient": 1}


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({**GRID, "channel": ""}, "/payload/channel"),
        ({**GRID, "x": [1, 1]}, "/payload/x/1"),
        ({**GRID, "y": [1]}, "/payload/y"),
        ({**GRID, "z": [[0, 1]]}, "/payload/z"),
        ({**GRID, "z": [[0, 1], [2]]}, "/payload/z/1"),
        ({**GRID, "z": [[0, 1], [2, "3"]]}, "/payload/z/1/1"),
        ({**GRID, "z": [[0, 1], 5]}, "/payload/z/1"),
        ({"channel": "t"}, "/payload/z"),
        ({**GRID, "terms": [TERM]}, "/payload/z"),
        ({"channel": "t", "terms": []}, "/payload/terms"),
        ({"channel": "t", "terms": [TERM, TERM]}, "/payload/terms/1"),
        ({"channel": "t", "terms": [{**TERM, "x": 10}]}, "/payload/terms/0/x"),
        ({"channel": "t", "terms": [{**TERM, "y": 0.5}]}, "/payload/terms/0/y"),
        ({"terms": [TERM]}, "/payload/channel"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "bivariate", "payload": payload})
    assert pointer in [place for place, _ in caught.value.errors]
