from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from conversion import CompiledProfile, Converted, Flag, ProfileSet, compile_profile
from conversion.arrays import Columns, FlagWords, Floats
from conversion.flags import mark
from conversion.formulas.formula import Formula
from conversion.formulas.limits import UNLIMITED
from tests.conversion.profiles import profiles, raw_values

Numbers = npt.NDArray[np.int32]

LINE = compile_profile({"kind": "linear", "payload": {"slope": 2, "offset": 1}})
IDENTITY = compile_profile({"kind": "identity"})


class Saturating(Formula):
    """Stands for the kinds that no family knows: it sets a flag of its own."""

    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux
        mark(flags, raw >= 10, Flag.SATURATED)
        return np.sqrt(raw)


SATURATING = CompiledProfile("saturating", "", None, None, Saturating(), UNLIMITED)


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[CompiledProfile], Numbers, Floats]:
    members = [compile_profile(profile) for profile in draw(st.lists(profiles(), max_size=6))]
    if draw(st.booleans()):
        members.append(SATURATING)
    which = draw(st.lists(st.integers(-1, len(members) - 1), max_size=60))
    if draw(st.booleans()):
        which.sort()
    raw = draw(st.lists(raw_values, min_size=len(which), max_size=len(which)))
    return members, np.array(which, np.int32), np.array(raw, np.float64)


def one_by_one(members: list[CompiledProfile], which: Numbers, raw: Floats) -> Converted:
    physical, flags = np.full(raw.shape, np.nan), np.zeros(raw.shape, np.uint16)
    for number, member in enumerate(members):
        rows = which == number
        physical[rows], flags[rows] = member.convert(raw[rows])
    return Converted(physical, flags)


@given(batches())
def test_a_mixed_batch_equals_its_profiles_one_by_one_bit_for_bit(
    batch: tuple[list[CompiledProfile], Numbers, Floats],
) -> None:
    members, which, raw = batch
    mixed = ProfileSet(members).convert(which, raw)
    alone = one_by_one(members, which, raw)
    assert mixed.physical.tobytes() == alone.physical.tobytes()
    assert_array_equal(mixed.flags, alone.flags)
    assert (mixed.physical.dtype, mixed.flags.dtype) == (np.float64, np.uint16)


@given(batches(), st.lists(st.integers(0, 7), max_size=5))
def test_a_set_that_grew_converts_as_its_profiles_one_by_one(
    batch: tuple[list[CompiledProfile], Numbers, Floats], cuts: list[int]
) -> None:
    members, which, raw = batch
    bounds = [0, *sorted(min(cut, len(members)) for cut in cuts), len(members)]
    grown = ProfileSet(members[: bounds[1]])
    for start, end in pairwise(bounds[1:]):
        grown = grown.with_these(members[start:end])
    assert len(grown) == len(members)
    converted, expected = grown.convert(which, raw), one_by_one(members, which, raw)
    assert_array_equal(converted.physical.view(np.int64), expected.physical.view(np.int64))
    assert_array_equal(converted.flags, expected.flags)


def test_a_set_that_grows_one_by_one_keeps_few_families() -> None:
    grown = ProfileSet([])
    for slope in range(1, 301):
        grown = grown.with_these(
            [compile_profile({"kind": "linear", "payload": {"slope": slope, "offset": 1}})]
        )
    which = np.arange(300, dtype=np.int32)
    assert_array_equal(grown.convert(which, np.full(300, 2.0)).physical, 2.0 * np.arange(1, 301) + 1)
    assert len(grown._families) <= 12  # pyright: ignore[reportPrivateUsage]


def test_rows_without_profile_are_nan_without_flags() -> None:
    converted = ProfileSet([LINE]).convert(np.array([0, -1, -1], np.int32), np.array([1.0, 2.0, np.nan]))
    assert_array_equal(converted.physical, [3, np.nan, np.nan])
    assert_array_equal(converted.flags, [0, 0, 0])


def test_a_set_of_none_converts_rows_of_none() -> None:
    empty = ProfileSet([])
    assert len(empty) == 0
    assert_array_equal(empty.convert(np.array([-1], np.int32), np.array([5.0])).physical, [np.nan])
    assert empty.convert(np.zeros(0, np.int32), np.zeros(0)).physical.shape == (0,)


def test_identity_keeps_the_sign_of_zero_beside_lines() -> None:
    physical, _ = ProfileSet([IDENTITY, LINE]).convert(np.array([0, 1], np.int32), np.array([-0.0, -0.0]))
    assert_array_equal(np.signbit(physical), [True, False])


@pytest.mark.parametrize("number", [-2, 1])
def test_a_number_that_is_no_profiles_is_an_error(number: int) -> None:
    with pytest.raises(IndexError, match="outside -1 to 0"):
        ProfileSet([LINE]).convert(np.array([number], np.int32), np.array([1.0]))


def test_columns_of_different_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="one length"):
        ProfileSet([LINE]).convert(np.zeros(2, np.int32), np.zeros(3))
