"""Formulas of one shape, evaluated together for rows that belong to many of them.

Each family keeps its members' parameters as columns and spreads them over the rows, so a batch costs a
few NumPy calls however many members it touches. Each row gets the same operations in the same order as
its formula alone would do, hence the same bits.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from conversion.arrays import Floats
from conversion.formula import Formula
from conversion.horner import Polynomial, horner
from conversion.runs import Runs
from conversion.segments import Segments


class Family(ABC):
    """Rows are numbered by member."""

    @abstractmethod
    def evaluate(self, runs: Runs, raw: Floats) -> Floats:
        """Physical float64[n], a new array; `runs` numbers the members of raw float64[n]."""


def gather(formulas: Sequence[Formula]) -> list[tuple[Family, list[int]]]:
    """The families, each with its members' positions; a formula without family is in none of them."""
    polynomials: dict[int, list[tuple[int, Polynomial]]] = {}
    tables: list[tuple[int, Segments]] = []
    for position, formula in enumerate(formulas):
        if isinstance(formula, Polynomial):
            polynomials.setdefault(len(formula.coefficients), []).append((position, formula))
        elif isinstance(formula, Segments):
            tables.append((position, formula))
    families: list[tuple[Family, list[int]]] = [
        (Polynomials([member for _, member in peers]), [position for position, _ in peers])
        for peers in polynomials.values()
    ]
    if tables:
        families.append((Tables([member for _, member in tables]), [position for position, _ in tables]))
    return families


class Polynomials(Family):
    """Polynomials with the same number of coefficients."""

    def __init__(self, members: Sequence[Polynomial]) -> None:
        self._coefficients = np.array([member.coefficients for member in members]).T.copy()
        self._center = np.array([member.center for member in members])
        self._scale = np.array([member.scale for member in members])
        self._has_centers = any(member.is_centered for member in members)

    def evaluate(self, runs: Runs, raw: Floats) -> Floats:
        u = raw
        if self._has_centers:
            # Members without center subtract 0 and divide by 1, which changes no bit.
            u = (raw - runs.spread(self._center[runs.which])) / runs.spread(self._scale[runs.which])
        return horner(u, (runs.spread(column[runs.which]) for column in reversed(self._coefficients)))


class Tables(Family):
    """Tables of straight lines, their knots one after the other."""

    def __init__(self, members: Sequence[Segments]) -> None:
        sizes = np.array([len(member.x) for member in members])
        self._x = np.concatenate([member.x for member in members])
        self._y = np.concatenate([member.y for member in members])
        self._slope = np.concatenate([member.slope for member in members])
        self._last = np.cumsum(sizes) - 1
        self._first = self._last - sizes + 1
        self._steps = [2**power for power in reversed(range(int(sizes.max() - 1).bit_length()))]

    def evaluate(self, runs: Runs, raw: Floats) -> Floats:
        knot = runs.spread(self._first[runs.which])
        last = runs.spread(self._last[runs.which])
        for step in self._steps:  # binary search in every row at once: leap while the knot there is not above
            leap = np.minimum(knot + step, last)
            knot = np.where(self._x[leap] <= raw, leap, knot)
        return self._y[knot] + self._slope[knot] * (raw - self._x[knot])
