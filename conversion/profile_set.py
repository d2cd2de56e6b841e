"""Many profiles, converting one batch together: the hot path of ingest and backfill."""

from collections.abc import Iterator, Sequence
from copy import copy
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from conversion.arrays import Columns, FlagWords, Floats, Indices, Mask
from conversion.auxiliary import columns_by_position, without_infinity
from conversion.formulas.families import extend_groups, group_formulas
from conversion.formulas.formula import Family
from conversion.formulas.limits import (
    UNBOUNDED,
    UNLIMITED,
    Interval,
    Limits,
    RowIntervals,
    RowLimits,
    admit,
    narrowed,
    release,
    watch,
)
from conversion.formulas.polynomial import Polynomial
from conversion.formulas.runs import Runs
from conversion.profile import CompiledProfile, Converted, finish_values

NO_PROFILE = -1
"""Stands in `which` for a row without a profile."""

_NO_RESULT = Polynomial((np.nan, np.nan))


class ProfileSet:
    """Compiled profiles by position. Built when profiles change, then used for every batch, by any thread.

    Formulas of one shape form a family, whose parameters are columns; or a few, where profiles came later.
    Before the first profile stands a formula without result, for rows without one: the place of a profile is
    its number and one.
    """

    def __init__(self, profiles: Sequence[CompiledProfile]) -> None:
        self._profiles = list(profiles)
        self._formulas = [_NO_RESULT, *(profile.formula for profile in profiles)]
        self._groups = group_formulas(self._formulas)
        self._channel_counts = np.array([len(formula.channels) for formula in self._formulas])
        self._limits = _LimitColumns.of([UNLIMITED, *(profile.limits for profile in profiles)])
        self._number_members()

    def __len__(self) -> int:
        return len(self._formulas) - 1

    def profile(self, number: int) -> CompiledProfile:
        """The one with this number."""
        return self._profiles[number]

    def with_these(self, profiles: Sequence[CompiledProfile]) -> "ProfileSet":
        """The set with more profiles behind these.

        It costs by their number, and by some copying of columns.
        """
        added = [profile.formula for profile in profiles]
        joined = copy(self)
        joined._profiles = [*self._profiles, *profiles]
        joined._formulas = [*self._formulas, *added]
        joined._groups = extend_groups(self._groups, joined._formulas, len(added))
        counts = np.array([len(formula.channels) for formula in added], np.intp)
        joined._channel_counts = np.concatenate([self._channel_counts, counts])
        joined._limits = self._limits.with_these(_LimitColumns.of([each.limits for each in profiles]))
        joined._number_members()
        return joined

    def _number_members(self) -> None:
        self._families = [group.family for group in self._groups]
        self._family_of = np.zeros(len(self._formulas), np.intp)
        self._member_of = np.zeros(len(self._formulas), np.intp)
        for number, group in enumerate(self._groups):
            self._family_of[group.positions] = number
            self._member_of[group.positions] = np.arange(group.positions.size)

    def convert(self, which: npt.NDArray[np.integer], raw: Floats, aux: Columns = ()) -> Converted:
        """Convert raw float64[n] where row i has the profile `which[i]`, or `NO_PROFILE`.

        Column k of `aux`, float64[n], holds for each row the value of the k-th of its own profile's
        `channels`, NaN where there is none; rows of profiles with fewer channels may hold anything.
        Columns that are not given hold no value.

        Rows are best sorted by profile. Each row comes out as its profile's own `convert` would give
        it, bit for bit. A row without profile has physical NaN and flags 0: the one NaN without a flag.
        Raises IndexError for a number that is no profile's.
        """
        raw = np.asarray(raw, dtype=np.float64)
        if raw.ndim != 1 or which.shape != raw.shape:
            raise ValueError(f"which {which.shape} and raw {raw.shape} must be two columns of one length")
        runs = Runs.of(which)
        self._check(runs)
        runs = runs.from_one()
        flags = np.zeros(raw.shape, np.uint16)
        columns, missing = self._aligned(runs, aux)
        with np.errstate(all="ignore"):
            limits = self._limits_at(runs, columns)
            null_fault = watch(limits, raw, flags)
            admitted, null_in = admit(limits, raw, flags)
            physical, null_out = release(limits, self._evaluate(runs, admitted, columns, flags), flags)
        converted = finish_values(raw, physical, flags, missing, (null_fault, null_in, null_out))
        is_none = runs.which == NO_PROFILE + 1
        if is_none.any():
            flags[runs.spread(is_none)] = 0
        return converted

    def _check(self, runs: Runs) -> None:
        if runs.which.size and not (runs.which.min() >= NO_PROFILE and runs.which.max() < len(self)):
            raise IndexError(f"which holds a number outside -1 to {len(self) - 1}")

    def _aligned(self, runs: Runs, aux: Columns) -> tuple[Columns, Mask | None]:
        """Columns for the profile here that has most channels, and the rows that lack one of their own."""
        counts = self._channel_counts[runs.which]
        needed = int(counts.max(initial=0))
        if not needed:
            return [], None
        columns: list[Floats] = []
        missing = np.zeros(runs.count, np.bool_)
        for k, column in enumerate(columns_by_position(needed, aux, runs.count)):
            cleaned, absent = without_infinity(column)
            columns.append(cleaned)
            missing |= absent & runs.spread(counts > k)
        return columns, missing

    def _evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        if (only := self._only_family(runs)) is not None:
            return only.evaluate(runs.renumbered(self._member_of), raw, aux, flags)
        physical = np.empty_like(raw)
        for family, members, rows in self._parts(runs):
            own_flags = np.zeros(members.count, np.uint16)
            physical[rows] = family.evaluate(members, raw[rows], [column[rows] for column in aux], own_flags)
            if own_flags.any():
                flags[rows] |= own_flags
        return physical

    def _limits_at(self, runs: Runs, aux: Columns) -> Limits | RowLimits:
        if self._limits.are_none and not aux:
            return UNLIMITED
        return narrowed(self._limits.spread(runs), self._domain_at(runs, aux) if aux else None)

    def _domain_at(self, runs: Runs, aux: Columns) -> RowIntervals | None:
        if (only := self._only_family(runs)) is not None:
            return only.domain_at(runs.renumbered(self._member_of), aux)
        lo, hi = np.full((2, runs.count), [[-np.inf], [np.inf]])
        for family, members, rows in self._parts(runs):
            own = family.domain_at(members, [column[rows] for column in aux])
            if own is not None:
                lo[rows], hi[rows] = own
        return RowIntervals(lo, hi)

    def _only_family(self, runs: Runs) -> Family | None:
        """The family that all rows belong to, if there is one. The rows are then not split."""
        numbers = self._family_of[runs.which]
        if not numbers.size or (numbers != numbers[0]).any():
            return None
        return self._families[int(numbers[0])]

    def _parts(self, runs: Runs) -> Iterator[tuple[Family, Runs, Indices]]:
        """The families that have rows here, each with its runs by member, and its rows."""
        family_of_run = self._family_of[runs.which]
        members = runs.renumbered(self._member_of)
        for number, family in enumerate(self._families):
            chosen = np.flatnonzero(family_of_run == number)
            if chosen.size:
                yield family, members.take(chosen), runs.rows_of(chosen)


