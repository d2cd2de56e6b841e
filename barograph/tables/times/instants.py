"""Times as files write them, to microseconds since 1970."""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from barograph.errors import FieldError, Invalid
from barograph.tables.times.epochs import from_epoch, from_excel
from barograph.tables.times.patterns import TimePattern
from barograph.tables.times.repeats import ClockRepeats
from barograph.tables.times.zones import Placed, check_zone, offset_us_of, place, place_by_name
from barograph.tables.unreadable import Unreadable
from barograph.times import MAX_US, MIN_US, parse_time, to_us

TimeFormat = Literal[
    "rfc3339",
    "epoch_s",
    "epoch_ms",
    "epoch_us",
    "epoch_ns",
    "elapsed_s",
    "elapsed_ms",
    "elapsed_us",
    "elapsed_ns",
    "excel",
    "pattern",
    "typed",
]
STORED = {"stored": True}
"""The context in which a description that was taken before is read: it is shown, whatever it says."""
_MAX_ELAPSED_US = 2**62
_LOCAL_RFC_3339 = "%Y-%m-%dT%H:%M:%S%.f"


class TimeColumn(BaseModel):
    """Where a file's times are, and how they are written."""

    model_config = ConfigDict(extra="forbid")

    column: str
    time_of_day: str | None = Field(
        default=None,
        description="Another column, where `column` holds the dates alone: both are read as one, with "
        "a blank between them",
    )
    format: TimeFormat = Field(
        default="rfc3339",
        description="`rfc3339`: with an offset; `epoch_…`: a number since 1970; `elapsed_…`: "
        "one since `start`; `excel`: days since 1900, as "
        "Excel counts them; `pattern`: as `pattern` says; `typed`: Parquet and Arrow times",
    )
    pattern: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="With the directives of Python's strptime",
        examples=["%d.%m.%Y %H:%M:%S.%f"],
    )
    start: str | None = Field(
        default=None,
        max_length=40,
        description="Of `elapsed_…`: when the count was 0, in RFC 3339 with an offset",
        examples=["2019-06-03T09:15:00+02:00"],
    )
    zone: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="Of times without an offset, such as Europe/Berlin or +05:30",
    )
    repeated: Literal["order", "earlier", "later"] = Field(
        default="order",
        description="Which of two is meant where clocks were put back: as the order of the rows tells, and "
        "unreadable where it does not, or always the earlier or the later one",
    )

    @model_validator(mode="after")
    def _is_understood(self, info: ValidationInfo) -> Self:
        if info.context == STORED:
            return self
        if (self.format == "pattern") != (self.pattern is not None):
            raise ValueError("pattern comes with format `pattern`, and only with it")
        if self.start is not None:
            if not self.is_elapsed:
                raise ValueError("start comes with a format `elapsed_…`, and only with one")
            parse_time(self.start)
        if self.time_of_day is not None and self.format not in {"rfc3339", "pattern", "typed"}:
            raise ValueError("time_of_day comes with rfc3339, pattern or typed")
        if self.zone is not None:
            check_zone(self.zone)
        if self.pattern is not None:
            TimePattern.of(self.pattern)
        return self

    @property
    def is_elapsed(self) -> bool:
        """Whether times are counted from a start of the file's own."""
        return self.format.startswith("elapsed_")

    @property
    def columns(self) -> list[str]:
        """The columns that times are read from."""
        return [self.column] if self.time_of_day is None else [self.column, self.time_of_day]

    def of(self, table: pl.DataFrame) -> pl.Series:
        """The times of a table's rows as they are written; null where a part of one is missing.

        Raises:
            Invalid: the columns can't be joined.
        """
        if self.time_of_day is None:
            return table[self.column]
        return _joined(table[self.column], table[self.time_of_day])

    @property
    def is_local(self) -> bool:
        """Whether the file's times may be those of a clock that was put back."""
        is_on_a_clock = self.format in {"excel", "pattern", "typed"} or self.zone is not None
        return is_on_a_clock and self.zone is not None and offset_us_of(self.zone) is None


def _joined(dates: pl.Series, times_of_day: pl.Series) -> pl.Series:
    if dates.dtype == pl.Date and times_of_day.dtype == pl.Time:
        since_midnight = times_of_day.cast(pl.Duration("us"))
        return dates.cast(pl.Datetime("us")) + since_midnight
    if dates.dtype == pl.String and times_of_day.dtype == pl.String:
        return dates.str.strip_chars() + " " + times_of_day.str.strip_chars()
    raise Invalid(
        f"dates of type {dates.dtype} and times of day of type {times_of_day.dtype} can't be joined",
        [FieldError("/time/time_of_day", "two texts, or a Date and a Time")],
    )


