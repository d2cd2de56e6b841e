"""Domain and range: where a profile holds, and what becomes of values beyond.

Bounds are numbers for one profile and float64[n] for a batch with a profile per row; NumPy's
broadcasting makes the same statements serve both, which is why both give the same bits.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from conversion.arrays import FlagWords, Floats, Mask
from conversion.flags import Flag, mark


class Beyond(IntEnum):
    """What becomes of a value outside domain or range. It is flagged below or above in every case."""

    NULL = 0
    """Physical is NaN."""

    CLAMP = 1
    """The nearest value inside is taken."""

    EXTRAPOLATE = 2
    """The formula goes on; beyond the domain the value is flagged as extrapolated too."""

    FLAG = 3
    """The formula goes on."""


POLICIES = {
    "null": Beyond.NULL,
    "clamp": Beyond.CLAMP,
    "extrapolate": Beyond.EXTRAPOLATE,
    "flag": Beyond.FLAG,
}
"""The values of a payload's `out_of_domain`."""


class Interval(NamedTuple):
    """An interval from `lo` to `hi`, both included; infinite where there is no bound."""

    lo: float
    hi: float


class RowIntervals(NamedTuple):
    """An interval for each row, as two float64[n]; an end that is the same for all may be one number."""

    lo: float | Floats
    hi: float | Floats


UNBOUNDED = Interval(-np.inf, np.inf)


@dataclass(frozen=True, slots=True)
class Limits:
    """The policy of one profile; None where nothing is bounded."""

    domain: Interval | None
    range: Interval | None
    beyond: Beyond

    full_scale: Interval | None = None
    """At its ends, and beyond, the converter is saturated."""

    fault_free: Interval | None = None
    """Raw values outside are not measurements: a current loop signals a fault with them."""


@dataclass(frozen=True, slots=True)
class RowLimits:
    """The policy of each row; what is the same for all may be given once."""

    domain: Interval | RowIntervals | None
    range: Interval | RowIntervals | None
    beyond: Beyond | np.int8 | npt.NDArray[np.int8]
    full_scale: Interval | RowIntervals | None = None
    fault_free: Interval | RowIntervals | None = None


UNLIMITED = Limits(None, None, Beyond.FLAG)


def narrowed(limits: Limits | RowLimits, own: RowIntervals | None) -> Limits | RowLimits:
    """The limits with each row's domain narrowed to its `own`."""
    if own is None:
        return limits
    declared = limits.domain or UNBOUNDED
    domain = RowIntervals(np.maximum(declared.lo, own.lo), np.minimum(declared.hi, own.hi))
    return RowLimits(domain, limits.range, limits.beyond, limits.full_scale, limits.fault_free)


def watch(limits: Limits | RowLimits, raw: Floats, flags: FlagWords) -> Mask | None:
    """Flag a saturated converter and a faulty loop, which raw itself shows. Returns the rows to null."""
    if limits.full_scale is not None:
        mark(flags, (raw <= limits.full_scale.lo) | (raw >= limits.full_scale.hi), Flag.SATURATED)
    if limits.fault_free is None:
        return None
    faulty = (raw < limits.fault_free.lo) | (raw > limits.fault_free.hi)
    mark(flags, faulty, Flag.LOOP_FAULT)
    return faulty


def admit(limits: Limits | RowLimits, raw: Floats, flags: FlagWords) -> tuple[Floats, Mask | None]:
    """Hold raw to the domain. Returns what to evaluate, and the rows to null afterwards if there are any."""
    admitted, outside = _hold(raw, limits.domain, limits.beyond, flags)
    if outside is None:
        return raw, None
    extrapolated = _rows_if(outside, limits.beyond == Beyond.EXTRAPOLATE)
    if extrapolated is not None:
        mark(flags, extrapolated, Flag.EXTRAPOLATED)
    return admitted, _rows_if(outside, limits.beyond == Beyond.NULL)


def release(limits: Limits | RowLimits, physical: Floats, flags: FlagWords) -> tuple[Floats, Mask | None]:
    """Hold physical to the range. Returns it, and the rows to null if there are any."""
    held, outside = _hold(physical, limits.range, limits.beyond, flags)
    if outside is None:
        return physical, None
    return held, _rows_if(outside, limits.beyond == Beyond.NULL)


def _hold(
    values: Floats,
    bounds: Interval | RowIntervals | None,
    beyond: Beyond | np.int8 | npt.NDArray[np.int8],
    flags: FlagWords,
) -> tuple[Floats, Mask | None]:
    """Flag what lies outside, and bring it to the nearest bound unless the formula is to go on."""
    if bounds is None:
        return values, None
    below, above = values < bounds.lo, values > bounds.hi
    if not (below.any() or above.any()):
        return values, None
    mark(flags, below, Flag.BELOW_RANGE)
    mark(flags, above, Flag.ABOVE_RANGE)
    held = values.copy()
    for outside, bound in ((below, bounds.lo), (above, bounds.hi)):
        # Rows to be nulled are evaluated at the bound too: a formula may misbehave beyond it.
        rows = _rows_if(outside, beyond <= Beyond.CLAMP)
        if rows is not None:
            np.copyto(held, bound, where=rows)
    return held, below | above


def _rows_if(rows: Mask, is_so: bool | np.bool_ | Mask) -> Mask | None:
    """The rows for which `is_so` holds. If it is one answer for all, that is all of them, or None."""
    if isinstance(is_so, np.ndarray):
        return rows & is_so
    return rows if is_so else None
