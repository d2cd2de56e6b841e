"""Other sensors' values that a profile needs: a cold junction, a temperature to compensate for.

A reading is converted with each auxiliary's last stored reading at or before its own time, if that is not
older than the profile's maximum age. One function aligns them, so ingest and later recomputation agree.

    catalog -> Dependencies (who needs whom)
    stored readings of the auxiliaries + the batch's own -> Auxiliaries.at(slot, time) -> columns

An auxiliary that arrives after its dependants leaves a row in `recalibration_due`. Commits that hold an
auxiliary, and commits that need it, exclude each other by a lock on that sensor, so that one of the two
always sees the other's readings.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from barograph.as_of import last_at_or_before
from barograph.queries import query
from barograph.times import from_us

NONE = -1
MAX_LEVEL = 8
"""How many sensors may come before another one, each needed by the next."""


@dataclass(frozen=True)
class Dependencies:
    """Which sensors the profiles of a project read besides their own.

    Attributes:
        slots: int32[profiles, channels], the sensors each profile needs, in the order of its channels;
            NONE where it has fewer, or names a sensor that the project has not got.
        max_age_us: int64[profiles], how old a value may be.
        level: int8[slots]: 0 for a sensor that needs no other, else one more than the highest it needs.
        dependants: by slot, the slots of the sensors that need it, and the greatest age they accept.
        is_auxiliary: bool[slots], whether others need the sensor.
        is_concerned: bool[slots], whether the sensor needs others, or they it.
    """

    slots: NDArray[np.int32]
    max_age_us: NDArray[np.int64]
    level: NDArray[np.int8]
    dependants: Mapping[int, Sequence[tuple[int, int]]]
    is_auxiliary: NDArray[np.bool_]
    is_concerned: NDArray[np.bool_]

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
        """What rows with these profiles need, all channels together."""
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
    width = max(map(len, needed), default=0)
    table = np.full((len(owners), width), NONE, np.int32)
    edges: dict[int, dict[int, int]] = {}
    needy = [profile for profile, each in enumerate(needed) if each]
    for profile in needy:
        table[profile, : len(needed[profile])] = needed[profile]
        for slot in needed[profile]:
            if slot != NONE:
                ages = edges.setdefault(slot, {})
                ages[owners[profile]] = max(ages.get(owners[profile], 0), max_age_us[profile])
    dependants = {slot: sorted(ages.items()) for slot, ages in edges.items()}
    is_auxiliary = np.zeros(slots, np.bool_)
    is_auxiliary[list(dependants)] = True
    is_concerned = is_auxiliary.copy()
    is_concerned[[owners[profile] for profile in needy]] = True
    level = _levels(dependants, slots)
    ages = np.array(max_age_us, np.int64)
    return Dependencies(table, ages, level, dependants, is_auxiliary, is_concerned)


def _levels(dependants: Mapping[int, Sequence[tuple[int, int]]], slots: int) -> NDArray[np.int8]:
    """The length of the longest way to each sensor.

    Activation refuses circles. One that came about all the same stops at the cap, and its readings see
    what is stored.
    """
    level = np.zeros(slots, np.int8)
    for _ in range(MAX_LEVEL):
        before = level.copy()
        for slot, needers in dependants.items():
            for needer, _ in needers:
                level[needer] = max(level[needer], min(MAX_LEVEL, level[slot] + 1))
        if np.array_equal(before, level):
            break
    return level


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
        """Without a reading."""
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
        """From columns in any order; a NaN among `physical` is a reading without a physical value."""
        order = np.lexsort((physical, raw, t_us, slot))
        return cls(slot[order], t_us[order], raw[order], physical[order], slots)

    def and_these(
        self,
        slot: NDArray[np.int32],
        t_us: NDArray[np.int64],
        raw: NDArray[np.float64],
        physical: NDArray[np.float64],
    ) -> "Auxiliaries":
        """With more readings, such as those of the batch at hand."""
        return Auxiliaries.of(
            np.concatenate([self.slot, slot]),
            np.concatenate([self.t_us, t_us]),
            np.concatenate([self.raw, raw]),
            np.concatenate([self.physical, physical]),
            self.slots,
        )

    def needed(self, need: "Need") -> "Auxiliaries":
        """Those that some row gets, each once."""
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


@dataclass(frozen=True)
class Need:
    """What rows need of one auxiliary sensor each.

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


def lock_auxiliaries(
    connection: psycopg.Connection[Any], held: NDArray[np.int32], needed: NDArray[np.int32]
) -> None:
    """Keeps commits that hold a sensor's readings and those that need them apart, until this one ends.

    Args:
        held: int32[h], ids of sensors of which this transaction stores readings, and that others need.
        needed: int32[k], ids of sensors whose readings this transaction reads.
    """
    sensor_ids = np.union1d(held, needed).astype(np.int32)
    are_held = np.isin(sensor_ids, held).astype(np.int16)
    connection.execute(query("auxiliary.lock"), {"sensor_ids": sensor_ids, "are_held": are_held})


def queue_dependants(
    connection: psycopg.Connection[Any],
    sensor_ids: NDArray[np.int32],
    dependencies: Dependencies,
    slot: NDArray[np.int32],
    t_us: NDArray[np.int64],
) -> None:
    """Notes what must be converted again because these readings arrive after readings that need them.

    Args:
        connection: in the transaction that will store the readings, before it does.
        sensor_ids: int32[slots], the id of each slot.
        slot, t_us: int32[n], int64[n], the readings about to be stored.
    """
    held, which = np.unique(slot, return_inverse=True)
    earliest, latest = _extent(t_us, which, held.size)
    touched = [
        (sensor_ids[needer], start, end + max_age_us)
        for auxiliary, start, end in zip(held.tolist(), earliest.tolist(), latest.tolist(), strict=True)
        for needer, max_age_us in dependencies.dependants.get(auxiliary, ())
    ]
    if not touched:
        return
    ids, starts, ends = zip(*touched, strict=True)
    parameters = {
        "sensor_ids": np.array(ids, np.int32),
        "from_us": np.array(starts, np.int64),
        "to_us": np.array(ends, np.int64),
        "from": from_us(min(starts)),
        "to": from_us(max(ends)),
    }
    connection.execute(query("auxiliary.queue_dependants"), parameters, prepare=False)


def _extent(
    t_us: NDArray[np.int64], which: NDArray[np.intp], groups: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The least and the greatest time of each group."""
    least = np.full(groups, np.iinfo(np.int64).max)
    greatest = np.full(groups, np.iinfo(np.int64).min)
    np.minimum.at(least, which, t_us)
    np.maximum.at(greatest, which, t_us)
    return least, greatest
