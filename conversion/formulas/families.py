"""Sorts formulas into families, each of which evaluates many formulas in one call."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats, Indices
from conversion.formulas.formula import Family, Formula, GroupKey
from conversion.formulas.limits import RowIntervals
from conversion.formulas.runs import Runs


class FormulaGroup(NamedTuple):
    """A family, and where its members stand among all formulas: intp[m]."""

    key: GroupKey
    positions: Indices
    family: Family

    @classmethod
    def of(cls, key: GroupKey, positions: Indices, formulas: Sequence[Formula]) -> "FormulaGroup":
        """Groups the formulas that stand at these positions."""
        return cls(key, positions, key.family([formulas[position] for position in positions.tolist()]))


def group_formulas(formulas: Sequence[Formula], first: int = 0) -> list[FormulaGroup]:
    """The families of the formulas from this one on. Each formula is a member of exactly one."""
    groups: dict[GroupKey, list[int]] = {}
    for position in range(first, len(formulas)):
        groups.setdefault(formulas[position].group_key or _NO_KEY, []).append(position)
    return [FormulaGroup.of(key, np.array(positions, np.intp), formulas) for key, positions in groups.items()]


def extend_groups(
    groups: Sequence[FormulaGroup], formulas: Sequence[Formula], added: int
) -> list[FormulaGroup]:
    """The families when so many formulas have been added at the end.

    A new family takes up those of its key that are at most twice as large. So each formula is looked at
    again a few times at most, however many are added one by one, and a key has few families.
    """
    joined: list[FormulaGroup] = list(groups)
    for group in group_formulas(formulas, len(formulas) - added):
        while (other := _similar(joined, group)) is not None:
            joined = [each for each in joined if each is not other]
            positions = np.concatenate([other.positions, group.positions])
            group = FormulaGroup.of(group.key, positions, formulas)  # noqa: PLW2901  # it has grown
        joined.append(group)
    return joined


def _similar(groups: Sequence[FormulaGroup], group: FormulaGroup) -> FormulaGroup | None:
    """A family of the same key that is at most twice as large."""
    limit = 2 * group.positions.size
    return next((each for each in groups if each.key == group.key and each.positions.size <= limit), None)


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
