"""Many profiles, converting one batch together: the hot path of ingest and backfill."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from conversion.arrays import FlagWords, Floats, Indices
from conversion.families import gather
from conversion.formula import Formula
from conversion.horner import Polynomial
from conversion.limits import UNBOUNDED, UNLIMITED, Interval, Limits, RowIntervals, RowLimits, admit, release
from conversion.profile import CompiledProfile, Converted, settle
from conversion.runs import Runs

NO_PROFILE = -1
"""Stands in `which` for a row without a profile."""

_NOTHING = Polynomial((np.nan, np.nan))
_ALONE = -1


class ProfileSet:
    """Compiled profiles by position. Built when profiles change, then used for every batch, by any thread.

    Formulas of one shape form a family, whose parameters are columns. Other formulas are evaluated run by
    run. Behind the last profile stands a formula without result, which `NO_PROFILE` finds as index -1.
    """

    def __init__(self, profiles: Sequence[CompiledProfile]) -> None:
        self._formulas: list[Formula] = [*(profile.formula for profile in profiles), _NOTHING]
        self._families = gather(self._formulas)
        self._family_of: Indices = np.full(len(self._formulas), _ALONE, np.intp)
        self._member_of = np.zeros(len(self._formulas), np.intp)
        for number, (_, positions) in enumerate(self._families):
            self._family_of[positions] = number
            self._member_of[positions] = np.arange(len(positions))
        self._limits = _LimitColumns([*(profile.limits for profile in profiles), UNLIMITED])

    def __len__(self) -> int:
        return len(self._formulas) - 1

    def convert(self, which: npt.NDArray[np.integer], raw: Floats) -> Converted:
        """Convert raw float64[n] where row i has the profile `which[i]`, or `NO_PROFILE`.

        Rows are best sorted by profile. Each row comes out as its profile's own `convert` would give
        it, bit for bit. A row without profile has physical NaN and flags 0: the one NaN without a flag.
        Raises IndexError for a number that is no profile's.
        """
        raw = np.asarray(raw, dtype=np.float64)
        if raw.ndim != 1 or which.shape != raw.shape:
            raise ValueError(f"which {which.shape} and raw {raw.shape} must be two columns of one length")
        runs = Runs.of(which)
        self._check(runs)
        flags = np.zeros(raw.shape, np.uint16)
        limits = self._limits.spread(runs)
        with np.errstate(all="ignore"):
            admitted, null_in = admit(limits, raw, flags)
            physical, null_out = release(limits, self._evaluate(runs, admitted, flags), flags)
        converted = settle(raw, physical, flags, null_in, null_out)
        is_none = runs.which == NO_PROFILE
        if is_none.any():
            flags[runs.spread(is_none)] = 0
        return converted

    def _check(self, runs: Runs) -> None:
        if runs.which.size and not (runs.which.min() >= NO_PROFILE and runs.which.max() < len(self)):
            raise IndexError(f"which holds a number outside -1 to {len(self) - 1}")

    def _evaluate(self, runs: Runs, raw: Floats, flags: FlagWords) -> Floats:
        family_of_run = self._family_of[runs.which]
        members = runs.renumbered(self._member_of)
        physical = np.empty_like(raw)
        for number, (family, _) in enumerate(self._families):
            chosen = family_of_run == number
            if chosen.all():
                return family.evaluate(members, raw)
            if chosen.any():
                rows = runs.spread(chosen)
                physical[rows] = family.evaluate(members.only(chosen), raw[rows])
        self._evaluate_alone(runs.only(family_of_run == _ALONE), raw, flags, physical)
        return physical

    def _evaluate_alone(self, runs: Runs, raw: Floats, flags: FlagWords, physical: Floats) -> None:
        for which, rows in runs.spans():
            physical[rows] = self._formulas[which].evaluate(raw[rows], {}, flags[rows])


class _LimitColumns:
    """The limits of every profile as columns; nothing is spread over rows where no profile has any."""

    def __init__(self, limits: Sequence[Limits]) -> None:
        self._domain = _columns([each.domain for each in limits])
        self._range = _columns([each.range for each in limits])
        self._beyond = np.array([each.beyond for each in limits], np.int8)

    def spread(self, runs: Runs) -> Limits | RowLimits:
        """The limits of each row."""
        if self._domain is None and self._range is None:
            return UNLIMITED
        return RowLimits(
            _spread(self._domain, runs), _spread(self._range, runs), runs.spread(self._beyond[runs.which])
        )


def _columns(intervals: Sequence[Interval | None]) -> RowIntervals | None:
    if all(interval is None for interval in intervals):
        return None
    lo, hi = np.array([interval or UNBOUNDED for interval in intervals]).T.copy()
    return RowIntervals(lo, hi)


def _spread(intervals: RowIntervals | None, runs: Runs) -> RowIntervals | None:
    if intervals is None:
        return None
    return RowIntervals(runs.spread(intervals.lo[runs.which]), runs.spread(intervals.hi[runs.which]))
