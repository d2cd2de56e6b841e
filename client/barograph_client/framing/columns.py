"""Readings as columns: what a caller gives, checked and made what a frame holds.

    channel   integers, positions in the list of sensors
    t_us      integers of microseconds since 1970 UTC, datetime64 of any unit, or datetimes with a time zone
    value     real numbers of any type

A reading without a channel, a time or a value (masked, None, a null) is left out. NaN and infinities are
sent: the server rejects them, and keeps them. What can't be told exactly is refused, and never sent as
something else.
"""

import math
import operator
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from barograph_client.framing.given_columns import given_column

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNITS_IN_US = {"ns": 10**3, "ps": 10**6, "fs": 10**9, "as": 10**12}
_END_OF_INT64 = 2.0**63


class TakenReadings(NamedTuple):
    """Readings in the order they were given: int32[n], int64[n], float64[n]."""

    channel: npt.NDArray[np.int32]
    t_us: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]

    def between(self, start: int, stop: int) -> "TakenReadings":
        """The readings from `start` to before `stop`."""
        return TakenReadings(self.channel[start:stop], self.t_us[start:stop], self.value[start:stop])


def take_readings(
    channel: npt.ArrayLike, t_us: npt.ArrayLike, value: npt.ArrayLike, channel_count: int
) -> TakenReadings:
    """Columns of readings, none of which is sent if this raises.

    Args:
        channel, t_us, value: as the module says.
        channel_count: how many channels there are.

    Raises:
        ValueError: the columns differ in length, or hold what is no channel, no time or no real number.
    """
    given = [
        given_column(name, column)
        for name, column in (("channel", channel), ("t_us", t_us), ("value", value))
    ]
    lengths = [len(column.data) for column in given]
    if len(set(lengths)) > 1:
        raise ValueError("channel, t_us and value differ in length: {}, {} and {}".format(*lengths))
    absent = [column.is_absent for column in given if column.is_absent is not None]
    channels, times, values = (column.data for column in given)
    if absent:
        present = ~np.logical_or.reduce(absent)
        channels, times, values = channels[present], times[present], values[present]
    return TakenReadings(_channels(channels, channel_count), _times(times), _values(values))


def _channels(data: npt.NDArray[Any], channel_count: int) -> npt.NDArray[np.int32]:
    if not data.size:
        return np.empty(0, np.int32)
    if data.dtype.kind == "O":
        data = _mapped("channel", data, operator.index, object)
    elif data.dtype.kind not in "iu":
        raise ValueError(f"channel holds {data.dtype}; channels are integers")
    outside = np.asarray((data < 0) | (data >= channel_count), np.bool_)
    if outside.any():
        raise ValueError(
            f"channel {data[outside][0]} is none of this stream's {channel_count} channels, "
            f"which count from 0; {outside.sum()} of {data.size} readings name such a channel"
        )
    return np.ascontiguousarray(data, np.int32)


def _times(data: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    match data.dtype.kind:
        case _ if not data.size:
            return np.empty(0, np.int64)
        case "M":
            return _from_datetime64(data)
        case "i" | "u":
            if data.max() > np.iinfo(np.int64).max:
                raise ValueError(f"t_us {data.max()} is beyond 64 bits")
            return np.ascontiguousarray(data, np.int64)
        case "f":
            return _from_float(data)
        case "O":
            return _mapped("t_us", data, _one_time, np.int64)
        case _:
            raise ValueError(
                f"t_us holds {data.dtype}; give integers of microseconds since 1970 UTC, or datetime64"
            )


def _from_datetime64(data: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Finer units are cut to microseconds, downwards."""
    unit = np.datetime_data(data.dtype)[0]
    if unit == "generic" or np.isnat(data).any():
        raise ValueError("t_us holds NaT, which is no time; mask such readings, or leave them out")
    if unit in _UNITS_IN_US:  # NumPy's own way overflows at the end of 64 bits
        return data.astype(f"datetime64[{unit}]").astype(np.int64) // _UNITS_IN_US[unit]
    times = data.astype("datetime64[us]")
    # NumPy does not say when a coarse unit leaves 64 bits; the way back does.
    if (times.astype(data.dtype) != data).any():
        raise ValueError("t_us holds times beyond 64 bits of microseconds")
    return np.ascontiguousarray(times.astype(np.int64))


def _from_float(data: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    if not (np.abs(data) < _END_OF_INT64).all():
        raise ValueError("t_us holds NaN, or times beyond 64 bits")
    return np.floor(data).astype(np.int64)


def _one_time(item: Any) -> int:  # noqa: ANN401
    if isinstance(item, datetime):
        if item.tzinfo is None:
            raise ValueError(f"{item} has no time zone")
        return int((item - _EPOCH) // _MICROSECOND)
    return operator.index(item) if hasattr(item, "__index__") else math.floor(real_number(item))


def _values(data: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    if not data.size:
        return np.empty(0, np.float64)
    if data.dtype.kind == "O":
        return _mapped("value", data, real_number, np.float64)
    if data.dtype.kind not in "fiub":
        raise ValueError(f"value holds {data.dtype}; raw values are real numbers")
    with np.errstate(over="ignore"):  # what is beyond a float64 is infinite, and rejected as that
        return np.ascontiguousarray(data, np.float64)


def real_number(item: Any) -> float:  # noqa: ANN401
    """A value as a float64.

    Raises:
        TypeError: it is no real number.
        ValueError: it is beyond a float64.
    """
    if not isinstance(item, Real | Decimal):
        raise TypeError(f"{item!r} is no real number")
    try:
        return float(item)
    except OverflowError as error:
        raise ValueError("a value is beyond what a float64 holds") from error


def _mapped(
    name: str, data: npt.NDArray[Any], convert: Callable[[Any], object], dtype: npt.DTypeLike
) -> npt.NDArray[Any]:
    """Python objects, one by one."""
    try:
        return np.array([convert(item) for item in data.tolist()], dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} holds what it can't hold: {error}") from error
