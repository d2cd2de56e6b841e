"""Which archived readings a statement needs, told from its name and its parameters. Pure, but for the
clock.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barograph.database.queries import query
from barograph.times import DAY_US, now_us, to_us

# A chunk is filed a day after its end, or later. Half a day is for clocks that are wrong.
NEVER_ARCHIVED_US = DAY_US // 2
# Where a statement reads readings: it calls one of the functions of `sql/views/readings.sql`.
SOURCE = re.compile(r"\b(readings_of(?:_several|_span|_bucket)?|(?:oldest|newest)_readings(?:_of_span)?)\(")
_SENSORS = ("sensor_ids", "sensor_id", "auxiliary_ids")


@dataclass(frozen=True)
class TakenRows:
    """What a statement takes of each stretch, in order of time: so many readings, and those of the last
    one's instant.

    Attributes:
        rows: beyond those of the stretch's first instant, in which the page before may have ended.
        has_physical: only readings with a physical value count.
    """

    rows: int
    is_descending: bool
    has_physical: bool

    @classmethod
    def of(cls, name: str, parameters: Mapping[str, Any]) -> "TakenRows | None":
        """The rows that the statement takes with these parameters; None if it takes all."""
        if name not in ENDING_EARLY:
            return None
        rows = next((parameters[name] for name in ("fetch", "max_readings", "rows") if name in parameters), 1)
        rows += parameters.get("skip", 0)
        return cls(rows, ENDING_EARLY[name], not parameters.get("is_raw", True))


@dataclass(frozen=True)
class RowLimit:
    """A statement takes so many readings of all stretches, and one more to say that there are more.

    Attributes:
        has_physical: only readings with a physical value count.
    """

    max_rows: int
    has_physical: bool

    @classmethod
    def of(cls, name: str, parameters: Mapping[str, Any]) -> "RowLimit | None":
        """The limit of the statement with these parameters; None if it has none."""
        if name not in LIMITED:
            return None
        takes_all = parameters.get("is_raw", True) or parameters.get("is_believed", False)
        return cls(parameters["max_rows"], name != "series.flagged" and not takes_all)


# Statements that end after some readings, and whether they begin at the end.
ENDING_EARLY: Mapping[str, bool] = {
    "export.pages": False,
    "measure_reading.last_before": True,
    "measure_reading.readings": False,
    "overview.latest": True,
    "reading.ascending": False,
    "reading.descending": True,
    "reading.instants_ascending": False,
    "reading.instants_descending": True,
    "reading.several_ascending": False,
    "reading.several_descending": True,
    "series.first_after": False,
    "series.last_before": True,
}
# Statements that stop at `max_rows` readings of all they are asked for.
LIMITED = frozenset({"series.count_readings", "series.flagged", "series.readings"})


@dataclass(frozen=True)
class Stretches:
    """The sensors and stretches of time that a statement asks about.

    Attributes:
        sensor_id, from_us, to_us: int32[n], int64[n], int64[n]; `[from_us, to_us)` of each.
    """

    sensor_id: NDArray[np.int32]
    from_us: NDArray[np.int64]
    to_us: NDArray[np.int64]

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "Stretches":
        """The stretches that a statement's parameters name.

        `sensor_ids`, `sensor_id` or both with `auxiliary_ids`; `from` and `to`, `from_us` and `to_us`, or
        both, of which the narrower count. `froms` are one for each of `sensor_ids`.

        Raises:
            KeyError: they say no sensor or no time.
        """
        low, high = _bounds(parameters)
        if "froms" in parameters:
            froms = np.maximum(parameters["froms"].astype(np.int64), low)
            sensor_id = np.asarray(parameters["sensor_ids"], np.int32)
            return cls(sensor_id, froms, np.full(sensor_id.size, high, np.int64))._without_empty()
        from_us: Any = parameters.get("from_us", low)
        to_us_: Any = parameters.get("to_us", high)
        if not (_is_plain(from_us) and _is_plain(to_us_)):
            sensor_id = np.asarray(parameters["sensor_id"], np.int32)
            stretches = cls(
                sensor_id,
                np.broadcast_to(np.maximum(from_us, low), sensor_id.shape),
                np.broadcast_to(np.minimum(to_us_, high), sensor_id.shape),
            )
            return stretches._without_empty()
        named = [np.atleast_1d(np.asarray(parameters[name])) for name in _SENSORS if name in parameters]
        sensor_id = np.unique(np.concatenate(named)).astype(np.int32)
        size = sensor_id.size
        return cls(sensor_id, np.full(size, low, np.int64), np.full(size, high, np.int64))._without_empty()

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of statements."""
        return {"sensor_ids": self.sensor_id, "from_us": self.from_us, "to_us": self.to_us}

    @property
    def columns(self) -> list[list[int]]:
        """The stretches for JSON."""
        return [each.tolist() for each in (self.sensor_id, self.from_us, self.to_us)]

    @classmethod
    def of_columns(cls, columns: Sequence[Sequence[int]]) -> "Stretches":
        """The stretches that came from JSON."""
        sensor_id, from_us, to_us = columns
        return cls(np.array(sensor_id, np.int32), np.array(from_us, np.int64), np.array(to_us, np.int64))

    def joined(self, other: "Stretches") -> "Stretches":
        """These and those."""
        return Stretches(
            np.concatenate([self.sensor_id, other.sensor_id]),
            np.concatenate([self.from_us, other.from_us]),
            np.concatenate([self.to_us, other.to_us]),
        )

    def lie_within(self, others: "Stretches") -> bool:
        """Whether each lies in one of the others, or in some that touch."""
        for sensor_id in np.unique(self.sensor_id).tolist():
            merged = np.array(others.merged_of(sensor_id), np.int64).reshape(-1, 2)
            own = self.sensor_id == sensor_id
            place = np.searchsorted(merged[:, 0], self.from_us[own], side="right") - 1
            if (place < 0).any() or (self.to_us[own] > merged[place, 1]).any():
                return False
        return True

    def each_of(self, sensor_id: int) -> list[tuple[int, int]]:
        """A sensor's, as they are asked for; once those that are asked for twice."""
        own = self.sensor_id == sensor_id
        return sorted(set(zip(self.from_us[own].tolist(), self.to_us[own].tolist(), strict=True)))

    def merged_of(self, sensor_id: int) -> list[tuple[int, int]]:
        """A sensor's, in order, none touching another."""
        merged: list[tuple[int, int]] = []
        for low, high in self.each_of(sensor_id):
            if merged and low <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], high))
            else:
                merged.append((low, high))
        return merged

    def _without_empty(self) -> "Stretches":
        some = np.flatnonzero(self.from_us < self.to_us)
        return Stretches(self.sensor_id[some], self.from_us[some], self.to_us[some])


