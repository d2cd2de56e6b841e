import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conversion import compile_profile
from conversion.errors import FitRefused
from conversion.fit import FITS, Options, fit_profile


def test_a_platinum_thermometer_gets_its_coefficients_back() -> None:
    # IEC 60751: R0 = 100 Ω, A = 3.9083e-3, B = -5.775e-7, C = -4.183e-12; table 1, rounded to 0.01 Ω.
    celsius = np.array([-200.0, -150, -100, -50, 0, 50, 100, 200, 400, 600, 850])
    ohms = np.array([18.52, 39.72, 60.26, 80.31, 100.00, 119.40, 138.51, 175.86, 247.09, 313.71, 390.48])
    fit = fit_profile("rtd", ohms, celsius)
    assert fit.parameters == ("/r0", "/a", "/b", "/c")
    assert_allclose(fit.values, [100, 3.9083e-3, -5.775e-7, -4.183e-12], rtol=5e-3)
    assert np.abs(fit.residuals).max() < 0.02


def test_above_zero_a_platinum_thermometer_has_no_c() -> None:
    celsius = np.linspace(0, 100, 11)
    ohms = 1000 * (1 + 3.9083e-3 * celsius - 5.775e-7 * celsius**2)
    fit = fit_profile("rtd", ohms, celsius)
    assert fit.parameters == ("/r0", "/a", "/b")
    assert_allclose(fit.values, [1000, 3.9083e-3, -5.775e-7], rtol=1e-8)


def test_a_thermistor_gets_its_coefficients_back() -> None:
    # US Sensor / YSI 44005 family, 3 kΩ at 25 °C, published table: 9796 Ω at 0 °C, 3000 at 25, 1080 at 50,
    # 203.8 at 100 °C. Three points and three coefficients: the curve runs through them.
    ohms, celsius = np.array([9796.0, 3000, 203.8]), np.array([0.0, 25, 100])
    fit = fit_profile("thermistor_steinhart_hart", ohms, celsius)
    assert fit.covariance is None
    assert fit.residual_deviation is None
    assert_allclose(fit.residuals, 0, atol=1e-9)
    between = compile_profile({"kind": fit.kind, "payload": fit.payload}).convert(np.array([1080.0])).physical
    assert_allclose(between, [50], atol=0.05)


@given(
    st.sampled_from([-3.0, 0.5, 20]), st.sampled_from([-1.3, -0.1, 0.4, 2]), st.sampled_from([None, 5.0, -80])
)
def test_exponentials_are_found(a: float, b: float, c: float | None) -> None:
    raw = np.linspace(1, 6, 25)
    fit = fit_profile("exponential", raw, a * np.exp(b * raw) + (c or 0), Options(has_offset=c is not None))
    assert_allclose(fit.values, [a, b, *([c] if c is not None else [])], rtol=1e-5)


@given(
    st.sampled_from([-3.0, 0.5]), st.sampled_from([-2.0, -0.4, 0.5, 2.48, 4]), st.sampled_from([None, 5.0])
)
def test_powers_are_found(a: float, exponent: float, offset: float | None) -> None:
    raw = np.linspace(0.2, 6, 25)
    fit = fit_profile("power", raw, a * raw**exponent + (offset or 0), Options(has_offset=offset is not None))
    assert_allclose(fit.values, [a, exponent, *([offset] if offset else [])], rtol=1e-5)


def test_logarithms_are_found() -> None:
    raw = np.geomspace(0.01, 100, 9)
    fit = fit_profile("logarithmic", raw, 3 - 2 * np.log(raw))
    assert_allclose(fit.values, [3, -2], rtol=1e-12)


def test_a_broken_line_comes_closest_with_its_knots_given() -> None:
    raw = np.linspace(0, 10, 101)
    fit = fit_profile(
        "piecewise_linear", raw, np.interp(raw, [0, 4, 10], [1, 9, 3]), Options(knots=(0, 4, 10))
    )
    assert_allclose(fit.payload["points"], [[0, 1], [4, 9], [10, 3]], atol=1e-12)
    assert fit.parameters == ("/points/0/1", "/points/1/1", "/points/2/1")


def test_without_knots_a_table_has_the_mean_of_repeated_points() -> None:
    fit = fit_profile("piecewise_linear", [1, 0, 1, 2], [5, 0, 7, 9])
    assert_allclose(fit.payload["points"], [[0, 0], [1, 6], [2, 9]], atol=1e-12)
    assert_allclose(fit.residuals, [-1, 0, 1, 0], atol=1e-12)
    assert fit.rms == pytest.approx(np.sqrt(0.5))


def test_a_fit_holds_over_its_points() -> None:
    fit = fit_profile("linear", [4, 12, 20], [0, 51, 100])
    assert fit.payload["domain"] == {"min": 4, "max": 20}


def test_covariance_tells_how_far_a_repeated_calibration_would_differ() -> None:
    rng = np.random.default_rng(1)
    raw = np.linspace(0, 10, 12)
    fits = [fit_profile("linear", raw, 3 * raw - 1 + rng.normal(0, 0.2, 12)) for _ in range(2000)]
    spread = np.cov(np.array([fit.values for fit in fits]).T)
    expected = np.mean([fit.covariance for fit in fits if fit.covariance is not None], axis=0)
    assert_allclose(expected, spread, rtol=0.1)


@pytest.mark.parametrize("kind", FITS)
@settings(deadline=None)
@given(data=st.data())
def test_any_points_are_fitted_or_refused(kind: str, data: st.DataObject) -> None:
    numbers = st.floats(-1e3, 1e3) | st.integers(0, 5) | st.sampled_from([np.nan, 1e300])
    size = data.draw(st.integers(0, 12))
    raw = data.draw(st.lists(numbers, min_size=size, max_size=size))
    physical = data.draw(st.lists(numbers, min_size=size, max_size=size))
    try:
        fit = fit_profile(kind, raw, physical)
    except FitRefused:
        return
    assert compile_profile({"kind": kind, "payload": fit.payload}).kind == kind
    assert len(fit.residuals) == size
    assert len(fit.values) == len(fit.parameters)


@pytest.mark.parametrize(
    ("kind", "raw", "physical", "why"),
    [
        ("spline", [0, 1], [0, 1], "no fit of spline"),
        ("linear", [], [], "one length"),
        ("linear", [0, 1], [0], "one length"),
        ("linear", [0, np.inf], [0, 1], "finite"),
        ("linear", [1], [1], "as many points"),
        ("linear", [1, 1, 1], [1, 2, 3], "apart"),
        ("power", [-1, 1, 2], [1, 2, 3], "above 0"),
        ("thermistor_steinhart_hart", [100, 200, 300], [0, -300, 5], "above"),
        ("rational", [0, 1, 2], [1, 1, 1], "apart"),
    ],
)
def test_points_that_determine_nothing_are_refused(
    kind: str, raw: object, physical: object, why: str
) -> None:
    with pytest.raises(FitRefused, match=why):
        fit_profile(kind, np.array(raw, np.float64), np.array(physical, np.float64))


def test_knots_must_rise() -> None:
    with pytest.raises(FitRefused, match="knots"):
        fit_profile("piecewise_linear", [0, 1], [0, 1], Options(knots=(1, 0)))
