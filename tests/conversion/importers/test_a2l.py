import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conversion import ImportRefused
from conversion.importers.a2l import rules as a2l
from tests.conversion.importers.values import labels, physical

# In the form of ASAM MCD-2 MC 1.6, sections COMPU_METHOD, COMPU_TAB, COMPU_VTAB and COMPU_VTAB_RANGE.
TEXT = r"""
/begin MODULE Engine "control unit /begin COMPU_METHOD is no block here"
  // methods
  /begin COMPU_METHOD CM.IDENTITY "as it is" IDENTICAL "%3.0" "-" /end COMPU_METHOD
  /begin COMPU_METHOD CM.TORQUE /* name */
      "phys = 0.25 * int - 100"   /* long identifier */
      LINEAR "%6.2" "N*m"
      COEFFS_LINEAR 0.25 -100
      REF_UNIT NewtonMeter
  /end COMPU_METHOD
  /begin COMPU_METHOD CM.TEMP "int = (phys + 40) / 0.75" RAT_FUNC "%5.1" "degC"
      COEFFS 0 1 40 0 0 0.75
  /end COMPU_METHOD
  /begin COMPU_METHOD CM.PERIOD "int = 60000000 / (8 * phys)" RAT_FUNC "%7.1" "1/min"
      COEFFS 0 0 60000000 0 8 0
  /end COMPU_METHOD
  /begin COMPU_METHOD CM.BENDING "int = (2 phys + 3) / (phys + 50)" RAT_FUNC "%7.1" ""
      COEFFS 0 2 3 0 1 50
  /end COMPU_METHOD
  /begin COMPU_METHOD CM.SQUARE "" RAT_FUNC "%7.1" "" COEFFS 1 0 0 0 0 1 /end COMPU_METHOD
  /begin COMPU_METHOD CM.CONSTANT "" RAT_FUNC "%7.1" "" COEFFS 0 0 5 0 0 1 /end COMPU_METHOD
  /begin COMPU_METHOD CM.NTC "" TAB_INTP "%5.1" "degC" COMPU_TAB_REF CT.NTC /end COMPU_METHOD
  /begin COMPU_TAB CT.NTC "negative temperature coefficient" TAB_INTP 4
      0x10 150
      100 80.5
      500 25
      1000 -40
  /end COMPU_TAB
  /begin COMPU_METHOD CM.GEAR "" TAB_NOINTP "%1.0" "" COMPU_TAB_REF CT.GEAR /end COMPU_METHOD
  /begin COMPU_TAB CT.GEAR "" TAB_NOINTP 3 1 11 2 12 7 -1 DEFAULT_VALUE_NUMERIC 0 /end COMPU_TAB
  /begin COMPU_METHOD CM.RATIO "" TAB_NOINTP "%1.0" "" COMPU_TAB_REF CT.RATIO /end COMPU_METHOD
  /begin COMPU_TAB CT.RATIO "" TAB_NOINTP 2 1 3.5 2 2.1 /end COMPU_TAB
  /begin COMPU_METHOD CM.DEFAULTED "" TAB_INTP "%1.0" "" COMPU_TAB_REF CT.GEAR /end COMPU_METHOD
  /begin COMPU_METHOD CM.STATE "" TAB_VERB "%1.0" "" COMPU_TAB_REF VT.STATE /end COMPU_METHOD
  /begin COMPU_VTAB VT.STATE "states" TAB_VERB 3 0 "off" 1 "the \"on\"" 3 "an ""error"" state" /end COMPU_VTAB
  /begin COMPU_METHOD CM.BAND "" TAB_VERB "%1.0" "" COMPU_TAB_REF VT.BAND /end COMPU_METHOD
  /begin COMPU_VTAB_RANGE VT.BAND "bands" 3 0 9 "low" 10 19 "middle" 30 39 "high"
      DEFAULT_VALUE "outside"
  /end COMPU_VTAB_RANGE
  /begin COMPU_METHOD CM.FORMULA "" FORM "%6.1" "rpm"
      /begin FORMULA "sqrt( 3 + 4*sin(X1) ) - pow(X1/2, 3) + ln(X1) + log10(100)"
        FORMULA_INV "0" /end FORMULA
  /end COMPU_METHOD
  /begin COMPU_METHOD CM.STATUS "" LINEAR "%1.0" "" COEFFS_LINEAR 1 0 STATUS_STRING_REF VT.STATE
  /end COMPU_METHOD
/end MODULE
"""
METHODS = a2l.read(TEXT)


def test_comments_and_quoted_keywords_do_not_disturb_the_blocks() -> None:
    assert "CM.IDENTITY" in METHODS.methods
    assert len(METHODS.methods) == TEXT.count("/end COMPU_METHOD")
    assert len(METHODS.tables) == 5


def test_identical_and_linear_are_what_they_say() -> None:
    assert METHODS.profile("CM.IDENTITY") == {"kind": "identity", "payload": {}}
    assert METHODS.profile("CM.TORQUE") == {
        "kind": "linear",
        "payload": {"slope": 0.25, "offset": -100.0, "output_unit": "N*m"},
    }