@dataclass(frozen=True)
class ArchiveNeed:
    """The readings that a statement takes of some stretches: all, or a number of them."""

    stretches: Stretches
    page: TakenRows | None = None
    limit: RowLimit | None = None

    @property
    def document(self) -> list[Any]:
        """The need for JSON."""
        limits = [None if each is None else vars(each) for each in (self.page, self.limit)]
        return [self.stretches.columns, *limits]


def find_needs(
    name: str, parameters: Mapping[str, Any], about: Mapping[str, Any] | None
) -> Sequence[ArchiveNeed]:
    """The needs of files that may hold something; none if no file does, and nothing is asked."""
    if not reads_readings(name):
        return []
    if name == "excursion.reach":
        needs = _needs_of_reach(parameters)
    else:
        stretches = Stretches.of(parameters if about is None else about)
        needs = [ArchiveNeed(stretches, TakenRows.of(name, parameters), RowLimit.of(name, parameters))]
    oldest_us = now_us() - NEVER_ARCHIVED_US
    return needs if any((need.stretches.from_us < oldest_us).any() for need in needs) else []


def _needs_of_reach(parameters: Mapping[str, Any]) -> Sequence[ArchiveNeed]:
    """The needs on both sides of a range."""
    sensor_id, rows = {"sensor_id": parameters["sensor_id"]}, parameters["max_readings"]
    before = sensor_id | {"from": parameters["earliest"], "to": parameters["from"]}
    after = sensor_id | {"from": parameters["after"], "to": parameters["until"]}
    return [
        ArchiveNeed(Stretches.of(before), TakenRows(rows, is_descending=True, has_physical=True)),
        ArchiveNeed(Stretches.of(after), TakenRows(rows, is_descending=False, has_physical=True)),
    ]


def all_of(needs: Sequence[ArchiveNeed]) -> Stretches:
    """The stretches of all of them."""
    return reduce(Stretches.joined, [need.stretches for need in needs])


@cache
def reads_readings(name: str) -> bool:
    """Whether a statement looks at readings."""
    return SOURCE.search(query(name)) is not None


def _bounds(parameters: Mapping[str, Any]) -> tuple[int, int]:
    """The hull of all times that are named, as narrow as they say."""
    lows = [_us(parameters[name]) for name in ("from", "from_us") if _is_plain(parameters.get(name))]
    highs = [_us(parameters[name]) for name in ("to", "to_us") if _is_plain(parameters.get(name))]
    if not lows or not highs:
        raise KeyError("a statement about readings has to name its times")
    return max(lows), min(highs)


def _is_plain(value: object) -> bool:
    return isinstance(value, datetime | int)


def _us(value: datetime | int) -> int:
    return to_us(value) if isinstance(value, datetime) else value
