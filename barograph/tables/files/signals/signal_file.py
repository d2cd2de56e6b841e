"""Signals as a long table: a row for each sample, with its time and the signal's name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from barograph.times import MAX_US, MIN_US

TIME, SIGNAL, VALUE = "time", "signal", "value"
READ_ROWS = 50_000
"""Samples of a group that are read at once."""


@dataclass(frozen=True)
class SignalGroup:
    """Signals that are sampled at the same times.

    Attributes:
        samples: how many each has.
        names: of the signals, unique in the file.
        times_us: of the samples from one on, as many as asked for, int64, microseconds since 1970; on the
            clock of the file.
        values: of the signal with this place in `names`, likewise, numbers of any kind.
    """

    samples: int
    names: list[str]
    times_us: Callable[[int, int], NDArray[np.int64]]
    values: Callable[[int, int, int], NDArray[np.generic]]


class SignalFile(Protocol):
    """An open file.

    Attributes:
        groups: in the order of the file; only signals of numbers.
        units: by signal, where the file says one.
        zone: UTC, or none if times are those of an unknown clock.
    """

    groups: list[SignalGroup]
    units: dict[str, str]
    zone: str | None


def schema_of_signals(file: SignalFile) -> pl.Schema:
    """The schema of the table."""
    kind = pl.Datetime("us", file.zone)
    return pl.Schema({TIME: kind, SIGNAL: pl.String(), VALUE: pl.Float64()})


def rows_of(file: SignalFile, max_rows: int | None) -> Iterator[pl.DataFrame]:
    """Yields the table in pieces, group by group and signal by signal, until `max_rows` are there."""
    schema = schema_of_signals(file)
    at_once = READ_ROWS if max_rows is None else max(1, min(max_rows, READ_ROWS))
    for group in file.groups:
        for start in range(0, group.samples, at_once):
            yield from _piece(group, start, min(at_once, group.samples - start), schema)


def _piece(group: SignalGroup, start: int, count: int, schema: pl.Schema) -> Iterator[pl.DataFrame]:
    times_us = group.times_us(start, count)
    is_time = (times_us >= MIN_US) & (times_us <= MAX_US)
    time = pl.Series(TIME, times_us).set(pl.Series(~is_time), None).cast(schema[TIME])
    for place, name in enumerate(group.names):
        value = np.asarray(group.values(place, start, count), np.float64)
        yield pl.DataFrame({TIME: time, SIGNAL: pl.repeat(name, count, eager=True), VALUE: value})


def unique_names(names: list[tuple[str, str]]) -> list[str]:
    """Names of columns for signals by group and name: the group goes before a name that others have."""
    seen = [name for _, name in names]
    found = [name if seen.count(name) == 1 else f"{group}/{name}" for group, name in names]
    return [
        name if found.count(name) == 1 else f"{name}#{found[:place].count(name) + 1}"
        for place, name in enumerate(found)
    ]


def elapsed_to_us(start_us: int, elapsed_s: NDArray[np.generic]) -> NDArray[np.int64]:
    """Microseconds since 1970 of seconds since a start, to the nearest."""
    far_us = np.nan_to_num(np.asarray(elapsed_s, np.float64) * 1e6, nan=-1e18, posinf=1e18, neginf=-1e18)
    return start_us + np.rint(np.clip(far_us, -1e18, 1e18)).astype(np.int64)
