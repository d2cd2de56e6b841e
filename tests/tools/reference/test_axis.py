import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from tools.reference.axis import Axis, axis_over, label

MINUS = "\N{MINUS SIGN}"


def test_ticks_are_round_values_on_the_axis() -> None:
    assert Axis(-0.6, 10.6, 0, 100).ticks(8) == [(0, "0"), (2, "2"), (4, "4"), (6, "6"), (8, "8"), (10, "10")]
    assert [text for _, text in Axis(-0.011, 0.012, 0, 1).ticks(6)] == [
        *[f"{MINUS}0.01", f"{MINUS}0.005", "0", "0.005", "0.01"]
    ]


def test_decades_get_powers_of_ten() -> None:
    assert [text for _, text in Axis(3e-10, 2e3, 0, 1, is_logarithmic=True).ticks(6)] == [
        *["10⁻⁹", "10⁻⁷", "10⁻⁵", "10⁻³", "10⁻¹", "10¹", "10³"]
    ]
    assert [text for _, text in Axis(0.5, 200, 0, 1, is_logarithmic=True).ticks(6)] == ["1", "10", "100"]


def test_an_axis_is_logarithmic_where_most_values_span_decades() -> None:
    assert axis_over(np.geomspace(1e-9, 1e3, 100), 0, 1, 0).is_logarithmic
    assert not axis_over(np.linspace(1e-9, 1e3, 100), 0, 1, 0).is_logarithmic
    assert not axis_over(np.linspace(-1, 1, 100), 0, 1, 0).is_logarithmic


def test_a_constant_gets_an_axis_too() -> None:
    assert_allclose(axis_over(np.array([5.0, 5.0]), 0, 1, 0.1).place(np.array([5.0])), [0.5])


def test_labels_are_as_one_reads_them() -> None:
    labels = {0.0: "0", -2.5: f"{MINUS}2.5", 1e7: "10⁷", -3e-6: f"{MINUS}3·10⁻⁶", 123456: "123456"}
    for value, text in labels.items():
        assert label(value) == text


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 12))
def test_ticks_lie_on_the_axis_and_are_not_too_many(lo: float, width: float, about: int) -> None:
    axis = Axis(lo, lo + max(width, abs(lo) * 1e-6), 0, 100)
    values = [value for value, _ in axis.ticks(about)]
    assert len(values) <= about + 1
    assert values == sorted(set(values))
    slack = (axis.hi - axis.lo) * 1e-6
    assert all(axis.lo - slack <= value <= axis.hi + slack for value in values)
