"""Guesses how a table is to be read, from the names and types of its columns and its first rows.

Why: decision 160.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import polars as pl

from barograph.tables.files.dialect import Dialect
from barograph.tables.files.formats import Format
from barograph.tables.mapping import MAX_COLUMNS, TableMapping
from barograph.tables.numbers import stacked, to_numbers
from barograph.tables.times.date_orders import FAMILIES, borne_out
from barograph.tables.times.instants import TimeColumn, TimeFormat, to_t_us
from barograph.tables.unreadable import Unreadable

_TIME_NAMES = ("t_us", "time", "timestamp", "datetime", "date_time", "ts", "date", "zeit", "t", "epoch")
_ELAPSED_NAMES = ("elapsed", "seconds", "sec", "x_value", "time", "zeit", "t", "ts")
_SENSOR_NAMES = (
    *("sensor", "sensor_id", "sensor_key", "channel", "tag", "signal", "key", "name", "topic", "field"),
)
_VALUE_NAMES = ("value", "raw", "val", "reading", "measurement", "wert", "y")
_PATTERNS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S,%f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S%.f %Z",
    "%Y/%m/%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M",
    "%Y.%m.%d %H:%M:%S%.f",
    "%Y%m%dT%H%M%S%.f",
    "%d-%b-%Y %H:%M:%S%.f",
    "%d %b %Y %H:%M:%S%.f",
)
# Numbers since 1970 tell their unit by their size: each spans 1973 to 5138.
_EPOCHS: Sequence[tuple[float, TimeFormat]] = (
    (1e8, "epoch_s"),
    (1e11, "epoch_ms"),
    (1e14, "epoch_us"),
    (1e17, "epoch_ns"),
)
_MAX_OF_EPOCH = 1000
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119
_ELAPSED: Mapping[str, TimeFormat] = {
    "ms": "elapsed_ms",
    "msec": "elapsed_ms",
    "us": "elapsed_us",
    "µs": "elapsed_us",
    "μs": "elapsed_us",
    "ns": "elapsed_ns",
}
_DATE = r"^\s*\d{1,4}[-./ ]([A-Za-z]{3}|\d{1,2})[-./ ]\d{1,4}\s*$"
_TIME_OF_DAY = r"^\s*\d{1,2}:\d{2}(:\d{2}([.,:]\d+)?)?(\s*[AaPp][Mm])?\s*$"
_MOSTLY = 0.6
Whole = Callable[[TimeColumn], pl.Series]
"""Of a description of times, all of them, or as many as there is time to look at."""


@dataclass(frozen=True)
class Guess:
    """A guess at how a table is to be read.

    Attributes:
        hows: the ways in which the table may be read; none if nothing suggests itself.
        questions: what somebody must say before it is: with any, even a single way is no more than likely.
    """

    hows: Sequence[TableMapping] = ()
    questions: Sequence[str] = ()

    @property
    def how(self) -> TableMapping | None:
        """The one way, if it is certain."""
        return self.hows[0] if len(self.hows) == 1 and not self.questions else None


@dataclass(frozen=True)
class _Times:
    columns: Sequence[TimeColumn]
    question: str | None = None


def guess(
    first: pl.DataFrame,
    whole: Whole,
    file_format: Format,
    dialects: Sequence[Dialect | None],
    units: Mapping[str, str],
) -> Guess:
    """How the table may be read, from its first rows; what they leave open, from all times.

    `dialects` holds one, or those between which the file does not decide. `units` is what the file says of
    its columns.
    """
    times = _times(first, whole, units)
    if times is None:
        return Guess()
    time = times.columns[0].column
    found = [_how(first, each, file_format, dialect) for dialect in dialects for each in times.columns]
    hows = [each for each in found if each is not None]
    questions = [] if times.question is None else [f"column {time!r}: {times.question}"]
    if len(dialects) > 1:
        questions.append("numbers such as 1,234 or 1.234 have a decimal mark, or one between thousands")
    return Guess(hows, questions) if hows else Guess()


def _how(
    first: pl.DataFrame, time: TimeColumn, file_format: Format, dialect: Dialect | None
) -> TableMapping | None:
    others = [name for name in first.columns if name not in time.columns]
    sensor, value = _named(others, _SENSOR_NAMES), _named(others, _VALUE_NAMES)
    if sensor is not None and value is not None:
        return TableMapping(format=file_format, csv=dialect, time=time, sensor=sensor, value=value)
    named = [name for name in others if 0 < len(name) <= 500]
    columns = {name: name.removeprefix("/") for name in _with_numbers(first, named, dialect)}
    if not columns or len(columns) > MAX_COLUMNS:
        return None
    return TableMapping(format=file_format, csv=dialect, time=time, columns=columns)


def _times(first: pl.DataFrame, whole: Whole, units: Mapping[str, str]) -> _Times | None:
    """Finds the column that most likely holds times, or the two of them, and how they may be written."""
    names = sorted(first.columns, key=lambda name: _rank(name, _TIME_NAMES))
    for name in names:
        column = first[name]
        if isinstance(column.dtype, (pl.Datetime, pl.Date)):
            return _typed(column, first)
        if column.dtype == pl.String and (found := _of_texts(TimeColumn(column=name), column, whole)):
            return found
        if _rank(name, _TIME_NAMES) < len(_TIME_NAMES) and (found := _of_numbers(column, whole)):
            return found
    return _of_two(first, names, whole) or _of_elapsed(first, units)


def _typed(column: pl.Series, first: pl.DataFrame) -> _Times:
    zone = None if isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone else "UTC"
    time = TimeColumn(column=column.name, format="typed", zone=zone)
    of_day = [name for name, kind in first.schema.items() if kind == pl.Time]
    if column.dtype == pl.Date and of_day:
        return _Times([time.model_copy(update={"time_of_day": of_day[0]})])
    return _Times([time])


def _of_two(first: pl.DataFrame, names: Sequence[str], whole: Whole) -> _Times | None:
    """A column of dates, and one of times of day."""
    date = next((name for name in names if _mostly_fits(first[name], _DATE)), None)
    of_day = next((name for name in names if _mostly_fits(first[name], _TIME_OF_DAY)), None)
    if date is None or of_day is None:
        return None
    time = TimeColumn(column=date, time_of_day=of_day)
    return _of_texts(time, time.of(first), whole)


def _mostly_fits(column: pl.Series, pattern: str) -> bool:
    given = column.drop_nulls()
    if given.dtype != pl.String or not given.len():
        return False
    return int(given.str.contains(pattern).sum()) >= _MOSTLY * given.len()


def _of_elapsed(first: pl.DataFrame, units: Mapping[str, str]) -> _Times | None:
    """A column of numbers that begin near 0 and rise: when that was, no file says."""
    names = [name for name in first.columns if _rank(name, _ELAPSED_NAMES) < len(_ELAPSED_NAMES)]
    for name in sorted(names, key=lambda name: _rank(name, _ELAPSED_NAMES)):
        numbers = _sizes(first[name])
        if numbers.len() and numbers.is_sorted() and numbers[0] < _EXCEL_DAYS[0]:
            column = TimeColumn(column=name, format=_ELAPSED.get(units.get(name, ""), "elapsed_s"))
            return _Times([column], "its numbers count from a start of the file's own: say when that was")
    return None


def _of_texts(time: TimeColumn, texts: pl.Series, whole: Whole) -> _Times | None:
    given = texts.drop_nulls()
    certain = [time, *(_patterned(time, each) for each in _PATTERNS)]
    for candidate in certain:
        if _is_mostly_there(to_t_us(given, candidate)):
            return _Times([candidate])
    for family in FAMILIES:
        read = [to_t_us(given, _patterned(time, each)) for each in family]
        if _is_mostly_there(reduce(pl.Series.fill_null, read)):
            return _ordered(time, whole(time), family)
    return None


def _ordered(time: TimeColumn, texts: pl.Series, family: Sequence[str]) -> _Times:
    found = borne_out(texts.drop_nulls().str.strip_chars(), family)
    question = None
    if not found:
        question = "some rows have the day before the month, others behind it"
    elif len(found) > 1:
        question = f"every row fits {' and '.join(found)}"
    return _Times([_patterned(time, each) for each in found or family], question)


def _of_numbers(column: pl.Series, whole: Whole) -> _Times | None:
    largest = _sizes(column).max()
    if not isinstance(largest, float) or largest < _EXCEL_DAYS[0]:
        return None
    if largest <= _EXCEL_DAYS[1]:
        excel = TimeColumn(column=column.name, format="excel", zone="UTC")
        return _Times([excel], "its numbers may be days as Excel counts them, or something else")
    fitting = [each for each in _EPOCHS if largest >= each[0]]
    if not fitting:
        return None
    lowest, unit = fitting[-1]
    holds = (
        _sizes(whole(TimeColumn(column=column.name, format=unit)))
        .is_between(lowest, lowest * _MAX_OF_EPOCH, closed="left")
        .all()
    )
    question = None if holds else f"most numbers look like {unit}, but not all of them"
    return _Times([TimeColumn(column=column.name, format=unit)], question)


def _sizes(column: pl.Series) -> pl.Series:
    if column.dtype == pl.String:
        column = column.str.strip_chars().str.replace(",", ".", literal=True)
    elif not column.dtype.is_numeric():
        return pl.Series([], dtype=pl.Float64)
    return column.cast(pl.Float64, strict=False).drop_nulls().drop_nans().abs()


def _patterned(time: TimeColumn, pattern: str) -> TimeColumn:
    zone = None if "%Z" in pattern else "UTC"
    return time.model_copy(update={"format": "pattern", "pattern": pattern, "zone": zone})


def _with_numbers(first: pl.DataFrame, names: Sequence[str], dialect: Dialect | None) -> list[str]:
    """The columns that hold numbers."""
    kinds = first.schema
    texts = [name for name in names if kinds[name] == pl.String]
    of_texts = _texts_with_numbers(first, texts, dialect) if texts and first.height else set[str]()
    return [
        name for name in names if kinds[name].is_numeric() or kinds[name] == pl.Boolean or name in of_texts
    ]


def _texts_with_numbers(first: pl.DataFrame, names: Sequence[str], dialect: Dialect | None) -> set[str]:
    (column,) = stacked(first, names)
    numbers = to_numbers(column, dialect)
    given = (~numbers.is_empty).reshape(len(names), -1)
    # An uncertain number makes no column of texts of it.
    is_number = (numbers.code != Unreadable.BAD_VALUE).reshape(len(names), -1)
    share = (given & is_number).sum(axis=1) / np.maximum(given.sum(axis=1), 1)
    return {name for name, each in zip(names, share.tolist(), strict=True) if each >= _MOSTLY}


def _is_mostly_there(column: pl.Series) -> bool:
    return column.len() > 0 and column.null_count() <= (1 - _MOSTLY) * column.len()


def _named(names: Sequence[str], usual: Sequence[str]) -> str | None:
    best = min(names, key=lambda name: _rank(name, usual), default=None)
    return best if best is not None and _rank(best, usual) < len(usual) else None


def _rank(name: str, usual: Sequence[str]) -> int:
    """How soon a name comes among the usual ones; the last place for one that does not.

    Of a path, as HDF5 has them, the last part counts.
    """
    name = name.rpartition("/")[2] if name.startswith("/") else name
    plain = re.sub(r"[^a-z_]+", "_", name.lower()).strip("_")
    for place, each in enumerate(usual):
        if plain == each or plain.startswith(f"{each}_"):
            return place
    return len(usual)
