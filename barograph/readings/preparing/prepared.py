"""A batch after it was checked and converted: ready for COPY, or waiting for stored readings of auxiliaries.

DecidedReadings -> ReadyBatch                                      profiles that need no other sensor
                -> AwaitingAuxiliaries -> (read them) -> ReadyBatch   others
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barograph.alarms.arrivals import WatchedReadings
from barograph.catalog.catalog import Catalog
from barograph.catalog.dependencies import Need
from barograph.database.copy_format import ReadingColumns
from barograph.readings.dirty_seconds import DirtySeconds
from barograph.readings.preparing.auxiliaries import Auxiliaries
from barograph.readings.preparing.convert import Accepted, convert


@dataclass(frozen=True)
class DecidedReadings:
    """One project's readings, each accepted or refused.

    Attributes:
        code: uint8[n], in the order given; 0 where the reading is accepted, else its `RejectCode`.
        readings: those accepted, sorted by sensor.
        chunks: how many chunks of the hypertable the batch touches.
        dirty: the seconds of each minute and sensor that the batch touches.
        seen_slots: int32[s], the sensors that have an accepted reading, once each.
    """

    code: NDArray[np.uint8]
    readings: Accepted
    chunks: int
    dirty: DirtySeconds
    seen_slots: NDArray[np.int32]

    @property
    def accepted(self) -> int:
        """How many readings are."""
        return self.readings.slot.size


@dataclass(frozen=True)
class ReadyBatch(DecidedReadings):
    """Converted.

    Attributes:
        columns: the accepted readings, as they are stored.
        watched: what limits may say something about; None if nothing.
    """

    columns: ReadingColumns
    watched: WatchedReadings | None

    @classmethod
    def of(
        cls, decided: DecidedReadings, catalog: Catalog, stored: Auxiliaries | None = None
    ) -> "ReadyBatch":
        """Converts; `stored` are the auxiliaries, where the readings need some."""
        columns = convert(catalog, decided.readings, stored)
        return cls(
            decided.code,
            decided.readings,
            decided.chunks,
            decided.dirty,
            decided.seen_slots,
            columns=columns,
            watched=_watched(catalog, decided, columns.physical),
        )


@dataclass(frozen=True)
class AwaitingAuxiliaries(DecidedReadings):
    """Readings that need other sensors' stored readings, or that others need, which must be told.

    Attributes:
        need: what they need.
        held: intp[k], which of `readings` are of sensors that others need.
    """

    need: Need
    held: NDArray[np.intp]

    @classmethod
    def of(cls, decided: DecidedReadings, catalog: Catalog) -> "AwaitingAuxiliaries":
        """Finds out what they need, and which are needed."""
        readings, dependencies = decided.readings, catalog.dependencies
        return cls(
            decided.code,
            readings,
            decided.chunks,
            decided.dirty,
            decided.seen_slots,
            need=dependencies.needs(readings.profile, readings.t_us),
            held=np.flatnonzero(dependencies.is_auxiliary[readings.slot]),
        )

    def ready(self, catalog: Catalog, stored: Auxiliaries) -> ReadyBatch:
        """Converted with what is stored of the sensors they need."""
        return ReadyBatch.of(self, catalog, stored)


Prepared = ReadyBatch | AwaitingAuxiliaries


def _watched(
    catalog: Catalog, decided: DecidedReadings, physical: NDArray[np.float64]
) -> WatchedReadings | None:
    readings = decided.readings
    if not catalog.limits.is_watched[decided.seen_slots].any():
        return None
    return WatchedReadings.among(catalog.limits, readings.slot, readings.t_us, physical, readings.frame)