class _LimitColumns:
    """The limits of every profile, as columns. A limit that no profile has costs nothing per row."""

    def __init__(self, bounds: "Sequence[_IntervalEnds | None]", beyond: npt.NDArray[np.int8]) -> None:
        self._bounds = bounds
        self._domain, self._range, self._full_scale, self._fault_free = bounds
        self._beyond = beyond
        self.are_none = all(each is None for each in bounds)

    @classmethod
    def of(cls, limits: Sequence[Limits]) -> "_LimitColumns":
        """Makes columns of limits, in this order."""
        bounds = (
            [each.domain for each in limits],
            [each.range for each in limits],
            [each.full_scale for each in limits],
            [each.fault_free for each in limits],
        )
        beyond = np.array([each.beyond for each in limits], np.int8)
        return cls([_columns(each) for each in bounds], beyond)

    def with_these(self, others: "_LimitColumns") -> "_LimitColumns":
        """The columns with more of them behind these."""
        sizes = self._beyond.size, others._beyond.size
        bounds = [_joined(ends, more, sizes) for ends, more in zip(self._bounds, others._bounds, strict=True)]
        return _LimitColumns(bounds, np.concatenate([self._beyond, others._beyond]))

    def spread(self, runs: Runs) -> RowLimits:
        """The limits of each row."""
        return RowLimits(
            domain=_spread(self._domain, runs),
            range=_spread(self._range, runs),
            beyond=runs.look_up(self._beyond),
            full_scale=_spread(self._full_scale, runs),
            fault_free=_spread(self._fault_free, runs),
        )


class _IntervalEnds(NamedTuple):
    """The intervals of every profile, as two float64[k]."""

    lo: Floats
    hi: Floats


def _columns(intervals: Sequence[Interval | None]) -> _IntervalEnds | None:
    if all(interval is None for interval in intervals):
        return None
    lo, hi = np.array([interval or UNBOUNDED for interval in intervals]).T.copy()
    return _IntervalEnds(lo, hi)


def _joined(
    ends: _IntervalEnds | None, more: _IntervalEnds | None, sizes: tuple[int, int]
) -> _IntervalEnds | None:
    if ends is None and more is None:
        return None
    first, second = ends or _unbounded(sizes[0]), more or _unbounded(sizes[1])
    return _IntervalEnds(np.concatenate([first.lo, second.lo]), np.concatenate([first.hi, second.hi]))


def _unbounded(size: int) -> _IntervalEnds:
    return _IntervalEnds(np.full(size, UNBOUNDED.lo), np.full(size, UNBOUNDED.hi))


def _spread(ends: _IntervalEnds | None, runs: Runs) -> RowIntervals | None:
    return None if ends is None else RowIntervals(runs.look_up(ends.lo), runs.look_up(ends.hi))
