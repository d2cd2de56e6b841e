"""Formulas whose parameters are numbers: one computation serves a single profile and a whole family."""

from abc import abstractmethod
from collections.abc import Hashable, Sequence

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.formulas.formula import Family, Formula, GroupKey
from conversion.formulas.limits import RowIntervals
from conversion.formulas.runs import Runs

Parameter = float | Floats
"""One number for all rows, or float64[n]."""


class Parametric(Formula):
    """A formula that NumPy's broadcasting evaluates alike for one profile and for a profile per row.

    `compute` must treat each row by itself, with the same operations whether a parameter is a number or a
    column.
    """

    parameters: tuple[float, ...]

    @property
    def group_key(self) -> GroupKey | None:
        return GroupKey(Parametrics, (type(self), self.variant))

    @property
    def variant(self) -> Hashable:
        """A key: formulas of this class with the same one can be computed together."""
        return ()

    @abstractmethod
    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        """Computes what `evaluate` gives, with `parameters` in place of the formula's own.

        Columns among them are its own to overwrite.
        """

    def compute_domain(self, parameters: Sequence[Parameter], aux: Columns) -> RowIntervals | None:
        """Computes what `domain_at` gives, with `parameters` in place of the formula's own."""
        del parameters, aux

    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        return self.compute(self.parameters, raw, aux, flags)

    def domain_at(self, aux: Columns) -> RowIntervals | None:
        return self.compute_domain(self.parameters, aux)


class Parametrics(Family):
    """Parametric formulas with equal keys. A parameter that is the same for all stays a single number."""

    def __init__(self, members: Sequence[Parametric]) -> None:
        self._any_member = members[0]
        columns = np.array([member.parameters for member in members], np.float64).T.copy()
        self._columns = [_one_if_equal(column) for column in columns]

    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        return self._any_member.compute(self._spread(runs), raw, aux, flags)

    def domain_at(self, runs: Runs, aux: Columns) -> RowIntervals | None:
        return self._any_member.compute_domain(self._spread(runs), aux)

    def _spread(self, runs: Runs) -> list[Parameter]:
        return [_spread(column, runs) for column in self._columns]


def _one_if_equal(column: Floats) -> Parameter:
    """One number if all are equal to the bit; 0.0 and -0.0 are not."""
    bits = column.view(np.int64)
    return float(column[0]) if (bits == bits[0]).all() else column


def _spread(column: Parameter, runs: Runs) -> Parameter:
    return runs.spread(column[runs.which]) if isinstance(column, np.ndarray) else column
