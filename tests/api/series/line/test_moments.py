"""Means and deviations against exact arithmetic, whatever the magnitudes and however values are split up."""

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.series.computed.statistics import compute
from api.series.line.parts import LineReadings, Parts, from_readings, merge
from tests.examples import times

NEEDED = frozenset({"mean", "rest", "deviation"})
ANY = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def values(draw: st.DrawFn) -> list[float]:
    """Of any magnitude, or near one another at one."""
    if draw(st.booleans()):
        return draw(st.lists(ANY, min_size=1, max_size=30))
    level = draw(st.sampled_from([0.1, 1e12, -3e300, 7e-300, 5e-324, 1.7e308]))
    steps = draw(st.lists(st.integers(0, 8), min_size=1, max_size=30))
    return [level + step * float(np.spacing(level)) for step in steps]


def parts_of(given: list[float], cuts: list[int]) -> Parts:
    """One part, merged of those between the cuts."""
    value = np.array(given)
    edges = sorted({0, value.size, *(cut % value.size for cut in cuts)})
    parts: list[Parts] = []
    for start, end in pairwise(edges):
        position = np.arange(start, end)
        readings = LineReadings(position, position, value[start:end])
        parts.append(from_readings(readings, np.zeros(end - start, np.int64), NEEDED))
    return merge(parts, NEEDED)


def moments(given: list[float]) -> tuple[float, float]:
    """Mean and standard deviation (of n), rounded once."""
    exact = [Fraction(value) for value in given]
    mean = sum(exact, Fraction()) / len(exact)
    variance = sum(((value - mean) * (value - mean) for value in exact), Fraction()) / len(exact)
    with localcontext(prec=60, Emin=-9999, Emax=9999):
        deviation = (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
    return float(mean), float(deviation)


@settings(max_examples=100 * times(), deadline=None)
@given(given=values(), cuts=st.lists(st.integers(0, 100), max_size=6))
def test_moments_keep_their_digits_at_any_magnitude(given: list[float], cuts: list[int]) -> None:
    part = parts_of(given, cuts)
    mean, deviation = moments(given)
    assert min(given) <= part.columns["mean"][0] <= max(given)
    largest = max(abs(value) for value in given)
    assert part.columns["mean"][0] == pytest.approx(mean, rel=0, abs=largest * 4e-16 + 5e-324)
    assert part.columns["deviation"][0] == pytest.approx(deviation, rel=1e-13, abs=1e-323)


@given(value=ANY, count=st.integers(2, 50), cuts=st.lists(st.integers(0, 100), max_size=6))
def test_a_constant_is_its_mean_and_does_not_deviate(value: float, count: int, cuts: list[int]) -> None:
    part = parts_of([value] * count, cuts)
    columns = compute(part, ["mean", "stddev"])
    assert columns["mean"][0] == value
    assert columns["stddev"][0] == 0
