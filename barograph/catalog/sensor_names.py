"""The names of a project's sensors: which slot each key and each public id stands for.

Names that only gained new ones keep their numbering, so that whoever has looked some up need not do it again.

Why: decision 850.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from barograph.catalog.catalog_columns import SensorColumns, place_of
from barograph.catalog.references import canonical


class Numbering:
    """Stands for itself: under one numbering a name that has a slot keeps it, and a sensor its name."""


@dataclass(frozen=True)
class SensorNames:
    """Slots by key and by public id, as `canonical` writes them; where one could be either, by id."""

    slots: Mapping[str, int]
    numbering: Numbering = field(default_factory=Numbering)

    @classmethod
    def of(cls, sensors: SensorColumns) -> "SensorNames":
        """All of them."""
        places = range(sensors.sensor_id.size)
        by_key: dict[str, int] = dict(zip(map(canonical, sensors.key.tolist()), places, strict=True))
        return cls(by_key | dict(zip(sensors.public_id.tolist(), places, strict=True)))

    def after(self, before: SensorColumns, now: SensorColumns, changed: NDArray[np.int32]) -> "SensorNames":
        """The names of the sensors as they are now.

        Args:
            before: the sensors that these names are of.
            changed: ids, among them those of all sensors that differ between the two.
        """
        place, was = place_of(now.sensor_id, changed), place_of(before.sensor_id, changed)
        is_known = was >= 0
        stays = np.array_equal(place[is_known], was[is_known])
        if not stays or (before.key[was[is_known]] != now.key[place[is_known]]).any():
            return SensorNames.of(now)
        added = np.unique(place[~is_known & (place >= 0)])
        if added.size and added[0] < before.sensor_id.size:
            return SensorNames.of(now)
        return self._with_added(now, added.tolist()) if added.size else self

    def _with_added(self, now: SensorColumns, added: Sequence[int]) -> "SensorNames":
        names = {canonical(now.key[place]): place for place in added}
        names |= {now.public_id[place]: place for place in added}
        if not self.slots.keys().isdisjoint(names):
            return SensorNames.of(now)
        return SensorNames({**self.slots, **names}, self.numbering)
