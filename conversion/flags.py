"""What a conversion has to say about a value: a bit mask that fits in two bytes, 0 when all is well."""

from enum import IntFlag

import numpy as np

from conversion.arrays import FlagWords, Mask


class Flag(IntFlag):
    """Bits of `Converted.flags`. Stored with every reading, so a bit never changes its meaning."""

    BELOW_RANGE = 1
    """Raw lies below the domain, or physical below the range."""

    ABOVE_RANGE = 2
    """Raw lies above the domain, or physical above the range."""

    EXTRAPOLATED = 4
    """Physical was computed beyond the domain in which the profile is known to hold."""

    NOT_FINITE = 8
    """Raw is NaN or infinite, or the formula's result is; physical is NaN."""

    SATURATED = 16
    """The converter stands at an end of its scale; the true value may lie beyond."""

    LOOP_FAULT = 32
    """A current loop signals a fault of its instrument or its wiring."""

    MISSING_AUXILIARY = 64
    """A value of another channel that the formula needs is missing or too old; physical is NaN."""

    ROUNDED = 128
    """Raw is the nearest float64 to what was sent, an integer that no float64 is equal to. Set by whoever
    reads what was sent: no conversion sets it, or takes it away."""


EXPLAINED = np.uint16(0x8000)
"""Stands in a row's flags only while it is converted: why its value is NaN has been flagged already."""


def mark(flags: FlagWords, rows: Mask, flag: Flag) -> None:
    """Set `flag` for the chosen rows, in place."""
    flags |= rows * np.uint16(flag)  # five times as fast as by index
