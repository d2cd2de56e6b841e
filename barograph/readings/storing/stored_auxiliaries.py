"""Reads the stored readings of auxiliaries, no further back than a batch needs them.

needed times -> runs without a long gap -> all that a run holds, if that is not much more than is needed
                                        -> else what held at each needed time, one by one
             -> what some row gets

So a frame whose readings lie weeks apart reads a few auxiliary readings, and one whose readings lie close
together reads a stretch at once; memory is bounded by what is needed, whatever is stored.

Why: decision 111.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from barograph.catalog.dependencies import Need
from barograph.database.queries import query
from barograph.readings.preparing.auxiliaries import Auxiliaries
from barograph.times import HOUR_US, from_us

MAX_GAP_US = HOUR_US
"""Between two needed times of a run. What lies in a longer gap is not read."""
MAX_PER_NEED = 32
"""Readings of a run for each needed time. To read more takes longer than to look each time up."""
RUN_NEEDS = 1_000
SLICE_NEEDS = 16_000
"""Needs served at once: half a million readings, 12 MB, at most."""

_STORED = np.dtype([("t_us", ">i8"), ("raw", ">f8"), ("physical", ">f8")])


@dataclass(frozen=True)
class NeedRuns:
    """Stretches of distinct needs of one auxiliary each, without a long gap.

    Attributes:
        first: int64[r], where each run begins among the needs.
        size: int64[r], how many needs it has, at most RUN_NEEDS.
    """

    needs: Need
    first: NDArray[np.int64]
    size: NDArray[np.int64]

    @classmethod
    def of(cls, needs: Need) -> "NeedRuns":
        """Makes runs of distinct needs, at least one."""
        is_far = (np.diff(needs.slot) != 0) | (np.diff(needs.t_us) > MAX_GAP_US)
        starts = np.flatnonzero(np.r_[True, is_far])
        first = np.union1d(starts, np.arange(0, needs.slot.size, RUN_NEEDS))
        return cls(needs, first, np.diff(np.r_[first, needs.slot.size]))

    @property
    def max_readings(self) -> NDArray[np.int64]:
        """int64[r], how many readings of each run are worth reading at once."""
        return self.size * MAX_PER_NEED

    def of_these(self, runs: NDArray[np.intp]) -> Need:
        """The needs of these runs."""
        number = np.repeat(np.arange(self.first.size), self.size)
        return self.needs.take(np.flatnonzero(np.isin(number, runs)))

    def parameters(self, sensor_ids: NDArray[np.int32]) -> dict[str, Any]:
        """Parameters of the statement that reads them."""
        needs = self.needs
        return {
            "runs": np.arange(self.first.size, dtype=np.int32),
            "sensor_ids": sensor_ids[needs.slot[self.first]],
            "oldest_us": np.minimum.reduceat(needs.t_us - needs.max_age_us, self.first),
            "earliest_us": needs.t_us[self.first],
            "latest_us": needs.t_us[self.first + self.size - 1],
            "max_readings": self.max_readings,
            **_outer_bounds(needs),
        }


def fetch_auxiliaries(
    connection: psycopg.Connection[Any], sensor_ids: NDArray[np.int32], need: Need
) -> Auxiliaries:
    """Reads the stored values of the auxiliaries that the rows need.

    Args:
        connection: in a transaction that holds their locks.
        sensor_ids: int32[slots], the id of each slot.
    """
    known = Auxiliaries.none(sensor_ids.size)
    parts = [_fetch(connection, sensor_ids, each) for each in _slices(need.distinct())]
    for part in parts:
        known = known.and_these(part.slot, part.t_us, part.raw, part.physical)
    return known


def _slices(needs: Need) -> Iterator[Need]:
    for start in range(0, needs.slot.size, SLICE_NEEDS):
        yield needs.take(np.arange(start, min(start + SLICE_NEEDS, needs.slot.size)))


def _fetch(connection: psycopg.Connection[Any], sensor_ids: NDArray[np.int32], needs: Need) -> Auxiliaries:
    """Reads the values for distinct needs."""
    runs = NeedRuns.of(needs)
    # Planned for these times, so that chunks outside them are neither read nor locked.
    rows = connection.execute(
        query("auxiliary.stored"), runs.parameters(sensor_ids), prepare=False, binary=True
    ).fetchall()
    max_readings, slot_of_run = runs.max_readings, needs.slot[runs.first]
    parts = [(int(slot_of_run[run]), content) for run, count, content in rows if count <= max_readings[run]]
    overfull = np.array([run for run, count, _ in rows if count > max_readings[run]], np.intp)
    parts += _one_by_one(connection, sensor_ids, runs.of_these(overfull))
    return _together(parts, sensor_ids.size).needed(needs)


def _one_by_one(
    connection: psycopg.Connection[Any], sensor_ids: NDArray[np.int32], needs: Need
) -> list[tuple[int, bytes]]:
    """Reads the value that held at each time, by slot."""
    if not needs.slot.size:
        return []
    parameters = {
        "sensor_ids": sensor_ids[needs.slot],
        "oldest_us": needs.t_us - needs.max_age_us,
        "at_us": needs.t_us,
        **_outer_bounds(needs),
    }
    rows = connection.execute(
        query("auxiliary.stored_one_by_one"), parameters, prepare=False, binary=True
    ).fetchall()
    slots = np.unique(needs.slot)
    slot_of: dict[int, int] = dict(zip(sensor_ids[slots].tolist(), slots.tolist(), strict=True))
    return [(slot_of[sensor_id], content) for sensor_id, content in rows]


def _together(parts: list[tuple[int, bytes]], slots: int) -> Auxiliaries:
    stored = np.frombuffer(b"".join(content for _, content in parts), _STORED)
    sizes = [len(content) // _STORED.itemsize for _, content in parts]
    slot = np.repeat(np.array([slot for slot, _ in parts], np.int32), sizes)
    return Auxiliaries.of(
        slot,
        stored["t_us"].astype(np.int64),
        stored["raw"].astype(np.float64),
        stored["physical"].astype(np.float64),
        slots,
    )


def _outer_bounds(needs: Need) -> dict[str, Any]:
    oldest_us = int((needs.t_us - needs.max_age_us).min())
    return {"from": from_us(oldest_us), "to": from_us(int(needs.t_us.max()) + 1)}
