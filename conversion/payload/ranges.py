"""Half-open ranges of raw values that stand for something: a value or a label."""

import math
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from conversion.arrays import Floats
from conversion.payload.fields import Fields
from conversion.payload.schema import Schema, inner, items, number

MAX_RANGES = 4096

T = TypeVar("T")
R = TypeVar("R")


class Range(NamedTuple, Generic[T]):
    """A range from `lo`, included, to `hi`, not included."""

    lo: float
    hi: float
    meaning: T


def ranges_schema(name: str, meaning: Schema) -> Schema:
    """JSON Schema of what `read_ranges` reads; `name` is the field that `meaning` describes."""
    properties = {
        "from": number("Lowest raw value of the range."),
        "to": number("The range ends below this raw value."),
        name: meaning,
    }
    return items(
        "Ranges in ascending order.", inner("A range.", properties, tuple(properties)), 1, MAX_RANGES
    )


def read_ranges(fields: Fields, name: str, read_meaning: Callable[[Fields], T]) -> list[Range[T]]:
    """The list of ranges in field `name`, which must not be empty, nor overlap, nor be out of order."""
    ranges: list[Range[T]] = []
    end = -math.inf
    for i, each in enumerate(fields.each(name, 1, MAX_RANGES)):
        lo, hi = each.number("from"), each.number("to")
        ranges.append(Range(lo, hi, read_meaning(each)))
        each.end()
        if lo < end:
            fields.note(f"{name}/{i}/from", "must not lie below the end of the range before")
        if not lo < hi:
            fields.note(f"{name}/{i}/to", "must lie above from")
        end = max(end, hi)
    return ranges


def cover(ranges: Sequence[Range[T]], rest: R) -> tuple[Floats, list[T | R]]:
    """Thresholds float64[k] from minus infinity up, and what holds from each on: `rest` between ranges."""
    thresholds: list[float] = [-math.inf]
    meanings: list[T | R] = [rest]
    for each in ranges:
        if each.lo == thresholds[-1]:
            thresholds.pop()
            meanings.pop()
        thresholds += [each.lo, each.hi]
        meanings += [each.meaning, rest]
    return np.array(thresholds), meanings
