"""Sorting formulas into families."""

from collections.abc import Sequence

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.formulas.formula import Family, Formula, GroupKey
from conversion.formulas.limits import RowIntervals
from conversion.formulas.runs import Runs


def gather(formulas: Sequence[Formula]) -> list[tuple[Family, list[int]]]:
    """The families, each with its members' positions; every formula is in one of them."""
    kin: dict[GroupKey, list[int]] = {}
    for position, formula in enumerate(formulas):
        kin.setdefault(formula.kinship or _LONERS, []).append(position)
    return [
        (kinship.family([formulas[position] for position in positions]), positions)
        for kinship, positions in kin.items()
    ]


class Ungrouped(Family):
    """Formulas without kin, evaluated run by run."""

    def __init__(self, members: Sequence[Formula]) -> None:
        self._members = members

    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        physical = np.empty_like(raw)
        for number, rows in runs.spans():
            member = self._members[number]
            physical[rows] = member.evaluate(raw[rows], _columns_of(member, aux, rows), flags[rows])
        return physical

    def domain_at(self, runs: Runs, aux: Columns) -> RowIntervals | None:
        lo, hi = np.full((2, runs.count), [[-np.inf], [np.inf]])
        for number, rows in runs.spans():
            member = self._members[number]
            own = member.domain_at(_columns_of(member, aux, rows))
            if own is not None:
                lo[rows], hi[rows] = own
        return RowIntervals(lo, hi)


_LONERS = GroupKey(Ungrouped)


def _columns_of(member: Formula, aux: Columns, rows: slice) -> Columns:
    return [column[rows] for column in aux[: len(member.channels)]]
