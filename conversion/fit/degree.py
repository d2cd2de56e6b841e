"""Which degree of polynomial the points justify."""

import math
from typing import NamedTuple

import numpy as np

from conversion.arrays import Floats
from conversion.fit.least_squares import solve

MAX_DEGREE = 10
_ROUNDINGS = 8  # residuals below this many roundings of the largest value are no scatter of the points


class DegreeTried(NamedTuple):
    """A degree, the residuals' root mean square in physical units, and the criterion: the lowest is best."""

    degree: int
    rms: float
    aicc: float


def suggest_degree(
    raw: Floats, physical: Floats, max_degree: int = MAX_DEGREE
) -> tuple[int, list[DegreeTried]]:
    """The degree with the lowest AICc, and every degree that was tried.

    Akaike's criterion corrected for few points (Hurvich and Tsai, Biometrika 76, 1989, 297):
    AICc = n·ln(Σr²/n) + 2k + 2k(k + 1)/(n - k - 1)  with k = degree + 2 parameters, the scatter being one.
    It weighs a closer fit against what further coefficients gain by chance alone. Degrees that leave no
    scatter to judge by (n ≤ k + 1), or would pass through all distinct raw values, are not tried.
    """
    n, distinct = len(raw), len(np.unique(raw))
    center, scale = center_and_scale(raw)
    powers = np.vander((raw - center) / scale, max_degree + 1, increasing=True)
    rounding = _ROUNDINGS * np.finfo(np.float64).eps * float(np.abs(physical).max(initial=0.0))
    tried: list[DegreeTried] = []
    for degree in range(1, max_degree + 1):
        k = degree + 2
        if n <= k + 1 or degree >= distinct - 1:
            break
        design = powers[:, : degree + 1]
        rms = float(np.sqrt(np.mean(np.square(physical - design @ solve(design, physical).values))))
        judged = max(rms, rounding, np.finfo(np.float64).tiny)
        aicc = 2 * n * math.log(judged) + 2 * k + 2 * k * (k + 1) / (n - k - 1)
        tried.append(DegreeTried(degree, rms, aicc))
    best = min(tried, key=lambda each: each.aicc, default=DegreeTried(1, 0.0, 0.0))
    return best.degree, tried


def center_and_scale(raw: Floats) -> tuple[float, float]:
    """Center and scale that take raw to -1 … 1, where powers are told apart best."""
    lo, hi = float(raw.min()), float(raw.max())
    return lo / 2 + hi / 2, (hi / 2 - lo / 2) or 1.0