@dataclass(frozen=True)
class Instants:
    """A column of times.

    Attributes:
        t_us: int64[n], microseconds since 1970 UTC, 0 where there is no time.
        code: uint8[n], an `Unreadable`, or 0 for a time.
        local_us: int64[n], what the clock showed; for times that carry their offset, the same as `t_us`.
        is_repeated: bool[n], whether the clock showed that twice; then `code` depends on the order of rows.
    """

    t_us: NDArray[np.int64]
    code: NDArray[np.uint8]
    local_us: NDArray[np.int64]
    is_repeated: NDArray[np.bool_]


def read_times(
    times: pl.Series,
    how: TimeColumn,
    first_row: int = 1,
    repeats: ClockRepeats | None = None,
    *,
    decimal_comma: bool = False,
) -> Instants:
    """The times of rows from number `first_row` on; what is finer than 1 µs is cut off.

    `repeats` tells which of two times is meant where clocks were put back.
    """
    local_us, is_time, placed = _placed(times, how, decimal_comma=decimal_comma)
    code = np.zeros(local_us.size, np.uint8)
    code[~placed.was] = Unreadable.SKIPPED_TIME
    code[~is_time] = Unreadable.BAD_TIME
    is_repeated = is_time & placed.is_repeated
    is_later = np.full(local_us.size, how.repeated == "later")
    if how.repeated == "order" and is_repeated.any():
        is_later, is_known = (repeats or ClockRepeats()).choose(local_us, first_row)
        code[is_repeated & ~is_known] = Unreadable.AMBIGUOUS_TIME
    t_us = np.where(is_later, placed.later_us, placed.earlier_us)
    code[(code == 0) & ((t_us < MIN_US) | (t_us > MAX_US))] = Unreadable.BAD_TIME
    t_us[code > 0] = 0
    return Instants(t_us, code, local_us, is_repeated)


def to_t_us(times: pl.Series, how: TimeColumn) -> pl.Series:
    """int64[n], null where there is no time, or none in the years 1 to 9999; finer than 1 µs is cut off."""
    found = read_times(times, how)
    return pl.Series(found.t_us, dtype=pl.Int64).set(pl.Series(found.code > 0), None)


def _placed(
    times: pl.Series, how: TimeColumn, *, decimal_comma: bool
) -> tuple[NDArray[np.int64], NDArray[np.bool_], Placed]:
    """The clock's readings, where they are times at all, and their instants."""
    if how.format == "pattern" or (how.format == "rfc3339" and how.zone is not None):
        return _by_pattern(times, how)
    found = _instants(times, how, decimal_comma=decimal_comma)
    is_time = found.is_not_null().to_numpy()
    clock_us = found.fill_null(0).to_numpy()
    is_local = how.format == "excel" or (how.format == "typed" and not _has_zone(times))
    return clock_us, is_time, place(clock_us, (how.zone or "UTC") if is_local else "UTC")


def _instants(times: pl.Series, how: TimeColumn, *, decimal_comma: bool) -> pl.Series:
    """Times that are no texts of a pattern, as int64."""
    if how.format == "rfc3339":
        texts = times.cast(pl.String).str.strip_chars()
        found = texts.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
        return found.to_physical()
    if how.format == "typed":
        return (times.cast(pl.Datetime("us")) if times.dtype == pl.Date else times).dt.timestamp("us")
    if times.dtype == pl.String and decimal_comma:
        times = times.str.replace(",", ".", literal=True)
    if how.format == "excel":
        return from_excel(times)
    if how.is_elapsed:
        found = from_epoch(times, how.format.replace("elapsed", "epoch"))
        return found.set(found.abs() > _MAX_ELAPSED_US, None) + to_us(parse_time(how.start or ""))
    return from_epoch(times, how.format)


def _by_pattern(times: pl.Series, how: TimeColumn) -> tuple[NDArray[np.int64], NDArray[np.bool_], Placed]:
    texts = times.cast(pl.String).str.strip_chars()
    if how.pattern is None:
        texts = texts.str.replace(" ", "T", literal=True)
    clock = TimePattern.of(how.pattern or _LOCAL_RFC_3339).read(texts)
    local_us = np.where(clock.is_time, clock.local_us, 0)
    if clock.offset_us is not None:
        instants = local_us - clock.offset_us
        return local_us, clock.is_time, Placed(instants, instants, np.ones(instants.size, np.bool_))
    if clock.zone is not None:
        placed = place_by_name(local_us, clock.zone, how.zone)
        return local_us, clock.is_time & placed.was, placed
    return local_us, clock.is_time, place(local_us, how.zone or "UTC")


def _has_zone(times: pl.Series) -> bool:
    return isinstance(times.dtype, pl.Datetime) and times.dtype.time_zone is not None
