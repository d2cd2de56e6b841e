"""The slots of sensors that profiles name as channels. Each is looked up once, while sensors keep their
slots.

Why: decision 850.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barograph.catalog.dependencies import NONE
from barograph.catalog.profiles_in_force import ProfilesInForce
from barograph.catalog.references import canonical
from barograph.catalog.sensor_names import SensorNames

NO_CHANNEL = -2


@dataclass(frozen=True)
class ChannelSlots:
    """The slots of the channels of each needy profile.

    Attributes:
        needed: int32[k, channels], NONE for an unknown sensor, NO_CHANNEL where the profile has fewer.
    """

    profiles: ProfilesInForce
    names: SensorNames
    needed: NDArray[np.int32]

    @classmethod
    def of(cls, profiles: ProfilesInForce, names: SensorNames) -> "ChannelSlots":
        """All of them."""
        return cls(profiles, names, _look_up(profiles.channels, names.slots))

    def after(self, profiles: ProfilesInForce, names: SensorNames) -> "ChannelSlots":
        """The slots with profiles and names that came out of these by a change."""
        known = self.profiles.ids.size
        if names.numbering is not self.names.numbering or not np.array_equal(
            profiles.ids[:known], self.profiles.ids
        ):
            return ChannelSlots.of(profiles, names)
        fresh = _look_up(profiles.channels[len(self.profiles.channels) :], names.slots)
        width = max(self.needed.shape[1], fresh.shape[1])
        needed = np.concatenate([_widened(self.needed, width), _widened(fresh, width)])
        if len(names.slots) > len(self.names.slots):
            unknown = np.flatnonzero((needed == NONE).any(axis=1)).tolist()
            again = _look_up([profiles.channels[number] for number in unknown], names.slots)
            needed[unknown] = _widened(again, width)
        return ChannelSlots(profiles, names, needed)


def _look_up(channels: Sequence[Sequence[str]], slots: Mapping[str, int]) -> NDArray[np.int32]:
    width = max(map(len, channels), default=0)
    rows = [
        [*(slots.get(canonical(name), NONE) for name in each), *[NO_CHANNEL] * (width - len(each))]
        for each in channels
    ]
    return np.array(rows, np.int32).reshape(len(rows), width)


def _widened(needed: NDArray[np.int32], width: int) -> NDArray[np.int32]:
    return np.pad(needed, ((0, 0), (0, width - needed.shape[1])), constant_values=NO_CHANNEL)
