"""One unit for each sensor of a comparison, and the lines that lead to it from what members have."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import DictRow

from barograph.errors import FieldError, Invalid
from barograph.units import line_between, remark
from barograph.units.joining import UnitLine

SAME: UnitLine = (1.0, 0.0)
# Lengths on the scale of values: an offset does not move them.
_LENGTHS = frozenset({"stddev"})


def join_units(
    key: str, units: Sequence[str | None], titles: Sequence[str], baseline: int, pointer: str
) -> tuple[str, list[UnitLine]]:
    """The unit of a sensor, and each member's line to it.

    Args:
        units: of each member; None: it has no such sensor.
        titles: what people call each member.
        baseline: whose unit it is, if it has one, else that of the first member that has.
        pointer: to what names the sensor.

    Raises:
        Invalid: there is no line from one of the units.
    """
    has_it = [place for place, each in enumerate(units) if each is not None]
    first = baseline if baseline in has_it else next(iter(has_it), baseline)
    unit = units[first] or ""
    lines: list[UnitLine] = []
    for each, title in zip(units, titles, strict=True):
        line = SAME if each is None else line_between(each, unit)
        if line is None:
            raise _apart(key, (str(each), title), (unit, titles[first]), pointer)
        lines.append(line)
    return unit, lines


def _apart(key: str, one: tuple[str, str], other: tuple[str, str], pointer: str) -> Invalid:
    why = remark(one[0], other[0]) or "these are different quantities"
    told = [f"in {unit or 'no unit'} in {title}" for unit, title in (other, one)]
    detail = f"{key} is {' and '.join(told)}: {why}"
    return Invalid(f"values of {key} can't be brought to one unit", [FieldError(pointer, detail)])


def convert(
    stat: str, values: NDArray[np.float64], line: UnitLine, count: NDArray[np.int64]
) -> NDArray[np.float64]:
    """A statistic of values in the other unit.

    Args:
        count: how many values each is of.
    """
    slope, offset = line
    if line == SAME or stat == "count":
        return values
    if stat in _LENGTHS:
        return values * abs(slope)
    return values * slope + (offset * count if stat == "sum" else offset)


def unit_of(sensor: DictRow, *, is_raw: bool) -> str:
    """The unit of a sensor's values in a layer."""
    return sensor["input_unit" if is_raw else "output_unit"]
