"""An axis of a chart: from values to places, and the round values that get a tick."""

import math
from dataclasses import dataclass

import numpy as np

from conversion.arrays import Floats

LOGARITHMIC_FROM = 300.0
"""Positive values that span at least this factor are shown on a logarithmic axis."""

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MAX_DECADES = 7


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from `lo` to `hi`, spread over places from `start` to `end`, in pixels."""

    lo: float
    hi: float
    start: float
    end: float
    is_logarithmic: bool = False

    def place(self, values: Floats) -> Floats:
        """Pixels float64[n] of values float64[n]; beyond the axis they go on, and without end NaN."""
        with np.errstate(all="ignore"):
            lo, hi, *scaled = self._scaled(np.concatenate([[self.lo, self.hi], values]))
            return self.start + (np.array(scaled) - lo) / (hi - lo) * (self.end - self.start)

    def ticks(self, about: int) -> list[tuple[float, str]]:
        """Some `about` round values on the axis, and what to write there."""
        if self.is_logarithmic:
            values = _decades(self.lo, self.hi)
            are_plain = _PLAIN[0] <= values[0] and values[-1] <= _PLAIN[1]
            return [(value, label(value) if are_plain else _power(value)) for value in values]
        return [(value, label(value)) for value in _round_values(self.lo, self.hi, about)]

    def _scaled(self, values: Floats) -> Floats:
        return np.log10(values) if self.is_logarithmic else values


def spans_decades(lo: float, hi: float) -> bool:
    """Whether values from `lo` to `hi` are better seen on a logarithmic axis."""
    return lo > 0 and hi / lo >= LOGARITHMIC_FROM


def axis_over(values: Floats, start: float, end: float, margin: float) -> Axis:
    """The axis that shows all of the values, with a share of `margin` free at both ends."""
    lo, hi = float(values.min()), float(values.max())
    # Of the middle half, since a line that ends close to zero spans many decades there.
    if lo > 0 and spans_decades(*np.quantile(values, [0.25, 0.75])):
        free = (hi / lo) ** margin
        return Axis(lo / free, hi * free, start, end, is_logarithmic=True)
    free = (hi - lo) * margin or 1.0
    return Axis(lo - free, hi + free, start, end)


def label(value: float) -> str:
    """A value as one reads it."""
    digits, _, exponent = f"{value:.6g}".replace("-", _MINUS).partition("e")
    if not exponent:
        return digits
    power = _power(10.0 ** int(exponent.replace(_MINUS, "-")))
    return digits.removesuffix("1") + power if digits in {"1", _MINUS + "1"} else f"{digits}·{power}"


def _power(value: float) -> str:
    return "10" + f"{math.log10(value):.0f}".translate(_RAISED)


_PLAIN = (0.001, 10_000)
_MINUS = "\N{MINUS SIGN}"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _round_values(lo: float, hi: float, about: int) -> list[float]:
    magnitude = 10 ** math.floor(math.log10((hi - lo) / about))
    step = next(step * magnitude for step in _STEPS if (hi - lo) / (step * magnitude) <= about)
    first, last = math.ceil(lo / step), math.floor(hi / step)
    return [round(k * step, 12 - math.floor(math.log10(step))) for k in range(first, last + 1)]


def _decades(lo: float, hi: float) -> list[float]:
    first, last = math.ceil(math.log10(lo)), math.floor(math.log10(hi))
    stride = 1 + (last - first) // _MAX_DECADES
    return [10.0**power for power in range(first, last + 1, stride)]
