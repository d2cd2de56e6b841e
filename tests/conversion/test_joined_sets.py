"""Profile sets that are joined convert as each would."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversion import CompiledProfile, JoinedProfileSets, ProfileSet, joined_sets
from conversion.arrays import Floats
from tests.conversion.test_profile_set import LINE, Numbers, batches, one_by_one


@given(batches(), st.lists(st.integers(0, 7), max_size=5))
def test_a_mixed_batch_equals_its_profiles_one_by_one_bit_for_bit(
    batch: tuple[list[CompiledProfile], Numbers, Floats], cuts: list[int]
) -> None:
    check(batch, cuts)


@given(batches(), st.lists(st.integers(0, 7), max_size=5))
def test_what_uses_many_profiles_is_converted_set_by_set(
    batch: tuple[list[CompiledProfile], Numbers, Floats], cuts: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joined_sets, "MAX_GATHERED", 0)
        check(batch, cuts)


def check(batch: tuple[list[CompiledProfile], Numbers, Floats], cuts: list[int]) -> None:
    members, which, raw = batch
    bounds = [0, *sorted(min(cut, len(members)) for cut in cuts), len(members)]
    joined = JoinedProfileSets([ProfileSet(members[start:end]) for start, end in pairwise(bounds)])
    assert len(joined) == len(members)
    assert [joined.profile(number) for number in range(len(members))] == members
    converted, expected = joined.convert(which, raw), one_by_one(members, which, raw)
    assert converted.physical.tobytes() == expected.physical.tobytes()
    assert converted.flags.tolist() == expected.flags.tolist()


def test_rows_without_profile_are_nan_without_flags() -> None:
    joined = JoinedProfileSets([ProfileSet([LINE]), ProfileSet([])])
    physical, flags = joined.convert(np.full(2, -1, np.int32), np.ones(2))
    assert np.isnan(physical).all()
    assert flags.tolist() == [0, 0]
