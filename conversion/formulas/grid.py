"""Grids over raw and one other channel, for one and for many."""

from collections.abc import Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats, Indices
from conversion.flags import Flag, mark
from conversion.formulas.formula import Family, Formula, GroupKey
from conversion.formulas.knots import Knots, last_not_above
from conversion.formulas.limits import Beyond, Interval
from conversion.formulas.parametric import Parameter
from conversion.formulas.runs import Runs


@final
class InterpolationGrid(Formula):
    """A bilinear interpolation in a grid: z[i, j] is the value at raw x[i] and the channel's value y[j].

    `x` and `y` are strictly increasing, two values or more. The channel's value is held to the grid, and
    flagged as extrapolated where it had to be.
    """

    beyond = Beyond.CLAMP

    def __init__(self, x: Floats, y: Floats, z: Floats, channel: str) -> None:
        self.x = x
        self.y = y
        self.z = z
        self.channels = (channel,)
        self.domain = Interval(float(x[0]), float(x[-1]))
        self._cells = _Cells([self])

    @property
    def group_key(self) -> GroupKey:
        return GroupKey(InterpolationGrids)

    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        other = _held(aux[0], float(self.y[0]), float(self.y[-1]), flags)
        i, j = last_not_above(self.x[:-1], raw), last_not_above(self.y[:-1], other)
        return self._cells.interpolate(i, j, raw, other)


class InterpolationGrids(Family):
    """Grids evaluated together. Their points stand one after the other."""

    def __init__(self, members: Sequence[InterpolationGrid]) -> None:
        self._x = Knots([member.x[:-1] for member in members])
        self._y = Knots([member.y[:-1] for member in members])
        self._ends = np.array([(member.y[0], member.y[-1]) for member in members]).T.copy()
        self._cells = _Cells(members)

    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        lo, hi = (runs.spread(end[runs.which]) for end in self._ends)
        other = _held(aux[0], lo, hi, flags)
        i, j = self._x.last_not_above(runs, raw), self._y.last_not_above(runs, other)
        return self._cells.interpolate(i, j, raw, other)


class _Cells:
    """The cells of all grids, numbered along each axis through one grid after the other."""

    def __init__(self, grids: Sequence[InterpolationGrid]) -> None:
        self._x, self._width = _starts_and_widths([grid.x for grid in grids])
        self._y, self._height = _starts_and_widths([grid.y for grid in grids])
        self._z = np.concatenate([grid.z.ravel() for grid in grids])
        first = np.cumsum([0, *(grid.z.size for grid in grids)])
        rows = [(np.arange(len(grid.x) - 1), len(grid.y)) for grid in grids]
        self._row = np.concatenate([at + i * size for at, (i, size) in zip(first, rows, strict=False)])
        self._row_size = np.concatenate([np.full(len(i), size) for i, size in rows])
        self._column = np.concatenate([np.arange(len(grid.y) - 1) for grid in grids])

    def interpolate(self, i: Indices, j: Indices, raw: Floats, other: Floats) -> Floats:
        """Between the four corners of cells `i` along raw and `j` along the channel."""
        corner, row_size = self._row[i] + self._column[j], self._row_size[i]
        u = (raw - self._x[i]) / self._width[i]
        v = (other - self._y[j]) / self._height[j]
        near = self._z[corner] + (self._z[corner + row_size] - self._z[corner]) * u
        far = self._z[corner + 1] + (self._z[corner + row_size + 1] - self._z[corner + 1]) * u
        return near + (far - near) * v


def _starts_and_widths(axes: Sequence[Floats]) -> tuple[Floats, Floats]:
    return np.concatenate([axis[:-1] for axis in axes]), np.concatenate([np.diff(axis) for axis in axes])


def _held(other: Floats, lo: Parameter, hi: Parameter, flags: FlagWords) -> Floats:
    mark(flags, (other < lo) | (other > hi), Flag.EXTRAPOLATED)
    return np.clip(other, lo, hi)
