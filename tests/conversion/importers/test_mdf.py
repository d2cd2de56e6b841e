import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conversion import ImportRefused
from conversion.importers.mdf.rules import Conversion, profile_of
from tests.conversion.importers.values import labels, physical

# The rules are those of ASAM MDF 4.1, section CCBLOCK, written out in each test.


def test_type_0_is_the_identity() -> None:
    assert profile_of(Conversion(cc_type=0, unit="V"))["payload"] == {"output_unit": "V"}


def test_type_1_has_the_offset_first() -> None:
    assert_array_equal(physical(profile_of(Conversion(cc_type=1, cc_val=[-40, 0.5])), [0, 100]), [-40, 10])


def test_type_2_has_descending_coefficients() -> None:
    p = [1.0, 2.0, 3.0, 0.5, 0.25, 7.0]
    x = np.array([-3.0, 0.0, 2.5, 100.0])
    expected = (p[0] * x**2 + p[1] * x + p[2]) / (p[3] * x**2 + p[4] * x + p[5])
    assert_allclose(physical(profile_of(Conversion(cc_type=2, cc_val=p)), x.tolist()), expected, rtol=1e-14)


def test_type_3_is_a_formula() -> None:
    profile = profile_of(Conversion(cc_type=3, cc_ref=["2.5*X - sqrt(X)"], unit="bar"))
    assert_allclose(physical(profile, [4, 9]), [8, 19.5])
    assert profile["payload"]["output_unit"] == "bar"


def test_type_4_interpolates_and_holds_its_ends() -> None:
    profile = profile_of(Conversion(cc_type=4, cc_val=[0, 10, 4, 30, 8, 20]))
    raw = [-1, 0, 1, 4, 7, 8, 9]
    assert_allclose(physical(profile, raw), np.interp(raw, [0, 4, 8], [10, 30, 20]))


def test_type_5_takes_the_nearest_key_and_the_lower_of_two() -> None:
    profile = profile_of(Conversion(cc_type=5, cc_val=[0, 10, 4, 30, 8, 20]))
    raw = [-9, 0, 2, math.nextafter(2, 3), 4, 6, 6.5, 100]
    assert_array_equal(physical(profile, raw), [10, 10, 10, 30, 30, 30, 20, 20])


def test_type_6_includes_the_upper_end_for_whole_numbers_only() -> None:
    values = [0, 9, 1, 10, 19, 2, 20, 20, 3, -1]
    whole = profile_of(Conversion(cc_type=6, cc_val=values))
    assert_array_equal(physical(whole, [-1, 0, 9, 10, 19, 20, 21]), [-1, 1, 1, 2, 2, 3, -1])
    fractional = profile_of(Conversion(cc_type=6, cc_val=values, raw_is_integer=False))
    assert_array_equal(physical(fractional, [0, 8.9, 9, 9.5, 10, 19, 20]), [1, 1, -1, -1, 2, -1, 3])


def test_type_7_labels_values_and_has_a_default() -> None:
    with_default = Conversion(cc_type=7, cc_val=[2, 0, 1], cc_ref=["two", "zero", None, "other"])
    assert labels(profile_of(with_default), [0, 1, 2, 3]) == ["zero", "other", "two", "other"]
    without = profile_of(Conversion(cc_type=7, cc_val=[2, 0], cc_ref=["two", "zero", None]))
    assert without["payload"] == {"values": {"0": "zero", "2": "two"}}


def test_type_8_labels_ranges() -> None:
    profile = profile_of(Conversion(cc_type=8, cc_val=[10, 19, 0, 9], cc_ref=["tens", "ones", None]))
    assert labels(profile, [0, 9, 10, 19, 20]) == ["ones", "ones", "tens", "tens", None]


@pytest.mark.parametrize(
    ("conversion", "reason"),
    [
        (Conversion(cc_type=9), "cc_type 9"),
        (Conversion(cc_type=10), "cc_type 10"),
        (Conversion(cc_type=11), "cc_type 11"),
        (Conversion(cc_type=1, cc_val=[1]), "must hold 2 values"),
        (Conversion(cc_type=2, cc_val=[1, 2]), "must hold 6 values"),
        (Conversion(cc_type=2, cc_val=[1, 0, 0, 0, 0, 0]), "as rational"),
        (Conversion(cc_type=3), "without a formula"),
        (Conversion(cc_type=4, cc_val=[1, 2, 3]), "rows of 2"),
        (Conversion(cc_type=4, cc_val=[1, 2, 1, 3]), "as piecewise_linear"),
        (Conversion(cc_type=6, cc_val=[1, 2, 3]), "rows of 3"),
        (Conversion(cc_type=6, cc_val=[2, 1, 3, 0]), "from 2 to 1"),
        (Conversion(cc_type=7, cc_val=[1], cc_ref=["one"]), "2 texts"),
        (Conversion(cc_type=1, cc_val=[math.nan, 1]), "not finite"),
    ],
)
def test_other_blocks_are_refused(conversion: Conversion, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        profile_of(conversion)
