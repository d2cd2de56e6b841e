"""JSON values that may be of the wrong type, read one by one: a wrong one costs its own reading. Pure.

This is the slow way. It is taken when a message does not fit its schema, or holds integers that float64 may
have to round.
"""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from barograph.readings.rejects.odd_readings import EXACT, NO_TIME_US, OddRows
from barograph.readings.rejects.reject_codes import RejectCode

_MAX_DIGITS = 400
_INT32, _INT64 = np.iinfo(np.int32), np.iinfo(np.int64)


class ReadValue(NamedTuple):
    """One value: the number to go on with; if it is odd, a `RejectCode`, or 0 where it was rounded."""

    number: float
    oddity: int | None = None


def load_json(text: str) -> Any:  # noqa: ANN401  # as sent
    """Whatever the text holds; numbers keep all their digits.

    Raises:
        ValueError: it is no JSON, or nested too deeply.
    """
    try:
        return _loaded(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _loaded(text: str) -> Any:  # noqa: ANN401  # as sent
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer of more digits than Python reads by itself
        return json.loads(text, parse_int=_integer)


def sent_text(value: object) -> str:
    """A value as JSON again."""
    if type(value) is int:
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return "nested too deeply"


def read_values(sent: Sequence[object], odd: OddRows) -> NDArray[np.float64]:
    """float64[n]: raw values; NaN where there is none."""
    numbers = [each if type(each) is float else math.nan for each in sent]
    _fill(numbers, sent, read_value, odd)
    return np.array(numbers, np.float64)


def read_times(sent: Sequence[object], odd: OddRows) -> NDArray[np.int64]:
    """int64[n]: microseconds since 1970; NO_TIME_US where there is no time."""
    numbers = [each if type(each) is int and _INT64.min <= each <= _INT64.max else 0.0 for each in sent]
    _fill(numbers, sent, read_time, odd)
    return np.array([int(each) for each in numbers], np.int64)


def read_channels(sent: Sequence[object], odd: OddRows) -> NDArray[np.int32]:
    """int32[n]: channels; -1 where there is none."""
    numbers = [each if type(each) is int and _INT32.min <= each <= _INT32.max else -1.0 for each in sent]
    _fill(numbers, sent, _read_channel, odd)
    return np.array([int(each) for each in numbers], np.int32)


def read_value(sent: object) -> ReadValue:
    """A raw value. null stands for a value that is no number; true and false are 1 and 0."""
    match sent:
        case None:
            return ReadValue(math.nan)
        case int():
            return _read_integer(sent)
        case float():
            return ReadValue(sent)
        case _:
            return ReadValue(math.nan, RejectCode.BAD_VALUE)


def read_time(sent: object) -> ReadValue:
    """A time that is no int64: a float that is an integer is one too."""
    if isinstance(sent, float) and abs(sent) <= EXACT and sent.is_integer():
        return ReadValue(sent)
    return ReadValue(NO_TIME_US, RejectCode.BAD_TIME)


def _read_channel(_: object) -> ReadValue:
    return ReadValue(-1.0, RejectCode.UNKNOWN_CHANNEL)


def _read_integer(sent: int) -> ReadValue:
    try:
        number = float(sent)
    except OverflowError:
        return ReadValue(math.inf if sent > 0 else -math.inf, 0)
    return ReadValue(number, None if number == sent else 0)


def _fill(
    numbers: list[float], sent: Sequence[object], read: Callable[[object], ReadValue], odd: OddRows
) -> None:
    """Reads those whose number is still a float that was not sent as one."""
    for row, (number, each) in enumerate(zip(numbers, sent, strict=True)):
        if number is not each:
            numbers[row], oddity = read(each)
            if oddity is not None:
                odd.add(row, oddity, sent_text(each))


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)
