import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_array_equal

from conversion import Flag, NotInvertible, compile_profile
from conversion.arrays import Floats
from tests.conversion.profiles import Profile, profiles, raw_columns

NAN = np.nan


def line(**payload: object) -> Profile:
    return {"kind": "linear", "payload": {"slope": 2, "offset": 1, **payload}}


def column(*values: float) -> Floats:
    return np.array(values, np.float64)


@given(profiles(), raw_columns)
def test_shapes_and_types_are_kept_and_the_input_is_left_alone(profile: Profile, raw: Floats) -> None:
    before = raw.copy()
    physical, flags = compile_profile(profile).convert(raw)
    assert physical.shape == flags.shape == raw.shape
    assert (physical.dtype, flags.dtype) == (np.float64, np.uint16)
    assert not np.shares_memory(physical, raw)
    assert_array_equal(raw, before)


@given(profiles(), raw_columns)
def test_what_is_not_finite_gives_nan_with_that_flag_alone(profile: Profile, raw: Floats) -> None:
    physical, flags = compile_profile(profile).convert(raw)
    bad = ~np.isfinite(raw)
    assert np.isnan(physical[bad]).all()
    assert (flags[bad] == Flag.NOT_FINITE).all()


@given(profiles(), raw_columns)
def test_physical_is_finite_or_nan_with_a_flag(profile: Profile, raw: Floats) -> None:
    physical, flags = compile_profile(profile).convert(raw)
    assert not np.isinf(physical).any()
    assert flags[np.isnan(physical)].all()


@given(profiles(), raw_columns)
def test_flags_agree_with_the_domain(profile: Profile, raw: Floats) -> None:
    profile["payload"].pop("range", None)
    compiled = compile_profile(profile)
    flags = compiled.convert(raw).flags[np.isfinite(raw)]
    raw = raw[np.isfinite(raw)]
    lo, hi = compiled.limits.domain or (-np.inf, np.inf)
    assert_array_equal((flags & Flag.BELOW_RANGE) != 0, raw < lo)
    assert_array_equal((flags & Flag.ABOVE_RANGE) != 0, raw > hi)


@given(profiles(), raw_columns)
def test_one_value_converts_like_the_column_it_stands_in(profile: Profile, raw: Floats) -> None:
    compiled = compile_profile(profile)
    whole = compiled.convert(raw)
    for i in range(len(raw)):
        alone = compiled.convert(raw[i : i + 1])
        assert alone.physical.tobytes() == whole.physical[i : i + 1].tobytes()
        assert alone.flags[0] == whole.flags[i]


BELOW, ABOVE, BEYOND = Flag.BELOW_RANGE, Flag.ABOVE_RANGE, Flag.EXTRAPOLATED


@pytest.mark.parametrize(
    ("out_of_domain", "physical", "flags"),
    [
        ("null", [NAN, 1, 21, NAN], [BELOW, 0, 0, ABOVE]),
        ("clamp", [1, 1, 21, 21], [BELOW, 0, 0, ABOVE]),
        ("extrapolate", [-1, 1, 21, 23], [BELOW | BEYOND, 0, 0, ABOVE | BEYOND]),
        ("flag", [-1, 1, 21, 23], [BELOW, 0, 0, ABOVE]),
    ],
)
def test_each_policy_beyond_the_domain(out_of_domain: str, physical: list[float], flags: list[int]) -> None:
    profile = compile_profile(line(domain={"min": 0, "max": 10}, out_of_domain=out_of_domain))
    converted = profile.convert(column(-1, 0, 10, 11))
    assert_array_equal(converted.physical, physical)
    assert_array_equal(converted.flags, flags)


@pytest.mark.parametrize(
    ("out_of_domain", "physical"),
    [("null", [NAN, 1, NAN]), ("clamp", [0, 1, 5]), ("extrapolate", [-1, 1, 7]), ("flag", [-1, 1, 7])],
)
def test_each_policy_beyond_the_range(out_of_domain: str, physical: list[float]) -> None:
    profile = compile_profile(line(range={"min": 0, "max": 5}, out_of_domain=out_of_domain))
    converted = profile.convert(column(-1, 0, 3))
    assert_array_equal(converted.physical, physical)
    assert_array_equal(converted.flags, [BELOW, 0, ABOVE])


def test_formulas_extrapolate_and_tables_clamp_by_default() -> None:
    formula = compile_profile(line(domain={"max": 1}))
    table = compile_profile({"kind": "piecewise_linear", "payload": {"points": [[0, 0], [1, 2]]}})
    assert formula.convert(column(2)).physical == 5
    assert formula.convert(column(2)).flags == ABOVE | BEYOND
    assert table.convert(column(2)).physical == 2
    assert table.convert(column(2)).flags == ABOVE


def test_a_result_that_overflows_is_nan_and_flagged() -> None:
    converted = compile_profile(line(slope=1e308)).convert(column(1e10))
    assert_array_equal(converted.physical, [NAN])
    assert converted.flags == Flag.NOT_FINITE


def test_raw_must_be_a_column() -> None:
    with pytest.raises(ValueError, match="one dimension"):
        compile_profile(line()).convert(np.zeros((2, 2)))


def test_the_inverse_ends_where_a_clamping_profile_does() -> None:
    clamping = compile_profile(line(domain={"min": 0, "max": 10}, out_of_domain="clamp"))
    going_on = compile_profile(line(domain={"min": 0, "max": 10}))
    physical = column(0, 1, 21, 23, NAN, np.inf)
    assert_array_equal(clamping.inverse(physical), [NAN, 0, 10, NAN, NAN, NAN])
    assert_array_equal(going_on.inverse(physical), [-0.5, 0, 10, 11, NAN, NAN])


def test_the_inverse_knows_the_range_too() -> None:
    profile = compile_profile(line(range={"max": 5}, out_of_domain="null"))
    assert_array_equal(profile.inverse(column(5, 6)), [2, NAN])


def test_a_constant_has_no_inverse() -> None:
    with pytest.raises(NotInvertible, match="constant"):
        compile_profile(line(slope=0)).inverse(column(1))
