"""Guesses how a table is to be read, from the names and types of its columns and its first rows."""

import re
from collections.abc import Sequence

import polars as pl

from barograph.tables.dialect import Dialect
from barograph.tables.formats import Format
from barograph.tables.how import MAX_COLUMNS, How
from barograph.tables.instants import TimeColumn, TimeFormat, to_t_us

_TIME_NAMES = ("t_us", "time", "timestamp", "datetime", "date_time", "ts", "date", "zeit", "t", "epoch")
_SENSOR_NAMES = ("sensor", "sensor_id", "sensor_key", "channel", "tag", "signal", "key", "name", "topic")
_VALUE_NAMES = ("value", "raw", "val", "reading", "measurement", "wert", "y")
_PATTERNS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S%.f",
    "%d.%m.%Y %H:%M:%S%.f",
    "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H:%M:%S%.f",
    "%Y%m%dT%H%M%S%.f",
)
# Numbers since 1970 tell their unit by their size: each spans 1973 to 5138.
_EPOCHS: Sequence[tuple[float, TimeFormat]] = (
    (1e8, "epoch_s"),
    (1e11, "epoch_ms"),
    (1e14, "epoch_us"),
    (1e17, "epoch_ns"),
)
_MOSTLY = 0.6


def guess(first: pl.DataFrame, file_format: Format, dialect: Dialect | None) -> How | None:
    """How the table is most likely read; None if no column looks like times, or none like values."""
    time = _time(first)
    if time is None:
        return None
    others = [name for name in first.columns if name != time.column]
    sensor, value = _named(others, _SENSOR_NAMES), _named(others, _VALUE_NAMES)
    if sensor is not None and value is not None:
        return How(format=file_format, csv=dialect, time=time, sensor=sensor, value=value)
    columns = {name: name for name in others if 0 < len(name) <= 500 and _holds_numbers(first[name], dialect)}
    if not columns or len(columns) > MAX_COLUMNS:
        return None
    return How(format=file_format, csv=dialect, time=time, columns=columns)


def _time(first: pl.DataFrame) -> TimeColumn | None:
    ranked = sorted(first.columns, key=lambda name: _rank(name, _TIME_NAMES))
    found = (
        _time_column(first[name], is_named=_rank(name, _TIME_NAMES) < len(_TIME_NAMES)) for name in ranked
    )
    return next((each for each in found if each is not None), None)


def _time_column(column: pl.Series, *, is_named: bool) -> TimeColumn | None:
    if isinstance(column.dtype, (pl.Datetime, pl.Date)):
        zone = None if isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone else "UTC"
        return TimeColumn(column=column.name, format="typed", zone=zone)
    if column.dtype == pl.String:
        patterns = (
            TimeColumn(column=column.name, format="pattern", pattern=each, zone="UTC") for each in _PATTERNS
        )
        for candidate in (TimeColumn(column=column.name), *patterns):
            if _fits(column, candidate):
                return candidate
        column = column.str.strip_chars().cast(pl.Float64, strict=False).alias(column.name)
    if not is_named or not column.dtype.is_numeric():
        return None
    return _epoch(column)


def _epoch(column: pl.Series) -> TimeColumn | None:
    largest = column.cast(pl.Float64).drop_nulls().abs().max()
    found: TimeColumn | None = None
    for least, unit in _EPOCHS:
        if isinstance(largest, float) and largest >= least:
            found = TimeColumn(column=column.name, format=unit)
    return found


def _fits(column: pl.Series, candidate: TimeColumn) -> bool:
    given = column.drop_nulls()
    return _is_mostly_there(to_t_us(given, candidate))


def _holds_numbers(column: pl.Series, dialect: Dialect | None) -> bool:
    if column.dtype != pl.String:
        return column.dtype.is_numeric() or column.dtype == pl.Boolean
    texts = column.str.strip_chars()
    if dialect is not None and dialect.decimal_comma:
        texts = texts.str.replace(",", ".", literal=True)
    given = texts.filter((texts != "") & texts.is_not_null())
    return _is_mostly_there(given.cast(pl.Float64, strict=False))


def _is_mostly_there(column: pl.Series) -> bool:
    return column.len() > 0 and column.null_count() <= (1 - _MOSTLY) * column.len()


def _named(names: Sequence[str], usual: Sequence[str]) -> str | None:
    best = min(names, key=lambda name: _rank(name, usual), default=None)
    return best if best is not None and _rank(best, usual) < len(usual) else None


def _rank(name: str, usual: Sequence[str]) -> int:
    """How soon a name comes among the usual ones; the last place for one that does not."""
    plain = re.sub(r"[^a-z_]+", "_", name.lower()).strip("_")
    for place, each in enumerate(usual):
        if plain == each or plain.startswith(f"{each}_"):
            return place
    return len(usual)
