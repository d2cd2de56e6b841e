"""Which sensors the profiles of a project read besides their own, such as a cold junction."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NONE = -1
MAX_LEVEL = 8
"""How many sensors may come before another one, each needed by the next."""


@dataclass(frozen=True)
class Dependencies:
    """The sensors that the profiles of a project read besides their own.

    Attributes:
        slots: int32[profiles, channels], the sensors each profile needs, in the order of its channels;
            NONE where it has fewer, or names a sensor that the project does not have.
        max_age_us: int64[profiles], how old a value may be.
        level: int8[slots]: 0 for a sensor that needs no other, else one more than the highest it needs.
        dependants: by slot, the slots of the sensors that need it, and the greatest age they accept.
        is_auxiliary: bool[slots], whether others need the sensor.
        is_concerned: bool[slots], whether the sensor needs others, or they it.
    """

    slots: NDArray[np.int32]
    max_age_us: NDArray[np.int64]
    level: NDArray[np.int8]
    dependants: "Dependants"
    is_auxiliary: NDArray[np.bool_]
    is_concerned: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        owners: NDArray[np.int32],
        needy: NDArray[np.int32],
        needed: NDArray[np.int32],
        max_age_us: NDArray[np.int64],
        slots: int,
    ) -> "Dependencies":
        """Works out who needs whom.

        Args:
            owners: int32[profiles], the slot of each profile's sensor; NONE for one that is never valid.
            needy: int32[k], ascending, the profiles that need others.
            needed: int32[k, channels], the slots that they need; NONE for an unknown one.
            max_age_us: int64[profiles].
            slots: how many sensors there are.
        """
        table = np.full((owners.size, needed.shape[1]), NONE, np.int32)
        table[needy] = needed
        needers = np.repeat(owners[needy], needed.shape[1])
        edges = np.flatnonzero((needed.ravel() != NONE) & (needers != NONE))
        ages = np.repeat(max_age_us[needy], needed.shape[1])
        dependants = Dependants(needed.ravel()[edges], needers[edges], ages[edges])
        is_auxiliary = np.zeros(slots, np.bool_)
        is_auxiliary[dependants.needed] = True
        is_concerned = is_auxiliary.copy()
        is_concerned[owners[needy][owners[needy] != NONE]] = True
        return cls(table, max_age_us, dependants.levels(slots), dependants, is_auxiliary, is_concerned)

    @property
    def are_none(self) -> bool:
        """Whether every profile is content with its own sensor."""
        return self.slots.shape[1] == 0

    def concern(self, slot: NDArray[np.int32]) -> bool:
        """Whether any of these sensors needs another or is needed by one."""
        return not self.are_none and bool(self.is_concerned[slot].any())

    def way(self, start: int, end: int) -> list[int]:
        """The sensors from `start` to `end`, each of which needs the one before; empty if there is no way."""
        before = {start: start}
        waiting = deque([start])
        while waiting and end not in before:
            slot = waiting.popleft()
            for needer, _ in self.dependants.get(slot, ()):
                if needer not in before:
                    before[needer] = slot
                    waiting.append(needer)
        if end not in before:
            return []
        way = [end]
        while way[-1] != start:
            way.append(before[way[-1]])
        return way[::-1]

    def height(self, slot: int) -> int:
        """The length of the longest way from a sensor to one that needs it, at most one beyond the cap."""
        needers = {slot}
        for length in range(MAX_LEVEL + 1):
            needers = {needer for each in needers for needer, _ in self.dependants.get(each, ())}
            if not needers:
                return length
        return MAX_LEVEL + 1

    def columns(self, profile: NDArray[np.int32]) -> list[NDArray[np.int32]]:
        """int32[n] for each channel: the sensor that each row's profile needs there, or NONE.

        Args:
            profile: int32[n], negative where there is none.
        """
        table = np.where(profile[:, None] < 0, np.int32(NONE), self.slots[profile])
        return list(table.T)

    def needs(self, profile: NDArray[np.int32], t_us: NDArray[np.int64]) -> "Need":
        """The needs of rows with these profiles, all channels together."""
        columns = self.columns(profile)
        rows = [np.flatnonzero(column != NONE) for column in columns]
        every = np.concatenate([*rows, np.empty(0, np.intp)]).astype(np.intp)
        slot = np.concatenate([c[r] for c, r in zip(columns, rows, strict=True)] or [np.empty(0, np.int32)])
        return Need(slot, t_us[every], self.max_age_us[profile[every]])


def find_dependencies(
    owners: Sequence[int], needed: Sequence[Sequence[int]], max_age_us: Sequence[int], slots: int
) -> Dependencies:
    """Works out who needs whom.

    Args:
        owners: the slot of each profile's sensor.
        needed: the slots each profile needs, in the order of its channels; NONE for an unknown one.
        max_age_us: of each profile.
        slots: how many sensors there are.
    """
    needy = [profile for profile, each in enumerate(needed) if each]
    return Dependencies.of(
        np.array(owners, np.int32),
        np.array(needy, np.int32),
        _slots_table([needed[profile] for profile in needy]),
        np.array(max_age_us, np.int64),
        slots,
    )


def _slots_table(needed: Sequence[Sequence[int]]) -> NDArray[np.int32]:
    """int32[k, channels], with NONE where one has fewer."""
    width = max(map(len, needed), default=0)
    rows = [(*each, *[NONE] * (width - len(each))) for each in needed]
    return np.array(rows, np.int32).reshape(len(rows), width)


class Dependants(Mapping[int, Sequence[tuple[int, int]]]):
    """The sensors that need each sensor, and the greatest age they accept: edges, sorted by both slots."""

    def __init__(self, needed: NDArray[np.int32], needer: NDArray[np.int32], age: NDArray[np.int64]) -> None:
        order = np.lexsort((-age, needer, needed))
        needed, needer, age = needed[order], needer[order], age[order]
        is_first = np.ones(needed.size, np.bool_)
        is_first[1:] = (np.diff(needed) != 0) | (np.diff(needer) != 0)
        self.needed, self.needer, self._age = needed[is_first], needer[is_first], age[is_first]

    def __getitem__(self, slot: int) -> Sequence[tuple[int, int]]:
        first, end = np.searchsorted(self.needed, [slot, slot + 1])
        if first == end:
            raise KeyError(slot)
        return list(zip(self.needer[first:end].tolist(), self._age[first:end].tolist(), strict=True))

    def __iter__(self) -> Iterator[int]:
        return iter(np.unique(self.needed).tolist())

    def __len__(self) -> int:
        return np.unique(self.needed).size

    def levels(self, slots: int) -> NDArray[np.int8]:
        """int8[slots]: the length of the longest way to each sensor.

        Activation refuses circles. One that came about all the same stops at the cap, and its readings see
        what is stored.
        """
        level = np.zeros(slots, np.int8)
        for _ in range(MAX_LEVEL):
            before = level.copy()
            np.maximum.at(level, self.needer, np.minimum(MAX_LEVEL, before[self.needed] + 1).astype(np.int8))
            if np.array_equal(before, level):
                break
        return level


@dataclass(frozen=True)
class Need:
    """The needs of rows, of one auxiliary sensor each.

    Attributes:
        slot: int32[n], the auxiliary; never NONE.
        t_us: int64[n], the time of the reading that needs it.
        max_age_us: int64[n], how old the value may be.
    """

    slot: NDArray[np.int32]
    t_us: NDArray[np.int64]
    max_age_us: NDArray[np.int64]

    def distinct(self) -> "Need":
        """Each auxiliary and time once, with the greatest age, in the order of slot and time."""
        if not self.slot.size:
            return self
        order = np.lexsort((self.t_us, self.slot))
        slot, t_us = self.slot[order], self.t_us[order]
        first = np.flatnonzero(np.r_[True, (np.diff(slot) != 0) | (np.diff(t_us) != 0)])
        return Need(slot[first], t_us[first], np.maximum.reduceat(self.max_age_us[order], first))

    def take(self, rows: NDArray[np.intp]) -> "Need":
        """The rows at these indices."""
        return Need(self.slot[rows], self.t_us[rows], self.max_age_us[rows])
