"""What every kind promises of the values it gives, checked on each one's example."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.testing import assert_allclose, assert_array_equal

from conversion import KINDS, CompiledProfile, Converted, Flag, NotInvertible, ProfileSet, compile_profile
from conversion.arrays import Columns, Floats
from conversion.formulas.limits import UNBOUNDED, Interval
from conversion.kind import Kind

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)

# There are many kinds, and their own tests look closer.
few_examples = settings(max_examples=25, deadline=None)

POLICIES = ("null", "clamp", "extrapolate", "flag")
AWKWARD = [0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, 1.7e308, -1.7e308]
auxiliary_values = st.floats(-50, 100) | st.sampled_from([np.nan, np.inf])


def compiled(kind: Kind, **shared: str) -> CompiledProfile:
    return compile_profile({"kind": kind.name, "payload": {**kind.example, **shared}})


def interval(profile: CompiledProfile) -> Interval:
    """Some finite part of the domain."""
    lo, hi = profile.limits.domain or UNBOUNDED
    width = hi - lo if np.isfinite(hi - lo) else 20.0
    if np.isfinite(lo):
        return Interval(lo, lo + width)
    return Interval(hi - width, hi) if np.isfinite(hi) else Interval(-10, 10)


@st.composite
def batches(draw: st.DrawFn, profile: CompiledProfile) -> tuple[Floats, Columns]:
    """Raw values in, around and far from the domain, and as many columns as the profile has channels."""
    lo, hi = interval(profile)
    near = st.floats(lo - (hi - lo) / 4, hi + (hi - lo) / 4)
    elements = near | st.floats() | st.sampled_from([lo, hi, *AWKWARD])
    raw = draw(arrays.arrays(np.float64, st.integers(0, 40), elements=elements))
    columns = [
        draw(arrays.arrays(np.float64, raw.shape, elements=auxiliary_values)) for _ in profile.channels
    ]
    return raw, columns


def convert(profile: CompiledProfile, raw: Floats, columns: Columns) -> Converted:
    return profile.convert(raw, dict(zip(profile.channels, columns, strict=True)))


def same_bits(first: Converted, second: Converted) -> bool:
    return first.physical.tobytes() == second.physical.tobytes() and bool((first.flags == second.flags).all())


@every_kind
@few_examples
@given(data=st.data())
def test_shapes_and_types_are_kept_and_the_input_is_left_alone(kind: Kind, data: st.DataObject) -> None:
    profile = compiled(kind, out_of_domain=data.draw(st.sampled_from(POLICIES)))
    raw, columns = data.draw(batches(profile))
    before = [column.copy() for column in (raw, *columns)]
    physical, flags = convert(profile, raw, columns)
    assert physical.shape == flags.shape == raw.shape
    assert (physical.dtype, flags.dtype) == (np.float64, np.uint16)
    for column, copy in zip((raw, *columns), before, strict=True):
        assert not np.shares_memory(physical, column)
        assert_array_equal(column, copy)


@every_kind
@few_examples
@given(data=st.data())
def test_what_is_missing_gives_nan_and_says_so(kind: Kind, data: st.DataObject) -> None:
    profile = compiled(kind)
    raw, columns = data.draw(batches(profile))
    physical, flags = convert(profile, raw, columns)
    assert not np.isinf(physical).any()
    assert flags[np.isnan(physical)].all()
    bad = ~np.isfinite(raw)
    assert np.isnan(physical[bad]).all()
    assert (flags[bad] == Flag.NOT_FINITE).all()
    lacking = ~np.isfinite(columns).all(axis=0) if columns else np.zeros(raw.shape, np.bool_)
    assert np.isnan(physical[lacking]).all()
    assert_array_equal((flags & Flag.MISSING_AUXILIARY) != 0, lacking & ~bad)


@every_kind
@few_examples
@given(data=st.data())
def test_flags_agree_with_the_domain(kind: Kind, data: st.DataObject) -> None:
    profile = compiled(kind, out_of_domain="extrapolate")
    if profile.channels:
        return  # their domain may move with the channels
    raw = data.draw(batches(profile))[0]
    raw = raw[np.isfinite(raw)]
    flags = profile.convert(raw).flags
    lo, hi = profile.limits.domain or UNBOUNDED
    assert (flags[raw < lo] & Flag.BELOW_RANGE).all()
    assert (flags[raw > hi] & Flag.ABOVE_RANGE).all()
    assert_array_equal((flags & Flag.EXTRAPOLATED) != 0, (raw < lo) | (raw > hi))


@every_kind
@few_examples
@given(data=st.data())
def test_one_value_converts_like_the_column_it_stands_in(kind: Kind, data: st.DataObject) -> None:
    profile = compiled(kind, out_of_domain=data.draw(st.sampled_from(POLICIES)))
    raw, columns = data.draw(batches(profile))
    whole = convert(profile, raw, columns)
    for i in range(len(raw)):
        alone = convert(profile, raw[i : i + 1], [column[i : i + 1] for column in columns])
        assert same_bits(alone, Converted(whole.physical[i : i + 1], whole.flags[i : i + 1]))


EVERY_PROFILE = [compiled(kind, out_of_domain=policy) for kind in KINDS.values() for policy in POLICIES]
TOGETHER = ProfileSet(EVERY_PROFILE)
MAX_CHANNELS = max(len(profile.channels) for profile in EVERY_PROFILE)


@given(st.data())
def test_a_batch_of_all_kinds_equals_its_profiles_one_by_one_bit_for_bit(data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, len(EVERY_PROFILE) - 1), max_size=6, unique=True))
    parts = [data.draw(batches(EVERY_PROFILE[number])) for number in numbers]
    which = np.repeat(np.array(numbers, np.int32), [len(raw) for raw, _ in parts])
    raw = np.concatenate([raw for raw, _ in parts] or [np.zeros(0)])
    columns = [
        np.concatenate([own[k] if k < len(own) else np.full(len(raw), np.nan) for raw, own in parts] or [raw])
        for k in range(MAX_CHANNELS)
    ]
    order = data.draw(st.permutations(range(len(raw))) | st.just(range(len(raw))))
    rows = np.array(order, np.intp)
    mixed = TOGETHER.convert(which[rows], raw[rows], [column[rows] for column in columns])
    for number, (own_raw, own_columns) in zip(numbers, parts, strict=True):
        mine = np.argsort(rows)[which == number]
        alone = convert(EVERY_PROFILE[number], own_raw, own_columns)
        assert same_bits(alone, Converted(mixed.physical[mine], mixed.flags[mine]))


@every_kind
@few_examples
@given(data=st.data())
def test_where_there_is_an_inverse_it_takes_physical_back_to_raw(kind: Kind, data: st.DataObject) -> None:
    profile = compiled(kind)
    lo, hi = interval(profile)
    raw = data.draw(arrays.arrays(np.float64, st.integers(0, 20), elements=st.floats(lo, hi)))
    try:
        back = profile.inverse(profile.convert(raw).physical)
    except NotInvertible:
        return
    # Measured in physical units, since a formula that is almost flat somewhere has many raw values there.
    span = float(np.ptp(profile.convert(np.array([lo, hi])).physical))
    assert np.isfinite(back).all()
    assert_allclose(
        profile.convert(back).physical, profile.convert(raw).physical, rtol=1e-9, atol=1e-7 * span
    )
