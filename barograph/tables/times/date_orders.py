"""The orders of day, month and year in which people write dates, and which of them a column bears out.

`03/04/2026` is in March or in April. Only a column tells, and only if some row can't be read the other way:
then every row must be read as that one.
"""

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import polars as pl

from barograph.tables.times.patterns import TimePattern

_CLOCKS = ("%H:%M:%S%.f", "%H:%M:%S,%f", "%H:%M:%S:%f", "%H:%M", "%I:%M:%S%.f %p", "%I:%M %p")
_FULL_YEAR = (("%d", "%m", "%Y"), ("%m", "%d", "%Y"))
_SHORT_YEAR = (("%d", "%m", "%y"), ("%m", "%d", "%y"), ("%y", "%m", "%d"))
_BY_CONVENTION = ".".join(_FULL_YEAR[0])
"""With points between them, no country puts the month before the day."""

FAMILIES: Sequence[Sequence[str]] = [
    [f"{mark.join(order)} {clock}" for order in orders]
    for mark in ("/", ".", "-")
    for orders in (_FULL_YEAR, _SHORT_YEAR)
    for clock in _CLOCKS
]
"""Patterns that a text may fit at once, though it means something else in each."""


def borne_out(texts: pl.Series, patterns: Sequence[str]) -> list[str]:
    """The patterns that read every row which any of them reads: none if rows contradict each other."""
    reads = np.array([TimePattern.of(each).read(texts).is_time for each in patterns])
    is_read = reads.any(axis=0)
    found = [each for each, mine in zip(patterns, reads, strict=True) if not (is_read & ~mine).any()]
    conventional = [each for each in found if each.startswith(_BY_CONVENTION)]
    return conventional or found


def other_orders(pattern: str) -> list[str]:
    """The same pattern with its day, month and year in the other orders that people write."""
    order = [each for each in ("%d", "%m", "%Y", "%y") if each in pattern]
    order.sort(key=pattern.index)
    if len(order) != 3 or order[0] == "%Y":
        return []
    known = {*_FULL_YEAR, *_SHORT_YEAR}
    return [
        _replaced(pattern, dict(zip(order, other, strict=True)))
        for other in permutations(order)
        if other in known and list(other) != order
    ]


def _replaced(pattern: str, directives: dict[str, str]) -> str:
    marked = pattern
    for old, new in directives.items():
        marked = marked.replace(old, f"\0{new[1]}")
    return marked.replace("\0", "%")
