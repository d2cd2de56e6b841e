"""Fits against the results that NIST certifies."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from numpy.testing import assert_allclose

from conversion import compile_profile
from conversion.arrays import Floats
from conversion.fit import Fit, Options, fit_profile
from tests.conversion.fit.nist import DANWOOD, FILIP, NORRIS, PONTIUS, THURBER, WAMPLER3, Dataset


def expansion(center: float, scale: float, count: int) -> Floats:
    """What takes coefficients over (raw - center) / scale to coefficients over raw, exact but for the end."""
    shift, unit = -Fraction(center), Fraction(scale)
    return np.array(
        [
            [float(comb(k, j) * shift ** (k - j) / unit**k) if j <= k else 0.0 for k in range(count)]
            for j in range(count)
        ]
    )


def over_raw(fit: Fit) -> tuple[Floats, Floats]:
    """A polynomial's coefficients over raw itself, and their standard errors."""
    payload = fit.payload
    center, scale = Fraction(payload["center"]), Fraction(payload["scale"])
    values = [Fraction(value) for value in fit.values]
    exact = [
        sum(values[k] * comb(k, j) * (-center) ** (k - j) / scale**k for k in range(j, len(values)))
        for j in range(len(values))
    ]
    to_raw = expansion(payload["center"], payload["scale"], len(values))
    assert fit.covariance is not None
    return np.array([float(each) for each in exact]), np.sqrt(np.diag(to_raw @ fit.covariance @ to_raw.T))


def test_a_line_through_norris() -> None:
    fit = fit_profile("linear", NORRIS.raw, NORRIS.physical)
    assert fit.parameters == ("/slope", "/offset")
    assert_allclose(fit.values, NORRIS.coefficients[::-1], rtol=1e-12)
    assert fit.standard_errors is not None
    assert_allclose(fit.standard_errors, NORRIS.deviations[::-1], rtol=1e-12)
    assert fit.residual_deviation == pytest.approx(NORRIS.residual_deviation, rel=1e-12)
    assert fit.degrees_of_freedom == 34


@pytest.mark.parametrize(
    ("data", "rtol"),
    [(PONTIUS, 1e-11), (WAMPLER3, 1e-9), (FILIP, 1e-7)],
    ids=["pontius", "wampler3", "filip"],
)
def test_polynomials_of_nist(data: Dataset, rtol: float) -> None:
    fit = fit_profile("polynomial", data.raw, data.physical, Options(degree=len(data.coefficients) - 1))
    coefficients, deviations = over_raw(fit)
    assert_allclose(coefficients, data.coefficients, rtol=rtol)
    assert_allclose(deviations, data.deviations, rtol=rtol)
    assert fit.residual_deviation == pytest.approx(data.residual_deviation, rel=1e-10)


def test_a_power_through_danwood() -> None:
    fit = fit_profile("power", DANWOOD.raw, DANWOOD.physical)
    assert fit.parameters == ("/a", "/exponent")
    assert_allclose(fit.values, DANWOOD.coefficients, rtol=1e-9)
    assert fit.standard_errors is not None
    assert_allclose(fit.standard_errors, DANWOOD.deviations, rtol=1e-6)
    assert fit.residual_deviation == pytest.approx(DANWOOD.residual_deviation, rel=1e-9)


def test_a_quotient_through_thurber() -> None:
    fit = fit_profile("rational", THURBER.raw, THURBER.physical, Options(degree=3, denominator_degree=3))
    assert fit.parameters[3:5] == ("/numerator/3", "/denominator/1")
    assert_allclose(fit.values, THURBER.coefficients, rtol=1e-7)
    assert fit.standard_errors is not None
    assert_allclose(fit.standard_errors, THURBER.deviations, rtol=1e-5)
    assert fit.residual_deviation == pytest.approx(THURBER.residual_deviation, rel=1e-9)


def test_the_payload_converts_as_the_residuals_say() -> None:
    fit = fit_profile("rational", THURBER.raw, THURBER.physical, Options(degree=3, denominator_degree=3))
    converted = compile_profile({"kind": fit.kind, "payload": fit.payload}).convert(THURBER.raw)
    assert_allclose(THURBER.physical - converted.physical, fit.residuals)
    assert not converted.flags.any()
