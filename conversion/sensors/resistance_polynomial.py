"""Resistance thermometers whose resistance is a polynomial of temperature, in one piece or several.

raw --current, leads, r0--> ratio --piece, chord, then Newton's steps--> °C
"""

from collections.abc import Sequence
from typing import NamedTuple, final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats, Indices
from conversion.formulas.formula import Family, Formula, GroupKey
from conversion.formulas.knots import Knots, last_not_above
from conversion.formulas.limits import Interval
from conversion.formulas.parametric import Parameter
from conversion.formulas.polynomial import horner
from conversion.formulas.runs import Runs
from conversion.sensors.circuits import Current
from conversion.sensors.rtd_curves import RtdCurve, RtdCurvePiece

_STEPS = 5


@final
class RtdPolynomial(Formula):
    """The temperature at which a curve has the measured resistance; beyond its ends their tangents go on."""

    def __init__(self, current: Current, series_ohm: float, curve: RtdCurve) -> None:
        self.pieces = _columns(curve.pieces)
        self.range_c = Interval(curve.pieces[0].lo_c, curve.pieces[-1].hi_c)
        self.ratios = Interval(*self._ratio(np.array(self.range_c)).tolist())
        self.parameters = (current.parameters[0], series_ohm, curve.r0, *self.ratios)
        self.domain = Interval(*self._raw(np.array(self.ratios)).tolist())

    @property
    def group_key(self) -> GroupKey:
        """The number of coefficients of a piece."""
        return GroupKey(RtdPolynomials, len(self.pieces.coefficients))

    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        ratio, held = _ratios(self.parameters, raw)
        return _solve(ratio, held, last_not_above(self.pieces.lo_ratio, held), self.pieces)

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        del domain
        return self._raw(self._ratio(physical))

    def _ratio(self, t_c: Floats) -> Floats:
        held_c = np.clip(t_c, *self.range_c)
        ratio, slope = _ratio_and_slope(held_c, last_not_above(self.pieces.lo_c, held_c), self.pieces)
        return ratio + (t_c - held_c) * slope

    def _raw(self, ratio: Floats) -> Floats:
        excitation_a, series_ohm, r0 = self.parameters[:3]
        return (ratio * r0 + series_ohm) * excitation_a


class RtdPolynomials(Family):
    """Thermometers whose pieces have equally many coefficients, one curve after the other."""

    def __init__(self, members: Sequence[RtdPolynomial]) -> None:
        self._parameters = np.array([member.parameters for member in members]).T.copy()
        self._knots = Knots([member.pieces.lo_ratio for member in members])
        each = [member.pieces for member in members]
        self._pieces = _Pieces(*(np.concatenate(columns, axis=-1) for columns in zip(*each, strict=True)))

    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        ratio, held = _ratios([runs.spread(column[runs.which]) for column in self._parameters], raw)
        return _solve(ratio, held, self._knots.last_not_above(runs, held), self._pieces)


class _Pieces(NamedTuple):
    """The pieces of curves: where each begins, the slope of its chord, and its polynomial."""

    lo_c: Floats
    lo_ratio: Floats
    chord: Floats
    """float64[k], °C."""
    coefficients: Floats
    """float64[n, k], ascending."""


def _columns(pieces: Sequence[RtdCurvePiece]) -> _Pieces:
    lo_c, hi_c = np.array([(piece.lo_c, piece.hi_c) for piece in pieces]).T.copy()
    coefficients = np.array([piece.coefficients for piece in pieces]).T.copy()
    lo_ratio, hi_ratio = horner(lo_c, coefficients[::-1]), horner(hi_c, coefficients[::-1])
    return _Pieces(lo_c, lo_ratio, (hi_c - lo_c) / (hi_ratio - lo_ratio), coefficients)


def _ratios(parameters: Sequence[Parameter], raw: Floats) -> tuple[Floats, Floats]:
    """Resistance over that at 0 °C, as it is and held to the curve."""
    excitation_a, series_ohm, r0, lo, hi = parameters
    ratio = (raw / excitation_a - series_ohm) / r0
    return ratio, np.minimum(np.maximum(ratio, lo), hi)


def _solve(ratio: Floats, held: Floats, piece: Indices, pieces: _Pieces) -> Floats:
    """Newton's steps from the piece's chord, the last of which goes on beyond the curve along its tangent."""
    t_c = pieces.lo_c[piece] + (held - pieces.lo_ratio[piece]) * pieces.chord[piece]
    for goal in [held] * (_STEPS - 1) + [ratio]:
        value, slope = _ratio_and_slope(t_c, piece, pieces)
        t_c += (goal - value) / slope
    return t_c


def _ratio_and_slope(t_c: Floats, piece: Indices, pieces: _Pieces) -> tuple[Floats, Floats]:
    """Horner's rule for the polynomial and its derivative at once."""
    value, slope = pieces.coefficients[-1][piece], np.zeros_like(t_c)
    for row in pieces.coefficients[-2::-1]:
        slope *= t_c
        slope += value
        value *= t_c
        value += row[piece]
    return value, slope
