"""Formulas that need other channels, alone and in mixed batches."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from conversion import CompiledProfile, Flag, NotInvertible, ProfileSet, compile_profile
from conversion.arrays import Columns, FlagWords, Floats
from conversion.formulas.formula import GroupKey
from conversion.formulas.limits import Beyond, Limits, RowIntervals
from conversion.formulas.parametric import Parameter, Parametric

LINE = compile_profile({"kind": "linear", "payload": {"slope": 2, "offset": 1}})
NAN = np.nan


class Sum(Parametric):
    """Stands for kinds with channels: gain · (raw + channels), from 0 to 10 with what the channels add."""

    def __init__(self, gain: float, channels: tuple[str, ...], *, is_alone: bool = False) -> None:
        self.parameters = (gain,)
        self.channels = channels
        self._is_alone = is_alone

    @property
    def group_key(self) -> GroupKey | None:
        return None if self._is_alone else super().group_key

    @property
    def variant(self) -> int:
        return len(self.channels)

    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del flags
        return parameters[0] * (raw + sum(aux[: len(self.channels)]))

    def compute_domain(self, parameters: Sequence[Parameter], aux: Columns) -> RowIntervals:
        del parameters
        added = np.zeros_like(aux[0]) + sum(aux[: len(self.channels)])
        return RowIntervals(0 - added, 10 - added)


def profile(formula: Sum, beyond: Beyond = Beyond.CLAMP) -> CompiledProfile:
    return CompiledProfile("sum", "", None, None, formula, Limits(None, None, beyond))


def column(*values: float) -> Floats:
    return np.array(values, np.float64)


def test_a_profile_names_the_channels_it_needs() -> None:
    assert profile(Sum(2, ("a", "b"))).channels == ("a", "b")
    assert LINE.channels == ()


def test_channels_are_found_by_name() -> None:
    converted = profile(Sum(2, ("b", "a"))).convert(
        column(1, 2), {"a": column(3, 4), "b": column(0, 1), "c": column(9)}
    )
    assert_array_equal(converted.physical, [8, 14])
    assert_array_equal(converted.flags, [0, 0])


@pytest.mark.parametrize("absent", [NAN, np.inf, -np.inf])
def test_a_missing_value_of_a_channel_gives_nan_with_that_flag(absent: float) -> None:
    converted = profile(Sum(2, ("a",))).convert(column(1, 1, NAN), {"a": column(3, absent, absent)})
    assert_array_equal(converted.physical, [8, NAN, NAN])
    assert_array_equal(converted.flags, [0, Flag.MISSING_AUXILIARY, Flag.NOT_FINITE])


def test_a_channel_that_is_not_given_is_missing_in_every_row() -> None:
    converted = profile(Sum(2, ("a", "b"))).convert(column(1, 2), {"a": column(3, 4)})
    assert_array_equal(converted.flags, [Flag.MISSING_AUXILIARY] * 2)


def test_a_domain_can_move_with_a_channel() -> None:
    converted = profile(Sum(2, ("a",))).convert(column(-5, 6, 6), {"a": column(4, 4, 5)})
    assert_array_equal(converted.physical, [0, 20, 20])
    assert_array_equal(converted.flags, [Flag.BELOW_RANGE, 0, Flag.ABOVE_RANGE])


def test_columns_must_be_as_long_as_raw() -> None:
    with pytest.raises(ValueError, match="column of 2 values"):
        profile(Sum(2, ("a",))).convert(column(1, 2), {"a": column(1)})


def test_a_profile_with_channels_has_no_inverse() -> None:
    with pytest.raises(NotInvertible, match="other channels"):
        profile(Sum(2, ("a",))).inverse(column(1))


MEMBERS = [
    LINE,
    profile(Sum(2, ("a",))),
    profile(Sum(3, ("b",)), Beyond.EXTRAPOLATE),
    profile(Sum(4, ("a", "b")), Beyond.NULL),
    profile(Sum(5, ("a",), is_alone=True)),
    profile(Sum(6, ("b", "a"), is_alone=True), Beyond.FLAG),
]
values = st.floats(-20, 20) | st.sampled_from([NAN, np.inf])
rows = st.tuples(st.integers(-1, len(MEMBERS) - 1), values, values, values)


@given(st.lists(rows, max_size=40), st.booleans())
def test_a_mixed_batch_equals_its_profiles_one_by_one_bit_for_bit(
    batch: list[tuple[int, float, float, float]], is_sorted: bool
) -> None:
    table = np.array(sorted(batch, key=lambda row: row[0]) if is_sorted else batch, np.float64).reshape(-1, 4)
    which, raw, *aux = table[:, 0].astype(np.int32), *table[:, 1:].T.copy()
    mixed = ProfileSet(MEMBERS).convert(which, raw, aux)
    for number, member in enumerate(MEMBERS):
        own = which == number
        named = {channel: aux[k][own] for k, channel in enumerate(member.channels)}
        alone = member.convert(raw[own], named)
        assert mixed.physical[own].tobytes() == alone.physical.tobytes()
        assert_array_equal(mixed.flags[own], alone.flags)


def test_columns_that_are_not_given_hold_no_value_in_a_mixed_batch_too() -> None:
    which, raw = np.array([0, 1, 3, 3], np.int32), column(1, 1, 1, NAN)
    converted = ProfileSet(MEMBERS).convert(which, raw, [column(NAN, 1, 1, 1)])
    assert_array_equal(converted.physical, [3, 4, NAN, NAN])
    assert_array_equal(converted.flags, [0, 0, Flag.MISSING_AUXILIARY, Flag.NOT_FINITE])


def test_rows_without_profile_stay_without_flags_beside_channels() -> None:
    converted = ProfileSet(MEMBERS).convert(np.array([-1, 1], np.int32), column(1, 1), [column(NAN, NAN)])
    assert_array_equal(converted.flags, [0, Flag.MISSING_AUXILIARY])
