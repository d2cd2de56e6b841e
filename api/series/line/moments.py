"""Means and deviations of runs of rows, which keep their digits whatever the magnitudes.

Each run is scaled by a power of two to magnitudes near 1, so that neither sums nor squares exceed a float64
or vanish. A mean is a middle that may be rounded, corrected by the mean of what deviates from it.

Why: decision 150.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Rows = NDArray[np.intp]
_MAX_EXPONENT = 1000


def of_values(value: Floats, first: Rows, count: Integers) -> dict[str, Floats]:
    """Moments of each run of values.

    `mean`, `rest` (what the mean lacks as a float64) and `deviation` (the root of the mean square of
    deviations from the mean).

    Args:
        first: where each run begins; runs are not empty.
        count: int64[k], rows of each run.
    """
    low, high = np.minimum.reduceat(value, first), np.maximum.reduceat(value, first)
    scale = _scale(np.maximum(np.abs(low), np.abs(high)))
    scaled = value * np.repeat(scale, count)
    middle = np.clip(np.add.reduceat(scaled, first) / count, low * scale, high * scale)
    apart = scaled - np.repeat(middle, count)
    shift = np.add.reduceat(apart, first) / count
    square = np.add.reduceat(apart * apart, first) / count
    return _corrected(middle, shift, square, low, high, scale)


def of_parts(
    mean: Floats, rest: Floats, deviation: Floats, count: Integers, first: Rows
) -> dict[str, Floats]:
    """The same of runs of parts, by the formula of Chan, Golub and LeVeque (1979).

    Args:
        mean, rest, deviation, count: of each part.
        first: where each run begins.
    """
    size = np.diff(np.append(first, count.size))
    low, high = np.minimum.reduceat(mean, first), np.maximum.reduceat(mean, first)
    largest = np.maximum.reduceat(np.maximum(np.abs(mean), deviation), first)
    scale = _scale(largest)
    each = np.repeat(scale, size)
    share = count / np.repeat(np.add.reduceat(count, first), size)
    middle = np.clip(np.add.reduceat(mean * each * share, first), low * scale, high * scale)
    apart = (mean * each - np.repeat(middle, size)) + rest * each
    shift = np.add.reduceat(apart * share, first)
    square = np.add.reduceat((np.square(deviation * each) + apart * apart) * share, first)
    return _corrected(middle, shift, square, low, high, scale)


def _corrected(
    middle: Floats, shift: Floats, square: Floats, low: Floats, high: Floats, scale: Floats
) -> dict[str, Floats]:
    """Unscaled. Rounding must not take a mean out of the range of what it is a mean of."""
    mean = np.clip((middle + shift) / scale, low, high)
    return {
        "mean": mean,
        "rest": ((middle - mean * scale) + shift) / scale,
        "deviation": np.sqrt(np.maximum(square - shift * shift, 0)) / scale,
    }


def _scale(magnitude: Floats) -> Floats:
    """Powers of two that bring these near 1; 1 for NaN."""
    exponent = np.frexp(np.nan_to_num(magnitude, nan=1.0))[1]
    return np.ldexp(1.0, -np.clip(exponent, -_MAX_EXPONENT, _MAX_EXPONENT))
