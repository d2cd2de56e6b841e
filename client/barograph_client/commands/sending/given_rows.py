"""Readings of a text, a line after the other: CSV or JSON lines. Pure.

CSV, long     sensor,time,value           in any order; further columns are left out
CSV, wide     time,inlet,outlet           a column for each sensor; an empty cell is no reading
JSON lines    {"sensor": "inlet", "time": …, "value": 21.5}
              {"time": …, "inlet": 21.5, "outlet": 22.25}
"""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from math import isfinite
from typing import Any, Literal

RowForm = Literal["csv", "ndjson"]
TimeUnit = Literal["s", "ms", "us", "ns"]
# So many microseconds, or so many to one.
_MULTIPLIED: dict[str, int] = {"s": 1_000_000, "ms": 1_000, "us": 1}
_EARLIEST, _LATEST = -(2**63), 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UnreadableRows(ValueError):  # says what is wrong, as its siblings do
    """The text is no table of readings."""


@dataclass(frozen=True, slots=True)
class GivenReading:
    """One reading of a line."""

    sensor: str
    t_us: int
    value: float


@dataclass(frozen=True, slots=True)
class RowFault:
    """A line, or a cell of it, that gives no reading."""

    line: int
    why: str


def read_rows(
    lines: Iterable[str], form: RowForm, *, unit: TimeUnit | None = None, zone_is_utc: bool = False
) -> Iterator[GivenReading | RowFault]:
    """The readings of each line as it comes.

    Args:
        lines: of the text; they may come slowly.
        form: of the text.
        unit: of times that are numbers.
        zone_is_utc: whether times without a zone are UTC; otherwise they are faults.

    Raises:
        UnreadableRows: the heading names no time, or no sensor.
    """
    times = GivenTimes(unit, zone_is_utc=zone_is_utc)
    yield from _read_csv(lines, times) if form == "csv" else _read_json(lines, times)


@dataclass(frozen=True)
class GivenTimes:
    """How times are written."""

    unit: TimeUnit | None
    zone_is_utc: bool = False

    def microseconds(self, given: object) -> int:
        """Whole microseconds since 1970 UTC; what is finer is cut.

        Raises:
            ValueError: it says no time; the text tells why.
        """
        if isinstance(given, bool) or given is None or given == "":
            raise ValueError("there is no time")
        number = _number(given)
        return self._written(str(given).strip()) if number is None else self._counted(number)

    def _counted(self, number: float) -> int:
        if self.unit is None:
            raise ValueError("the time is a number: say its unit with --time-unit")
        if not _EARLIEST <= number <= _LATEST:
            raise ValueError(f"{str(number)[:40]} is no time")
        t_us = int(number // 1000) if self.unit == "ns" else round(number * _MULTIPLIED[self.unit])
        if not _EARLIEST <= t_us <= _LATEST:
            raise ValueError(f"{number} is no time in {self.unit}")
        return t_us

    def _written(self, text: str) -> int:
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text[:40]!r} is no time") from None
        if time.tzinfo is None and not self.zone_is_utc:
            raise ValueError("the time has no zone: write it with Z, or say --utc")
        since = (time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _number(given: object) -> float | None:
    """An integer stays one: as a float, a time in nanoseconds loses digits."""
    for kind in (int, float):
        try:
            number = given if isinstance(given, int | float) else kind(str(given))
        except ValueError:
            continue
        return number if isinstance(number, int) or isfinite(number) else None
    return None


def _value(given: object) -> float:
    try:
        return float(given if isinstance(given, int | float) else str(given))
    except (ValueError, OverflowError):
        raise ValueError(f"{str(given)[:40]!r} is no number") from None


def _read_csv(lines: Iterable[str], times: GivenTimes) -> Iterator[GivenReading | RowFault]:
    kept = (line for line in lines if line.strip() and not line.startswith("#"))
    first = next(kept, None)
    if first is None:
        return
    first = first.removeprefix("\ufeff")
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(chain([first], kept), delimiter=delimiter)
    heading = [name.strip() for name in next(rows)]
    places = {name.lower(): place for place, name in enumerate(heading)}
    if "time" not in places:
        raise UnreadableRows(f"the heading names no column `time`: {', '.join(heading)[:200]}")
    decimal = "," if delimiter != "," else "."
    if {"sensor", "value"} <= places.keys():
        sensor, value = places["sensor"], places["value"]
        cells = (
            (row, [(row[sensor].strip(), row[value])] if len(row) > max(places.values()) else None)
            for row in rows
        )
    else:
        named = [(place, name) for place, name in enumerate(heading) if place != places["time"] and name]
        if not named:
            raise UnreadableRows("the heading names no sensor")
        cells = ((row, _wide(row, heading, named)) for row in rows)
    for row, given in cells:
        if given is None:
            yield RowFault(rows.line_num, f"{len(row)} cells where the heading has {len(heading)}")
            continue
        text = [(sensor, cell.replace(decimal, ".") if decimal == "," else cell) for sensor, cell in given]
        yield from _readings(rows.line_num, row[places["time"]], text, times)


def _wide(
    row: Sequence[str], heading: Sequence[str], named: Sequence[tuple[int, str]]
) -> list[tuple[str, str]] | None:
    if len(row) != len(heading):
        return None
    return [(name, row[place]) for place, name in named if row[place].strip()]


def _read_json(lines: Iterable[str], times: GivenTimes) -> Iterator[GivenReading | RowFault]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row: dict[str, Any] = json.loads(line)
            given = row.pop("time")
        except (ValueError, KeyError, AttributeError, TypeError):
            yield RowFault(number, "no JSON object with a `time`")
            continue
        if {"sensor", "value"} <= row.keys():
            cells = [(str(row["sensor"]), row["value"])]
        else:
            cells = [(name, value) for name, value in row.items() if value is not None]
        yield from _readings(number, given, cells, times)


def _readings(
    line: int, time: object, cells: Sequence[tuple[str, object]], times: GivenTimes
) -> Iterator[GivenReading | RowFault]:
    try:
        t_us = times.microseconds(time)
    except ValueError as error:
        yield RowFault(line, str(error))
        return
    for sensor, given in cells:
        yield _reading(line, sensor, t_us, given)


def _reading(line: int, sensor: str, t_us: int, given: object) -> GivenReading | RowFault:
    if not sensor:
        return RowFault(line, "no sensor is named")
    try:
        return GivenReading(sensor, t_us, _value(given))
    except ValueError as error:
        return RowFault(line, f"{sensor}: {error}")
