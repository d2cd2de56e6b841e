"""Several profile sets as one, for batches that hold little of each."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from conversion.arrays import Columns, Floats
from conversion.formulas.runs import Runs
from conversion.profile import CompiledProfile, Converted
from conversion.profile_set import NO_PROFILE, ProfileSet

# Of each set. To put fewer into a set of their own takes less time than to ask each set.
MAX_GATHERED = 10


class JoinedProfileSets:
    """Sets whose profiles are numbered one set after the other."""

    def __init__(self, sets: "Sequence[ProfileSet | JoinedProfileSets]") -> None:
        self._sets = sets
        self._ends = list(accumulate(map(len, sets)))
        self._firsts = [0, *self._ends[:-1]]

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def profile(self, number: int) -> CompiledProfile:
        """The one with this number."""
        of_set = bisect_right(self._ends, number)
        return self._sets[of_set].profile(number - self._firsts[of_set])

    def convert(self, which: npt.NDArray[np.integer], raw: Floats, aux: Columns = ()) -> Converted:
        """Converts as `ProfileSet.convert` does. Rows are best sorted by set."""
        converted = Converted(np.full(raw.shape, np.nan), np.zeros(raw.shape, np.uint16))
        rows = np.flatnonzero(which != NO_PROFILE)
        used, place = np.unique(which[rows], return_inverse=True)
        if not used.size:
            return converted
        if used.size <= MAX_GATHERED * len(self._sets):
            gathered = ProfileSet([self.profile(number) for number in used.tolist()])
            _put(converted, rows, gathered.convert(place, raw[rows], [column[rows] for column in aux]))
            return converted
        of_set = np.searchsorted(self._ends, which[rows], side="right")
        for number, span in Runs.of(of_set).spans():
            part = rows[span]
            numbers = which[part] - self._firsts[number]
            own = self._sets[number].convert(numbers, raw[part], [column[part] for column in aux])
            _put(converted, part, own)
        return converted


def _put(converted: Converted, rows: npt.NDArray[np.intp], part: Converted) -> None:
    converted.physical[rows], converted.flags[rows] = part
