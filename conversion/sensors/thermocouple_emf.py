"""Thermocouples: temperature from emf by the reference functions of the ITS-90, and back.

    raw --unit--> mV --plus emf of the cold junction--> emf --start, then Newton's steps--> °C

NIST's inverse polynomials err by up to 0.06 °C, but they are a start from which one step on the reference
function comes within 0.02 mK. Where there are none (below -200 °C, and type B below 250 °C) a table of the
reference function itself is the start.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import final

import numpy as np
from numpy.polynomial import polynomial

from conversion.arrays import Columns, FlagWords, Floats
from conversion.formulas.branches import branches
from conversion.formulas.limits import Interval, RowIntervals
from conversion.formulas.parametric import Parameter, Parametric
from conversion.formulas.polynomial import horner
from conversion.sensors.its90 import ITS90, Reference, ReferencePiece

TYPE_B_LOWEST_C = 21.1
"""Type B's emf is lowest at 21.02 °C; colder temperatures share theirs with warmer ones."""

COLDEST_JUNCTION_C = -50.0
"""A cold junction may be as cold as this though type B's table begins at 0 °C: its polynomial goes on."""

_STEPS_FROM_POLYNOMIAL = 1
_STEPS_FROM_TABLE = 2  # where type B has its lowest emf, one would leave 0.05 mK
_TABLE_STEP_C = 0.05


@final
class Thermocouple(Parametric):
    """One type with its cold junction: at a temperature in °C, or one that the named channel measures."""

    def __init__(self, letter: str, mv_per_unit: float, cold_junction: float | str) -> None:
        self._function = reference_function(letter)
        cold_mv = 0.0
        if isinstance(cold_junction, str):
            self.channels = (cold_junction,)
        else:
            cold_mv = float(self._function.emf_mv(np.array([cold_junction]))[0])
            self.domain = Interval(*((end - cold_mv) / mv_per_unit for end in self._function.domain_mv))
        self.parameters = (mv_per_unit, cold_mv)
        self._letter = letter

    @property
    def variant(self) -> tuple[str, bool]:
        return self._letter, self.channels != ()

    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del flags
        mv_per_unit, cold_mv = parameters
        emf_mv = raw * mv_per_unit
        emf_mv += self._function.emf_mv(aux[0]) if self.channels else cold_mv
        return self._function.temperature_c(emf_mv)

    def compute_domain(self, parameters: Sequence[Parameter], aux: Columns) -> RowIntervals | None:
        if not self.channels:
            return None
        cold_mv, (lo_mv, hi_mv) = self._function.emf_mv(aux[0]), self._function.domain_mv
        return RowIntervals((lo_mv - cold_mv) / parameters[0], (hi_mv - cold_mv) / parameters[0])

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        del domain
        mv_per_unit, cold_mv = self.parameters
        return (self._function.emf_for(physical) - cold_mv) / mv_per_unit


@cache
def reference_function(letter: str) -> "ReferenceFunction":
    """The function of one type, made once."""
    return ReferenceFunction(letter)


