"""Profiles of which another channel chooses one, for one choice and for many."""

from collections.abc import Sequence
from typing import NamedTuple, final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats, Indices
from conversion.channels import positions, union
from conversion.flags import EXPLAINED
from conversion.formulas.formula import Family, Formula, GroupKey
from conversion.formulas.limits import Interval
from conversion.formulas.runs import Runs
from conversion.profile import CompiledProfile
from conversion.profile_set import ProfileSet


class Case(NamedTuple):
    """A profile, and when it holds: while the channel's value is `within`, the upper end not included."""

    channel: str
    within: Interval
    profile: CompiledProfile


@final
class Cases(Formula):
    """The profile of the first case that holds, else the default."""

    def __init__(self, cases: Sequence[Case], default: CompiledProfile) -> None:
        self.cases = tuple(cases)
        self.profiles = (*(case.profile for case in cases), default)
        self.channels = union(self.profiles, *(case.channel for case in cases))
        self.input_unit, self.output_unit = default.input_unit, default.output_unit
        self._alone = ManyCases([self])

    @property
    def kinship(self) -> GroupKey:
        """Which channels decide, and which each profile takes."""
        deciding = tuple(self.channels.index(case.channel) for case in self.cases)
        taken = tuple(positions(profile, self.channels) for profile in self.profiles)
        return GroupKey(ManyCases, (deciding, taken))

    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        return self._alone.evaluate(Runs.of(np.zeros(len(raw), np.intp)), raw, aux, flags)


class ManyCases(Family):
    """Choices with as many cases, among the same of their channels. All their profiles are one set."""

    def __init__(self, members: Sequence[Cases]) -> None:
        alike = members[0]
        self._set = ProfileSet([profile for member in members for profile in member.profiles])
        self._size = len(alike.profiles)
        self._deciding = [alike.channels.index(case.channel) for case in alike.cases]
        self._within = np.array([[case.within for case in member.cases] for member in members])
        self._columns = _padded([positions(profile, alike.channels) for profile in alike.profiles])

    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        chosen = self._choose(runs, aux)
        which = runs.spread(runs.which) * self._size + chosen
        rows, stacked = np.arange(len(raw)), np.array(aux)
        physical, own_flags = self._set.convert(
            which, raw, [stacked[column[chosen], rows] for column in self._columns.T]
        )
        flags |= own_flags
        flags[np.isnan(physical)] |= EXPLAINED
        return physical

    def _choose(self, runs: Runs, aux: Columns) -> Indices:
        """The case of each row, counted from 0; the default comes after the last."""
        chosen = np.full(runs.count, self._size - 1, np.intp)
        for number, column in reversed(list(enumerate(self._deciding))):
            lo, hi = (runs.spread(end[runs.which]) for end in self._within[:, number].T)
            chosen[(aux[column] >= lo) & (aux[column] < hi)] = number
        return chosen


def _padded(rows: Sequence[tuple[int, ...]]) -> Indices:
    """intp[row, longest row]; what was missing is 0, and nobody looks at it."""
    longest = max(len(row) for row in rows)
    return np.array([row + (0,) * (longest - len(row)) for row in rows], np.intp).reshape(len(rows), longest)
