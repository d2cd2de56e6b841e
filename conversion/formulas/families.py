"""Sorting formulas into families, which evaluate many formulas at once."""

from collections.abc import Sequence

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.formulas.formula import Family, Formula, GroupKey
from conversion.formulas.limits import RowIntervals
from conversion.formulas.runs import Runs


def group_formulas(formulas: Sequence[Formula]) -> list[tuple[Family, list[int]]]:
    """The families, each with the positions of its members. Every formula is a member of exactly one."""
    groups: dict[GroupKey, list[int]] = {}
    for position, formula in enumerate(formulas):
        groups.setdefault(formula.group_key or _NO_KEY, []).append(position)
    return [
        (key.family([formulas[position] for position in positions]), positions)
        for key, positions in groups.items()
    ]


class UngroupedFormulas(Family):
    """Formulas without a group key. Each is evaluated by itself, run by run."""

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


_NO_KEY = GroupKey(UngroupedFormulas)


def _columns_of(member: Formula, aux: Columns, rows: slice) -> Columns:
    return [column[rows] for column in aux[: len(member.channels)]]
