"""Profiles one after the other, for one chain and for many."""

from collections.abc import Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.channels import positions, union
from conversion.flags import EXPLAINED
from conversion.formulas.formula import Family, Formula, GroupKey
from conversion.formulas.limits import UNBOUNDED, Interval
from conversion.formulas.runs import Runs
from conversion.profile import CompiledProfile
from conversion.profile_set import ProfileSet


@final
class Chain(Formula):
    """The output of one stage is the input of the next; each keeps its own limits, and flags gather."""

    def __init__(self, stages: Sequence[CompiledProfile]) -> None:
        self.stages = tuple(stages)
        self.channels = union(stages)
        first = stages[0].limits
        self.domain, self.beyond = first.domain or UNBOUNDED, first.beyond
        self.full_scale, self.fault_free = first.full_scale, first.fault_free
        self.labels = stages[-1].labels
        self.input_unit, self.output_unit = stages[0].input_unit, stages[-1].output_unit
        self._alone = Chains([self])

    @property
    def kinship(self) -> GroupKey:
        """How many stages there are, and which channels each of them takes."""
        return GroupKey(Chains, tuple(positions(stage, self.channels) for stage in self.stages))

    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        return self._alone.evaluate(Runs.of(np.zeros(len(raw), np.intp)), raw, aux, flags)

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """Through the stages from the last to the first."""
        del domain
        for stage in reversed(self.stages):
            physical = stage.inverse(physical)
        return physical


class Chains(Family):
    """Chains of the same length whose stages take the same of their channels. Each stage is a set."""

    def __init__(self, members: Sequence[Chain]) -> None:
        columns = [positions(stage, members[0].channels) for stage in members[0].stages]
        stages = zip(*(member.stages for member in members), strict=True)
        self._stages = [(ProfileSet(stage), own) for stage, own in zip(stages, columns, strict=True)]

    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        which = runs.spread(runs.which)
        values = raw
        for stage, own_columns in self._stages:
            had_value = ~np.isnan(values)
            values, own_flags = stage.convert(which, values, [aux[column] for column in own_columns])
            flags[had_value] |= own_flags[had_value]  # what came as NaN has its reason already
        flags[np.isnan(values)] |= EXPLAINED
        return values