@pytest.mark.parametrize(
    ("name", "coefficients"),
    [
        ("CM.TEMP", (0, 1, 40, 0, 0, 0.75)),
        ("CM.PERIOD", (0, 0, 60_000_000, 0, 8, 0)),
        ("CM.BENDING", (0, 2, 3, 0, 1, 50)),
    ],
)
def test_a_rational_function_is_inverted(name: str, coefficients: tuple[float, ...]) -> None:
    a, b, c, d, e, f = coefficients
    p = np.array([0.5, 1.0, 20.0, 6000.0])
    raw = (a * p**2 + b * p + c) / (d * p**2 + e * p + f)  # the direction in which A2L states it
    assert_allclose(physical(METHODS.profile(name), raw.tolist()), p, rtol=1e-11)


def test_an_interpolating_table_holds_its_ends() -> None:
    raw = [0, 16, 58, 100, 300, 1000, 2000]
    expected = np.interp(raw, [16, 100, 500, 1000], [150, 80.5, 25, -40])
    assert_allclose(physical(METHODS.profile("CM.NTC"), raw), expected, rtol=1e-15)


def test_a_table_without_interpolation_knows_its_own_values_alone() -> None:
    assert_array_equal(physical(METHODS.profile("CM.GEAR"), [0, 1, 1.5, 2, 7, 9]), [0, 11, 0, 12, -1, 0])
    ratio = physical(METHODS.profile("CM.RATIO"), [0, 1, 1.5, 2, 3])
    assert_array_equal(ratio, [math.nan, 3.5, math.nan, 2.1, math.nan])


def test_verbal_tables_label_codes() -> None:
    profile = METHODS.profile("CM.STATE")
    assert labels(profile, [0, 1, 2, 3]) == ["off", 'the "on"', None, 'an "error" state']
    assert_array_equal(physical(profile, [0, 1, 2, 3]), [0, 1, 2, 3])


def test_the_upper_end_of_a_range_belongs_to_it_where_raw_values_are_whole_numbers() -> None:
    codes = [-1, 0, 9, 9.5, 10, 19, 25, 30, 39, 40]
    whole = labels(METHODS.profile("CM.BAND"), codes)
    assert whole == ["outside", *["low"] * 3, *["middle"] * 2, "outside", "high", "high", "outside"]
    fractional = labels(METHODS.profile("CM.BAND", raw_is_integer=False), codes)
    assert fractional == [
        *["outside", "low", "outside", "outside", "middle", "outside", "outside", "high", "outside"],
        "outside",
    ]


def test_a_formula_becomes_an_expression() -> None:
    x = np.array([0.5, 1.0, 2.0])
    expected = np.sqrt(3 + 4 * np.sin(x)) - (x / 2) ** 3 + np.log(x) + 2
    assert_allclose(physical(METHODS.profile("CM.FORMULA"), x.tolist()), expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("CM.NONE", "none of this name"),
        ("CM.SQUARE", "two physical values"),
        ("CM.CONSTANT", "same raw value"),
        ("CM.DEFAULTED", "DEFAULT_VALUE_NUMERIC"),
        ("CM.STATUS", "STATUS_STRING_REF"),
    ],
)
def test_what_no_profile_expresses_is_refused_by_name(name: str, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason) as caught:
        METHODS.profile(name)
    assert caught.value.rule == f"COMPU_METHOD {name}"


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ('M "" LINEAR "" "" COEFFS_LINEAR 1', "2 numbers are due"),
        ('M "" LINEAR "" ""', "has no COEFFS_LINEAR"),
        ('M "" LINEAR "" "" COEFFS_LINEAR 1 one', "'one' is no finite number"),
        ('M "" LINEAR "" "" COEFFS_LINEAR 1 1e999', "no finite number"),
        ('M "" SINUS "" ""', "SINUS is not known"),
        ('M "" TAB_VERB "" "" COMPU_TAB_REF T', "names no COMPU_VTAB"),
        ('M "" FORM "" ""', "without a FORMULA"),
        ('M ""', "ends too early"),
    ],
)
def test_malformed_methods_are_refused(block: str, reason: str) -> None:
    methods = a2l.read(f"/begin COMPU_METHOD {block} /end COMPU_METHOD")
    with pytest.raises(ImportRefused, match=reason):
        methods.profile("M")


@pytest.mark.parametrize(
    "text",
    ["/begin COMPU_METHOD", '/begin COMPU_METHOD M "open', "/* open", "/begin COMPU_TAB T /end COMPU_METHOD"],
)
def test_a_text_that_ends_too_early_is_refused(text: str) -> None:
    with pytest.raises(ImportRefused):
        a2l.read(text)


def test_a_table_that_announces_more_rows_than_it_holds_is_refused() -> None:
    methods = a2l.read(
        '/begin COMPU_METHOD M "" TAB_INTP "" "" COMPU_TAB_REF T /end COMPU_METHOD '
        '/begin COMPU_TAB T "" TAB_INTP 3 1 2 3 4 /end COMPU_TAB'
    )
    with pytest.raises(ImportRefused, match="announces 3 rows"):
        methods.profile("M")


words = st.sampled_from(
    [*TEXT.split(), "/begin", "/end", "COMPU_METHOD", "COEFFS", "0", "1", '"', "/*", "*/", "//", "\n", "\\"]
)


@given(st.lists(words, max_size=60))
def test_any_text_is_read_or_refused(parts: list[str]) -> None:
    try:
        methods = a2l.read(" ".join(parts))
    except ImportRefused:
        return
    for name in methods.methods:
        try:
            methods.profile(name)
        except ImportRefused:
            continue
