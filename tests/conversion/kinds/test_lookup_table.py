import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, NotInvertible, ProfileSet, compile_profile
from conversion.arrays import Floats

METHODS = ["floor", "ceil", "nearest"]


def table(points: object, method: object, **payload: object) -> CompiledProfile:
    return compile_profile(
        {"kind": "lookup_table", "payload": {"points": points, "method": method, **payload}}
    )


def expected(x: Floats, y: Floats, raw: float, method: str) -> float:
    """Plain Python, one value."""
    raw = min(max(raw, x[0]), x[-1])
    if method == "floor":
        return max((a, b) for a, b in zip(x, y, strict=True) if a <= raw)[1]
    if method == "ceil":
        return min((a, b) for a, b in zip(x, y, strict=True) if a >= raw)[1]
    return min(zip(x, y, strict=True), key=lambda point: (abs(point[0] - raw), point[0]))[1]


@pytest.mark.parametrize(
    ("method", "physical"),
    [
        ("floor", [10, 10, 10, 10, 20, 20, 30]),
        ("ceil", [10, 20, 20, 20, 20, 30, 30]),
        ("nearest", [10, 10, 10, 20, 20, 30, 30]),
    ],
)
def test_one_of_the_points_is_taken(method: str, physical: list[float]) -> None:
    points = [[0, 10], [1, 20], [3, 30]]
    raw = np.array([0, 0.25, 0.5, 0.75, 1, 2.5, 3])
    assert_array_equal(table(points, method).convert(raw).physical, physical)


def test_halfway_the_lower_point_is_nearest() -> None:
    # ASAM MDF 4.1, value to value without interpolation: the upper only if it is strictly closer.
    nearest = table([[0, 0], [1, 1]], "nearest")
    assert_array_equal(nearest.convert(np.array([0.5, np.nextafter(0.5, 1)])).physical, [0, 1])


@given(
    st.lists(st.integers(-50, 50), min_size=2, max_size=12, unique=True),
    st.sampled_from(METHODS),
    st.lists(st.integers(-220, 220)),
)
def test_values_agree_with_a_plain_search(xs: list[int], method: str, quarters: list[int]) -> None:
    x = np.sort(np.array(xs, np.float64))
    y = np.arange(0.0, 7.0 * len(x), 7.0)
    raw = np.array(quarters, np.float64) / 4
    physical = table(np.column_stack([x, y]).tolist(), method).convert(raw).physical
    assert_array_equal(physical, [expected(x, y, value, method) for value in raw])


@pytest.mark.parametrize("method", METHODS)
def test_neighbouring_doubles_are_told_apart(method: str) -> None:
    x = np.array([1.0, np.nextafter(1, 2), np.nextafter(np.nextafter(1, 2), 2)])
    points = np.column_stack([x, [1, 2, 3]]).tolist()
    assert_array_equal(table(points, method).convert(x).physical, [1, 2, 3])


def test_the_outer_values_hold_beyond_the_ends_with_a_flag() -> None:
    physical, flags = table([[0, 5], [1, 6]], "floor").convert(np.array([-1.0, 2]))
    assert_array_equal(physical, [5, 6])
    assert_array_equal(flags, [Flag.BELOW_RANGE, Flag.ABOVE_RANGE])


def test_steps_have_no_inverse() -> None:
    with pytest.raises(NotInvertible):
        table([[0, 5], [1, 6]], "floor").inverse(np.zeros(1))


def test_all_methods_are_computed_together_as_each_alone() -> None:
    points = [[0, 0], [1, 1], [2, 4], [5, 2]]
    members = [table(points[:size], method) for size in (2, 3, 4) for method in METHODS]
    which = np.repeat(np.arange(len(members)), 30)
    raw = np.random.default_rng(1).uniform(-1, 6, which.size)
    mixed = ProfileSet(members).convert(which, raw).physical
    alone = [members[k].convert(raw[which == k]).physical for k in range(len(members))]
    assert_array_equal(mixed, np.concatenate(alone))


@pytest.mark.parametrize(
    ("points", "method", "pointer"),
    [
        ([[0, 0]], "floor", "/payload/points"),
        ([[0, 0], [0, 1]], "floor", "/payload/points/1/0"),
        ([[0, 0], [1, 1]], "round", "/payload/method"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(
    points: object, method: object, pointer: str
) -> None:
    with pytest.raises(InvalidProfile) as caught:
        table(points, method)
    assert [place for place, _ in caught.value.errors] == [pointer]
