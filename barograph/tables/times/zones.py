"""Local times to UTC. Where clocks were put back, a local time is two instants; where they went on, none."""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

_FIXED = re.compile(r"([+-])(\d{2}):?(\d{2})")
_MINUTE_US = 60_000_000
# Abbreviations that mean one offset wherever they are used. CST, IST, EST, BST and others do not.
_UTC = {"Z", "UTC", "UT", "GMT", "ETC/UTC"}
_ABBREVIATIONS = {
    "WET": 0,
    "WEST": 60,
    "CET": 60,
    "CEST": 120,
    "EET": 120,
    "EEST": 180,
    "JST": 540,
    "KST": 540,
    "AEST": 600,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
}


@dataclass(frozen=True)
class Placed:
    """Local times as instants.

    Attributes:
        earlier_us, later_us: int64[n], microseconds since 1970 UTC; they differ where a clock showed that
            time twice.
        was: bool[n], whether there was such a time; elsewhere the instants mean nothing.
    """

    earlier_us: NDArray[np.int64]
    later_us: NDArray[np.int64]
    was: NDArray[np.bool_]

    @property
    def is_repeated(self) -> NDArray[np.bool_]:
        return self.was & (self.earlier_us != self.later_us)


def offset_us_of(zone: str) -> int | None:
    """How far a zone is ahead of UTC, if it always is as far: UTC, or an offset such as +05:30."""
    if zone.upper() in _UTC:
        return 0
    found = _FIXED.fullmatch(zone)
    if found is None or int(found[2]) > 23 or int(found[3]) > 59:
        return None
    return int(f"{found[1]}1") * (int(found[2]) * 60 + int(found[3])) * _MINUTE_US


def check_zone(zone: str) -> None:
    """Refuses what is no zone.

    Raises:
        ValueError: it is none.
    """
    if offset_us_of(zone) is None and not _is_name(zone):
        raise ValueError(f"{zone!r} is no time zone; such are Europe/Berlin, UTC and +05:30")


def place(local_us: NDArray[np.int64], zone: str) -> Placed:
    """Finds the instants at which a clock of the zone showed these."""
    offset_us = offset_us_of(zone)
    if offset_us is not None:
        instants = local_us - offset_us
        return Placed(instants, instants, np.ones(local_us.size, np.bool_))
    local = pl.Series(local_us).cast(pl.Datetime("us"))
    earlier = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    later = local.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")
    return Placed(
        earlier.to_physical().fill_null(0).to_numpy(),
        later.to_physical().fill_null(0).to_numpy(),
        earlier.is_not_null().to_numpy(),
    )


def place_by_name(local_us: NDArray[np.int64], names: pl.Series, zone: str | None) -> Placed:
    """The same where each time stands beside a zone's name or abbreviation.

    An abbreviation is understood as `zone` uses it, and without a zone only if it means one offset in the
    whole world.
    """
    earlier, later = np.zeros_like(local_us), np.zeros_like(local_us)
    was = np.zeros(local_us.size, np.bool_)
    for name in names.drop_nulls().unique().to_list():
        rows = np.flatnonzero((names == name).fill_null(value=False).to_numpy())
        placed = _place_named(local_us[rows], name, zone)
        earlier[rows], later[rows], was[rows] = placed.earlier_us, placed.later_us, placed.was
    return Placed(earlier, later, was)


def _place_named(local_us: NDArray[np.int64], name: str, zone: str | None) -> Placed:
    if name.upper() in _UTC:
        return place(local_us, "UTC")
    if zone is not None and offset_us_of(zone) is None:
        return _abbreviated(local_us, name, zone)
    if name.upper() in _ABBREVIATIONS:
        instants = local_us - _ABBREVIATIONS[name.upper()] * _MINUTE_US
        return Placed(instants, instants, np.ones(local_us.size, np.bool_))
    if "/" in name and _is_name(name):
        return place(local_us, name)
    return Placed(local_us, local_us, np.zeros(local_us.size, np.bool_))


def _abbreviated(local_us: NDArray[np.int64], name: str, zone: str) -> Placed:
    """The instants at which the zone called itself so."""
    placed = place(local_us, zone)
    is_earlier, is_later = (
        placed.was & (_abbreviations(each, zone) == name.upper())
        for each in (placed.earlier_us, placed.later_us)
    )
    earlier = np.where(is_earlier, placed.earlier_us, placed.later_us)
    later = np.where(is_later, placed.later_us, placed.earlier_us)
    return Placed(earlier, later, is_earlier | is_later)


def _abbreviations(t_us: NDArray[np.int64], zone: str) -> NDArray[np.str_]:
    times = pl.Series(t_us).cast(pl.Datetime("us")).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return times.dt.strftime("%Z").str.to_uppercase().to_numpy().astype(np.str_)


@lru_cache(maxsize=1000)
def _is_name(zone: str) -> bool:
    try:
        pl.Series([], dtype=pl.Datetime("us")).dt.replace_time_zone(zone)
    except pl.exceptions.PolarsError:
        return False
    return True
