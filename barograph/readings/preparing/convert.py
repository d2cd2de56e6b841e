"""Accepted readings to physical ones: each reading's profile, and the other sensors that profile needs.

Pure. Ingest, replay and recomputation all convert by this, from the same stored auxiliaries.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barograph.catalog.catalog import Catalog
from barograph.database.copy_format import ReadingColumns
from barograph.readings.preparing.auxiliaries import Auxiliaries
from conversion import Flag


@dataclass(frozen=True)
class Accepted:
    """Readings to be stored, sorted by slot.

    Attributes:
        slot: int32[n], the sensor's slot in the catalog.
        t_us: int64[n], microseconds since 1970 UTC.
        value: float64[n], raw, finite.
        profile: int32[n], the profile valid at the reading's time, by its number there; -1 for none.
        is_rounded: bool[n], whose value is not exactly what was sent; None if all are.
        frame: int32[n], the number of the frame that each came in, or HISTORY; None if none is live, or no
            sensor has limits.
    """

    slot: NDArray[np.int32]
    t_us: NDArray[np.int64]
    value: NDArray[np.float64]
    profile: NDArray[np.int32]
    is_rounded: NDArray[np.bool_] | None = None
    frame: NDArray[np.int32] | None = None

    def take(self, rows: NDArray[np.intp]) -> "Accepted":
        """The readings at these indices."""
        is_rounded = None if self.is_rounded is None else self.is_rounded[rows]
        return Accepted(self.slot[rows], self.t_us[rows], self.value[rows], self.profile[rows], is_rounded)


def convert(catalog: Catalog, readings: Accepted, stored: Auxiliaries | None = None) -> ReadingColumns:
    """The readings as they are stored.

    Args:
        catalog: that the slots and profiles are numbered by.
        readings: those to convert; they are auxiliaries to one another too.
        stored: what is stored of the sensors they need; not asked for where `dependencies.are_none`.
    """
    if catalog.dependencies.are_none or stored is None:
        converted = catalog.profiles.convert(readings.profile, readings.value)
        physical, flags = converted.physical, converted.flags
    else:
        physical, flags = _convert_by_level(catalog, readings, stored)
    if readings.is_rounded is not None:
        flags = flags | readings.is_rounded * np.uint16(Flag.ROUNDED)
    # An index of -1 picks some id, which the mask replaces; a project may have no profile at all.
    ids = catalog.profile_ids[readings.profile] if catalog.profile_ids.size else readings.profile
    return ReadingColumns(
        t_us=readings.t_us,
        raw=readings.value,
        physical=physical,
        sensor_id=catalog.sensor_ids[readings.slot],
        profile_id=np.where(readings.profile < 0, np.int32(-1), ids),
        flags=flags,
    )


def is_rounded(flags: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Finds readings flagged as not exactly what was sent: whoever converts again keeps that."""
    return flags & np.uint16(Flag.ROUNDED) != 0


def _convert_by_level(
    catalog: Catalog, readings: Accepted, known: Auxiliaries
) -> tuple[NDArray[np.float64], NDArray[np.uint16]]:
    """Sensors that need no other first, then those that need them, and so on."""
    dependencies = catalog.dependencies
    level = dependencies.level[readings.slot]
    physical = np.empty(readings.value.size)
    flags = np.empty(readings.value.size, np.uint16)
    for each in np.unique(level):
        rows = np.flatnonzero(level == each)
        part = readings.take(rows)
        max_age_us = dependencies.max_age_us[part.profile]
        columns = [known.at(slot, part.t_us, max_age_us) for slot in dependencies.columns(part.profile)]
        converted = catalog.profiles.convert(part.profile, part.value, columns)
        physical[rows], flags[rows] = converted
        known = known.and_these(part.slot, part.t_us, part.value, converted.physical)
    return physical, flags