class ReferenceFunction:
    """Emf in mV of one type against temperature in °C, the cold junction being at 0 °C, and its inverse."""

    def __init__(self, letter: str) -> None:
        reference = ITS90[letter]
        lo_c, hi_c = reference.emf_mv[0].lo_c, reference.emf_mv[-1].hi_c
        self.cold_junction_c = Interval(min(lo_c, COLDEST_JUNCTION_C), hi_c)
        self.invertible_c = Interval(TYPE_B_LOWEST_C if letter == "B" else lo_c, hi_c)
        self._pieces = [_EmfPiece(piece) for piece in reference.emf_mv]
        self._edges_c = np.array([piece.lo_c for piece in reference.emf_mv[1:]])
        stops_c = _stops(reference, self.invertible_c)
        stops_mv = self.emf_mv(stops_c)
        self._edges_mv = stops_mv[1:-1]
        self.domain_mv = Interval(float(stops_mv[0]), float(stops_mv[-1]))
        self._inverses = [self._inverse(reference, *ends) for ends in pairwise(stops_c)]
        # Near its lowest emf type B is so flat that a tangent would lead nowhere; it is held there.
        self._slope_below = np.inf if letter == "B" else self._pieces[0].slope_at(lo_c)
        self._slope_above = self._pieces[-1].slope_at(hi_c)

    def emf_mv(self, t_c: Floats) -> Floats:
        """Emf of any temperature that a cold junction may have; NaN elsewhere."""
        emf_mv = np.empty_like(t_c)
        for branch, rows in branches(t_c, self._edges_c):
            emf_mv[rows] = self._pieces[branch].emf_and_slope(t_c[rows])[0]
        emf_mv[(t_c < self.cold_junction_c.lo) | (t_c > self.cold_junction_c.hi)] = np.nan
        return emf_mv

    def temperature_c(self, emf_mv: Floats) -> Floats:
        """Temperature of any emf in `domain_mv`; beyond, the tangents at its ends go on."""
        held_mv = np.clip(emf_mv, *self.domain_mv)
        t_c = np.empty_like(emf_mv)
        for branch, rows in branches(held_mv, self._edges_mv):
            t_c[rows] = self._inverses[branch].temperature_c(held_mv[rows])
        for rows, slope in ((emf_mv < held_mv, self._slope_below), (emf_mv > held_mv, self._slope_above)):
            t_c[rows] += (emf_mv[rows] - held_mv[rows]) / slope
        return t_c

    def emf_for(self, t_c: Floats) -> Floats:
        """The emf whose `temperature_c` is given; not finite where there is none."""
        held_c = np.clip(t_c, *self.invertible_c)
        emf_mv = self.emf_mv(held_c)
        for rows, slope in ((t_c < held_c, self._slope_below), (t_c > held_c, self._slope_above)):
            emf_mv[rows] += (t_c[rows] - held_c[rows]) * slope
        return emf_mv

    def _inverse(self, reference: Reference, lo_c: float, hi_c: float) -> "_InversePiece":
        middle_c = (lo_c + hi_c) / 2
        emf = self._pieces[int(np.searchsorted(self._edges_c, middle_c))]
        for start in reference.temperature_c:
            if start.lo_c <= middle_c <= start.hi_c:
                descending = tuple(reversed(start.coefficients))
                return _InversePiece(emf, partial(horner, descending=descending), _STEPS_FROM_POLYNOMIAL)
        table_c = np.linspace(lo_c, hi_c, 1 + round((hi_c - lo_c) / _TABLE_STEP_C))
        start = partial(np.interp, xp=self.emf_mv(table_c), fp=table_c)
        return _InversePiece(emf, start, _STEPS_FROM_TABLE)


def _stops(reference: Reference, invertible_c: Interval) -> Floats:
    """The temperatures between which one polynomial of each direction holds, both ends included."""
    starts = {piece.lo_c for piece in (*reference.emf_mv[1:], *reference.temperature_c)}
    return np.array(sorted(starts | set(invertible_c)))


class _EmfPiece:
    """One piece of a reference function, with its derivative, the Seebeck coefficient, in mV/°C."""

    def __init__(self, piece: ReferencePiece) -> None:
        self._emf = tuple(reversed(piece.coefficients))
        self._slope = tuple(reversed(polynomial.polyder(piece.coefficients).tolist()))
        self._bump = piece.bump

    def emf_and_slope(self, t_c: Floats) -> tuple[Floats, Floats]:
        emf_mv, slope = horner(t_c, self._emf), horner(t_c, self._slope)
        if self._bump is not None:
            from_center_c = t_c - self._bump.center_c
            bump_mv = self._bump.height_mv * np.exp(self._bump.curvature * from_center_c * from_center_c)
            emf_mv += bump_mv
            slope += bump_mv * (2.0 * self._bump.curvature) * from_center_c
        return emf_mv, slope

    def slope_at(self, t_c: float) -> float:
        return float(self.emf_and_slope(np.array([t_c]))[1][0])


class _InversePiece:
    """A part of the inverse: a start, then steps on the reference function."""

    def __init__(self, emf: _EmfPiece, start: Callable[[Floats], Floats], steps: int) -> None:
        self._emf = emf
        self._start = start
        self._steps = steps

    def temperature_c(self, emf_mv: Floats) -> Floats:
        t_c = self._start(emf_mv)
        for _ in range(self._steps):
            value_mv, slope = self._emf.emf_and_slope(t_c)
            t_c -= (value_mv - emf_mv) / slope
        return t_c
