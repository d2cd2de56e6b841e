"""Other sensors' values that a profile needs, aligned to the readings that need them.

A reading is converted with each auxiliary's last stored reading at or before its own time, if that is not
older than the profile's maximum age. One function aligns them, so ingest and later recomputation agree.

    catalog -> Dependencies (who needs whom)
    stored readings of the auxiliaries + the batch's own -> Auxiliaries.at(slot, time) -> columns
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barograph.catalog.as_of import last_at_or_before
from barograph.catalog.dependencies import Need


@dataclass(frozen=True)
class Auxiliaries:
    """Readings of sensors that others need, as columns sorted by slot and (time, raw, physical)."""

    slot: NDArray[np.int32]
    t_us: NDArray[np.int64]
    raw: NDArray[np.float64]
    physical: NDArray[np.float64]
    slots: int

    @classmethod
    def none(cls, slots: int) -> "Auxiliaries":
        """Auxiliaries without a reading."""
        empty = np.empty(0)
        return cls(empty.astype(np.int32), empty.astype(np.int64), empty, empty, slots)

    @classmethod
    def of(
        cls,
        slot: NDArray[np.int32],
        t_us: NDArray[np.int64],
        raw: NDArray[np.float64],
        physical: NDArray[np.float64],
        slots: int,
    ) -> "Auxiliaries":
        """Makes auxiliaries of columns in any order; NaN in `physical` means no physical value."""
        order = np.lexsort((physical, raw, t_us, slot))
        return cls(slot[order], t_us[order], raw[order], physical[order], slots)

    def and_these(
        self,
        slot: NDArray[np.int32],
        t_us: NDArray[np.int64],
        raw: NDArray[np.float64],
        physical: NDArray[np.float64],
    ) -> "Auxiliaries":
        """These auxiliaries with more readings, such as those of the batch at hand."""
        return Auxiliaries.of(
            np.concatenate([self.slot, slot]),
            np.concatenate([self.t_us, t_us]),
            np.concatenate([self.raw, raw]),
            np.concatenate([self.physical, physical]),
            self.slots,
        )

    def needed(self, need: "Need") -> "Auxiliaries":
        """The auxiliaries that some row gets, each once."""
        if self.t_us.size == 0:
            return self
        row = self._last(need.slot, need.t_us)
        rows = np.unique(row[(row >= 0) & (self.slot[row] == need.slot)])
        return Auxiliaries(self.slot[rows], self.t_us[rows], self.raw[rows], self.physical[rows], self.slots)

    def _last(self, slot: NDArray[np.int32], t_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """int64[n]: the last reading at or before each time; another sensor's, or -1, where there is none."""
        first = np.searchsorted(self.slot, np.arange(self.slots + 1))
        return last_at_or_before(first, self.t_us, slot, t_us)

    def at(
        self, slot: NDArray[np.int32], t_us: NDArray[np.int64], max_age_us: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The physical value of each row's auxiliary at each row's time.

        Args:
            slot: int32[n], the auxiliary; NONE for none.
            t_us: int64[n], the time of the reading that needs it.
            max_age_us: int64[n], how old the value may be.

        Returns:
            float64[n]; NaN where there is no auxiliary, no reading of it young enough, or no physical value.
        """
        if self.t_us.size == 0:
            return np.full(slot.size, np.nan)
        row = self._last(np.maximum(slot, 0), t_us)
        found = (row >= 0) & (self.slot[row] == slot) & (t_us - self.t_us[row] <= max_age_us)
        return np.where(found, self.physical[row], np.nan)
