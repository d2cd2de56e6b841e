import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conversion import (
    KINDS,
    CompiledProfile,
    Flag,
    InvalidProfile,
    NotInvertible,
    ProfileSet,
    compile_profile,
)


def segmented(*segments: tuple[float, list[float]], **payload: object) -> CompiledProfile:
    listed = [{"from": start, "coefficients": coefficients} for start, coefficients in segments]
    return compile_profile({"kind": "segmented_polynomial", "payload": {"segments": listed, **payload}})


PT100 = compile_profile(
    {"kind": "segmented_polynomial", "payload": dict(KINDS["segmented_polynomial"].example)}
)


def test_a_platinum_thermometer_has_the_resistances_of_iec_60751_on_both_sides_of_zero() -> None:
    # Table 1 of the standard, which rounds to 0.01 Ω.
    celsius = np.array([-200.0, -100, -50, 0, 100, 850])
    ohms = PT100.convert(celsius).physical
    assert_allclose(ohms, [18.52, 60.26, 80.31, 100.00, 138.51, 390.48], atol=0.005)


def test_each_segment_reaches_up_to_the_next_and_the_first_goes_on_below() -> None:
    # As COSMOS documents it: a lower bound is inclusive, and ignored for the lowest segment.
    physical, flags = segmented((0, [1]), (10, [0, 2]), (20, [5, 0, 1])).convert(
        np.array([-5.0, 0, 9.999, 10, 19, 20])
    )
    assert_array_equal(physical, [1, 1, 1, 20, 38, 405])
    assert_array_equal(flags, [Flag.BELOW_RANGE | Flag.EXTRAPOLATED, 0, 0, 0, 0, 0])


@given(st.lists(st.floats(-200, 850)))
def test_the_inverse_takes_physical_back_to_raw(values: list[float]) -> None:
    raw = np.array(values, np.float64)
    assert_allclose(PT100.inverse(PT100.convert(raw).physical), raw, atol=1e-9)


def test_values_in_a_gap_between_segments_have_no_raw_value() -> None:
    jumping = segmented((0, [0, 1]), (10, [5, 1]), domain={"max": 20})
    assert_allclose(jumping.inverse(np.array([5.0, 9.9, 12, 15, 16])), [5, 9.9, np.nan, 10, 11], rtol=1e-12)


@pytest.mark.parametrize(
    ("segments", "domain", "why"),
    [
        (((0, [0, 1]), (10, [20, -1])), {"max": 20}, "turns"),
        (((0, [0, 1]), (10, [-5, 1])), {"max": 20}, "jumps back"),
        (((0, [0, 1]), (10, [3])), {"max": 20}, "turns"),
        (((0, [0, 1]),), {}, "min and max"),
    ],
)
def test_what_is_not_monotone_has_no_inverse(
    segments: tuple[tuple[float, list[float]], ...], domain: object, why: str
) -> None:
    with pytest.raises(NotInvertible, match=why):
        segmented(*segments, domain=domain).inverse(np.zeros(1))


def test_many_are_computed_together_as_each_alone() -> None:
    members = [segmented(*((10.0 * i, [k, i, 0.5]) for i in range(k + 1))) for k in range(6)]
    which = np.repeat(np.arange(6), 50)
    raw = np.random.default_rng(1).uniform(-20, 80, which.size)
    mixed = ProfileSet(members).convert(which, raw).physical
    alone = [members[k].convert(raw[which == k]).physical for k in range(6)]
    assert_array_equal(mixed, np.concatenate(alone))


@pytest.mark.parametrize(
    ("segments", "pointer"),
    [
        ([], "/payload/segments"),
        ([{"from": 0}], "/payload/segments/0/coefficients"),
        ([5], "/payload/segments/0"),
        ([{"from": 0, "coefficients": [1], "to": 4}], "/payload/segments/0/to"),
        ([{"from": 0, "coefficients": [1]}, {"from": 0, "coefficients": [1]}], "/payload/segments/1/from"),
        ([{"from": 0, "coefficients": [1, "x"]}], "/payload/segments/0/coefficients/1"),
    ],
)
def test_wrong_segments_are_refused_where_they_are_wrong(segments: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "segmented_polynomial", "payload": {"segments": segments}})
    assert pointer in [place for place, _ in caught.value.errors]
