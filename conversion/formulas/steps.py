"""Step functions: the formula behind tables and ranges that give one value up to the next threshold."""

from collections.abc import Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.formulas.formula import Family, Formula, GroupKey
from conversion.formulas.knots import Knots, last_not_above
from conversion.formulas.limits import Beyond, Interval
from conversion.formulas.runs import Runs


@final
class StepFunction(Formula):
    """A step function: the value of the last threshold that is not above raw. Below all, the first value.

    `thresholds` and `values` are float64[k], the former increasing; a value may be NaN.
    """

    def __init__(self, thresholds: Floats, values: Floats, domain: Interval) -> None:
        self.thresholds = thresholds
        self.values = values
        self.domain = domain
        self.beyond = Beyond.CLAMP

    @property
    def group_key(self) -> GroupKey:
        return GroupKey(StepFunctions)

    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        return self.values[last_not_above(self.thresholds, raw)]


class StepFunctions(Family):
    """Step functions evaluated together. Their thresholds stand one after the other."""

    def __init__(self, members: Sequence[StepFunction]) -> None:
        self._knots = Knots([member.thresholds for member in members])
        self._values = np.concatenate([member.values for member in members])

    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        return self._values[self._knots.last_not_above(runs, raw)]
