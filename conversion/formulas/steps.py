"""Steps: the formula behind tables and ranges that give one value up to the next threshold."""

from collections.abc import Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.formulas.formula import Family, Formula, GroupKey
from conversion.formulas.knots import Knots, last_not_above
from conversion.formulas.limits import Beyond, Interval
from conversion.formulas.runs import Runs


@final
class Steps(Formula):
    """The value of the last threshold that is not above raw; the first value below all of them.

    `thresholds` and `values` are float64[k], the former increasing; a value may be NaN.
    """

    def __init__(self, thresholds: Floats, values: Floats, domain: Interval) -> None:
        self.thresholds = thresholds
        self.values = values
        self.domain = domain
        self.beyond = Beyond.CLAMP

    @property
    def kinship(self) -> GroupKey:
        return GroupKey(ManySteps)

    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        return self.values[last_not_above(self.thresholds, raw)]


class ManySteps(Family):
    """Steps of many formulas, one formula's after the other's."""

    def __init__(self, members: Sequence[Steps]) -> None:
        self._knots = Knots([member.thresholds for member in members])
        self._values = np.concatenate([member.values for member in members])

    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        return self._values[self._knots.last_not_above(runs, raw)]
