import numpy as np
import pytest
from numpy.testing import assert_allclose

from conversion import ImportRefused
from conversion.importers import algebra
from conversion.importers.a2l import rules as a2l
from conversion.importers.algebra import FormulaSyntax
from tests.conversion.importers.values import physical


def test_names_and_powers_are_those_of_the_standard() -> None:
    x = np.array([0.25, 1.0, 3.0])
    cases = {
        "X1 * 2 + 1": 2 * x + 1,
        "pow(X, 2) - pow(2, pow(X, 2))": x**2 - 2 ** (x**2),
        "log(X) + log10(X) - ln(X)": np.log10(x),
        "arctan(x1) + atan(X) - ABS(-X)": 2 * np.arctan(x) - x,
        "max(X, 1) * (X > 0.5) + 2.5e-1": np.maximum(x, 1) * (x > 0.5) + 0.25,
        "exp(-X/2) * cos(PI*X)": np.exp(-x / 2) * np.cos(np.pi * x),
    }
    for formula, expected in cases.items():
        profile = algebra.profile_of("rule", formula, FormulaSyntax.GENERAL)
        assert_allclose(physical(profile, x.tolist()), expected, rtol=1e-14, err_msg=formula)


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("X1 ^ 2", "exclusive or"),
        ("X1 & 255", "'&'"),
        ("X1 + X2", "'X2'"),
        ("X1 == 3", "'=='"),
        ("X1 ** 2", r"'\*\*'"),
        ("pow + X1", "pow without"),
        ("2 pow", "pow without"),
        ("pow(X1)", "pow without"),
        ("pow(X1, 2, 3)", "as expression"),
        ("X1 +", "as expression"),
        ("import(X1)", "'import'"),
        ("", "as expression"),
        ("(" * 600 + "X", "as expression"),
        ("X" * 1001, "longer"),
        ("1_000", "'_000'"),
    ],
)
def test_what_has_no_equivalent_is_named(formula: str, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        algebra.profile_of("rule", formula, FormulaSyntax.GENERAL)


def test_a_logarithm_and_a_caret_mean_what_the_version_says() -> None:
    x = np.array([0.5, 10.0])
    old = algebra.profile_of("rule", "log(X) + X ^ 2", FormulaSyntax.OLD)
    assert_allclose(physical(old, x.tolist()), np.log10(x) + x**2)
    for formula in ("log(X)", "X ^ 2"):
        with pytest.raises(ImportRefused, match="1 60"):
            algebra.profile_of("rule", formula, FormulaSyntax.UNKNOWN)


@pytest.mark.parametrize(
    ("head", "expected"), [("ASAP2_VERSION 1 51", 2.0), ("ASAP2_VERSION 1 60", np.log(100)), ("", None)]
)
def test_an_a2l_file_names_its_version(head: str, expected: float | None) -> None:
    body = '/begin COMPU_METHOD F "" FORM "" "" FORMULA "log(X1)" /end COMPU_METHOD'
    methods = a2l.read(f"{head}\n{body}")
    if expected is None:
        with pytest.raises(ImportRefused, match="log"):
            methods.profile("F")
    else:
        assert_allclose(physical(methods.profile("F"), [100.0]), expected)
