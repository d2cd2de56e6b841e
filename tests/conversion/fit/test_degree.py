import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import polynomial

from conversion.fit import fit_profile, suggest_degree
from tests.conversion.fit.nist import FILIP, PONTIUS


def test_the_load_cell_is_bent() -> None:
    # NIST takes a quadratic for Pontius; what a line leaves is eleven times what a quadratic does.
    degree, tried = suggest_degree(PONTIUS.raw, PONTIUS.physical)
    rms = {each.degree: each.rms for each in tried}
    assert degree == 2
    assert rms[1] > 10 * rms[2]
    assert min(tried, key=lambda each: each.aicc).degree == degree


def test_filip_needs_the_ten_that_nist_takes() -> None:
    assert suggest_degree(FILIP.raw, FILIP.physical)[0] == 10


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=6).filter(lambda c: c[-1] != 0))
def test_exact_points_tell_their_degree(coefficients: list[int]) -> None:
    raw = np.linspace(-3, 5, 30)
    physical = np.asarray(polynomial.polyval(raw, np.array([1.0, *coefficients])), np.float64)
    assert suggest_degree(raw, physical)[0] == len(coefficients)


def test_scatter_alone_earns_few_coefficients() -> None:
    rng = np.random.default_rng(1)
    raw = np.linspace(0, 10, 40)
    degrees = [suggest_degree(raw, 3 + 2 * raw + rng.normal(0, 0.1, 40))[0] for _ in range(100)]
    assert np.median(degrees) == 1
    assert np.mean(np.array(degrees) == 1) > 0.6


def test_few_points_justify_little() -> None:
    assert suggest_degree(np.array([0.0, 1, 2, 3]), np.array([0.0, 1, 4, 9]))[0] == 1
    assert suggest_degree(np.array([0.0, 0, 1, 1, 1, 0, 1, 0]), np.arange(8.0))[0] == 1


def test_a_polynomial_without_wish_has_the_suggested_degree() -> None:
    raw = np.linspace(0, 4, 20)
    fit = fit_profile("polynomial", raw, 1 + raw - 0.5 * raw**3)
    assert len(fit.payload["coefficients"]) == 4
    assert fit.rms == pytest.approx(0, abs=1e-13)
