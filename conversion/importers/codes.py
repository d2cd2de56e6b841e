"""Labels of codes and of ranges of codes, as an `enumeration`."""

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise
from sys import float_info
from typing import NamedTuple

from conversion.errors import ImportRefused
from conversion.importers.rule import PlainProfile, printable, profile

MAX_CODE = 10**15


class Labelled(NamedTuple):
    """Raw values from `lo`, included, to `hi`, not included, and their label."""

    lo: float
    hi: float
    label: str


def single(code: float, label: str) -> Labelled:
    """One code alone."""
    return Labelled(code, math.nextafter(code, math.inf), label)


def closed(lo: float, hi: float, label: str) -> Labelled:
    """A label for codes from `lo` to `hi`, both included."""
    return Labelled(lo, math.nextafter(hi, math.inf), label)


def span(rule: str, lo: float, hi: float, *, is_integer: bool) -> tuple[float, float]:
    """A2L's and MDF's range as [from, to): `hi` belongs to it where raw values are whole numbers."""
    if not lo <= hi:
        raise ImportRefused(rule, f"a range from {lo:g} to {hi:g}")
    if is_integer:
        return math.ceil(lo), math.floor(hi) + 1
    return (lo, hi) if lo < hi else (lo, math.nextafter(lo, math.inf))


def enumeration(rule: str, labels: Iterable[Labelled], default: str | None = None) -> PlainProfile:
    """The labels, and `default` for all other values; texts without characters label nothing.

    Raises:
        ImportRefused: ranges overlap, or there is no label at all.
    """
    cleaned = (each._replace(label=printable(each.label)) for each in labels)
    ordered = sorted(each for each in cleaned if each.label)
    if default and printable(default):
        ordered = list(_filled(ordered, printable(default)))
    if all(each == single(each.lo, each.label) and _is_code(each.lo) for each in ordered):
        return profile(rule, "enumeration", {"values": {f"{each.lo:.0f}": each.label for each in ordered}})
    ranges = [{"from": each.lo, "to": each.hi, "label": each.label} for each in ordered]
    return profile(rule, "enumeration", {"ranges": ranges})


def _filled(ordered: list[Labelled], default: str) -> Iterator[Labelled]:
    """The default in all gaps, down to the least double and up to the greatest."""
    ends = (Labelled(-math.inf, -float_info.max, ""), Labelled(float_info.max, math.inf, ""))
    for before, after in pairwise((ends[0], *ordered, ends[1])):
        if before.label:
            yield before
        if before.hi < after.lo:
            yield Labelled(before.hi, after.lo, default)


def _is_code(value: float) -> bool:
    return float(value).is_integer() and abs(value) < MAX_CODE
