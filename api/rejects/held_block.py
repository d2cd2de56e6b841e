"""A block of dead letters that a replay holds the lock of, and what becomes of its letters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barograph.catalog.catalog import Catalog
from barograph.readings.preparing.prepare import UNKNOWN_CHANNEL, UNKNOWN_SENSOR
from barograph.readings.rejects.reject_codes import SLUGS, RejectCode

PLACE_BITS = 12
"""A letter's position is its block's id, and its place in the block in so many bits."""


@dataclass
class HeldBlock:
    """A block as `rejected.read` gives it. The first columns are by kind, those from `kind` on by letter."""

    id: int
    producer_ids: NDArray[np.int32]
    sensors: list[str]
    sensor_ids: NDArray[np.int32]
    codes: list[str]
    waiting: NDArray[np.int32]
    is_history: NDArray[np.bool_]
    kind: NDArray[np.int16]
    t_us: NDArray[np.int64]
    value: NDArray[np.float64]
    text: list[str | None]
    replayed_us: NDArray[np.int64]

    def waiting_places(self, positions: NDArray[np.int64]) -> NDArray[np.intp]:
        """The places of those letters that are of this block, and were not stored meanwhile."""
        own = positions[positions >> PLACE_BITS == self.id]
        places = (own & (2**PLACE_BITS - 1)).astype(np.intp)
        return places[self.replayed_us[places] == 0]

    def slots(self, catalog: Catalog, slot_of_id: Mapping[int, int]) -> NDArray[np.int32]:
        """int32[letters]: the sensor each was meant for: the one it was known to be, else by today's name."""
        slots = [self._slot(catalog, slot_of_id, number) for number in range(len(self.codes))]
        return np.array(slots, np.int32)[self.kind - 1]

    def unreadable(self) -> NDArray[np.uint8]:
        """uint8[letters]: the code of what can't be read, today either; else 0."""
        codes = [SLUGS.index(code) if code in _UNREADABLE else 0 for code in self.codes]
        return np.array(codes, np.uint8)[self.kind - 1]

    def rounded(self) -> NDArray[np.bool_]:
        """bool[letters]: whose value is not exactly what was sent."""
        if not self.text:
            return np.zeros(self.kind.size, np.bool_)
        return np.array([text is not None for text in self.text], np.bool_)

    def settle(self, places: NDArray[np.intp], codes: NDArray[np.uint8], now_us: int) -> None:
        """Notes when these were stored (code 0), or why they were refused again."""
        stored = places[codes == 0]
        self.replayed_us[stored] = now_us
        np.subtract.at(self.waiting, self.kind[stored] - 1, 1)
        for row in np.flatnonzero(codes).tolist():
            self._refuse_again(int(places[row]), SLUGS[int(codes[row])])

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of `rejected.settle`."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def _refuse_again(self, place: int, code: str) -> None:
        old = int(self.kind[place]) - 1
        if self.codes[old] == code:
            return
        new = self._kind_like(old, code)
        self.waiting[old] -= 1
        self.waiting[new] += 1
        self.kind[place] = new + 1

    def _kind_like(self, old: int, code: str) -> int:
        """The kind that differs from an old one by its code; a new one if need be."""
        like = (self.producer_ids == self.producer_ids[old]) & (self.sensor_ids == self.sensor_ids[old])
        for number in np.flatnonzero(like).tolist():
            if self.sensors[number] == self.sensors[old] and self.codes[number] == code:
                return number
        self.sensors.append(self.sensors[old])
        self.codes.append(code)
        self.producer_ids = np.append(self.producer_ids, self.producer_ids[old])
        self.sensor_ids = np.append(self.sensor_ids, self.sensor_ids[old])
        self.waiting = np.append(self.waiting, np.int32(0))
        return len(self.codes) - 1

    def _slot(self, catalog: Catalog, slot_of_id: Mapping[int, int], number: int) -> int:
        if self.codes[number] == RejectCode.UNKNOWN_CHANNEL.slug:
            return UNKNOWN_CHANNEL
        known_id = int(self.sensor_ids[number])
        slot = slot_of_id.get(known_id) if known_id else catalog.slot(self.sensors[number])
        return UNKNOWN_SENSOR if slot is None else slot


def block_ids(positions: Sequence[int]) -> list[int]:
    """The blocks of letters, once each."""
    return sorted({position >> PLACE_BITS for position in positions})


_UNREADABLE = {RejectCode.BAD_VALUE.slug, RejectCode.BAD_TIME.slug}
