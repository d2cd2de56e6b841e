"""EPICS Base's bpt*.data files: thermocouple tables from which makeBpt makes breakpoint tables.

    "typeKdegF" 32 0 1832 4095 1.0 -454 2500 1
    -6.458 -6.457 …

The header names the table, then gives the lowest engineering value and its raw value, the highest and its raw
value, the accuracy, and the first, last and step of the engineering values of the numbers that follow. These
are volts of some size, and raw values are a line over them that meets both raw values of the header. All
points from the lowest to the highest value become points of the profile; makeBpt drops those that the
accuracy does not need. Source: EPICS Base, makeBpt.c.
"""

import re
from typing import NamedTuple

from conversion.errors import ImportRefused
from conversion.importers.rule import PlainProfile, number, profile

MAX_CHARACTERS = 2**20
_HEADER = re.compile(r'\s*"([^"\n]{2,200})"\s+(.*)')
_MIN_VALUES = 3


class BreakpointData(NamedTuple):
    """A data file: the table's name, its header's numbers, and the values."""

    name: str
    low: float
    raw_low: float
    high: float
    raw_high: float
    first: float
    step: float
    values: list[float]


def is_data(text: str) -> bool:
    """Whether the text is such a file: its first line after comments begins with a name in quotes."""
    return _HEADER.match(next(iter(_lines(text)), "")) is not None


def read(text: str) -> BreakpointData:
    """The table of a data file.

    Raises:
        ImportRefused: the header is malformed, or the values do not cover what it promises.
    """
    if len(text) > MAX_CHARACTERS:
        raise ImportRefused("EPICS data", f"is longer than {MAX_CHARACTERS:,} characters")
    header, *rest = _lines(text)
    match = _HEADER.match(header)
    if match is None:
        raise ImportRefused("EPICS data", "does not begin with a name in quotes")
    rule = f"breakpoint data {match[1]}"
    numbers = [number(rule, each) for each in match[2].split()]
    values = [number(rule, each) for line in rest for each in line.split()]
    if len(numbers) != 8:  # the header's, as the module's docstring lists them
        raise ImportRefused(rule, f"its header must have 8 numbers after the name, has {len(numbers)}")
    low, raw_low, high, raw_high, _, first, _, step = numbers
    return BreakpointData(match[1], low, raw_low, high, raw_high, first, step, values)


def profile_of(data: BreakpointData) -> PlainProfile:
    """The table over the raw values that the header gives it.

    Raises:
        ImportRefused: the table does not reach from the lowest value to the highest, or does not rise.
    """
    rule = f"breakpoint data {data.name}"
    last = data.first + data.step * (len(data.values) - 1)
    if len(data.values) < _MIN_VALUES or data.step <= 0 or not data.first <= data.low < data.high <= last:
        raise ImportRefused(rule, "its values do not reach from the lowest to the highest of its header")
    at_low, at_high = (_between(data, each) for each in (data.low, data.high))
    if at_low == at_high:
        raise ImportRefused(rule, "its values are the same at both ends")
    slope = (data.raw_high - data.raw_low) / (at_high - at_low)
    inner = [
        [data.raw_high + slope * (value - at_high), data.first + data.step * i]
        for i, value in enumerate(data.values)
        if data.low < data.first + data.step * i < data.high
    ]
    points = sorted([[data.raw_low, data.low], *inner, [data.raw_high, data.high]])
    return profile(rule, "piecewise_linear", {"points": points, "out_of_domain": "extrapolate"})


def _between(data: BreakpointData, engineering: float) -> float:
    """The table's value there, on the straight line between its neighbours."""
    place = (engineering - data.first) / data.step
    i = min(int(place), len(data.values) - 2)
    return data.values[i] + (data.values[i + 1] - data.values[i]) * (place - i)


def _lines(text: str) -> list[str]:
    """The lines that hold something, without comments."""
    without = (line.partition("!")[0] for line in text.splitlines())
    return [line for line in without if line.strip()]
