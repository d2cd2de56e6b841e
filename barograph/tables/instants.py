"""Times as files write them, to microseconds since 1970."""

from typing import Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from barograph.times import MAX_US, MIN_US

TimeFormat = Literal["rfc3339", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns", "pattern", "typed"]
_US_PER: dict[str, float] = {"epoch_s": 1e6, "epoch_ms": 1e3, "epoch_us": 1.0, "epoch_ns": 1e-3}


class TimeColumn(BaseModel):
    """Where a file's times are, and how they are written."""

    model_config = ConfigDict(extra="forbid")

    column: str
    format: TimeFormat = Field(
        default="rfc3339",
        description="`rfc3339`: with an offset; `epoch_…`: a number since 1970; `pattern`: as `pattern` "
        "says; `typed`: Parquet and Arrow times",
    )
    pattern: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="As strftime has it",
        examples=["%d.%m.%Y %H:%M:%S%.f"],
    )
    zone: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="Of times without an offset, such as Europe/Berlin; where clocks are put back, the "
        "earlier of two is meant",
    )

    @model_validator(mode="after")
    def _is_understood(self) -> Self:
        if (self.format == "pattern") != (self.pattern is not None):
            raise ValueError("pattern comes with format `pattern`, and only with it")
        empty = pl.Series([], dtype=pl.Datetime("us"))
        try:
            empty.dt.replace_time_zone(self.zone)
            if self.pattern is not None:
                pl.Series(["x"]).str.to_datetime(self.pattern, time_unit="us", strict=False)
        except pl.exceptions.PolarsError as error:
            raise ValueError(str(error).splitlines()[0]) from None
        return self


def to_t_us(times: pl.Series, how: TimeColumn) -> pl.Series:
    """int64[n], null where there is no time, or none in the years 1 to 9999; finer than 1 µs is cut off."""
    if how.format in _US_PER:
        found = _from_epoch(times, how.format)
    elif how.format == "typed":
        found = _in_utc(times.cast(pl.Datetime("us")) if times.dtype == pl.Date else times, how.zone)
    else:
        found = _from_text(times.cast(pl.String).str.strip_chars(), how)
    return found.set(~found.is_between(MIN_US, MAX_US), None)


def _from_epoch(times: pl.Series, unit: str) -> pl.Series:
    if times.dtype == pl.String:
        whole = times.str.strip_chars().cast(pl.Int64, strict=False)
        if whole.null_count() > times.null_count():  # some with a fraction
            return _scaled(times.str.strip_chars().cast(pl.Float64, strict=False), unit)
        times = whole
    if times.dtype.is_integer():
        whole = times.cast(pl.Int64, strict=False)
        if unit == "epoch_ns":
            return whole // 1000
        factor = round(_US_PER[unit])
        return whole.set(~whole.is_between(MIN_US // factor, MAX_US // factor), None) * factor
    return _scaled(times.cast(pl.Float64, strict=False), unit)


def _scaled(times: pl.Series, unit: str) -> pl.Series:
    return (times * _US_PER[unit]).round().cast(pl.Int64, strict=False)


def _from_text(times: pl.Series, how: TimeColumn) -> pl.Series:
    if how.pattern is None and how.zone is None:
        return times.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False).dt.timestamp("us")
    pattern = how.pattern or "%Y-%m-%dT%H:%M:%S%.f"
    if how.pattern is None:
        times = times.str.replace(" ", "T", literal=True)
    return _in_utc(times.str.to_datetime(pattern, time_unit="us", strict=False), how.zone)


def _in_utc(times: pl.Series, zone: str | None) -> pl.Series:
    """Those without a zone are in `zone`, else in UTC; those that never were, as clocks went on, are null."""
    if isinstance(times.dtype, pl.Datetime) and times.dtype.time_zone is None:
        times = times.dt.replace_time_zone(zone or "UTC", ambiguous="earliest", non_existent="null")
    return times.dt.timestamp("us")
