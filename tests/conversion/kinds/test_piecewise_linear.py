import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, InvalidProfile, NotInvertible, compile_profile


def table(points: object, **payload: object) -> CompiledProfile:
    return compile_profile({"kind": "piecewise_linear", "payload": {"points": points, **payload}})


# NIST Monograph 175 (ITS-90), type K: emf in mV at every 100 °C.
TYPE_K = [[0.0, 0], [4.096, 100], [8.138, 200], [12.209, 300], [16.397, 400], [20.644, 500]]


def test_knots_are_met_exactly() -> None:
    raw, physical = np.array(TYPE_K).T
    assert_array_equal(table(TYPE_K).convert(raw).physical, physical)


def test_between_knots_a_thermocouple_is_as_near_as_its_table_is_fine() -> None:
    # The same tables: 2.023 mV at 50 °C, 10.153 mV at 250 °C. Lines over 100 °C bend by some 0.6 °C.
    assert_allclose(table(TYPE_K).convert(np.array([2.023, 10.153])).physical, [50, 250], atol=0.7)


def test_the_ends_are_held_by_default_and_the_outer_lines_go_on_if_wanted() -> None:
    points, raw = [[0, 0], [1, 10], [2, 15]], np.array([-1.0, 3.0])
    assert_array_equal(table(points).convert(raw).physical, [0, 15])
    assert_array_equal(table(points, out_of_domain="extrapolate").convert(raw).physical, [-10, 20])


def test_a_narrower_domain_wins_over_the_points() -> None:
    assert table([[0, 0], [10, 10]], domain={"max": 4}).convert(np.array([5.0])).physical == 4


@st.composite
def rising_tables(draw: st.DrawFn) -> list[list[float]]:
    xs = draw(st.lists(st.integers(-1000, 1000), min_size=2, max_size=30, unique=True))
    ys = draw(st.lists(st.integers(-1000, 1000), min_size=len(xs), max_size=len(xs), unique=True))
    return [[x, y] for x, y in zip(sorted(xs), sorted(ys), strict=True)]


@given(rising_tables(), st.lists(st.floats(0, 1)), st.booleans())
def test_the_inverse_takes_physical_back_to_raw(
    points: list[list[float]], shares: list[float], is_falling: bool
) -> None:
    points = [[x, -y if is_falling else y] for x, y in points]
    profile = table(points)
    raw = points[0][0] + np.array(shares, np.float64) * (points[-1][0] - points[0][0])
    assert_allclose(profile.inverse(profile.convert(raw).physical), raw, atol=1e-6)


@given(rising_tables(), st.lists(st.floats(-1200, 1200)))
def test_lines_agree_with_numpys_interpolation(points: list[list[float]], values: list[float]) -> None:
    raw = np.array(values, np.float64)
    knots = np.array(points, np.float64)
    expected = np.interp(raw, knots[:, 0], knots[:, 1])
    assert_allclose(table(points).convert(raw).physical, expected, rtol=1e-9, atol=1e-9)


def test_a_table_that_turns_has_no_inverse() -> None:
    with pytest.raises(NotInvertible, match="neither rise nor fall"):
        table([[0, 0], [1, 1], [2, 1]]).inverse(np.zeros(1))


@pytest.mark.parametrize(
    ("points", "pointer"),
    [
        ([[0, 0]], "/payload/points"),
        ([[0, 0], [1]], "/payload/points/1"),
        ([[0, 0], 5], "/payload/points/1"),
        ([[0, 0], [1, None]], "/payload/points/1/1"),
        ([[0, 0], [0, 1]], "/payload/points/1/0"),
        ([[0, 0], [2, 1], [1, 2]], "/payload/points/2/0"),
        ([[0, -1e308], [1, 1e308]], "/payload/points/1"),
    ],
)
def test_wrong_points_are_refused_where_they_are_wrong(points: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        table(points)
    assert [place for place, _ in caught.value.errors] == [pointer]
